local helpers = require "helpers"
local stacks = require "vmem.stack"
local vmem = require "vmem"
local win32 = require "vmem.win32"

local P = vmem.page_size

--- vmem.stack over verbs that refuse as `refusals` says: { commit = { false, true } } is the second commit.
local function refusing(refusals)
  return helpers.over_refusals("vmem.stack", { "commit", "decommit", "protect" }, function(verb)
    return table.remove(refusals[verb] or {}, 1)
  end)
end

describe("a stack", function()
  helpers.no_regions_left()
  local stack, region, size

  local function use(limit, module)
    stack = assert((module or stacks).new(limit, { name = "ours" }))
    region, size = stack.region, stack.region.size
  end

  before_each(function() use(8 * P) end)
  after_each(function() stack:close() end)

  it("begins with a page, a guard page below it, and addresses for the limit and a page more", function()
    assert.equal("7 reserved, 1 rw+guard, 1 rw", helpers.runs(region))
    assert.same({ 9 * P, 9 * P, 0, 8 * P, 2 * P },
      { size, stack.pointer, stack.depth, stack.limit, stack.committed })
    assert.equal("ours", region.name)
  end)

  it("rounds its limit up to pages", function()
    local other <close> = stacks.new(P + 1)
    assert.equal(2 * P, other.limit)
    assert.equal("1 reserved, 1 rw+guard, 1 rw", helpers.runs(other.region))
  end)

  it("of one page has no guard page, and a limit all the same", function()
    local other <close> = stacks.new(1)
    assert.equal("1 reserved, 1 rw", helpers.runs(other.region))
    other:alloc(P)
    assert.equal("stack_overflow", helpers.fault(other.push, other, "i1", 1).kind)
  end)

  it("pushes downwards and pops in reverse", function()
    assert.equal(size - 12, stack:push("i4 d", 1, 2.5))
    assert.equal(size - 14, stack:push("<i2", 258))
    assert.same({ size - 14, 14 }, { stack.pointer, stack.depth })
    assert.equal("\2\1", region:read(size - 14, 2))
    assert.equal(258, stack:pop "<i2")
    assert.same({ 1, 2.5 }, { stack:pop "i4 d" })
    assert.same({ size, 0 }, { stack.pointer, stack.depth })
  end)

  local formats = {
    { "" }, { "b", -1 }, { "i4", 7 }, { "j n", 1, 2.5 }, { "i1 i2 i4 i8", 1, 2, 3, 4 }, { "z", "" },
    { "z", "text" }, { "s4 z s1", "long", "and", "short" }, { "c5", "abcde" }, { "!8 i1 i8 s2", 1, 2, "x" },
    { ">I3", 70000 }, { "xxBx", 5 }, { "s4", ("page"):rep(P) }, { "i4 !4 Xi4 z", 3, "z" },
  }
  for _, case in ipairs(formats) do
    local format = case[1]
    it(("gives back what it was given as %q"):format(format), function()
      stack:push("i4", 77)
      for _ = 1, 2 do
        stack:push(table.unpack(case))
        assert.same({ table.unpack(case, 2) }, { stack:pop(format) })
        assert.equal(4, stack.depth)
      end
      assert.equal(77, stack:pop "i4")
    end)
  end

  it("grows on its guard page, whoever writes, as long as it is in order", function()
    region:write(size - P, "x")
    assert.equal("7 reserved, 1 rw+guard, 1 rw", helpers.runs(region))
    region:write(size - P - 1, "x")
    assert.equal("6 reserved, 1 rw+guard, 2 rw", helpers.runs(region))
    local bytes = region:view "u8"
    for i = #bytes, 4 * P, -1 do bytes[i] = 1 end
    assert.equal("2 reserved, 1 rw+guard, 6 rw", helpers.runs(region))
    assert.equal(region.committed, stack.committed)
    region:read(3 * P - 1, 1) -- reading counts, too
    assert.equal("1 reserved, 1 rw+guard, 7 rw", helpers.runs(region))
    region:read(2 * P - 1, 1)
    assert.equal("1 reserved, 8 rw", helpers.runs(region))
  end)

  it("grows inside a coroutine, too", function()
    coroutine.wrap(function() stack:push("s4", ("x"):rep(3 * P)) end)()
    assert.equal("4 reserved, 1 rw+guard, 4 rw", helpers.runs(region))
  end)

  it("is not touched beyond its guard page: that is an access violation, as with a thread's", function()
    local fault = helpers.fault(region.write, region, size - 2 * P - 1, "x")
    assert.same({ "access_violation", "reserved", 7 }, { fault.kind, fault.state, fault.page })
    assert.equal("access_violation", helpers.fault(region.read, region, 0, 1).kind)
    assert.equal("7 reserved, 1 rw+guard, 1 rw", helpers.runs(region))
  end)

  it("touches page after page for a large push or alloc", function()
    stack:push("s4", ("x"):rep(2 * P))
    assert.equal("5 reserved, 1 rw+guard, 3 rw", helpers.runs(region))
    local frame = stack:alloc(3 * P)
    assert.equal("2 reserved, 1 rw+guard, 6 rw", helpers.runs(region))
    region:fill(frame, 3 * P, 66)
    assert.equal(stack, stack:unwind(frame + 3 * P))
    stack:unwind(size - 2 * P - 4)
    assert.equal(("x"):rep(2 * P), stack:pop "s4")
  end)

  it("gives frames aligned to 16 unless told otherwise, which hold what was there", function()
    stack:push("z", "x")
    assert.equal(size - 32, stack:alloc(16))
    assert.equal(size - 33, stack:alloc(1, 1))
    assert.equal(size - 33, stack:alloc(0, 1))
    assert.equal(size - 64, stack:alloc(1, 64))
    assert.equal("x\0", region:read(stack:unwind(size - 2).pointer, 2))
    stack:unwind(size)
    assert.equal("x", region:cstring(stack:alloc(2, 1)))
    assert.equal(0, (region.base + stack:alloc(1, 2 * P)) % (2 * P))
  end)

  it("is unwound up to any place that is in use, and no other", function()
    stack:push("i8 i8", 1, 2)
    stack:unwind(size - 8)
    assert.equal(2, stack:pop "i8")
    for _, wrong in ipairs { size + 1, size - 1, 0, -1 } do
      helpers.raises("#1 to 'unwind' (pointer ", stack.unwind, stack, wrong)
    end
    assert.equal(0, stack:unwind(size).depth)
  end)

  it("says that it is empty, or how much there is, and nothing changes", function()
    helpers.raises("stack is empty: there is nothing to pop", stack.pop, stack, "i4")
    helpers.raises("stack is empty: there is nothing to pop", stack.pop, stack, "z")
    stack:push("i2", 0x4141)
    local cases = {
      ["i4"] = "stack underflow: format \"i4\" takes 4 bytes, and the stack holds 2",
      ["z"] = "stack underflow: format \"z\" takes more bytes, and the stack holds 2",
      ["i1 s4"] = "stack underflow: format \"i1 s4\" takes more bytes, and the stack holds 2",
      ["y"] = "cannot pop: invalid format option 'y'",
    }
    for format, message in pairs(cases) do
      helpers.raises(message, stack.pop, stack, format)
      local _, problem = pcall(function() return (stack:pop(format)) end)
      assert.matches("stack_spec%.lua:%d+: ", problem)
      assert.equal(size - 2, stack.pointer)
    end
    assert.equal("AA", stack:pop "c2")
  end)

  it("names what cannot be pushed, and nothing changes", function()
    helpers.raises("stack_spec.lua", function() stack:push("i4", "x") end)
    helpers.raises("cannot push: bad argument #2 to 'push' (number expected, got string)",
      stack.push, stack, "i4", "x")
    helpers.raises("cannot push: bad argument #2 to 'push' (integer overflow)", stack.push, stack, "i1", 300)
    helpers.raises("cannot push: invalid format option 'y'", stack.push, stack, "y", 1)
    helpers.raises("#1 to 'push' (format must be a string, not nil)", stack.push, stack)
    helpers.raises("#1 to 'pop' (format must be a string, not 4)", stack.pop, stack, 4)
    assert.equal(0, stack.depth)
  end)

  it("refuses other nonsense", function()
    helpers.raises("#1 to 'new' (limit must be an integer of 1 or more, not 0)", stacks.new, 0)
    helpers.raises("(limit must be an integer of " .. math.maxinteger - 2 * P .. " or less",
      stacks.new, math.maxinteger)
    helpers.raises("#2 to 'new' (option 'size' is unknown; there is only name)", stacks.new, 1, { size = 1 })
    helpers.raises("#1 to 'alloc' (size must be an integer of 0 or more, not -1)", stack.alloc, stack, -1)
    helpers.raises("#2 to 'alloc' (alignment must be a power of two, not 3)", stack.alloc, stack, 1, 3)
    assert.equal("out_of_memory", select(3, stacks.new(1 << 62)))
  end)

  it("takes any number of formats made at run time", function()
    for i = 1, 2100 do
      local format = "c" .. i % 1050 + 1
      stack:push(format, "x")
      assert.equal("x", stack:pop(format):sub(1, 1))
    end
  end)

  it("gives pages below the pointer back when asked, and sets its guard anew", function()
    stack:push("i4", 42)
    local pointer = stack:push("s4", ("x"):rep(5 * P))
    assert.equal(0, stack:trim())
    stack:unwind(pointer + 5 * P + 4)
    assert.equal("2 reserved, 1 rw+guard, 6 rw", helpers.runs(region))
    assert.equal(5 * P, stack:trim())
    assert.equal("7 reserved, 1 rw+guard, 1 rw", helpers.runs(region))
    assert.equal(2 * P, stack.committed)
    assert.equal(0, stack:trim())
    stack:push("s4", ("y"):rep(5 * P))
    assert.equal(("y"):rep(5 * P), stack:pop "s4")
    assert.equal(42, stack:pop "i4")
  end)

  it("is trimmed to the pointer's page, from wherever it has grown to", function()
    for pages = 1, 8 do
      stack:unwind(size)
      stack:alloc(8 * P)
      stack:unwind(size - pages * P)
      stack:trim()
      local guard = pages < 8 and ", 1 rw+guard" or ""
      assert.equal(("%d reserved%s, %d rw"):format(pages < 8 and 8 - pages or 1, guard, pages),
        helpers.runs(region))
    end
  end)

  it("is a line to read, and closed for good", function()
    stack:push("i4", 1)
    assert.matches("^vmem%.stack 0x%x+: 4 of %d+ bytes in use, %d+ committed$", tostring(stack))
    stack:close()
    stack:close()
    assert.equal("vmem.stack (closed)", tostring(stack))
    helpers.raises("stack is closed", function() stack:push("i4", 1) end)
    helpers.raises("stack is closed", function() return stack.pointer end)
    helpers.raises("region is released", function() return region.base end)
    do
      local other <close> = stacks.new(1)
      region = other.region
    end
    helpers.raises("region is released", function() return region.base end)
  end)
end)

