--- The address space of a process, as areas from the bottom to the top, and pictures of it:
---
---   local layout = require "vmem.layout"
---   print(layout.of())                         -- this process, as a tall box
---   print(layout.of(pid):totals().heap.size)   -- another one's heap
---   io.open("map.svg", "w"):write(layout.of():svg())

local amounts = require "vmem.internal.amounts"
local checks = require "vmem.internal.checks"
local public = require "vmem.internal.public"
local core = require "vmem.core"
local picture = require "vmem.draw.picture"
local vmem = require "vmem"

---@alias vmem.layout.kind
---| "kernel" # above what a process may use
---| "forbidden" # between the two: cannot be used
---| "stack"
---| "heap" # the one that the system names; the C library has others, which are private
---| "image" # the program and its libraries: all areas of a file of which some can be executed
---| "mapped" # a file, or memory that other processes may share
---| "private"
---| "region" # of vmem in this process, run by run
---| "reserved" # address space only
---| "guard" # a few pages without access right below memory that can be written
---| "system" # what the system puts into every process
---| "free"
---| "null" # the NULL partition at the bottom

---@class vmem.layout.area
---@field address integer
---@field size integer bytes; of the kernel's area 2^64 - address, which reads as a negative integer
---@field kind vmem.layout.kind
---@field state vmem.state?  nil for the kernel's
---@field protection string? "none", "r", "rw", ...; nil unless committed
---@field name string? what the system calls it, or the region's name
---@field shared boolean? whether other processes may see it; of pages of a region: whether a section has them
---@field resident integer? bytes in RAM, as the system counts them; nil when nothing tells
---@field pss integer? if asked for: bytes in RAM, and its share of what several processes have; nil as below
---@field dirty integer? if asked for: bytes in RAM that are in no file as they are; nil as below
---@field swapped integer? if asked for: bytes on swap; nil where the system's figure is for several areas
---@field region vmem.region? where kind is "region"
---@field trap vmem.trap? of pages of a region: which accesses a trap answers

---@class vmem.layout.total
---@field count integer areas
---@field size integer bytes of address space
---@field committed integer bytes that can be used; the rest is address space only
---@field resident integer? bytes in RAM; nil when nothing tells of some area
---@field pss integer? if asked for, and so the next two; nil when nothing tells of some area
---@field dirty integer?
---@field swapped integer?

--- Its picture has the highest address on top, and the totals below it. layout[i] is layout.areas[i].
---@class vmem.layout: vmem.draw.picture
---@field pid integer? nil for this process
---@field areas vmem.layout.area[] ascending, without a gap between them
---@field [integer] vmem.layout.area
---@field private columns vmem.layout.columns
---@operator len: integer
local layout = {}
layout.__name = "vmem.layout"

--- In the order in which totals are shown.
---@type vmem.layout.kind[]
layout.kinds = {
  "image", "heap", "stack", "mapped", "private", "region", "reserved", "guard", "system", "free", "null",
  "forbidden", "kernel",
}

-- An address space may have a hundred thousand areas. They are kept in columns, one list for each field;
-- the tables of `areas` are made when `areas` is first read.

---@class vmem.layout.columns
---@field count integer
---@field address integer[]
---@field size integer[]
---@field kind vmem.layout.kind[]
---@field state table<integer, vmem.state?>
---@field protection table<integer, string?>
---@field name table<integer, string?>
---@field shared table<integer, boolean?>
---@field resident table<integer, integer?>
---@field pss table<integer, integer?>? if asked for
---@field dirty table<integer, integer?>?
---@field swapped table<integer, integer?>?
---@field region table<integer, vmem.region?>
---@field trap table<integer, vmem.trap?>

local fields = { "address", "size", "state", "protection", "name", "shared", "resident", "pss", "dirty",
  "swapped", "region", "trap", "kind" }

-- {====== What an area is ======

local FEW = 16 * vmem.page_size -- guards are small

--- The kind of an area by the system's name for it: "[heap]", "[stack]", "[anon:...]". For a file nil.
local function kind_of_name(name)
  if name:byte() ~= 91 then return nil end -- "["
  if name == "[heap]" then return "heap" end
  if name:find("^%[stack") then return "stack" end
  if name:find("^%[anon") then return "private" end
  return "system"
end

--- name -> kind, for all names. Files of which some area can be executed are images, the others mapped.
local function settle_names(columns)
  local kinds, protections = {}, columns.protection
  for i, name in pairs(columns.name) do
    kinds[name] = kinds[name] or kind_of_name(name)
    if not kinds[name] and (protections[i] or ""):find("x", 1, true) then kinds[name] = "image" end
  end
  return kinds
end

local function add_kinds(columns)
  local kind, names, states, regions = {}, columns.name, columns.state, columns.region
  local by_name = settle_names(columns)
  for i = 1, columns.count do
    local name = names[i]
    if regions[i] then
      kind[i] = "region"
      names[i] = regions[i].name
    elseif name then
      kind[i] = by_name[name] or "mapped"
    elseif states[i] ~= "committed" then
      kind[i] = states[i] -- free or reserved
    elseif columns.shared[i] then
      kind[i] = "mapped"
    else
      kind[i] = "private"
      if kind[i - 1] == "reserved" and columns.size[i - 1] <= FEW then kind[i - 1] = "guard" end
    end
  end
  columns.kind = kind
end

-- ====== }

