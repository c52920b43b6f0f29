-- The signal handler that makes accesses to lost pages faults, among handlers of other code.
local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("an access to a few bytes of a lost page", function()
  file_kit.leaves_nothing()

  -- The C library reads whole vectors: its first read may begin before the range, its last one end behind it.
  local ACCESSES <const> = {
    find = function(r, at, size) return r:find("Z", at, size) end,
    ["find of two"] = function(r, at, size) return r:find("ZY", at, size + 1) end,
    cstring = function(r, at, size) return r:cstring(at, size) end,
    compare = function(r, at, size) return r:compare(at, 0, size) end,
    nonzero = function(r, at, size) return r:nonzero(at, size) end,
    read = function(r, at, size) return r:read(at, size) end,
    write = function(r, at, size) return r:write(at, ("x"):rep(size)) end,
    fill = function(r, at, size) return r:fill(at, size, 7) end,
    sum = function(r, at, size) return r:view("u8", at, size):sum() end,
    minmax = function(r, at, size) return r:view("u8", at, size):minmax() end,
  }
  for name, access in pairs(ACCESSES) do
    file_kit.unix_it("is a fault at its first byte: " .. name, function()
      for _, at in ipairs { 1, 31, 100, P - 60, P - 20, P - 10 } do
        for _, size in ipairs { 1, 3, 8 } do
          local path = file_kit.path_of(("A"):rep(2 * P))
          local section <close> = assert(vmem.section(path, "r+"))
          local region <close> = assert(vmem.reserve(2 * P)):attach(section)
          local other <close> = assert(vmem.section(path, "r+"))
          assert(other:resize(P))
          local fault = helpers.fault(access, region, P + at, size)
          assert.same({ "in_page_error", P + at }, { fault.kind, fault.offset })
        end
      end
    end)
  end
end)

describe("a copy from a lost page to one that refuses it", function()
  file_kit.leaves_nothing()

  for name, handler in pairs {
    ["has no handler"] = false,
    ["has a handler that declines"] = function() return false end,
  } do
    file_kit.unix_it("is a fault reading, where it " .. name, function()
      local path = file_kit.path_of(("A"):rep(2 * P))
      local section <close> = assert(vmem.section(path, "r+"))
      local region <close> = assert(vmem.reserve(4 * P)):attach(section)
      if handler then region:on_fault(handler) end
      local other <close> = assert(vmem.section(path, "r+"))
      assert(other:resize(P))
      local fault = helpers.fault(region.copy, region, 3 * P, P, 100)
      assert.same({ "in_page_error", "read", P }, { fault.kind, fault.access, fault.offset })
    end)
  end
end)

