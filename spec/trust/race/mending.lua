--- What the race does to its regions between accesses, and its handlers for faults.

local recorder = require "vmem.recorder"
local world = require "world"
local types <const> = dofile "spec/support/element_types.lua"

local P <const> = world.page
local mending = {}

local type_of <const> = {}
for _, type in ipairs(types) do type_of[type.name] = type end

--- A refusal is one of these, or a finding.
local function allow(what, codes, result, message, code)
  if result then return result end
  if not codes:find(code, 1, true) then world.fail("%s: %s (%s)", what, message, code) end
end

local place_of <const> = world.place_of

-- {====== Handlers ======

local handlers <const> = {}

function handlers.declines() return false end

function handlers.lies() return true end

function handlers.raises() error("raised by a handler", 0) end

function handlers.attaches(fault)
  world.attach(place_of[fault.region])
  return fault.region:query(fault.offset).state == "committed"
end

function handlers.refreshes(fault)
  allow("refresh", "", place_of[fault.region].section:refresh())
  return false
end

function handlers.lengthens(fault)
  allow("resize", "", world.file.section:resize(world.size + P))
  world.attach(place_of[fault.region])
  return true
end

--- In a coroutine, others go on, and cut and attach the same pages.
function handlers.waits(fault)
  if coroutine.isyieldable() then coroutine.yield() end
  world.attach(place_of[fault.region])
  return true
end

--- As a device: reads get known bytes, and writes must be known bytes.
function handlers.answers(fault)
  if fault.atomic or fault.offset % (world.size + P) >= world.size then return false end
  local type = type_of[fault.type]
  if fault.access == "read" then
    local bytes = world.bytes(fault.offset, fault.size)
    return fault:answer(type and type.format:unpack(bytes) or bytes)
  end
  local bytes = type and fault.value and type.format:pack(fault.value) or fault.bytes
  if not bytes then return false end
  if #bytes ~= fault.size then world.fail("a fault has %d bytes of %d", #bytes, fault.size) end
  world.check(bytes, fault.offset, "a fault's bytes")
  return fault:answer()
end

local names = {}
for name in pairs(handlers) do names[#names + 1] = name end
table.sort(names)

--- Set by work.lua: counts a fault.
function mending.count() end

local counting <const> = {}
for name, handler in pairs(handlers) do
  counting[name] = function(fault)
    mending.count(fault)
    return handler(fault)
  end
end

local function set_handler(at)
  local name = names[math.random(#names + 2)] -- or none
  at.region:on_fault(name and counting[name])
end

-- ====== }

-- {====== Between accesses ======

local deeds <const> = {}

deeds.set_handler = set_handler

deeds.attach = world.attach

function deeds.refresh(at) allow("refresh", "", at.section:refresh()) end

function deeds.resize(at)
  if at ~= world.file then return end
  allow("resize", "", at.section:resize(math.random(0, world.size + P)))
  if math.random(4) > 1 then allow("resize", "", at.section:resize(world.size + P)) end
end

function deeds.decommit(at) assert(at.region:decommit(math.random(0, 20) * P, math.random(8) * P)) end

function deeds.protect(at)
  local from, size = math.random(0, 9) * P, math.random(6) * P
  if at.region:is_committed(from, size) then
    assert(at.region:protect(from, size, "r"))
    assert(at.region:protect(from, size, "rw"))
  end
end

function deeds.look(at)
  local region, from, size = world.range(at)
  region:query(from)
  region:is_committed(from, size)
  region:resident(from, size)
  for _ in region:runs() do end
  for _ in region:attachments() do end
end

function deeds.prefetch(at)
  local region, from, size = world.range(at)
  if not region:is_committed(from, size) then return end
  allow("prefetch", "past_end io_error", region:prefetch(from, size))
end

function deeds.lock(at)
  local region, from, size = world.range(at)
  if not region:is_committed(from, size) then return end
  local codes = "past_end lock_limit permission_denied io_error out_of_memory"
  if allow("lock", codes, region:lock(from, size)) then assert(region:unlock(from, size)) end
end

function deeds.discard()
  local region, from, size = world.range(world.copy)
  if region:is_committed(from, size) then assert(region:discard(from, size)) end
end

function deeds.flush(at)
  if math.random(5) == 1 then allow("start_flush", "io_error", at.section:start_flush()) end
  if math.random(50) == 1 then allow("flush", "io_error", at.section:flush()) end -- it waits for the disk
end

--- A snapshot of the private copies, and what it brings back.
local saved
function deeds.snapshot()
  if saved then
    local last = -1
    for offset, size in saved:changed() do
      if offset <= last or size <= 0 then world.fail("changed: %d, %d", offset, size) end
      last = offset
    end
    if math.random(3) > 1 then
      allow("restore", "past_end io_error", world.copy.region:restore(saved))
    end
    if math.random(2) == 1 then
      saved:close()
      saved = nil
    end
  else
    saved = world.copy.region:snapshot { all = math.random(2) == 1 }
  end
end

--- While a recording runs, reads touch what they will read, too.
local recording
function deeds.record()
  if recording then
    recording:stop()
    recording = nil
  elseif math.random(10) == 1 then
    recording = recorder.start { reads = true }
  end
end

local what = {}
for name in pairs(deeds) do what[#what + 1] = name end
table.sort(what)

--- Something random, to a random place.
function mending.act()
  local name = what[math.random(#what)]
  deeds[name](world.any())
end

-- ====== }

--- The end: no handler, and all is attached again.
function mending.stop()
  if recording then recording:stop() end
  if saved then saved:close() end
  for _, at in ipairs(world.places) do at.region:on_fault(nil) end
end

return mending