describe("a stack's overflow", function()
  helpers.no_regions_left()
  local stack, region, size

  before_each(function()
    stack = assert(stacks.new(4 * P))
    region, size = stack.region, stack.region.size
  end)
  after_each(function() stack:close() end)

  local ALL <const> = ("stack overflow: all %d bytes are used up; pop or unwind, or make a stack with a "
    .. "higher limit"):format(4 * P)

  it("is a fault of its own kind at the limit, for push, alloc and the region", function()
    stack:alloc(4 * P)
    local cases = {
      { "write", 1, function() stack:push("i8", 1) end },
      { "write", 1, function() stack:alloc(1) end },
      { "write", 1, function() region:write(P - 8, "x") end },
      { "read", 1, function() return region:read(P - 1, 2) end },
      { "read", 1, function() return region:view "u8"[1] end },
    }
    for _, case in ipairs(cases) do
      local fault = helpers.fault(case[3])
      assert.same({ "stack_overflow", case[1], case[2], "reserved", region },
        { fault.kind, fault.access, fault.page, fault.state, fault.region })
      assert.matches("^stack overflow: ", tostring(fault))
    end
    assert.equal("1 reserved, 4 rw", helpers.runs(region))
  end)

  it("says how much is used, and how much more was asked for", function()
    stack:push("i4", 1)
    local sentence = tostring(helpers.fault(stack.alloc, stack, 4 * P))
    assert.equal(("stack overflow: 4 of %d bytes are used up, and %d more do not fit; pop or unwind, or make "
      .. "a stack with a higher limit"):format(4 * P, 4 * P), sentence)
    stack:unwind(size)
    stack:alloc(4 * P)
    assert.equal(ALL, tostring(helpers.fault(region.write, region, 0, "x")))
  end)

  it("happens where the stack was used, not inside of it", function()
    local line
    local function fail(size_wanted)
      line = debug.getinfo(1, "l").currentline + 1
      stack:alloc(size_wanted)
    end
    for _, wanted in ipairs { 4 * P + 1, 5 * P + 1, 1 << 40, math.maxinteger } do
      local fault = helpers.fault(fail, wanted)
      assert.matches("stack_spec%.lua:" .. line .. "$", fault.where)
    end
  end)

  it("that nobody catches ends the script with its line and sentence", function()
    local output, ok, name = helpers.run_script [[
      local stack = require("vmem.stack").new(1)
      local function deeper(depth)
        stack:push("i8", depth)
        deeper(depth + 1)
      end
      deeper(1)
    ]]
    assert.is_false(ok)
    local sentence = (":3: stack overflow: %d of %d bytes are used up"):format(P, P)
    assert.truthy(output:find(sentence, 1, true), output)
    assert.truthy(output:find(name:match("[^/\\]*$"), 1, true), output)
  end)

  it("commits nothing on the way when it is clear from the beginning", function()
    helpers.fault(stack.alloc, stack, 5 * P)
    assert.equal("3 reserved, 1 rw+guard, 1 rw", helpers.runs(region))
  end)

  it("leaves the stack usable: pop, unwind, push, overflow again", function()
    local function fill(depth)
      stack:push("j", depth)
      return fill(depth + 1)
    end
    for _ = 1, 2 do
      assert.equal("stack_overflow", helpers.fault(fill, 1).kind)
      assert.equal(4 * P, stack.depth)
      assert.equal(4 * P // 8, stack:pop "j")
      assert.equal(4 * P // 8 - 1, stack:pop "j")
      stack:unwind(size - 8)
      assert.equal(1, stack:pop "j")
    end
    stack:trim()
    assert.equal("3 reserved, 1 rw+guard, 1 rw", helpers.runs(region))
  end)

  it("is shown to vmem.on_fault, which cannot lift the limit of push", function()
    local seen = {}
    vmem.on_fault(function(fault)
      seen[#seen + 1] = fault.kind
      return fault.region:commit(fault.offset, 1)
    end)
    stack:alloc(4 * P)
    helpers.raises("stack overflow: ", stack.push, stack, "i4", 1)
    helpers.raises("stack_spec.lua", function() stack:push("i4", 1) end)
    vmem.on_fault(nil)
    assert.same({ "stack_overflow" }, seen)
    assert.equal(4 * P, stack.depth)
  end)

  it("is caught by a try block of vmem.win32, under the code of Windows", function()
    local code
    local caught = win32.try(function() stack:alloc(1 << 30) end, function(fault)
      code = win32.GetExceptionInformation(fault).ExceptionCode
      return win32.EXCEPTION_EXECUTE_HANDLER
    end, function(fault) return fault.kind end)
    assert.same({ "stack_overflow", win32.EXCEPTION_STACK_OVERFLOW }, { caught, code })
  end)

  it("is what it is, too, when the system has no page left for the guard, and the guard stays", function()
    local refusals = {}
    local other <close> = refusing(refusals).new(4 * P)
    refusals.commit = { true }
    local fault = helpers.fault(other.push, other, "s4", ("x"):rep(P))
    assert.same({ "stack_overflow", "stack overflow: cannot commit" }, { fault.kind, tostring(fault) })
    assert.same({ 0, "3 reserved, 1 rw+guard, 1 rw" }, { other.depth, helpers.runs(other.region) })
    other:push("s4", ("x"):rep(P))
    assert.equal("2 reserved, 1 rw+guard, 2 rw", helpers.runs(other.region))
  end)
end)

describe("a stack that is refused or meddled with", function()
  helpers.no_regions_left()

  it("is not made when the system refuses its first pages", function()
    for _, refusals in ipairs { { true }, { false, true } } do
      local module = refusing { commit = refusals }
      assert.same({ nil, "cannot commit", "too_many_mappings" }, { module.new(2 * P) })
    end
  end)

  it("is as it was when a trim is refused, or still grows when it is refused half-way", function()
    local refusals = {}
    local stack <close> = refusing(refusals).new(6 * P)
    stack:alloc(4 * P)
    stack:unwind(stack.region.size)
    refusals.protect = { true }
    assert.same({ nil, "cannot protect", "too_many_mappings" }, { stack:trim() })
    assert.equal("2 reserved, 1 rw+guard, 4 rw", helpers.runs(stack.region))
    refusals.decommit = { true }
    assert.same({ nil, "cannot decommit", "too_many_mappings" }, { stack:trim() })
    for i = 1, 6 * P // 8 do stack:push("j", i) end
    for i = 6 * P // 8, 1, -1 do assert.equal(i, stack:pop "j") end
    assert.equal(5 * P, stack:trim() + P)
  end)

  it("sets its guard anew when somebody has taken it off", function()
    local stack <close> = stacks.new(4 * P)
    stack.region:protect(3 * P, P, "rw")
    stack:alloc(P + 1)
    assert.equal("2 reserved, 1 rw+guard, 2 rw", helpers.runs(stack.region))
  end)

  it("leaves guard pages alone that are not its own", function()
    local stack <close> = stacks.new(4 * P)
    stack:alloc(2 * P)
    stack.region:protect(4 * P, P, "rw+guard")
    local fault = helpers.fault(stack.region.write, stack.region, 4 * P, "x")
    assert.equal("guard_page", fault.kind)
    assert.equal("2 reserved, 1 rw+guard, 2 rw", helpers.runs(stack.region))
  end)

  it("lives on while somebody holds its region, and is collected with it", function()
    local region = stacks.new(4 * P).region
    collectgarbage()
    region:write(region.size - P - 1, "grows")
    assert.equal("2 reserved, 1 rw+guard, 2 rw", helpers.runs(region))
  end)
end)

describe("random calls of a stack", function()
  helpers.no_regions_left()

  local PAGES = 24
  local formats = {
    function() return "i4", math.random(-1000, 1000) end,
    function() return "j n", math.random(0), math.random() end,
    function() return "z", ("z"):rep(math.random(0, 300)) end,
    function() return "s4", ("s"):rep(math.random(0, 2 * P)) end,
    function() return "!8 i1 i8", math.random(100), math.random(0) end,
  }

  local operations = {}

  function operations.push(stack, model)
    local values = { formats[math.random(#formats)]() }
    local before = stack.pointer
    local ok, fault = pcall(stack.push, stack, table.unpack(values))
    if ok then
      model[#model + 1] = { values = values, before = before }
    else
      assert.equal("stack_overflow", fault.kind)
      assert.equal(before, stack.pointer)
      assert.is_true(before - #string.pack(table.unpack(values)) < P)
    end
  end

  function operations.pop(stack, model)
    local last = table.remove(model)
    if not last then
      helpers.raises("stack is empty", stack.pop, stack, "i4")
    elseif last.values then
      assert.same({ table.unpack(last.values, 2) }, { stack:pop(last.values[1]) })
      assert.equal(last.before, stack.pointer)
    else
      local bytes = stack.region:read(last.offset, last.size)
      assert.equal(string.char(last.byte):rep(last.size), bytes)
      stack:unwind(last.before)
    end
  end

  function operations.alloc(stack, model)
    local size, before = math.random(0, 3 * P), stack.pointer
    local ok, offset = pcall(stack.alloc, stack, size)
    if not ok then
      assert.equal("stack_overflow", offset.kind)
      assert.equal(before, stack.pointer)
      return
    end
    local byte = math.random(255)
    stack.region:fill(offset, size, byte)
    model[#model + 1] = { before = before, offset = offset, size = size, byte = byte }
  end

  function operations.unwind(stack, model)
    local keep = math.random(0, #model)
    if keep == #model then return end
    stack:unwind(model[keep + 1].before)
    for i = #model, keep + 1, -1 do model[i] = nil end
  end

  function operations.trim(stack, model)
    model.lowest = stack.pointer
    local before = stack.committed
    local given_back = stack:trim()
    assert.equal(before - stack.committed, given_back)
  end

  --- Every byte that is committed is in use, or was, or is of the guard page.
  local function check_pages(stack, model)
    local low = math.min(math.min(model.lowest, stack.size - 1) // P, PAGES)
    local expected = ("%d reserved, 1 rw+guard, %d rw"):format(low - 1, PAGES + 1 - low)
    if low == 1 then expected = ("1 reserved, %d rw"):format(PAGES) end
    assert.equal(expected, helpers.runs(stack.region))
    assert.equal(stack.region.committed, stack.committed)
  end

  it("give what a list gives, and its pages are those that were touched", function()
    local choices = { "push", "push", "push", "alloc", "pop", "pop", "unwind", "trim" }
    for seed = 1, 4 do
      math.randomseed(seed)
      local stack <close> = stacks.new(PAGES * P)
      local model = { lowest = stack.pointer }
      for _ = 1, 400 do
        local name = choices[math.random(#choices)]
        if name ~= "unwind" or math.random(8) == 1 then operations[name](stack, model) end
        model.lowest = math.min(model.lowest, stack.pointer)
        check_pages(stack, model)
      end
      while #model > 0 do operations.pop(stack, model) end
      assert.equal(0, stack.depth)
    end
  end)
end)
