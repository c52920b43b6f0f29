-- Specs of vmem.win32 beside the case tables of spec/win32: try blocks, and more than single calls.

local helpers = require "helpers"
local vmem = require "vmem"
local w = require "vmem.win32"

local P = vmem.page_size
local EXECUTE <const> = w.EXCEPTION_EXECUTE_HANDLER
local SEARCH <const> = w.EXCEPTION_CONTINUE_SEARCH
local CONTINUE <const> = w.EXCEPTION_CONTINUE_EXECUTION

describe("try", function()
  helpers.no_regions_left()
  local p

  before_each(function() p = w.VirtualAlloc(nil, 4 * P, w.MEM_RESERVE, w.PAGE_READWRITE) end)
  after_each(function() w.VirtualFree(p, 0, w.MEM_RELEASE) end)

  local function touch() return vmem.read(p, 1) end

  local function commit()
    w.VirtualAlloc(p, P, w.MEM_COMMIT, w.PAGE_READWRITE)
    return CONTINUE
  end

  it("gives what the body returns when nothing happens", function()
    assert.same({ 1, nil, 3, n = 3 }, table.pack(w.try(function() return 1, nil, 3 end, EXECUTE, error)))
  end)

  it("leaves the body and runs the handler, with the fault, and gives what that returns", function()
    local went_on = false
    local result = w.try(function() touch() went_on = true end, EXECUTE, function(fault)
      return fault.kind
    end)
    assert.equal("access_violation", result)
    assert.is_false(went_on)
  end)

  it("tries the access again when the filter says so", function()
    assert.equal("\0", w.try(touch, commit, error))
  end)

  it("ends in the fault when the filter says so and has changed nothing", function()
    local fault = helpers.fault(w.try, touch, CONTINUE, error)
    assert.equal(p, fault.address)
  end)

  it("goes on when the filter has answered the access, and no page has changed", function()
    local taken
    local function filter(fault)
      if fault.access == "read" then fault:answer(("ab"):rep(fault.size // 2)) else
        taken = fault.bytes
        fault:answer()
      end
      return CONTINUE
    end
    assert.equal("abab", w.try(function()
      vmem.write(p, "lost")
      return vmem.read(p, 4)
    end, filter))
    assert.equal("lost", taken)
    assert.equal(w.MEM_RESERVE, w.VirtualQuery(p).State)
  end)

  it("takes no answer from a filter that does not say to go on", function()
    local function filter(fault)
      fault:answer "a"
      return EXECUTE
    end
    assert.equal("handled", w.try(touch, filter, function() return "handled" end))
  end)

  it("comes after the page's trap", function()
    vmem.at(p):trap(0, P, { read = function(_, size) return ("t"):rep(size) end })
    assert.equal("t", w.try(touch, error, error))
    local function write() vmem.write(p, "x") end
    assert.equal("handled", w.try(write, EXECUTE, function() return "handled" end))
  end)

  it("lets a fault out that no block takes", function()
    assert.equal(p, helpers.fault(w.try, touch, SEARCH, error).address)
  end)

  it("takes a number for a filter, as __except(1)", function()
    assert.equal("handled", w.try(touch, 1, function() return "handled" end))
  end)

  it("asks the filters from the inside out, before anything is left", function()
    local order = {}
    local function note(word, answer)
      return function() order[#order + 1] = word return answer end
    end
    local result = w.try(function()
      return w.try(function()
        local closed <close> = setmetatable({}, { __close = note("unwound") })
        touch()
        return closed
      end, note("inner", SEARCH), note("inner handler"))
    end, note("outer", EXECUTE), note("outer handler", "outer"))
    assert.equal("outer", result)
    assert.same({ "inner", "outer", "unwound", "outer handler" }, order)
  end)

  it("goes on in the inner body when the outer filter mends", function()
    local result = w.try(function() return w.try(touch, SEARCH, error) end, commit, error)
    assert.equal("\0", result)
  end)

  it("leaves a fault in a filter or handler to the block outside", function()
    for _, inner in ipairs {
      function() return w.try(touch, function() touch() end, error) end,
      function() return w.try(touch, EXECUTE, touch) end,
    } do
      assert.equal("outside", w.try(inner, EXECUTE, function() return "outside" end))
    end
  end)

  it("is over when it is left, however that happens", function()
    w.try(touch, EXECUTE, function() end)
    pcall(w.try, error, EXECUTE, error)
    w.try(function() end, EXECUTE, error)
    helpers.fault(touch)
  end)

  it("does not take errors for exceptions", function()
    local ok, message = pcall(w.try, function() error("mine", 0) end, EXECUTE, function() return "taken" end)
    assert.is_false(ok)
    assert.equal("mine", message)
  end)

  it("comes after the handlers of region and module, as vectored handlers come first", function()
    vmem.on_fault(function(fault) return fault.region:commit() end)
    assert.equal("\0", w.try(touch, error, error))
    vmem.on_fault(nil)
  end)

  it("belongs to the coroutine that it is in", function()
    local inside = coroutine.wrap(function()
      w.try(function() coroutine.yield() return touch() end, EXECUTE, function() coroutine.yield("taken") end)
    end)
    inside()
    helpers.fault(touch)
    assert.equal("taken", inside())
  end)

  it("tells the filter of a guard page, once", function()
    w.VirtualAlloc(p, P, w.MEM_COMMIT, w.PAGE_READWRITE | w.PAGE_GUARD)
    local codes = {}
    assert.equal("\0", w.try(touch, function(fault)
      codes[#codes + 1] = w.GetExceptionInformation(fault).ExceptionCode
      return CONTINUE
    end, error))
    assert.same({ w.STATUS_GUARD_PAGE_VIOLATION }, codes)
  end)
end)

describe("vmem.win32", function()
  helpers.no_regions_left()

  it("keeps an allocation until VirtualFree, whoever forgets its address", function()
    local p = w.VirtualAlloc(nil, P, w.MEM_COMMIT, w.PAGE_READWRITE)
    vmem.write(p, "kept")
    collectgarbage() collectgarbage()
    assert.equal("kept", vmem.read(p, 4))
    assert.is_true(w.VirtualFree(p, 0, w.MEM_RELEASE))
  end)

  it("marks in a watched allocation what is loaded from a file", function()
    local p = w.VirtualAlloc(nil, 4 * P, w.MEM_RESERVE | w.MEM_COMMIT | w.MEM_WRITE_WATCH, w.PAGE_READWRITE)
    local file <close> = assert(io.tmpfile())
    file:write("straddles")
    file:seek("set")
    vmem.at(p):load(file, P - 4)
    local _, addresses = w.GetWriteWatch(0, p, 4 * P, 10)
    assert.same({ p, p + P }, addresses)
    w.VirtualFree(p, 0, w.MEM_RELEASE)
  end)

  for _, name in ipairs { "MapUserPhysicalPages", "OfferVirtualMemory", "VirtualAllocEx" } do
    it("refuses " .. name .. ", which is not offered", function()
      w.SetLastError(0)
      assert.is_false(w[name]())
      assert.equal(w.ERROR_NOT_SUPPORTED, w.GetLastError())
    end)
  end

  it("takes no other types than C would", function()
    for _, wrong in ipairs { "4096", 1.5, {}, 0 / 0 } do
      local ok, message = pcall(w.VirtualAlloc, nil, wrong, w.MEM_RESERVE, w.PAGE_READWRITE)
      assert.is_false(ok)
      assert.matches("bad argument #2 to 'VirtualAlloc'", message)
    end
  end)

  it("takes no other fields than C would", function()
    local misspelled = { Type = w.MemExtendedParameterAddressRequirements, Pointer = { Aligment = 0x200000 } }
    helpers.raises("MEM_ADDRESS_REQUIREMENTS has no field 'Aligment'; it has Alignment,",
      w.VirtualAlloc2, nil, nil, P, w.MEM_RESERVE, w.PAGE_NOACCESS, misspelled)
  end)

  helpers.linux_it("has an error for a process that has no descriptor left", function()
    local output = helpers.run_script([[
      local w = require "vmem.win32"
    ]] .. helpers.take_descriptors .. [[
      print(w.VirtualAlloc(nil, 4096, w.MEM_RESERVE | w.MEM_TOP_DOWN, w.PAGE_READWRITE))
      print(w.GetLastError() == w.ERROR_TOO_MANY_OPEN_FILES)
    ]], "ulimit -n 20;")
    assert.equal("nil\ntrue\n", output)
  end)

  it("commits no pages that are a device", function()
    local p = w.VirtualAlloc(nil, 4 * P, w.MEM_RESERVE, w.PAGE_READWRITE)
    vmem.at(p):trap(P, P, { read = rawlen })
    w.SetLastError(0)
    assert.is_nil(w.VirtualAlloc(p, 2 * P, w.MEM_COMMIT, w.PAGE_READWRITE))
    assert.equal(w.ERROR_INVALID_ADDRESS, w.GetLastError())
    assert.equal(w.MEM_RESERVE, w.VirtualQuery(p).State)
    assert.equal(p, w.VirtualAlloc(p, P, w.MEM_COMMIT, w.PAGE_READWRITE))
    w.VirtualFree(p, 0, w.MEM_RELEASE)
  end)

  it("leaves the last error alone when a call succeeds", function()
    w.SetLastError(1234)
    local p = w.VirtualAlloc(nil, P, w.MEM_RESERVE, w.PAGE_READWRITE)
    w.VirtualFree(p, 0, w.MEM_RELEASE)
    assert.equal(1234, w.GetLastError())
  end)
end)
