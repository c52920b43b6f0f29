--- Makes text from elsewhere fit to be shown: escapes what would steer a terminal or turn text around.

local plain = {}

--- Code points that do something instead of being seen: control characters, those that turn the direction of
--- text, other line ends; and those that are no characters, which XML forbids.
local ACTS <const> = {
  { 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
  { 0x2060, 0x206f }, { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
}

local function acts(code)
  if code & 0xfffe == 0xfffe then return true end
  for _, range in ipairs(ACTS) do
    if code >= range[1] and code <= range[2] then return true end
  end
  return false
end

local words = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }

--- How plain.text writes one valid character; nil: as it is.
---@param character string
---@return string?
function plain.character(character)
  local code = utf8.codepoint(character)
  if not acts(code) then return nil end
  return words[character] or (code < 0x80 and "\\x%02x" or "\\u{%x}"):format(code)
end

local ODD <const> = "[\0-\31\127\xc2-\xf4][\x80-\xbf]*"

--- Text from elsewhere, a name, a line of a file, fit to be shown: it is UTF-8, and what does something to a
--- terminal, a browser or the order of letters is written as in Lua's strings: "\x1b", "\u{202e}", "\xff".
---@param text string
---@param escape? fun(character: string): string? of a valid character; nil: it stays. Default: as above
---@return string
function plain.text(text, escape)
  if not text:find "[\0-\31\127-\255]" then return text end
  local parts, from = {}, 1
  repeat
    local length, bad = utf8.len(text, from)
    local stop = length and #text + 1 or bad
    parts[#parts + 1] = (text:sub(from, stop - 1):gsub(ODD, escape or plain.character))
    if not length then parts[#parts + 1] = ("\\x%02x"):format(text:byte(bad)) end
    from = stop + 1
  until length
  return table.concat(parts)
end

return plain
