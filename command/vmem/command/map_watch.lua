--- vmem map --watch: looks at a process again and again. On a terminal it draws anew the lines that have
--- changed; elsewhere it writes what has changed.

local changes = require "vmem.command.changes"
local core = require "vmem.core"
local map_diff = require "vmem.command.map_diff"
local output = require "vmem.command.output"
local terminal = require "vmem.draw.terminal"
local view = require "vmem.command.map_view"
local vmem = require "vmem"

-- {====== A screen ======

--- The lines of the terminal: it may have become larger or smaller.
local function height()
  local pipe <close> = io.popen("stty size 2>/dev/null </dev/tty")
  local lines = pipe and math.tointeger(tonumber((pipe:read("a") or ""):match "^%d+"))
  return lines and lines > 1 and lines or 24
end

---@class vmem.command.screen
---@field drawn string[] what each line shows
---@field before string[] the texts of the last frame
---@field width integer?
local screen = {}
screen.__index = screen

--- Draws a frame: only lines that differ are written, and those whose text is new are bold until the next.
function screen:draw(lines)
  local width, room = terminal.width(nil, 1), height() - 1 -- the last line is for the cursor
  local parts = {}
  if width ~= self.width or room ~= self.room then
    parts[1] = "\27[H\27[2J"
    self.drawn, self.width, self.room = {}, width, room
  end
  local hidden = #lines - room
  if hidden > 0 then
    lines[room] = ("(%d more lines)"):format(hidden + 1)
    for i = #lines, room + 1, -1 do lines[i] = nil end
  end
  for i = 1, math.max(#lines, #self.drawn) do
    local text = lines[i] or ""
    local changed = self.before and self.before[i] ~= text and lines[i]
    local shown = changed and "\27[1m" .. text:gsub("\27%[[%d;]*m", "") .. "\27[0m" or text
    if self.drawn[i] ~= shown then parts[#parts + 1] = ("\27[%d;1H%s\27[K"):format(i, shown) end
    self.drawn[i] = shown
  end
  for i = #self.drawn, #lines + 1, -1 do self.drawn[i] = nil end
  parts[#parts + 1] = ("\27[%d;1H"):format(#lines + 1)
  self.before = lines
  local done, message, errno = io.stdout:write(table.concat(parts))
  if done then done, message, errno = io.stdout:flush() end
  return done, message, errno
end

-- ====== }

--- A frame: the totals first, since a picture may have more lines than the terminal.
local function frame(here, chosen)
  local lines, totals = view.parts(here, chosen)
  local all = { lines[1] }
  table.move(totals, 1, #totals, 2, all)
  all[#all + 1] = ""
  return table.move(lines, 2, #lines, #all + 1, all)
end

--- Writes what has changed since the last look, if anything has.
local function tell(before, here, chosen)
  if not before then return output.write(view.text(here, chosen)) end
  local list = changes.between(before.areas, here.areas)
  if #list == 0 then return 0 end
  return output.write("\n" .. os.date "%H:%M:%S" .. "\n" .. table.concat(map_diff.lines(list, chosen), "\n"))
end

--- Looks again and again until the process has ended, or something fails.
local function watch(chosen, sleep)
  local on_terminal = core.terminal_width() ~= nil
  local shown, before = setmetatable({ drawn = {} }, screen), nil
  while true do
    local here, message, code = view.look(chosen.pid, chosen)
    if not here then
      if before and code == "invalid_address" then
        return output.write(("process %d has ended"):format(chosen.pid))
      end
      return nil, message
    end
    local done, why, errno
    if on_terminal then
      done, why, errno = shown:draw(frame(here, chosen))
    else
      done, why, errno = tell(before, here, chosen)
    end
    if not done then return nil, why, errno end
    before = here
    sleep()
  end
end

--- Ctrl-C ends it, and is no failure.
return function(chosen)
  local region <close> = assert(vmem.allocate(1))
  local never = region:view "u32"
  local function sleep() assert(never:wait(1, 0, chosen.watch) ~= nil) end
  local result = table.pack(pcall(watch, chosen, sleep))
  if result[1] then return table.unpack(result, 2, result.n) end
  if not tostring(result[2]):find "interrupted!$" then error(result[2], 0) end
  io.stdout:write "\n"
  return 0
end
