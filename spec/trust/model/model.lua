--- The model's world: regions in an address space, rule 1, and the handlers of faults. It repeats vmem's
--- behaviour in the simplest way: no runs, no tree, no cache.

local actions = require "model.actions"
local answers = require "model.answers"
local bulk = require "model.bulk"
local files = require "model.files"
local pages = require "model.pages"
local sections = require "model.sections"
require "model.dump"
require "model.facts"
require "model.looking"
require "model.snapshots"

local P <const> = pages.P
local misuse, check_count = pages.misuse, pages.check_count

local World = {}
World.__index = World

--- A world without regions. `system` and `limits` are vmem.system and { granularity, lowest, highest, lazy }.
local function new(system, limits)
  return setmetatable({
    system = system, limits = limits, slots = {}, live = {}, names = {}, depth = 0, log = {}, handler = nil,
    files = {},
  }, World)
end

-- {====== Regions ======

--- The live region that holds the address.
function World:find(address)
  for _, region in ipairs(self.live) do
    if address >= region.base and address - region.base < region.size then return region end
  end
end

function World:forget(region)
  for i, other in ipairs(self.live) do
    if other == region then table.remove(self.live, i) break end
  end
end

function World:name_of(object) return self.names[object] end

--- Where the system has put a region, if the options allow that; else a place that no system gives.
local function check_place(options, base, size)
  local aligned = base % (options.alignment or 1) == 0
  local highest = options.highest or math.maxinteger
  return aligned and base >= (options.lowest or 0) and base + size - 1 <= highest and base or -1
end

--- The base and size of a new region. Without a requested address the base is the system's choice: `chosen`.
local function place(self, size, options, chosen)
  check_count(size, 1)
  local address = options.address
  if not address then -- nil if it was refused
    local bytes = (size + P - 1) // P * P
    return chosen and check_place(options, chosen, bytes), bytes
  end
  if address < self.limits.lowest then return nil, "invalid_address" end
  local base = address // self.limits.granularity * self.limits.granularity
  size = (address - base + size + P - 1) // P * P
  local is_outside = self.system == "simulated" and base + size - 1 > self.limits.highest
  if is_outside and (self.limits.lazy or not options.lazy) then return nil, "invalid_address" end
  for _, region in ipairs(self.live) do
    if base < region.base + region.size and region.base < base + size then return nil, "address_in_use" end
  end
  return base, size
end

local function check_options(options)
  local alignment, around = options.alignment or 1, options.around or 1
  if alignment < 1 or alignment & alignment - 1 ~= 0 or around < 1 then misuse "option a" end
  local lowest, highest = options.lowest or 0, options.highest or math.maxinteger
  local chooses = options.alignment or options.lowest or options.highest
  if options.address and chooses then misuse "option address" end
  if lowest > highest then misuse "option lowest" end
end

--- `chosen` is where the library's region is.
function World:reserve(chosen, size, options, commits)
  options = options or {}
  if options.protection then pages.check_protection(options.protection) end
  check_count(size, 1)
  check_options(options)
  if options.lazy and not commits then misuse "is for vmem.allocate" end
  if options.around and not options.touch then misuse "say touch" end
  local base, length = place(self, size, options, chosen)
  if options.conceal and self.system ~= "linux" and type(length) == "number" then
    return nil, "not_supported"
  end
  if options.lazy and not self.limits.lazy and type(length) == "number" then return nil, "not_supported" end
  if not base then return nil, length end
  local region = pages.new(self, base, length, options)
  table.insert(self.live, region)
  table.sort(self.live, function(a, b) return a.base < b.base end)
  return region
end

function World:allocate(chosen, size, options)
  local region, code = self:reserve(chosen, size, options, true)
  if not region then return nil, code end
  return region:commit()
end

function World:at(address)
  check_count(address, 0)
  local region = self:find(address)
  if not region then return nil end
  return region, address - region.base
end

function World:regions()
  return table.unpack(self.live)
end

function World:query(address)
  check_count(address, 0)
  local region = self:find(address)
  if region then return region:query(address - region.base) end
  return nil
end

--- Of all regions, what query says of each run; nothing of what lies between.
function World:areas()
  if self.system == "posix" then return nil, "not_supported" end
  local list = {}
  for _, region in ipairs(self.live) do
    local runs = table.pack(region:runs())
    for i = 1, runs.n, 5 do
      local run = { region.base + runs[i], runs[i], runs[i + 1], runs[i + 2], runs[i + 3], region.base,
        region.size, region.protection }
      table.move(run, 1, 8, #list + 1, list)
    end
  end
  return table.unpack(list)
end

World.read, World.write, World.is_world = bulk.read, bulk.write, true
World.section, World.section_again = sections.make, sections.again
World.file, World.set_file_length = files.open, files.set_length

-- ====== }

-- {====== Handlers: their actions are data, so that the library's handlers can do the same ======

--- Notes the properties of a fault, as a handler sees them.
local function note(world, fault)
  table.insert(world.log, table.concat({
    fault.kind, fault.access, ("%#x"):format(fault.address), fault.slot or "-",
    fault.offset or "-", fault.page or "-", fault.state or "-", fault.protection or "-", fault.text,
    fault.size, fault.type or "-", fault.value or "-", ("%q"):format(fault.bytes),
    tostring(fault.atomic), tostring(fault.reason),
  }, " "))
end

--- Does a handler's actions on pages beside the faulting one. act(name, region, …) makes the call;
--- size_of(region) is nil for a released region.
local function obey(does, fault, size_of, act)
  for _, step in ipairs(does) do
    local region = fault.region
    local size = region and size_of(region)
    local name, distance, count, protection = table.unpack(step)
    local first = size and fault.page + (distance or 0)
    if size and first >= 1 and (first - 1 + (count or 1)) * P <= size then
      act(name, region, (first - 1) * P, (count or 1) * P, protection)
    end
  end
end

local function size_of(region) return region.live and region.size end

--- A pager without room for an access raises a fault in the end: of unpack it is not known at which page.
function World:handle(handler, fault)
  note(self, fault)
  if self.depth >= 2 or handler.is_pager and self.unpacks then return false end
  self.depth = self.depth + 1
  obey(handler.does, fault, size_of, function(name, ...) pcall(actions[name], ...) end)
  self.depth = self.depth - 1
  if handler.answer == "raise" then misuse "a handler has raised this" end
  if not handler.answers then return handler.answer end
  if not answers.can(fault) then return false end
  fault.answer = select(2, answers.of(fault))
  table.insert(self.log, answers.line("handler", fault.access, fault.offset, fault.bytes or fault.value,
    fault.type))
  return handler.answer
end

function World:on_fault(handler)
  local before = self.handler
  self.handler = handler
  return before ~= nil
end

function pages.methods:on_fault(handler)
  self:check_live()
  local before = self.handler
  self.handler = handler
  return before ~= nil
end

-- ====== }

return { new = new, obey = obey, note = note }
