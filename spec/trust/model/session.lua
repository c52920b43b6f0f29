--- Model and library side by side: performs operations on both and says where they disagree.

local vmem = require "vmem"
local accesses = require "model.accesses"
local compare = require "model.compare"
local files = require "model.files"
local kernel = require "model.kernel"
local library = require "model.library"
local looking = require "model.looking"
local model = require "model.model"
local pages = require "model.pages"
local sections = require "model.sections"

local P <const> = vmem.page_size
local same, differ = compare.same, compare.differ

local Session = {}
Session.__index = Session

local function can_be_lazy()
  local region <close> = vmem.allocate(1, { lazy = true })
  return region ~= nil
end

local has_lazy <const> = can_be_lazy()

local function new()
  local limits = { granularity = vmem.allocation_granularity, lowest = vmem.lowest_address,
    highest = vmem.highest_address, lazy = has_lazy }
  return setmetatable({
    library = library.new(), model = model.new(vmem.system, limits), slots = {}, bases = {},
    counts = { operations = 0, faults = 0, excused = 0, pages = 0, markers = 0 },
  }, Session)
end

-- {====== The model's side ======

local special = {}

function special.reserve(self, seen, size, options)
  return self.model:reserve(seen, size, options)
end

function special.allocate(self, seen, size, options)
  return self.model:allocate(seen, size, options)
end

--- The arguments as the model takes them.
function Session:arguments(op)
  local list = {}
  for i = 1, op.n do
    local a = op[i]
    if type(a) == "table" then
      if a.at then
        a = self.bases[a.at] + a.plus
      elseif a.options or a.file or a.functions then
        a = a.options or a.file or a.functions
      elseif a.region or a.view or a.snapshot or a.section then
        a = self.slots[a.region or a.view or a.snapshot or a.section]
      else
        a = a.handler
      end
    end
    list[i] = a
  end
  return table.unpack(list, 1, op.n)
end

local all_missing <const> = os.getenv "VMEM_COMMIT" == "missing"

--- Whether the system supports sparse regions is not known beforehand: either all regions that ask are
--- sparse, or none. VMEM_COMMIT=missing makes regions sparse that do not ask.
function Session:is_sparse(region, op)
  local asked, made = op[2] and op[2].options and op[2].options.sparse, self.library.slots[op.into]
  local seen = made and made.sparse -- nothing is made where the library refuses what the model does not
  if region.concealed or region.wiped or region.lazy or not asked and not all_missing then return false end
  if not asked then return seen end
  if self.has_sparse == nil then self.has_sparse = seen end
  return self.has_sparse
end

--- The outcome as library.outcome gives it.
function Session:expect(op, seen_base)
  local world = self.model
  local object = op.on == "vmem" and world or self.slots[op.on]
  local results
  world.unpacks = op.call == "unpack"
  if special[op.call] then
    results = table.pack(pcall(special[op.call], self, seen_base, self:arguments(op)))
  else
    results = table.pack(pcall(object[op.call], object, self:arguments(op)))
  end
  local ok, first, code = results[1], results[2], results[3]
  if not ok then
    if type(first) ~= "table" then error(first, 0) end
    if first.misuse then return { "raised", first.misuse, n = 2 } end
    return { "fault", first.fault, n = 2 }
  end
  local codes = { not_committed = true, permission_denied = true, address_in_use = true,
    invalid_address = true,
    not_supported = true, in_use = true, past_end = true }
  if first == nil and results.n == 3 and codes[code] then return { "refused", code, n = 2 } end
  if op.into and type(first) == "table" then
    local before = self.slots[op.into]
    if before then world.names[before] = nil end
    if before and before.dirty then before:close() end -- a snapshot that nobody has any more
    self.slots[op.into], world.names[first] = first, op.into
    if op.into:find "^r" then
      self.bases[op.into] = first.base
      first.sparse = self:is_sparse(first, op)
    end
  end
  results[1] = "returned"
  for i = 2, results.n do
    local value = results[i]
    if type(value) == "table" and not (value.about or value.most) then
      results[i] = world.names[value] or value.is_section and "another section" or nil
    end
  end
  return results
end

-- ====== }