-- {====== Handlers of other code ======

--- `lost()` gives a region whose second page its file has lost; `meet(region)` meets that page.
local SCRIPT <const> = [[
local bus, vmem = require "bus", require "vmem"
local P = vmem.page_size

local function lost(options)
  local path = os.tmpname()
  local section = assert(vmem.section(path, "w+", { size = 2 * P }))
  local region = assert(vmem.reserve(2 * P))
  local kept = assert(vmem.section(path, "r+", options))
  assert(region:attach(kept))
  assert(section:resize(P))
  os.remove(path)
  return region
end

local function meet(region)
  local ok, fault = pcall(region.read, region, P, 1)
  assert(not ok and fault.kind == "in_page_error", fault)
end
%s
io.write "done"
]]

--- How a process ends in which this runs: "done", with a status, or with the signal's name.
local function ending_of(script)
  local before = [[sh -c '"$@"; r=$?; if [ $r -gt 128 ]; then kill -l $r; else echo " $r"; fi' sh ]]
    .. [[env ASAN_OPTIONS=$ASAN_OPTIONS:handle_sigbus=0 ]]
  return (helpers.run_script(script, before):gsub("%s+$", ""):gsub("Bus error[^\n]*\n", ""))
end

local CASES <const> = {
  { "an access that is not vmem's ends the process by its signal", [[
    meet(lost())
    bus.touch() ]], "BUS" },
  { "a signal that is sent ends the process", [[
    meet(lost())
    bus.send() ]], "BUS" },
  { "a signal that is sent is ignored where it was before", [[
    bus.set "ignore"
    meet(lost())
    bus.send()
    bus.send() ]], "done 0" },
  { "an access that is not vmem's ends the process also where the signal is ignored", [[
    bus.set "ignore"
    meet(lost())
    bus.touch() ]], "BUS" },
  { "a handler of before gets what is its own, and what is sent, however it returns", [[
    bus.install(1)
    local region = lost()
    meet(region)
    for _ = 1, 3 do
      assert(bus.touch(1) == 1)
      assert(bus.send(1) == 1)
    end
    meet(lost())
    assert(bus.send(1) == 1) ]], "done 0" },
  { "a handler that came later and passes on does not hinder it, and blocks no signal for ever", [[
    local region = lost()
    bus.install(2)
    meet(region)
    assert(not bus.is_blocked())
    for _ = 1, 3 do meet(lost()) end
    assert(select(2, bus.touch(2)) == 2 and not bus.is_blocked()) -- once it has passed on
    bus.install(2)
    for _ = 1, 3 do
      local again = lost()
      bus.install(2)
      meet(again)
      assert(not bus.is_blocked())
    end ]], "done 0" },
  { "a handler that came later is put behind it by the next attach", [[
    local region = lost()
    bus.set "default"
    meet(lost())
    bus.install(2)
    local other = lost()
    local _, before = bus.send(2)
    meet(other)
    local _, since = bus.send(2)
    assert(before == 1 and since == 1) -- it was not asked for vmem's own
  ]], "done 0" },
  { "the handlers of before and of later both get their own, the first by way of the later one", [[
    bus.install(1)
    meet(lost())
    bus.install(2)
    meet(lost())
    for _ = 1, 3 do
      local first, second = bus.touch(1)
      assert(first == 1 and second == 1)
      first, second = bus.touch(2)
      assert(first == 0 and second == 1)
      first, second = bus.send(1)
      assert(first == 1 and second == 1)
      meet(lost())
    end ]], "done 0" },
  { "a handler that was taken away is not called any more", [[
    meet(lost())
    bus.install(2)
    meet(lost())
    bus.set "default"
    meet(lost())
    bus.touch(2) ]], "BUS" },
  { "a handler of before that is for one signal gets one, and the next ends the process", [[
    bus.install_report()
    meet(lost())
    bus.touch() ]], "reported BUS" },
  { "a handler for one signal gets one again when it was installed again", [[
    for _ = 1, 3 do
      bus.install_report()
      meet(lost())
      bus.send()
    end
    bus.send() ]], "reported reported reported BUS" },
  { "none is called in a thread that blocks the signal: a lost page ends the process", [[
    local region = lost()
    assert(bus.block())
    region:read(P, 1) ]], "BUS" },
  { "many handlers that are installed in turn need no more room than each once", [[
    for i = 1, 100 do
      bus.install(i % 2 + 1)
      meet(lost())
      bus.set "default"
      meet(lost())
    end ]], "done 0" },
  { "the library is found also if it came from a relative path, and the process has left its folder", [[
    local section = assert(vmem.section(8)) -- what is needed is loaded
    assert(vmem.reserve(P)):attach(section)
    assert(bus.leave())
    meet(lost()) ]], "done 0" },
  { "a small stack for signals is enough", [[
    assert(bus.use_stack(16384))
    bus.install(1)
    for _ = 1, 3 do
      meet(lost())
      assert(bus.touch(1) == 1)
    end ]], "done 0" },
  { "without it, the handler is nobody's, and a lost page ends the process", [[
    local region = lost { guard = false }
    assert(bus.is_default())
    region:read(P, 1) ]], "BUS" },
  { "without it, a handler of other code stays as it is", [[
    bus.install(1)
    local region = lost { guard = false }
    bus.set "default"
    region = lost { guard = false }
    assert(bus.is_default()) ]], "done 0" },
  { "a file without it is without it also when another one has it", [[
    local region = lost { guard = false }
    meet(lost())
    region:read(P, 1) ]], "BUS" },
}

describe("among handlers of other code, that of vmem", function()
  for _, case in ipairs(CASES) do
    local name, text, expected = table.unpack(case)
    file_kit.unix_it(name, function() assert.equal(expected, ending_of(SCRIPT:format(text))) end)
  end

  -- A Lua state that is closed unloads its modules. The process here has vmem in such a state alone.
  for name, case in pairs {
    ["passes on"] = { "bus.install(1)", "assert(bus.touch(1) == 1 and bus.send(1) == 1)", "done 0" },
    ["lets the process end"] = { "", "bus.touch()", "BUS" },
  } do
    file_kit.unix_it("stays, and " .. name .. ", when the Lua state is closed", function()
      local inner = SCRIPT:format("meet(lost())"):gsub('io.write "done"', "")
      local script = ([[local bus = require "bus" %s
        assert(require("foreign").run(%q))
        collectgarbage()
        %s
        io.write "done"]]):format(case[1], inner, case[2])
      assert.equal(case[3], ending_of(script))
    end)
  end
end)

-- ====== }
