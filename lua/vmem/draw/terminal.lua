--- Text pictures on a terminal: their width, box characters and colour; cutting and filling text.

local columns = require "vmem.draw.columns"
local core = require "vmem.core"

local terminal = {}

terminal.widest = 10000 -- characters of a line: a picture takes memory for all of them

--- The option, COLUMNS where that is a width, the terminal's own, or 80.
local function asked(wanted)
  if wanted then return wanted end
  local told = math.tointeger(tonumber(os.getenv("COLUMNS")))
  if told and told > 0 and told <= terminal.widest then return told end
  return core.terminal_width() or 80
end

--- The same; 40 at least, or what a picture cannot do without.
---@param wanted integer?
---@param least integer?
---@return integer
function terminal.width(wanted, least)
  return math.max(asked(wanted), least or 40)
end

--- The option; else colour is for terminals, and NO_COLOR takes it away.
---@param wanted boolean?
---@return boolean
function terminal.colour(wanted)
  if wanted ~= nil then return wanted end
  if (os.getenv("NO_COLOR") or "") ~= "" or os.getenv("TERM") == "dumb" then return false end
  return core.terminal_width() ~= nil
end

local boxes = {
  utf8 = {
    top_left = "┌", top_right = "┐", bottom_left = "└", bottom_right = "┘", tee_left = "├", tee_right = "┤",
    across = "─", down = "│", gap = "┊", more = "⋮", cut = "…", arrow = "→", block = "■",
  },
  ascii = {
    top_left = "+", top_right = "+", bottom_left = "+", bottom_right = "+", tee_left = "+", tee_right = "+",
    across = "-", down = "|", gap = ":", more = ":", cut = "~", arrow = ">", block = "#",
  },
}

--- The characters for boxes: ASCII where the locale does not say UTF-8, or as the option says.
---@param ascii boolean?
---@return table<string, string>
function terminal.box(ascii)
  if ascii == nil then
    local locale = ""
    for _, name in ipairs { "LANG", "LC_CTYPE", "LC_ALL" } do -- the last one set wins
      local value = os.getenv(name) or ""
      if value ~= "" then locale = value end
    end
    ascii = not locale:lower():find("utf%-?8")
  end
  return ascii and boxes.ascii or boxes.utf8
end

--- Puts colour around text: an SGR code, or nil for none.
---@param colour boolean
---@return fun(text: string, code: string?): string
function terminal.painter(colour)
  if not colour then return function(text) return text end end
  return function(text, code)
    return code and ("\27[%sm%s\27[0m"):format(code, text) or text
  end
end

--- How many columns a text takes; bytes where it is no UTF-8.
---@param text string
---@return integer
function terminal.length(text)
  return columns.of(text)
end

--- The lines of a picture as its text. One that does not fit says how wide it is: a frame whose lines the
--- terminal breaks cannot be read.
---@param lines string[]
---@param wanted integer? as for terminal.width
---@return string
function terminal.text(lines, wanted)
  local text, most = table.concat(lines, "\n"), 0
  for line in text:gsub("\27%[[%d;]*m", ""):gmatch "[^\n]+" do
    most = math.max(most, terminal.length(line))
  end
  local width = asked(wanted)
  return most <= width and text or ("%s\n(takes %d columns; there are %d)"):format(text, most, width)
end

--- The text in so many columns at most, cut at its end or start.
---@param text string
---@param width integer
---@param box table<string, string>
---@param at_start boolean?
---@return string
function terminal.cut(text, width, box, at_start)
  local length = terminal.length(text)
  if length <= width then return text end
  if width < 1 then return "" end
  if at_start then return box.cut .. columns.ending(text, width - 1) end
  return columns.beginning(text, width - 1) .. box.cut
end

--- The same in exactly so many, filled with spaces.
---@param text string
---@param width integer
---@param box table<string, string>
---@param at_start boolean?
---@return string
function terminal.fit(text, width, box, at_start)
  local cut = terminal.cut(text, width, box, at_start)
  return cut .. (" "):rep(width - terminal.length(cut))
end

return terminal
