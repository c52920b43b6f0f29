--- Makes text from elsewhere fit to be shown: escapes what would steer a terminal or turn text around.

local core = require "vmem.core"

local plain = {}

local words = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }

--- How plain.text writes one valid character; nil: as it is.
---@param character string
---@return string?
function plain.character(character)
  local code = utf8.codepoint(character)
  if not core.acts(code) then return nil end
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