-- {====== The partitions around what a process may use ======

local function append(columns, area)
  columns.count = columns.count + 1
  for _, field in ipairs(fields) do
    if columns[field] then columns[field][columns.count] = area[field] end
  end
end

--- From the last area to the end of the addresses: what the system gives only where an address there is asked
--- for. Returns the end.
local function add_last_free(columns)
  local count = columns.count
  local from = columns.address[count] + columns.size[count]
  local ends = core.end_of_addresses or from
  if ends <= from then return from end
  if columns.kind[count] == "free" then
    columns.size[count] = ends - columns.address[count]
  else
    append(columns, { address = from, size = ends - from, kind = "free", state = "free", resident = 0 })
  end
  return ends
end

--- The kernel's part begins at a power of two; between it and the end of what a process may use there may be
--- some pages that cannot be used. All of it is unknown where the system hides the border.
local function add_partitions(columns)
  local count = columns.count
  if count == 0 then return end
  if columns.kind[1] == "free" then columns.kind[1] = "null" end -- it ends at the lowest address
  if not vmem.highest_address then return end
  local from, border = add_last_free(columns), 1
  while border < from do border = border << 1 end
  if border - from > 0x100000 then border = from end -- the border is somewhere else
  if border > from then
    append(columns,
      { address = from, size = border - from, kind = "forbidden", state = "free", resident = 0 })
  end
  local end_of_all = string.packsize("T") == 8 and 0 or 1 << 32 -- 2^64 does not fit, nor need it
  append(columns, { address = border, size = end_of_all - border, kind = "kernel" })
end

-- ====== }

---@class vmem.layout.options
---@field pss? boolean tell proportional, dirty and swapped memory, too (Linux); takes longer. Default: false

local known = { pss = checks.boolean }

--- Reads the address space of a process, anew with every call.
---@param pid? integer Default: this process
---@param options? vmem.layout.options
---@return vmem.layout? layout
---@return string? message
---@return vmem.code? code
function layout.of(pid, options)
  if pid ~= nil then pid = checks.integer(1, "of", "pid", pid, 1, checks.largest_pid) end
  local chosen = checks.options(2, "of", options, known)
  local columns = {}
  columns.address, columns.size, columns.state, columns.protection, columns.name, columns.shared,
    columns.resident, columns.region, columns.trap = core.columns(pid)
  if not columns.address then return nil, columns.size --[[@as string]], columns.state --[[@as vmem.code]] end
  columns.count = #columns.address
  add_kinds(columns)
  add_partitions(columns)
  if chosen.pss then
    local done, message, code = require("vmem.layout.smaps").add(columns, pid)
    if not done then return nil, message, code end
  end
  return setmetatable({ pid = pid, columns = columns }, layout)
end

local area_class = { __name = "vmem.layout.area" }

function area_class.__tostring(area) return require("vmem.internal.printed")(area_class.__name, area) end

local function make_areas(columns)
  local areas = {}
  for i = 1, columns.count do
    local area = {}
    for _, field in ipairs(fields) do
      if columns[field] then area[field] = columns[field][i] end
    end
    areas[i] = setmetatable(area, area_class)
  end
  return areas
end

function layout:__index(key)
  if math.type(key) == "integer" then return self.areas[key] end
  if key ~= "areas" then return layout[key] end
  local areas = make_areas(self.columns)
  self.areas = areas
  return areas
end

function layout:__len()
  return self.columns.count
end

function layout:__pairs()
  return ipairs(self.areas)
end

local function no_total(columns)
  return amounts.begin({ count = 0, size = 0, committed = 0 }, columns)
end

--- The totals of each kind, under its name; under `all`, those of everything but free places and the
--- partitions that no process can use. Kinds that do not occur are absent.
---@return table<vmem.layout.kind|"all", vmem.layout.total>
function layout:totals()
  local columns, totals = self.columns, {}
  local kinds, sizes, states = columns.kind, columns.size, columns.state
  for i = 1, columns.count do
    local kind = kinds[i]
    local total = totals[kind]
    if not total then
      total = no_total(columns)
      totals[kind] = total
    end
    local size = sizes[i]
    total.count = total.count + 1
    total.size = total.size + size
    if states[i] == "committed" then total.committed = total.committed + size end
    amounts.add_area(total, columns, i)
  end
  local all = no_total(columns)
  for kind, total in pairs(totals) do
    if not amounts.unused[kind] then
      for _, field in ipairs { "count", "size", "committed" } do all[field] = all[field] + total[field] end
      amounts.add(all, total)
    end
  end
  totals.all = all
  return totals
end

picture.add(layout, "layout")
checks.methods(layout, "totals text svg __index __len __pairs __tostring")

return public.module("vmem.layout", "the address space of a process, and pictures of it", layout)
