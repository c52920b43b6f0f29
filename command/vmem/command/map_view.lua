--- What vmem map looks at and shows: all areas of a process, or the chosen ones, as a picture or as a list.

local layout = require "vmem.layout"
local list = require "vmem.draw.layout_list"
local terminal = require "vmem.draw.terminal"
local totals = require "vmem.draw.layout_totals"

local view = {}

-- {====== Looking ======

local function is_listed(pid)
  local file <close> = io.open(("/proc/%d/stat"):format(pid))
  return file ~= nil
end

local function refusal(pid, message, code)
  if not pid then return message end
  if code == "invalid_address" and is_listed(pid) then
    return ("process %d has no memory: it has ended, or is the kernel's own"):format(pid)
  end
  if code == "invalid_address" then return "no such process: " .. pid end
  if code == "permission_denied" then
    return "the system does not let this user look into process " .. pid
  end
  return message
end

--- Whether an area is wanted.
---@param area vmem.layout.area
---@param words string[]?
---@return boolean
function view.fits(area, words)
  if not words then return true end
  for _, word in ipairs(words) do
    if area.kind == word or area.protection == word then return true end
    if area.name and area.name:find(word, 1, true) then return true end
  end
  return false
end

--- The layout with those areas alone that are wanted.
local function choose(here, words)
  local chosen, count = {}, 0
  for name in pairs(here.columns) do chosen[name] = {} end
  for i, area in ipairs(here.areas) do
    if view.fits(area, words) then
      count = count + 1
      for name, column in pairs(here.columns) do
        if name ~= "count" then chosen[name][count] = column[i] end
      end
    end
  end
  chosen.count = count
  return setmetatable({ pid = here.pid, columns = chosen }, layout)
end

local NEEDS_PSS <const> = { pss = true, dirty = true, swapped = true }

--- Looks at a process as the options want it. Gives the layout; or nil, a message and a code.
---@param pid integer?
---@param options { pss: boolean?, sort: string?, filter: string[]? }
---@return vmem.layout? here
---@return string? message
---@return vmem.code? code
function view.look(pid, options)
  local here, message, code = layout.of(pid, { pss = options.pss or NEEDS_PSS[options.sort] or nil })
  if not here then return nil, refusal(pid, message, code), code end
  return options.filter and choose(here, options.filter) or here
end

-- ====== }

-- {====== Showing ======

--- How lists are drawn here: box characters, colours, and the width.
---@return { box: table<string, string>, paint: function, width: integer }
function view.manner()
  return {
    box = terminal.box(), paint = terminal.painter(terminal.colour()), width = terminal.width(nil, 20),
  }
end

--- The picture or the list, and the totals, each as lines.
---@param here vmem.layout
---@param options table
---@return string[] picture
---@return string[] totals
function view.parts(here, options)
  local picture, sums = {}, nil
  if options.sort or options.filter then
    local manner = view.manner()
    local chosen = { key = options.sort or "address", all = options.all, width = manner.width }
    picture = list.lines(here, chosen, manner)
    table.insert(picture, 1, here.pid and "Process " .. here.pid or "This process")
    return picture, totals.lines(here, manner.width, manner)
  end
  for line in here:text({ all = options.all }):gmatch "[^\n]*" do
    if line == "" then
      sums = sums or {}
    else
      table.insert(sums or picture, line)
    end
  end
  return picture, sums or {}
end

--- The same as text.
---@param here vmem.layout
---@param options table
---@return string
function view.text(here, options)
  local picture, sums = view.parts(here, options)
  return table.concat(picture, "\n") .. "\n\n" .. table.concat(sums, "\n")
end

-- ====== }

return view