-- {====== Looking at everything ======

--- Raises no error: returns nil, or what is wrong with the contents.
local function compare_contents(region, known)
  for _, i in ipairs(looking.indices(known)) do
    local page = known.pages[i]
    if pages.allows(page, "read") and not pages.is_lost(page) then
      local can_be_read, bytes = pcall(region.read, region, (i - 1) * P, P)
      if not can_be_read then return ("page %d: %s"):format(i, bytes) end
      if bytes ~= page.bytes then
        local at = 1
        while bytes:byte(at) == page.bytes:byte(at) do at = at + 1 end
        return ("byte %d of page %d is %d, not %d"):format(at - 1, i, bytes:byte(at), page.bytes:byte(at))
      end
    end
  end
end

--- A range of more pages is not compared page by page.
local MOST <const> = 2000

local function compare_kernel(self, slot, region, known)
  local count, first = known.size // P, 1
  if count > MOST then
    local somewhere = next(known.pages) or 1
    first, count = math.max(1, math.min(somewhere - 600, count - 1200)), 1200
  end
  local problem, markers = kernel.compare(region, known, first, first + count - 1)
  self.counts.pages, self.counts.markers = self.counts.pages + count, self.counts.markers + markers
  return problem and slot .. ": " .. problem
end

local views_of = { "runs", "written", "committed", "locked", "attachments" }

--- Compares all that can be seen of a region, with the kernel's side if it is asked for.
function Session:check(slot, ask_kernel)
  local known, region = self.slots[slot], self.library.slots[slot]
  if not known.live then return nil end
  for _, what in ipairs(views_of) do
    local op = { on = slot, call = what, n = 0 }
    if what == "committed" then op = { on = slot, call = "field", "committed", n = 1 } end
    if what ~= "written" or known.watched then
      local got, expected = self.library:perform(op, self.bases), self:expect(op)
      if not same(expected, got) then return ("%s:%s()\n%s"):format(slot, what, differ(expected, got)) end
    end
  end
  local few = #looking.indices(known) <= MOST
  local problem = few and compare_contents(region, known)
  if problem then return slot .. ": " .. problem end
  if ask_kernel then return compare_kernel(self, slot, region, known) end
end

--- The same of all regions.
function Session:check_all(ask_kernel)
  for slot in pairs(self.slots) do
    local problem = slot:find "^r" and self:check(slot, ask_kernel)
    if problem then return problem end
  end
end

-- ====== }

--- Whether the objects of the operation exist.
local function is_possible(self, op)
  local function exists(slot) return slot == nil or self.slots[slot] ~= nil end
  if op.on ~= "vmem" and not exists(op.on) then return false end
  if op.into and self.slots[op.into] and op.into:find "^r" then return false end
  for i = 1, op.n do
    local a = op[i]
    local slot = type(a) == "table" and (a.region or a.view or a.snapshot or a.section) or nil
    if not exists(slot) then return false end
    if type(a) == "table" and a.at and not self.bases[a.at] then return false end
  end
  local object = op.on == "vmem" and self.model or self.slots[op.on]
  -- Before Linux 6.3 all sections can be executed, and so can one that is opened again.
  if op.call == "section_again" then return self.slots[op[1].section].memory.executable end
  local first = op[1] and type(op[1]) == "table" and op[1].section
  if not files.is_known(self.model, op, object, first and self.slots[first]) then return false end
  return not sections.depends_on_order(self.model, op, object, self:arguments(op))
end

--- The region is dropped, with the views of it.
local function drop(self, slot)
  local known = self.slots[slot]
  for name, object in pairs(self.slots) do
    if object.region == known then self.slots[name], self.library.slots[name] = nil, nil end
  end
  self.slots[slot] = nil
  if known.is_section then self.model.names[known] = nil end
  self.library:drop(slot)
  if known.live then known:release() end
end

local recorder

local function record(self, op)
  recorder = recorder or require "vmem.recorder"
  if self.recording then
    self.recording:stop()
    self.recording, self.model.records = nil, false
  elseif op[1] then
    self.recording, self.model.records = recorder.start(op[1].options), true
  end
end

--- Performs an operation on both sides. Returns nil if they agree, else the difference. Sets op.ends to the
--- way it ended: "returned", "raised" and so on.
function Session:perform(op)
  if not is_possible(self, op) then return nil end
  self.counts.operations = self.counts.operations + 1
  if op.call == "check" then return self:check(op.on, op[1]) end
  if op.call == "drop" then return drop(self, op.on) end
  if op.call == "record" then return record(self, op) end
  local got = self.library:perform(op, self.bases)
  if got.excused then
    self.counts.excused = self.counts.excused + 1
    return nil
  end
  local made = op.into and self.library.slots[op.into]
  accesses.looked = 0
  local expected = self:expect(op, made and op.into:find "^r" and made.base)
  op.ends = expected[1]
  if not same(expected, got) then return differ(expected, got) end
  local seen, foretold = self.library.log, self.model.log
  self.counts.faults = self.counts.faults + #seen
  for i = 1, math.max(#seen, #foretold) do
    if seen[i] ~= foretold[i] then
      return ("fault %d of those that a handler saw\nexpected: %s\ngot:      %s"):format(i,
        tostring(foretold[i]), tostring(seen[i]))
    end
  end
  self.library.log, self.model.log = {}, {}
end

function Session:close()
  if self.recording then self.recording:stop() end
  self.library:close()
end

return { new = new }
