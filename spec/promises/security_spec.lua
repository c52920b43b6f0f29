--- SECURITY.md, sentence by sentence: what it promises, and what it does not promise, which is shown, too.
--- The last spec here checks that this file and SECURITY.md have the same sentences.

local file = require "vmem.pager.file"
local file_kit = require "file_kit"
local helpers = require "helpers"
local recorder = require "vmem.recorder"
local secret = require "vmem.secret"
local vmem = require "vmem"

local P = vmem.page_size
local CODE = "\x0f\x0b" -- raises SIGILL on x86 when it is executed

local shown = {}

--- A sentence of SECURITY.md and its spec, for it() or one of the helpers' that know where it can be shown.
local function shows(sentence, run, it_there)
  shown[sentence] = true;
  (it_there or it)(sentence, run)
end

local function refuses(code, value, message, given)
  assert.is_nil(value)
  assert.equal("string", type(message))
  assert.equal(code, given)
end

--- Checks a script's output, or how it ends, as helpers.run_script returns it.
local function says(expected, script, before)
  local output, ok = helpers.run_script('local vmem = require "vmem" ' .. script, before)
  assert.is_true(ok, output)
  assert.equal(expected, output)
end

local function with_path(run)
  local path = os.tmpname()
  if helpers.on_windows then path = os.getenv "TEMP" .. path:gsub("%.$", "") end
  os.remove(path)
  local ok, problem = pcall(run, path)
  os.remove(path)
  if not ok then error(problem, 0) end
end

--- The bytes of a file, once they have been changed by `change`.
local function contents(path, change)
  local stream <close> = assert(io.open(path, "rb"))
  local bytes = stream:read("a")
  if change then
    local out <close> = assert(io.open(path, "wb"))
    out:write(change(bytes))
  end
  return bytes
end

