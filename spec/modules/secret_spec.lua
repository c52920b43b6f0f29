local example = require "documents.example"
local helpers = require "helpers"
local secret = require "vmem.secret"
local vmem = require "vmem"

local P = vmem.page_size

--- A file that holds these bytes, and is gone with its variable.
local file_of <const> = helpers.file_of

--- A secret that holds these bytes.
local function holding(text)
  local key = assert(secret.new(#text))
  local file <close> = file_of(text)
  return assert(key:load(file))
end

local function text_of(key)
  return key:with(function(bytes) return string.char(bytes:get(1, #bytes)) end, "r")
end

--- Whether the processor refuses every access to the bytes.
local function is_shut(key)
  return vmem.peek(key.region.base + key.offset, 1) == nil and key.region[2].protection == "none"
end

describe("a secret", function()
  helpers.no_regions_left()

  for _, size in ipairs { 1, 31, 32, P - 1, P, P + 1, 3 * P } do
    it(("has %d bytes, zeros at first, right before a page that nobody may touch"):format(size), function()
      local key <close> = assert(secret.new(size))
      local region = key.region
      assert.equal(size, key.size)
      assert.equal(("\0"):rep(size), text_of(key))
      assert.equal(region.size - P, key.offset + size)
      assert.equal("reserved", region[1].state)
      assert.equal("reserved", region[#region].state)
      assert.equal((size + P - 1) // P + 2, #region)
    end)
  end

  it("is shut outside of with, for the table of pages and for the processor", function()
    local key <close> = assert(secret.new(32))
    assert.is_true(is_shut(key))
    local fault = helpers.fault(key.region.read, key.region, key.offset, 1)
    assert.same({ "read", "none" }, { fault.access, fault.protection })
    assert.equal("write", helpers.fault(key.region.write, key.region, key.offset, "x").access)
  end)

  it("says what it is, and never what it holds", function()
    local key <close> = holding "attack at dawn"
    local told = key.refused.conceal and "not concealed" or "not dumped, not forked"
    local locked = key.refused.lock and "not locked" or "locked"
    assert.equal(("vmem.secret: 14 bytes, %s, %s"):format(locked, told), tostring(key))
  end)

  helpers.proc_it("is locked, left out of core dumps, and wiped in a child, as Linux shows it", function()
    local key <close> = assert(secret.new(32))
    if key.refused.lock then return pending("this process may lock nothing") end
    local flags = helpers.flags_at(key.region.base + P)
    if not flags.lo then return pending("locks do nothing here") end -- a sanitizer's
    assert.is_true(flags.dd and flags.wf)
    assert.same({}, key.refused)
    assert.equal(P, key.region:locked())
  end)
end)

describe("secret:with", function()
  helpers.no_regions_left()

  it("gives a view of the bytes, and what the function gives", function()
    local key <close> = assert(secret.new(4))
    assert.same({ 1, nil, 3, n = 3 }, table.pack(key:with(function() return 1, nil, 3 end)))
    key:with(function(bytes)
      assert.equal("u8", bytes.type)
      assert.equal(4, #bytes)
      for i = 1, #bytes do bytes[i] = i end
    end)
    assert.equal("\1\2\3\4", text_of(key))
    assert.is_true(is_shut(key))
  end)

  it("does not let anybody write in a with to read", function()
    local key <close> = holding "abc"
    key:with(function(bytes)
      assert.equal(97, bytes[1])
      assert.equal("r", helpers.fault(function() bytes[1] = 1 end).protection)
    end, "r")
    assert.equal("abc", text_of(key))
  end)

  it("shuts the bytes after an error, too, and passes the error on", function()
    local key <close> = assert(secret.new(4))
    local problem = {}
    local ok, raised = pcall(key.with, key, function() error(problem) end)
    assert.is_false(ok)
    assert.equal(problem, raised)
    assert.is_true(is_shut(key))
  end)

  it("shuts the bytes when a coroutine dies inside, which runs no <close>", function()
    local key <close> = assert(secret.new(4))
    local task = coroutine.create(function() key:with(function() error("out") end) end)
    assert.is_false(coroutine.resume(task))
    assert.equal("dead", coroutine.status(task))
    assert.is_true(is_shut(key))
  end)

  it("shuts the bytes whenever a hook raises an error", function()
    local key <close> = assert(secret.new(4))
    local runs = 0
    for count = 1, 60 do
      local task = coroutine.create(function() key:with(function(bytes) bytes[1] = 1 end) end)
      debug.sethook(task, function() error("enough") end, "", count)
      if not coroutine.resume(task) then runs = runs + 1 end
      assert.is_true(is_shut(key))
    end
    assert.is_true(runs > 10)
  end)

  it("nests: the innermost decides, and each has its own again", function()
    local key <close> = assert(secret.new(4))
    local function protection() return key.region[2].protection end
    local seen = {}
    local function note() seen[#seen + 1] = protection() end
    key:with(function()
      note()
      key:with(function() note() end, "r")
      note()
      pcall(key.with, key, function() key:with(error, "r") end)
      note()
    end)
    note()
    key:with(function()
      key:with(note)
      note()
    end, "r")
    assert.same({ "rw", "r", "rw", "rw", "none", "rw", "r" }, seen)
    assert.is_true(is_shut(key))
  end)

  it("leaves a view that was kept without use", function()
    local key <close> = assert(secret.new(4))
    local kept = key:with(function(bytes) return bytes end)
    assert.equal("none", helpers.fault(function() return kept[1] end).protection)
    assert.equal("none", helpers.fault(function() kept[1] = 1 end).protection)
  end)

  it("cannot be left by a yield, which would leave the bytes open", function()
    local key <close> = assert(secret.new(4))
    local after
    local task = coroutine.create(function()
      key:with(function()
        assert.is_false(coroutine.isyieldable())
        coroutine.yield()
      end)
      after = true
    end)
    local ok, problem = coroutine.resume(task)
    assert.is_false(ok)
    assert.matches("attempt to yield across a C%-call boundary", problem)
    assert.equal("dead", coroutine.status(task))
    assert.is_nil(after)
    assert.is_true(is_shut(key))
  end)

  it("comes to no harm when somebody exchanges what it was called with", function()
    local other <close> = vmem.reserve(P)
    for place = 1, 4 do
      for _, value in ipairs { other, 1 << 40, -1, "rwx", false, 5 * P } do
        local key <close> = assert(secret.new(4))
        pcall(key.with, key, function() debug.setlocal(2, place, value) end)
        assert.equal("reserved", other[1].state)
      end
    end
  end)

  it("may run whole coroutines inside, and be in one", function()
    local key <close> = assert(secret.new(4))
    local numbers = coroutine.wrap(function()
      for i = 1, 4 do
        key:with(function(bytes) bytes[i] = i end)
        coroutine.yield(i)
      end
    end)
    assert.equal(3, key:with(function() return numbers() + numbers() end))
    assert.equal(3, numbers())
    assert.is_true(is_shut(key))
    assert.equal("\1\2\3\0", text_of(key))
  end)

  it("has views that end where the secret does", function()
    local key <close> = assert(secret.new(4))
    key:with(function(bytes)
      assert.is_nil(bytes[5])
      assert.is_false((pcall(function() bytes[5] = 1 end)))
      local region = key.region
      assert.equal(#region, helpers.fault(region.write, region, key.offset, "12345").page)
    end)
    assert.equal("\0\0\0\0", text_of(key))
  end)
end)

describe("secret:load", function()
  helpers.no_regions_left()

  it("fills the secret from a file, as far as it goes", function()
    local key <close> = assert(secret.new(4))
    local file <close> = file_of("abcdefgh")
    assert.equal(key, key:load(file))
    assert.equal("abcd", text_of(key))
    assert.equal("efgh", file:read("a"))
    assert.is_true(is_shut(key))
  end)

  it("says that a file was too short, and leaves zeros rather than half a key", function()
    local key <close> = holding "12345678"
    local file <close> = file_of("abc")
    assert.same({ nil, "cannot load 8 bytes: the file ends after 3", "end_of_file", n = 3 },
      table.pack(key:load(file)))
    assert.equal(("\0"):rep(8), text_of(key))
  end)

  helpers.unix_it("gives what the system says of a file that cannot be read", function()
    local key <close> = holding "1234"
    local name = os.tmpname()
    do
      local file <close> = assert(io.open(name, "w"))
      local done, message, code = key:load(file)
      assert.is_nil(done)
      assert.equal("string", type(message))
      assert.equal("integer", math.type(code))
    end
    os.remove(name)
    assert.equal("\0\0\0\0", text_of(key))
  end)

  helpers.unix_it("takes no byte more from the file than it has room for: no buffer keeps a copy", function()
    local output = helpers.run_script([[
      local key <close> = assert(require("vmem.secret").new(4))
      assert(key:load(io.stdin))
      os.execute("cat") -- reads on where the system thinks that we are
    ]], "printf 'abcdefgh' |")
    assert.equal("efgh", output)
  end)
end)

describe("two secrets", function()
  helpers.no_regions_left()

  it("are equal if all bytes are", function()
    local key <close> = holding "correct horse"
    for text, equal in pairs {
      ["correct horse"] = true, ["correct horsf"] = false, ["Correct horse"] = false,
      ["correct hors"] = false, ["correct horse!"] = false, [""] = false,
    } do
      assert.equal(equal, key:equals(text), text)
      if #text > 0 then
        local other <close> = holding(text)
        assert.equal(equal, key:equals(other), text)
        assert.equal(equal, other:equals(key), text)
      end
    end
    assert.is_true(key:equals(key))
    assert.is_true(is_shut(key))
  end)

  it("are compared byte by byte, whatever the first ones say", function()
    local key <close> = holding "aaaaaaaa"
    local function looks(text)
      local count = 0
      local byte = string.byte
      string.byte = function(...) -- luacheck: ignore 122
        count = count + 1
        return byte(...)
      end
      local equal = key:equals(text)
      string.byte = byte -- luacheck: ignore 122
      return count, equal
    end
    assert.same({ 8, true }, { looks "aaaaaaaa" })
    assert.same({ 8, false }, { looks "baaaaaaa" })
    assert.same({ 8, false }, { looks "bbbbbbbb" })
  end)

  it("can be copied", function()
    local key <close> = holding "12345678"
    local other <close> = assert(secret.new(8))
    assert.equal(other, other:copy(key))
    assert.equal("12345678", text_of(other))
    assert.is_true(is_shut(key) and is_shut(other))
    assert.equal(other, other:copy(other))
  end)
end)

describe("what the system refuses a secret", function()
  helpers.no_regions_left()

  local no_locks = "ulimit -l 0; " .. helpers.NO_RIGHT_TO_LOCK

  --- The output of a script that may lock nothing; nil if it may lock in spite of this.
  local function without_locks(text)
    local output = helpers.run_script([[
      local vmem, secret = require "vmem", require "vmem.secret"
      local tried <close> = vmem.allocate(1)
      if tried:lock() then return print "may lock" end
    ]] .. text, no_locks)
    return output ~= "may lock\n" and output or nil
  end

  helpers.unix_it("is told, and the secret works without", function()
    local output = without_locks [[
      local key <close> = assert(secret.new(32))
      key:with(function(bytes) bytes[1] = 7 end)
      print(key:with(function(bytes) return bytes[1] end), tostring(key):match("32 bytes, not locked"))
      print(key.refused.lock)
    ]]
    if not output then return pending("locks are always granted here") end
    assert.matches("^7\t32 bytes, not locked\ncannot lock %d+ bytes at 0x%x+: .*ulimit %-l", output)
  end)

  helpers.bare_linux_it("may be to open it: then with raises an error, and calls nothing", function()
    local output = helpers.run_script([[
      local vmem, secret = require "vmem", require "vmem.secret"
      local P = vmem.page_size
      local key, called = assert(secret.new(32)), false
      if not key.refused.lock then return print "may lock" end -- which gives the page a mapping of its own
]] .. helpers.take_mappings .. [[
      local ok, message = pcall(key.with, key, function() called = true end)
      if ok and called then return print "own mapping" end
      print(ok, called, message:match("cannot protect") , message:match("vm.max_map_count"))
      filler:release()
      print(key:with(function(bytes) return bytes[32] end))
    ]], no_locks .. " VMEM_COMMIT=plain")
    if output == "may lock\n" then return pending("locks are always granted here") end
    -- Older kernels keep pages apart that could once be written, and count.
    if output == "own mapping\n" then return pending("the page has a mapping of its own here") end
    assert.equal("false\tfalse\tcannot protect\tvm.max_map_count\n0\n", output)
  end)

  helpers.unix_it("makes it fail where it was required", function()
    local output = without_locks [[
      local before = collectgarbage("count")
      for _, options in ipairs { { require = { "lock" } }, { strict = true } } do
        local key, message, code = secret.new(32, options)
        print(key, message:match("^cannot %a+"), code)
      end
      local count = 0
      for _ in vmem.regions() do count = count + 1 end
      print(count, secret.new(1, { require = {} }) ~= nil)
    ]]
    if not output then return pending("locks are always granted here") end
    local first, second, rest = output:match("^(.-)\n(.-)\n(.*)")
    assert.matches("^nil\tcannot lock\t", first)
    assert.matches("^nil\tcannot %a+\t", second) -- also where other things are missing, too
    assert.equal("1\ttrue\n", rest) -- the one that tried
  end)

  if not helpers.on_linux then
    it("may be to conceal it", function()
      local key <close> = assert(secret.new(32))
      assert.matches("^cannot conceal %d+ bytes: .", key.refused.conceal)
      for _, options in ipairs { { require = { "conceal" } }, { strict = true } } do
        assert.equal("not_supported", select(3, secret.new(32, options)))
      end
    end)
  end

  it("is the address space, if there is not so much", function()
    local key, message, code = secret.new(math.maxinteger - 4 * P)
    assert.is_nil(key)
    assert.matches("^cannot reserve ", message)
    assert.equal("out_of_memory", code)
  end)
end)

describe("a secret that is closed", function()
  helpers.no_regions_left()

  local function closed()
    local key = holding "1234"
    key:close()
    return key
  end

  local uses = {
    with = function(key) key:with(print) end,
    load = function(key) key:load(io.stdin) end,
    copy = function(key) key:copy(key) end,
    equals = function(key) return key:equals("1234") end,
    ["copy from it"] = function(key)
      local other <close> = assert(secret.new(4))
      other:copy(key)
    end,
    ["equals with it"] = function(key)
      local other <close> = assert(secret.new(4))
      other:equals(key)
    end,
  }
  for use, try in pairs(uses) do
    it("raises 'secret is closed' for " .. use, function()
      helpers.raises("secret is closed", try, closed())
    end)
  end

  it("says so, has no region, and may be closed again", function()
    local key = closed()
    assert.equal("vmem.secret (closed)", tostring(key))
    helpers.raises("region is released", function() return key.region.base end)
    key:close()
    local _ <close> = key
  end)

  it("may have been so from inside", function()
    local key = holding "1234"
    assert.equal(5, key:with(function(bytes)
      key:with(function() key:close() end)
      helpers.raises("region is released", function() return bytes[1] end)
      return 5
    end))
  end)

  helpers.unix_it("has no trouble at the end of a script, wherever that is", function()
    for _, last in ipairs { "os.exit(true, true)", "error('out')", "os.exit(true)", "" } do
      local output = helpers.run_script(([[
        local key = assert(require("vmem.secret").new(32))
        late = setmetatable({}, { __gc = function() pcall(key.with, key, print) end })
        coroutine.wrap(function() key:with(function() %s end) end)()
      ]]):format(last))
      assert.is_nil(output:find("region", 1, true), output)
      assert.equal(last:find("error") and 1 or 0, select(2, output:gsub("out", "")), output)
    end
  end)
end)

describe("arguments of secrets", function()
  helpers.no_regions_left()

  local here = "secret_spec.lua:"
  local cases = {
    { "size must be an integer of 1 or more, not 0", function() secret.new(0) end },
    { "size must be an integer of 1 or more, not 1.5", function() secret.new(1.5) end },
    { "size must be an integer of 1 or more, not '32'", function() secret.new("32") end },
    { "size must be an integer of " .. math.maxinteger - 4 * P .. " or less",
      function() secret.new(math.maxinteger) end },
    { "options must be a table, not false", function() secret.new(1, false) end },
    { "option 'lock' is unknown; there are", function() secret.new(1, { lock = true }) end },
    { "option strict must be true or false", function() secret.new(1, { strict = 1 }) end },
    { "option require must be a list of", function() secret.new(1, { require = "lock" }) end },
    { "option require must be a list of", function() secret.new(1, { require = { "fork" } }) end },
    { "option require must be a list of", function() secret.new(1, { require = { lock = true } }) end },
    { "#1 to 'with' (function expected, got nil", function(key) key:with() end },
    { "#2 to 'with' (mode must be 'r' or 'rw', not 'w'", function(key) key:with(print, "w") end },
    { "#1 to 'load' (open file expected, got string", function(key) key:load("/dev/urandom") end },
    { "#1 to 'copy' (4 bytes do not fit into 8", function(key)
      local other <close> = assert(secret.new(4))
      key:copy(other)
    end },
    { "#1 to 'copy' (vmem.secret expected, got string", function(key) key:copy("12345678") end },
    { "#1 to 'equals' (vmem.secret expected, got number", function(key) key:equals(5) end },
    { "calling 'with' on bad self", function(key) key.with({}, print) end },
    { "calling 'close' on bad self", function(key) key.close() end },
  }
  for _, case in ipairs(cases) do
    it("are looked at, and the caller is told: " .. case[1], function()
      local key <close> = assert(secret.new(8))
      local ok, problem = pcall(case[2], key)
      assert.is_false(ok)
      assert.truthy(problem:find(case[1], 1, true), problem)
      assert.truthy(problem:find(here, 1, true), problem)
    end)
  end

  it("an open file is not a closed one", function()
    local key <close> = assert(secret.new(8))
    local file = file_of("12345678")
    file:close()
    helpers.raises("open file expected, got closed file", key.load, key, file)
  end)
end)

describe("the example of secrets", function()
  it("shows what can be seen of a key, and what not", function()
    local output, ok = example.run("secret")
    assert.is_true(ok, output)
    assert.matches("^The key     : vmem.secret: 16 bytes, .*", output)
    assert.truthy(output:find("\nSealed      : 14 bytes, readable: false\nUnsealed    : attack at dawn\n"
      .. "Outside     : access violation reading 0x", 1, true), output)
    assert.matches("its protection none forbids any access\nGuessed     : false\n"
      .. "Afterwards  : vmem.secret %(closed%)\n$", output)
  end)
end)
