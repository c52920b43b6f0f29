--- Where records of vmem.sparse lie: in a file, whose bit map says which units of 64 KiB exist.
--- vmem.sparse.in_memory says what a space is.
---
--- The file is a header, a bit for each unit, and the units, each at its place; those that never existed are
--- holes. Units are attached when they are touched, with those behind them that exist, and all are let go
--- when there are many attachments: the system has a limit of them, and this has none.
---
--- Several processes may have the file: a unit that one of them makes exists at once in the others. Bits
--- change by compare_exchange. The first unit of a byte is its lowest bit, on all machines.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local typed_file = require "vmem.internal.typed_file"
local vmem = require "vmem"

local UNIT <const> = typed_file.UNIT
local FULL <const> = 0xffffffff
local MOST_ATTACHMENTS <const> = 1024
local AT_ONCE <const> = 4096 -- bytes of the map that are looked through: nonzero looks from both ends

-- {====== Places ======

local function up(bytes) return (bytes + UNIT - 1) // UNIT * UNIT end

local function units_of(header) return up(header.count * header.record_size) // UNIT end

local function map_bytes_of(header) return up((units_of(header) + 7) // 8) end

local function size_of(header)
  return UNIT + map_bytes_of(header) + units_of(header) * UNIT
end

--- Where in a word the bit of a unit is, which counts from 0.
local function shift_of(unit)
  return typed_file.is_little and unit & 31 or unit & 7 | 24 - (unit & 24)
end

-- ====== }

-- {====== The bit map ======

local function has(words, unit)
  return words[(unit >> 5) + 1] >> shift_of(unit) & 1 == 1
end

--- Sets a bit, or clears it, whatever other processes do to its neighbours.
local function put(words, unit, bit)
  local at, mask = (unit >> 5) + 1, 1 << shift_of(unit)
  local old = words[at]
  while true do
    local new = bit and old | mask or old & ~mask
    if new == old then return end
    local found = words:compare_exchange(at, old, new)
    if found == old then return end
    old = found
  end
end

--- The first unit from `unit` on, before `stop`, that does not exist, or stop.
local function next_absent(words, unit, stop)
  while unit < stop do
    if unit & 31 == 0 and words[(unit >> 5) + 1] == FULL then
      unit = unit + 32
    elseif has(words, unit) then
      unit = unit + 1
    else
      return unit
    end
  end
  return stop
end

--- The first unit from `unit` on, before `stop`, that exists, or nil.
local function next_present(map, words, unit, stop)
  while unit < stop and unit & 7 ~= 0 do
    if has(words, unit) then return unit end
    unit = unit + 1
  end
  local at, last = (unit + 7) >> 3, (stop + 7) >> 3
  while at < last do
    local byte = map:nonzero(at, math.min(AT_ONCE, last - at))
    if byte then
      for each = byte << 3, math.min(stop, (byte << 3) + 8) - 1 do
        if has(words, each) then return each end
      end
      return nil
    end
    at = at + AT_ONCE
  end
end

-- ====== }

-- {====== What is attached ======

--- Lets all units go. On Windows what was written to them may be on its way no longer than they are attached.
local function let_go(self)
  if vmem.system == "windows" and self.writable then self.section:flush() end
  local done, message, code = self.region:decommit()
  if not done then return nil, message, code end
  self.attachments = 0
  return true
end

local function attach(self, unit, stop)
  typed_file.check_size(self.section, self.size)
  if self.attachments >= MOST_ATTACHMENTS then
    local done, message, code = let_go(self)
    if not done then return nil, message, code end
  end
  for tries = 1, 2 do
    local done, message, code = self.region:attach(self.section, unit * UNIT, self.start + unit * UNIT,
      (stop - unit) * UNIT, self.protection)
    if done then break end
    if tries == 2 or code ~= "too_many_mappings" then return nil, message, code end
    done, message, code = let_go(self)
    if not done then return nil, message, code end
  end
  self.attachments = self.attachments + 1
  return true
end

--- The region's handler: attaches the unit that is touched, and those behind it.
local function mend(self, fault)
  local unit = fault.offset // UNIT
  if fault.kind == "in_page_error" or fault.state ~= "reserved" then return false end
  if not has(self.words, unit) then return false end
  local done, message = core.whole(attach, self, unit, next_absent(self.words, unit, self.units))
  if not done then checks.raise("%s", message) end
  return true
end

-- ====== }

-- {====== What exists ======

local function exists(self, from, size)
  for unit = from // UNIT, (from + size - 1) // UNIT do
    if not has(self.words, unit) then return false end
  end
  return true
end

--- What never existed is zeros in the file, and so is what was dropped.
local function create(self, from, size)
  if not self.writable then return nil, self.section.path .. " was opened with \"r\"", "permission_denied" end
  local first, stop = from // UNIT, (from + size - 1) // UNIT + 1
  local done, message, code = attach(self, first, stop)
  if not done then return nil, message, code end
  for unit = first, stop - 1 do put(self.words, unit, true) end
  return true
end

local function stretches(self, from, to)
  local at = from
  return function()
    if at >= to then return nil end
    local stop = (to + UNIT - 1) // UNIT
    local unit = next_present(self.map, self.words, at // UNIT, stop)
    if not unit then
      at = to
      return nil
    end
    local first = math.max(at, unit * UNIT)
    at = math.min(to, next_absent(self.words, unit, stop) * UNIT)
    return first, at
  end
end

local function zero(self, from, size)
  if self.writable and core.empty(self.section, self.start + from, size) then return end
  local least, most = self.region:nonzero(from, size)
  if least then self.region:fill(least, most - least + 1, 0) end
end

--- Zeroes units that exist, and then forgets them.
local function drop(self, from, size)
  for first, stop in stretches(self, from, from + size) do
    zero(self, first, stop - first)
    for unit = first // UNIT, (stop - 1) // UNIT do put(self.words, unit, false) end
  end
  return self.region:decommit(from, size)
end

-- ====== }

--- The space on an open file.
local function space_of(self)
  local region, is_committed = self.region, self.region.is_committed
  region:on_fault(function(fault) return mend(self, fault) end)
  return {
    region = region, unit = UNIT, section = self.section, settled = true,
    exists = function(_, from, size) return is_committed(region, from, size) or exists(self, from, size) end,
    create = function(from, size) return core.whole(create, self, from, size) end,
    drop = function(from, size) return drop(self, from, size) end,
    stretches = function(from, to) return stretches(self, from, to) end,
    runs = function()
      local step = stretches(self, 0, region.size)
      return function()
        local from, to = step()
        if from then return from, to - from, "committed", self.protection end
      end
    end,
    flush = function()
      local done, message, code = self.section:flush()
      if not done then return nil, message, code end
      return true
    end,
    close = function()
      do local _ <close> = region end
      do local _ <close> = self.map end
      self.section:close()
    end,
  }
end

--- Opens a file, or makes it. Gives the space and the file's header; or nil, message, code.
---@param path string
---@param mode string
---@param wanted table as for typed_file.open
return function(path, mode, wanted)
  local section, header, code = typed_file.open("sparse", path, mode, wanted, size_of, true)
  if not section then return nil, header, code end
  local self = {
    section = section, size = size_of(header), units = units_of(header), attachments = 0,
    start = UNIT + map_bytes_of(header), writable = mode ~= "r", protection = mode == "r" and "r" or "rw",
  }
  local message
  self.region, message, code = vmem.reserve(self.units * UNIT, { name = path })
  if self.region then self.map, message, code = vmem.reserve(map_bytes_of(header)) end
  local done
  if self.map then
    done, message, code = self.map:attach(section, 0, UNIT, map_bytes_of(header), self.protection)
  end
  if not done then
    for _, region in ipairs { self.region, self.map } do region:release() end
    section:close()
    return nil, message, code
  end
  self.words = self.map:view "u32"
  return space_of(self), header
end