local function save(path, ...)
  local store <close> = assert(file.open(path))
  for _, text in ipairs { ... } do assert(store:save(1, text .. ("."):rep(P - #text))) end
end

local function load(path)
  local store <close> = assert(file.open(path))
  return store:load(1)
end

-- {====== Memory ======

describe("vmem, as to memory, promises:", function()
  helpers.no_regions_left()

  shows("An access that the page table does not allow is refused before the first byte is read or written",
    function()
      for _, access in ipairs(helpers.accesses) do
        local kit <close> = helpers.access_kit()
        kit.region:protect(P, P, "none")
        helpers.fault(access.touch, kit)
        kit.region:protect(P, P, "rw")
        local unchanged = kit.region:read() == ("A"):rep(4 * P)
        assert.is_true(unchanged or access.name == "region:load to the file's end", access.name)
      end
    end)

  shows("An access that a script answers touches no page that refuses it, and none at all before all of it "
    .. "is answered or allowed", function()
      local function answer(fault)
        if fault.page ~= 2 then return end
        if fault.access == "write" then return fault:answer() end
        return fault:answer(fault.type and 0 or ("\0"):rep(fault.size))
      end
      for _, access in ipairs(helpers.accesses) do
        local kit <close> = helpers.access_kit()
        local region = kit.region
        region:protect(P, P, "none")
        region:on_fault(answer)
        pcall(access.touch, kit)
        assert.equal("none", region:query(P).protection)
        region:protect(P, P, "rw")
        assert.equal(("A"):rep(P), region:read(P, P), access.name)
      end
      local region <close> = vmem.allocate(3 * P)
      region:decommit(P, 2 * P):on_fault(answer)
      assert.equal(3, helpers.fault(region.write, region, P - 1, ("x"):rep(P + 2)).page)
      assert.equal("\0", region:read(P - 1, 1))
    end)

  shows("Only a load without a size, which goes to the file's end, goes page by page, and keeps what it "
    .. "has read", function()
      local kit <close> = helpers.access_kit()
      kit.region:decommit(P, P)
      helpers.fault(kit.region.load, kit.region, kit.file, P - 4)
      assert.equal("1234", kit.region:read(P - 4, 4))
      assert.equal("reserved", kit.region[2].state)
    end)

  shows("A wrong argument is an error or a refusal, and no crash", function()
    local region <close> = vmem.allocate(P)
    local odd = { -1, 1 << 62, math.mininteger, 0.5, 0 / 0, "", "\0", {}, print, false, region, region[1] }
    local objects = { [vmem] = true, [region] = true, [region[1]] = true, [region:view "u8"] = true }
    local quiet = { release = true, on_fault = true, __gc = true, __close = true }
    for object in pairs(objects) do
      local methods = type(object) == "table" and object or getmetatable(object)
      for name, fn in pairs(methods) do
        if type(fn) == "function" and not quiet[name] then
          for _, first in ipairs(odd) do
            for _, second in ipairs(odd) do pcall(fn, object, first, second, first, second) end
          end
        end
      end
    end
    assert.equal(P, region.size)
  end)

  shows("Another C module's userdata is never taken for an object of vmem, whatever its contents and "
    .. "its metatable are", function()
      local built, foreign = pcall(require, "foreign") -- spec/promises/identity_spec.lua has all of it
      if not built then return pending("make modules-built makes such a module") end
      local region <close> = vmem.allocate(P)
      local forged = debug.setmetatable(foreign.new(foreign.get(region), 1), debug.getmetatable(region))
      assert.equal(foreign.get(region), foreign.get(forged))
      assert.is_false((pcall(region.read, forged, 0, 1)))
      assert.is_false((pcall(function() return forged.base end)))
      assert.equal("\0", region:read(0, 1))
    end)

  shows("vmem.read and vmem.write reach live regions of this Lua state and nothing else", function()
    local text = ("own memory of the interpreter"):rep(10)
    local there = tonumber(("%p"):format(text):match("%x+$"), 16)
    for _, address in ipairs { there, 0, P, 1 << 62 } do
      helpers.fault(vmem.read, address, 1)
      helpers.fault(vmem.write, address, "x")
    end
  end)

  shows("A region that has been released, and its pages, views and faults, reach nothing", function()
    for _, access in ipairs(helpers.accesses) do
      local kit <close> = helpers.access_kit()
      kit.region:release()
      assert.is_false((pcall(access.touch, kit)), access.name)
    end
    local region = vmem.reserve(P)
    local page, view, fault = region[1], region:view "u8", helpers.fault(region.read, region, 0, 1)
    region:release()
    helpers.raises("region is released", page.commit, page)
    helpers.raises("region is released", view.fill, view, 1)
    assert.is_nil((vmem.at(fault.address)))
    helpers.raises("region is released", fault.region.commit, fault.region)
  end)

  shows("A reservation is never put over anything that exists", function()
    local region <close> = vmem.allocate(P)
    region:write(0, "here")
    refuses("address_in_use", vmem.reserve(P, { address = region.base }))
    assert.equal("here", region:read(0, 4))
    local heap = tonumber(("%p"):format {}:match("%x+$"), 16)
    assert.is_nil((vmem.reserve(P, { address = heap })))
  end)

  shows("Nothing is reserved where the first thread's stack may still grow to", function()
    for area in vmem.areas() do -- spec/promises/stack_room_spec.lua has all of it
      if area.name == "[stack]" and area.state == "reserved" then
        refuses("address_in_use", vmem.reserve(P, { address = area.address + area.size - P }))
      end
    end
  end, helpers.proc_it)

  shows("An error that a hook raises, at Ctrl-C or at a deadline, loses nothing, leaves nothing half done, "
    .. "and comes out", function()
      local array <close> = assert(require("vmem.pager").new { -- spec/promises/raise_spec.lua has all of it
        store = { load = function() return nil end, save = function() return true end },
        type = "u32", count = 8 * P, frames = 2,
      })
      for n = 1, 400, 7 do
        local ok, problem = pcall(function()
          debug.sethook(function() debug.sethook() error("deadline", 0) end, "", n)
          for i = 1, #array, P // 4 do array[i] = n end
          debug.sethook()
        end)
        assert.is_true(ok or problem == "deadline", problem)
        array[1] = n
        assert.equal(n, array[1])
      end
      assert(array:flush())
    end)

  shows("Pages that a script may not touch are inaccessible to the processor as well", function()
    local region <close> = vmem.allocate(4 * P)
    region:fill(0, 4 * P, 65):protect(0, P, "none")
    region:protect(P, P, "rw+guard")
    region:decommit(2 * P, P)
    for offset = 0, 2 * P, P do assert.is_nil((vmem.peek(region.base + offset, 1))) end
    assert.equal("A", vmem.peek(region.base + 3 * P, 1))
  end)

  shows("A page that is committed reads as zeros, whatever was there before", function()
    local region <close> = vmem.reserve(8 * P)
    for _ = 1, 3 do
      for _, page in ipairs(region) do assert(page:commit()) end
      assert.equal(("\0"):rep(8 * P), region:read())
      region:fill(0, 8 * P, 65):decommit()
    end
  end)

  local sealed <const> =
    "No process can take pages of a section away that has no name: its file is sealed against it"
  shows(sealed, function()
    local section <close> = assert(vmem.section(4 * P, { growable = true }))
    if not section.path then return pending "this system has no paths of sections" end
    local region <close> = assert(vmem.reserve(4 * P))
    assert(region:attach(section)):write(3 * P, "there")
    assert.is_nil(io.open(section.path, "w")) -- which would cut it off
    os.execute("truncate -s 0 " .. section.path .. " 2>/dev/null")
    assert.equal(4 * P, section.size)
    assert.equal("there", region:read(3 * P, 5))
  end, helpers.section_it)

  --- A region that shows a file of two pages full of "x", which then has lost the second one.
  local function losing(run)
    with_path(function(path)
      local stream <close> = assert(io.open(path, "wb"))
      stream:write(("x"):rep(2 * P)):flush()
      local section <close> = assert(vmem.section(path, "r+"))
      local region <close> = assert(vmem.reserve(4 * P)):attach(section)
      assert(vmem.section(path, "r+")):resize(P):close()
      run(region, section)
    end)
  end

  shows("A page that another process takes away from a file is a fault when it is touched, and no "
    .. "crash", function()
    losing(function(region) assert.equal("in_page_error", helpers.fault(region.read, region, P, 1).kind) end)
  end, file_kit.unix_it)

  shows("Such a page reads as what the file had there, or as zeros, and as nothing else", function()
    losing(function(region, section)
      region:on_fault(function(fault)
        return section:resize(2 * P) and fault.region:attach(section, P, P, P)
      end)
      assert.equal(("x"):rep(P) .. ("\0"):rep(P), region:read(0, 2 * P))
    end)
  end, file_kit.unix_it)

  shows("Bytes behind the end of a file, in its last page, are in no file, and are zeros when it "
    .. "grows", function()
    losing(function(region, section)
      assert(section:resize(10))
      region:write(10, "behind")
      assert(section:resize(P))
      assert.equal(("x"):rep(10) .. ("\0"):rep(P - 10), region:read(0, P))
    end)
  end, file_kit.unix_it)

  shows("Other C code that touches a page which its file has lost meets the signal", function()
    losing(function(region)
      local trap = require "trap"
      assert.equal(("x"):byte(), trap.touch(region.base))
      assert.is_nil(trap.touch(region.base + P))
    end)
  end, file_kit.unix_it)

  local readable <const> =
    "Pages of a section that was opened for reading cannot be made writable, but as private copies"
  shows(readable, function()
    local section <close> = assert(vmem.section(P))
    if not section.path then return pending "this system has no paths of sections" end
    local opened <close> = assert(vmem.section(section.path, "r"))
    local region <close> = assert(vmem.reserve(2 * P))
    refuses("permission_denied", region:attach(opened))
    assert(region:attach(opened, 0, 0, P, "r"))
    refuses("permission_denied", region:protect(0, P, "rw"))
    refuses("permission_denied", region:commit(0, P, "rw"))
    assert(region:attach(opened, P, 0, P, "rw+copy")):write(P, "mine")
    assert.equal("\0", region:read(0, 1))
  end, helpers.section_it)

  shows("A refusal by the system is nil, a message and a code, and has changed nothing", function()
    local region <close> = vmem.reserve(4 * P)
    region:commit(0, P)
    refuses("not_committed", region:protect(0, 2 * P, "r"))
    refuses("out_of_memory", vmem.reserve(1 << 60))
    refuses("address_in_use", vmem.reserve(P, { address = region.base }))
    assert.equal("rw reserved reserved reserved", helpers.pages(region))
  end)

  shows("The debug library can exchange metatables and arguments, and objects are still taken for what "
    .. "they are", function()
      local region <close> = vmem.allocate(P)
      local read, commit = region.read, region[1].commit
      local page = region[1]
      local stream <close> = assert(io.tmpfile())
      local dress = debug.getmetatable(region)
      for _, other in ipairs { page, stream } do
        local own = debug.getmetatable(other)
        debug.setmetatable(other, dress)
        local ok, problem = pcall(read, other, 0, 1)
        debug.setmetatable(other, own)
        assert.is_false(ok)
        assert.matches("vmem.region expected", problem)
      end
      assert.is_false(pcall(commit, region))
      local view = region:view "u8"
      debug.sethook(function()
        if debug.getinfo(2, "f").func == view.fill then debug.setlocal(2, 1, page) end
      end, "c")
      local ok, problem = pcall(view.fill, view, 1)
      debug.sethook()
      assert.is_false(ok)
      assert.matches("vmem.view expected", problem)
    end)
end)

describe("what runs while a function of vmem waits", function()
  -- Each calls a script's function, `act`; level 2 is the function of vmem then.
  for name, call in pairs {
    meanwhile = "core.meanwhile({}, 'key', 1, act)", attempt = "core.attempt(act)", whole = "core.whole(act)",
    call_protected = "core.call_protected(region, 0, 1, 'r', act)", handler = "region:read(9, 1)",
  } do
    it(("cannot make %s crash by replacing its values"):format(name), function()
      local output = helpers.run_script(([[
        local vmem, core = require "vmem", require "vmem.core"
        local values = { 1, "text", true, print, {}, coroutine.create(print), io.stdout, vmem.reserve(1) }
        for slot = 1, 6 do
          for value = 0, #values do -- 0: nil
            local region = vmem.allocate(1)
            local function act()
              if debug.getlocal(2, slot) then debug.setlocal(2, slot, values[value]) end
              collectgarbage()
              return true
            end
            if %q == "handler" then region:decommit() region:on_fault(act) end
            pcall(function() %s end)
          end
        end
        print "fine"
      ]]):format(name, call))
      assert.equal("fine\n", output)
    end)
  end
end)

describe("vmem, as to memory, does not promise, and so it is that", function()
  helpers.no_regions_left()

  shows("region:pointer gives an address, and vmem does not check what other C code does with it", function()
    local region <close> = vmem.reserve(P)
    assert.equal("userdata", type(region:pointer()))
    assert.equal(region.base, tonumber(("%p"):format(region:pointer()):match("%x+$"), 16))
  end)

  local noticed <const> =
    "Another process that has a section reads and writes its pages at any time, and vmem notices nothing"
  shows(noticed, function()
    local section <close> = assert(vmem.section(P))
    if not section.path then return pending "this system has no paths of sections" end
    local region <close> = assert(vmem.reserve(P, { watch = true }))
    assert(region:attach(section)):write(0, "ours")
    region:rearm()
    says("ours", ([[
      local section = assert(vmem.section(%q, "r+"))
      local region = assert(vmem.reserve(section.size))
      io.write(assert(region:attach(section)):read(0, 4))
      region:write(0, "else")
    ]]):format(section.path))
    assert.equal("else", region:read(0, 4))
    assert.is_nil(region:written()())
  end, helpers.section_it)

  shows("A section's path is open to all processes of the same user", function()
    local section <close> = assert(vmem.section(P))
    if not section.path then return pending "this system has no paths of sections" end
    local stream <close> = assert(io.open(section.path, "r+b"))
    assert(stream:write("anyone"))
    assert(stream:flush())
    local region <close> = assert(vmem.reserve(P))
    assert.equal("anyone", assert(region:attach(section)):read(0, 6))
  end, helpers.section_it)

  shows("An address that was kept may belong to other code after the release", function()
    local region = vmem.allocate(P)
    local base, pointer = region.base, region:pointer()
    region:release()
    local other <close> = assert(vmem.allocate(P, { address = base }))
    other:write(0, "others'")
    assert.equal("others'", vmem.read(base, 7))
    assert.equal(pointer, other:pointer())
  end)

  shows("vmem.peek reads all that the process may read, the interpreter's own memory too", function()
    local text = ("nobody has given this to vmem"):rep(10)
    local there = tonumber(("%p"):format(text):match("%x+$"), 16)
    assert.truthy(vmem.peek(there, #text + 64):find(text, 1, true))
  end)

  shows("Regions are not secret from other scripts of the same Lua state: vmem.regions and vmem.at find them",
    function()
      local region <close> = vmem.allocate(P)
      local found = false
      for other in vmem.regions() do found = found or other == region end
      assert.is_true(found)
      assert.equal(region, vmem.at(region.base))
    end)

  shows("Released pages are not overwritten unless the region is wiped: the system zeroes them before "
    .. "others get them", function()
      local region = vmem.allocate(P)
      assert.is_false(region.wiped)
      local base = region.base
      region:fill(0, P, 65):release()
      local other <close> = assert(vmem.allocate(P, { address = base }))
      assert.equal(("\0"):rep(P), other:read())
    end)

  shows("Coroutines, handlers and finalizers share all regions: there are no rights within a Lua state",
    function()
      local region <close> = vmem.allocate(P)
      coroutine.wrap(function() vmem.at(region.base):write(0, "x") end)()
      setmetatable({}, { __gc = function() vmem.at(region.base):write(1, "y") end })
      collectgarbage()
      assert.equal("xy", region:read(0, 2))
    end)
end)

-- ====== }

-- {====== Executable pages ======

-- Perl is on every Debian, and can call the system: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN).
local MDWE <const> = [[perl -e 'syscall(157, 65, 1, 0, 0, 0) == 0 or exit print "no MDWE\n"; exec @ARGV' env]]

describe("vmem, as to executable pages,", function()
  helpers.no_regions_left()

  shows("Pages are executable only where a script asks for it", function()
    local region <close> = vmem.allocate(3 * P)
    region:protect(P, P, "r")
    assert.equal("rw r rw", helpers.pages(region))
    if helpers.has_proc then assert.is_nil(helpers.flags_at(region.base).ex) end
  end)

  shows("vmem never executes what is in a region", function()
    for _, access in ipairs(helpers.accesses) do
      local kit <close> = helpers.access_kit { protection = "rwx" }
      kit.region:write(0, CODE:rep(2 * P))
      pcall(access.touch, kit)
    end
  end)

  shows("Where the process may have no executable pages (PR_SET_MDWE), asking for them is refused with "
    .. "permission_denied", function()
      local output = helpers.run_script([[
        local vmem = require "vmem"
        local region = vmem.allocate(vmem.page_size)
        for _, protection in ipairs { "x", "rx", "rwx" } do
          print(select(3, region:protect(0, 1, protection)),
            select(3, vmem.allocate(1, { protection = protection })))
        end
        print(region[1].protection, region:write(0, "x") == region)
      ]], MDWE)
      if not output:find "^permission" then return pending("no PR_SET_MDWE here, or no Perl") end
      assert.equal(("permission_denied\tpermission_denied\n"):rep(3) .. "rw\ttrue\n", output)
    end, helpers.bare_linux_it)

  shows("Pages that are asked for as rwx can be written and executed at once: vmem does not insist on one "
    .. "or the other", function()
      local region <close> = vmem.allocate(P, { protection = "rwx" })
      local flags = helpers.flags_at(region.base)
      assert.is_true(flags.wr and flags.ex)
    end, helpers.proc_it)

  shows("Pages that are asked for as x can be read as well", function()
    local region <close> = vmem.allocate(P, { protection = "rw" })
    region:write(0, CODE):protect(0, P, "x")
    assert.equal(CODE, region:read(0, 2))
  end)
end)

-- ====== }

-- {====== Secrets ======

describe("vmem, as to secrets,", function()
  helpers.no_regions_left()

  local function new() return assert(secret.new(16)) end

  local function set(key, text)
    key:with(function(bytes) bytes:set(1, text:byte(1, -1)) end)
  end

  shows("The bytes of a secret are inaccessible to vmem and to the processor, except while with runs",
    function()
    local key <close> = new()
    local region, offset = key.region, key.offset
    local function peek() return vmem.peek(region.base + offset, 16) end
    helpers.fault(region.read, region, offset, 16)
    assert.is_nil((peek()))
    assert.equal(("\0"):rep(16), key:with(peek))
    assert.is_nil((peek()))
  end)

  shows("A secret is left out of core dumps and reads as zeros in a child of fork, unless refused says "
    .. "otherwise", function()
      local key <close> = new()
      local flags = helpers.flags_at(key.region.base + key.offset)
      assert.is_true(key.refused.conceal ~= nil or flags.dd and flags.wf)
    end, helpers.proc_it)

  shows("A region that is wiped is overwritten before its pages are decommitted or discarded", function()
    local region <close> = vmem.allocate(4 * P, { wipe = true })
    assert.is_true(region.wiped)
    region:fill(0, 4 * P, 65):discard(P, P)
    assert.equal(("A"):rep(P) .. ("\0"):rep(P), region:read(0, 2 * P))
    region:decommit(0, P):commit(0, P)
    assert.equal(("\0"):rep(P), region:read(0, P))
  end)

  shows("tostring of a region, a view, a secret or a fault shows no contents", function()
    local key <close> = new()
    local region <close> = vmem.allocate(P)
    set(key, "abcdefghijklmnop")
    region:write(0, "abcdefghijklmnop")
    local fault = helpers.fault(function() region:protect(0, P, "none") return region:read() end)
    for _, object in ipairs { key, region, region:view "u8", region[1], fault } do
      assert.is_nil(tostring(object):find("abc", 1, true))
    end
  end)

  shows("The debug library reaches the bytes of a secret while with runs", function()
    local key <close> = new()
    set(key, "abcdefghijklmnop")
    local seen
    key:with(function(bytes) -- luacheck: ignore bytes
      seen = coroutine.wrap(function(thread) return (select(2, debug.getlocal(thread, 1, 1)))[1] end)(
        coroutine.running())
    end)
    assert.equal(("a"):byte(), seen)
  end)

  shows("A string that was made from a secret's bytes outlives the secret", function()
    local key = new()
    set(key, "abcdefghijklmnop")
    local text = key:with(function(bytes) return string.char(bytes:get(1, 16)) end)
    key:close()
    assert.equal("abcdefghijklmnop", text)
  end)

  shows("A secret that the system refuses to lock works all the same, and says so in refused", function()
    local output = helpers.run_script([[
      local key <close> = assert(require "vmem.secret".new(32))
      print(key.refused.lock ~= nil or "granted", key:with(function(bytes) bytes[1] = 7 return bytes[1] end))
    ]], "ulimit -l 0; " .. helpers.NO_RIGHT_TO_LOCK)
    if output:find "^granted" then return pending("locks are always granted here") end
    assert.equal("true\t7\n", output)
  end, helpers.unix_it)
end)

-- ====== }

-- {====== Files and pages ======

describe("vmem, as to files and pages that it writes,", function()
  helpers.no_regions_left()

  shows("A page that was damaged in the pager's file, cut off or replaced by an older piece is an error, "
    .. "never other contents", function()
      with_path(function(path)
        local function damage(bytes) return (bytes:gsub("new version", "bad version")) end
        save(path, "new version")
        contents(path, damage)
        refuses("damaged", load(path))
        os.remove(path)
        save(path, "old version", "new version")
        contents(path, damage)
        refuses("damaged", load(path))
        contents(path, function(bytes) return bytes:sub(1, 5 * 4096) end)
        refuses("damaged", load(path))
      end)
    end)

  shows("The pager's file is not encrypted: pages lie there as they are", function()
    with_path(function(path)
      save(path, "attack at dawn")
      assert.truthy(contents(path):find("attack at dawn", 1, true))
    end)
  end)

  shows("The checksums of the pager's file show damage, and not forgery", function()
    with_path(function(path)
      save(path, "pay 10")
      local forged = path .. "f"
      save(forged, "pay 99")
      local bytes = contents(forged)
      os.remove(forged)
      contents(path, function() return bytes end)
      assert.equal("pay 99", load(path):sub(1, 6))
    end)
  end)

  shows("A pager's file that an older copy has replaced as a whole passes for the newest one", function()
    with_path(function(path)
      local older
      save(path, "old version")
      contents(path, function(bytes)
        older = bytes
        return bytes
      end)
      save(path, "new version")
      contents(path, function() return older end)
      assert.equal("old version", load(path):sub(1, 11))
    end)
  end)

  shows("A pager's file that was emptied passes for a new one", function()
    with_path(function(path)
      save(path, "a version")
      contents(path, function() return "" end)
      local bytes, message = load(path)
      assert.is_nil(bytes or message) -- never saved
    end)
  end)

  shows("The pager's file has the rights that umask gives", function()
    with_path(function(path)
      for umask, rights in pairs { ["077"] = "-rw-------", ["022"] = "-rw-r--r--" } do
        says("", ("require 'vmem.pager.file'.open(%q):close()"):format(path), "umask " .. umask .. ";")
        local pipe <close> = io.popen(("ls -l '%s'"):format(path))
        assert.equal(rights, pipe:read("a"):match("^[%a-]+"))
        os.remove(path)
      end
    end)
  end, helpers.unix_it)

  shows("A file that vmem.section makes has the rights that umask gives", function()
    with_path(function(path)
      local output = helpers.run_script(([[
        assert(require "vmem".section(%q, "w+")):close()
        io.write(io.popen("stat -c %%a '%s'"):read("a"))
      ]]):format(path, path), "umask 027;")
      assert.equal("640\n", output)
    end)
  end, file_kit.unix_it)

  shows("vmem.pager.redis does not encrypt: pages and passwords travel as they are", function()
    local loaded, redis = pcall(require, "vmem.pager.redis")
    if not loaded then return pending("needs LuaSocket") end
    for _, option in ipairs { "tls", "ssl", "encrypt" } do
      helpers.raises("unknown", redis.open, { name = "x", [option] = true })
    end
  end)

  --- The page of a recording of run(region).
  local function page_of(run, title)
    local region <close> = vmem.allocate(P)
    local recording <close> = recorder.start { writes = true, reads = true }
    run(region)
    return recording:stop():html(title)
  end

  shows("The page of a recording holds no contents of memory", function()
    local contained = ("%x%x"):rep(8):format(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
    local html = page_of(function(region) region:write(0, contained) return region:read(0, 20) end)
    assert.is_nil(html:find(contained, 1, true))
  end)

  shows("The page of a recording loads nothing from elsewhere, and forbids it to the browser", function()
    local html = page_of(function(region) region:decommit() end)
    assert.is_nil(html:find("https?://"))
    assert.truthy(html:find("Content-Security-Policy", 1, true))
    assert.truthy(html:find("default-src 'none'", 1, true))
  end)

  shows("Names, titles and lines of scripts are text in that page, whatever is in them", function()
    local evil <const> = "</script><script>alert(1)</script><!--"
    local html = page_of(function()
      vmem.reserve(P, { name = evil }):release() -- </script><script>alert(2)</script>
    end, evil)
    assert.is_nil(html:find("<script>alert", 1, true))
    assert.is_nil(html:find("<!--", 1, true))
  end)

  shows("The page of a recording holds the lines of the scripts that were recorded, and every reader of "
    .. "the page sees them", function()
      local html = page_of(function(region)
        region:decommit() -- stands for a password
      end)
      assert.truthy(html:find("as if there were a password here", 1, true))
    end)
end)

-- ====== }

describe("vmem, as to the process,", function()
  local status = [[
    local function status()
      local text = io.open("/proc/self/status"):read("a")
      return text:match("Threads:%s*(%d+)"), text:match("SigIgn:.-\nSigCgt:%s*%x+")
    end
    local threads, signals = status()
  ]]

  shows("vmem starts no thread, and changes no signal handler before pages are attached that another process "
    .. "can take away", function()
    local output, ok = helpers.run_script(status .. [[
      local vmem = require "vmem"
      local region <close> = vmem.allocate(1)
      pcall(region.read, region, 1 << 20)
      require "vmem.secret".new(1):close()
      require "vmem.recorder".start():stop()
      local section = vmem.section(vmem.page_size)
      if section then vmem.reserve(vmem.page_size):attach(section) end
      local now, signals_now = status()
      print(threads == now, signals == signals_now)
    ]])
    assert.is_true(ok)
    assert.equal("true\ttrue\n", output)
  end, helpers.bare_proc_it)

  local attached = status .. [[
    local vmem = require "vmem"
    local path, P = os.tmpname(), vmem.page_size
    local section = assert(vmem.section(path, "w+", { size = 2 * P, guard = GUARD }))
    local region = assert(vmem.reserve(2 * P)):attach(section)
    assert(vmem.section(path, "r+")):resize(P)
    os.remove(path)
  ]]

  shows("vmem's handler passes on every SIGBUS that its own accesses to such pages have not "
    .. "raised", function()
    local output, ok = helpers.run_script("local GUARD = nil " .. attached .. [[
      print(select(2, status()) ~= signals)
      io.stdout:flush()
      os.execute("kill -BUS $PPID")
      print "survived"
    ]])
    assert.is_false(ok)
    assert.equal("true", output:match("%w+"))
    assert.is_nil(output:find("survived", 1, true))
  end, helpers.bare_proc_it)

  shows("A file attached with guard = false changes no signal handler, and a page that it loses ends the "
    .. "process", function()
      local output, ok = helpers.run_script("local GUARD = false " .. attached .. [[
        print(select(2, status()) == signals)
        io.stdout:flush()
        pcall(region.read, region, P, 1)
        print "survived"
      ]])
      assert.is_false(ok)
      assert.equal("true", output:match("%w+"))
      assert.is_nil(output:find("survived", 1, true))
    end, helpers.bare_proc_it)
end)

describe("SECURITY.md", function()
  --- The sentences with a dot in front of them.
  local function sentences()
    local text = contents("SECURITY.md"):gsub("\r\n", "\n"):gsub("\n  +", " ")
    local found = {}
    for sentence in text:gmatch("\n%- ([^\n]+)%.%f[\n]") do found[sentence] = true end
    return found
  end

  it("has no sentence that is not shown here, and nothing is shown here that it does not say", function()
    assert.same(shown, sentences())
  end)

  it("says nothing twice, and each sentence with a full stop", function()
    local count, all = 0, contents("SECURITY.md")
    for _ in pairs(sentences()) do count = count + 1 end
    assert.equal(select(2, all:gsub("\n%- ", "")), count)
  end)
end)
