-- Sparse arrays in files: what exists is there again in another process, whatever ends this one; a file that
-- holds something else, or is not whole, is not opened.

local core = require "vmem.core"
local file_kit = require "file_kit"
local helpers = require "helpers"
local interpreter = require "interpreter"
local sparse = require "vmem.sparse"

local UNIT <const> = 1 << 16
local file_it <const>, raises <const>, refusal <const> = file_kit.it, helpers.raises, helpers.refusal
local path_of <const> = file_kit.path_of

--- f32 in this machine's order of bytes, said in full.
local OWN <const> = string.pack("=I2", 1) == "\1\0" and "f32le" or "f32be"

local function opened(type, count, path, mode)
  return assert(sparse.open(path, mode or "r+", type, count))
end

--- Changes bytes of a file.
local function overwrite(path, at, bytes)
  local file <close> = assert(io.open(path, "r+b"))
  file:seek("set", at)
  file:write(bytes)
end

describe("a sparse array in a file", function()
  file_kit.leaves_nothing()

  file_it("has the same records in another process, and is nil at the others", function()
    local path = path_of()
    do
      local cells <close> = opened("f64", 1 << 34, path)
      assert.same({ path, "r+" }, { cells.section.path, cells.section.mode })
      cells[1], cells[1 << 33] = 1.5, 2.5
      assert.is_nil(cells[1 << 20])
      assert.equal(cells, cells:flush())
    end
    local said = file_kit.elsewhere("vmem.sparse", path, [[
      local cells <close> = assert(module.open(path))
      io.write(cells.type, " ", #cells, " ", cells[1], " ", cells[1 << 33])
      io.write(" ", tostring(cells[1 << 20]), ";")
      for i, value in cells:filled() do io.write(" ", i, "=", value) end
    ]])
    assert.equal(("f64 %d 1.5 2.5 nil; 1=1.5 %d=2.5"):format(1 << 34, 1 << 33), said)
  end)

  for _, case in ipairs {
    { "u8", 200, 7 }, { "i32be", -5, 9 }, { "u64", -1, 3 }, { "f32le", 0.5, 1 }, { 20, "hello\1", "" },
    { 4091, ("x"):rep(4091), "b" }, { 70000, "across units", "y" }, { "<i3", 77, -1 },
    { "i4 c3 d", { 1, "abc", 2.5 }, { 2, "", 0 } },
  } do
    file_it(("keeps records of the type %s"):format(case[1]), function()
      local path = path_of()
      local function shown(value) return type(value) == "table" and value[1] or value end
      do
        local cells <close> = opened(case[1], 1000, path)
        cells[7], cells[900] = case[2], case[3]
      end
      local cells <close> = assert(sparse.open(path, "r+"))
      assert.same({ case[1] == OWN and "f32" or case[1], 1000 }, { cells.type, #cells })
      assert.equal(shown(case[2]), shown(cells[7]))
      assert.equal(type(case[3]) == "table" and 2 or case[3], shown(cells[900]))
      local again <close> = opened(case[1], 1000, path) -- a second time at once
      again[8] = case[2]
      assert.equal(shown(case[2]), shown(cells[8]))
    end)
  end

  file_it("says what exists as one in memory does, by units of 64 KiB", function()
    local cells <close> = opened("u32", 1 << 22, path_of())
    local per <const> = UNIT // 4
    for _, unit in ipairs { 40, 3, 4, 100 } do cells[unit * per + 7] = unit end
    local words = {}
    for first, count in cells:pages() do words[#words + 1] = ("%d+%d"):format((first - 1) // per, count) end
    assert.equal(("3+%d 4+%d 40+%d 100+%d"):format(per, per, per, per), table.concat(words, " "))
    assert.equal(147, cells:sum())
    assert.same({ 0, 100 }, { cells:minmax() })
    local count = 0
    for _ in cells:each() do count = count + 1 end
    assert.equal(4 * per, count)
    assert.equal(4 * UNIT, cells:cost().committed)
    assert(cells:forget(3 * per + 1, 5 * per))
    assert.is_nil(cells[3 * per + 7])
    assert.same({ 0, 140 }, { cells[40 * per + 1], cells:sum() })
    assert(cells:fill(2, 1, 2 * per))
    assert.equal(140 + 4 * per, cells:sum())
    local copy <close> = assert(sparse.new("u32", 1 << 22))
    assert(copy:copy(cells))
    assert.equal(cells:sum(), copy:sum())
    assert.is_nil(copy[3 * per + 7])
  end)

  for _, units in ipairs { 1, 4, 7, 8, 9, 31, 32, 33, 70 } do
    file_it(("of %d units walks over any of them"):format(units), function()
      local per_unit = UNIT // 4
      for density = 0, 4 do
        local cells <close> = assert(opened("u32", units * per_unit, path_of()))
        local expected, sum, walked = {}, 0, {}
        for unit = 0, units - 1 do
          if math.random(4) <= density then
            cells[unit * per_unit + 2] = unit + 1
            expected[#expected + 1], sum = unit * per_unit + 1, sum + unit + 1
          end
        end
        for first in cells:pages() do
          if (first - 1) % per_unit == 0 then walked[#walked + 1] = first end
          assert(#walked <= units, "it does not end")
        end
        assert.same(expected, walked)
        assert.equal(sum, cells:sum())
        local step = cells:pages()
        repeat until not step()
        assert.is_nil(step()) -- also when it is called once more
      end
    end)
  end

  file_it("has zeros where something was forgotten and stored again", function()
    local path = path_of()
    do
      local cells <close> = opened("u32", 1 << 20, path)
      cells:fill(7, 1, 1 << 18)
      cells:forget(1, 1 << 18)
      assert.is_nil(cells[5])
    end
    local cells <close> = assert(sparse.open(path, "r+"))
    assert.is_nil(cells[5])
    cells[5] = 1
    assert.same({ 0, 1, 0 }, { cells:get(4, 6) })
  end)

  file_it("goes on when there are more stretches than are attached at once", function()
    local path, far = path_of(), UNIT // 8 * 2
    local cells <close> = opened("u64", far * 3000, path)
    for k = 0, 2999 do cells[k * far + 1] = k end
    for k = 0, 2999 do assert.equal(k, cells[k * far + 1]) end
    local attachments = 0
    for _ in cells.region:attachments() do attachments = attachments + 1 end
    assert(attachments <= 1024, attachments)
    assert.equal(2999 * 1500, cells:sum())
    local seen = 0
    for i, value in cells:filled() do
      assert.equal((i - 1) // far, value)
      seen = seen + 1
    end
    assert.equal(2999, seen) -- one of them is 0
  end)

  file_it("can be read like any region where it exists, and faults elsewhere", function()
    local path = path_of()
    opened("u8", 1 << 20, path):set(70000, 9):close()
    local cells <close> = assert(sparse.open(path))
    assert.equal("\9", cells.region:read(69999, 1))
    assert.equal("access_violation", helpers.fault(cells.region.read, cells.region, 0, 1).kind)
  end)

  file_it("gives the room of what is forgotten back to the disk, where the system can do that", function()
    local path = path_of()
    local function kilobytes()
      local pipe <close> = assert(io.popen("du -k " .. path))
      return pipe:read "n"
    end
    local cells <close> = opened("u8", 64 << 20, path)
    cells:fill(7, 1, 16 << 20)
    assert(cells:flush())
    if not core.empty(cells.section, cells.section.size - 1, 1) then -- a byte that nothing needs
      return pending "this system, or this file system, cannot do that"
    end
    local before = kilobytes()
    if not before then return pending "needs du" end
    assert(cells:forget(UNIT + 1, 16 << 20))
    assert(cells:flush())
    assert.is_true(before - kilobytes() > 15 << 10)
    assert.equal(7 * UNIT, cells:sum())
    local at <const> = (8 << 20) + 100
    cells[at] = 5
    assert.same({ 0, 5, 0 }, { cells:get(at - 1, at + 1) })
  end)

  file_it("opened for reading is not written", function()
    local path = path_of()
    opened("u8", 1 << 20, path):set(7, 9):close()
    local cells <close> = assert(sparse.open(path))
    assert.equal(9, cells[7])
    assert.equal("permission_denied", refusal(cells:set(1 << 19, 1)))
    raises("was opened with \"r\"", function() cells[1 << 19] = 1 end)
    raises("must not be written", function() cells[7] = 1 end)
    raises("must not be written", cells.forget, cells, 7)
    assert.equal("no_file", refusal(sparse.open(path_of(), "r", "u8", 5)))
  end)

  file_it("is made anew with w+", function()
    local path = path_of()
    opened("u8", 1 << 20, path):set(7, 9):close()
    local cells <close> = opened("f32", 100, path, "w+")
    assert.is_nil(cells[7])
    assert.equal("f32", cells.type)
  end)

  file_it("is released as others are, and its file stays", function()
    local path = path_of()
    local cells = opened("u8", 1 << 20, path)
    cells[7] = 9
    assert.is_true(cells:close())
    assert.is_true(cells:close())
    raises("region is released", function() return cells[7] end)
    raises("region is released", cells.sum, cells)
    local again <close> = assert(sparse.open(path))
    assert.equal(9, again[7])
  end)
end)

describe("two processes with one sparse array", function()
  file_kit.leaves_nothing()

  file_it("see what the other one stores, as it stores it", function()
    local path = path_of()
    local cells <close> = opened("u32", 1 << 24, path)
    cells[1] = 1
    file_kit.elsewhere("vmem.sparse", path, [[
      local cells <close> = assert(module.open(path, "r+"))
      assert(cells[1] == 1 and cells[1 << 20] == nil)
      cells[1 << 20], cells[2] = 5, 6
    ]])
    assert.same({ 5, 6 }, { cells[1 << 20], cells[2] })
  end)

  file_kit.unix_it("make units of one byte of the map at the same time, and none is lost", function()
    local path = path_of()
    local cells <close> = opened("u64", UNIT // 8 * 4000, path)
    local script = ([[
      local sparse = require "vmem.sparse"
      local cells <close> = assert(sparse.open(%q, "r+"))
      for k = %s, 3999, 2 do cells[k * %d + 1] = k end
      io.write "done"
    ]])
    local names, pipes = {}, {}
    for k = 0, 1 do
      names[k] = path_of(script:format(path, k, UNIT // 8))
      pipes[k] = assert(io.popen(("%s %s %s 2>&1"):format(interpreter.variables, interpreter.command,
        names[k])))
    end
    for k = 0, 1 do
      assert.equal("done", pipes[k]:read "a")
      pipes[k]:close()
    end
    for k = 0, 3999 do assert.equal(k, cells[k * UNIT // 8 + 1]) end
  end)

  file_kit.unix_it("make the file at the same time, and go by one", function()
    for _ = 1, 5 do
      local path, names, pipes = path_of(), {}, {}
      for k = 1, 3 do
        names[k] = path_of(([[
          local cells <close> = assert(require "vmem.sparse".open(%q, "r+", "u32", 1 << 20))
          cells[%d] = %d
          io.write "done"
        ]]):format(path, k, k))
        pipes[k] = assert(io.popen(("%s %s %s 2>&1"):format(interpreter.variables, interpreter.command,
          names[k])))
      end
      for k = 1, 3 do
        assert.equal("done", pipes[k]:read "a")
        pipes[k]:close()
      end
      local cells <close> = assert(sparse.open(path))
      assert.same({ 1, 2, 3 }, { cells:get(1, 3) })
    end
  end)
end)

describe("a process that is killed", function()
  file_kit.leaves_nothing()

  file_kit.unix_it("leaves everything that it has stored", function()
    local path, journal = path_of(), path_of ""
    local script = path_of(([[
      local cells = assert(require "vmem.sparse".open(%q, "r+", "u64", 1 << 30))
      local log = assert(io.open(%q, "ab"))
      log:setvbuf "no"
      for k = 1, math.huge do
        cells[k * 5000] = k
        log:write(k, "\n")
      end
    ]]):format(path, journal))
    os.execute(("{ %s %s %s & while [ $(wc -c <%s) -le 2000 ] && kill -0 $!; do :; done; "
      .. "kill -9 $!; wait $!; } >/dev/null 2>&1"):format(interpreter.variables, interpreter.command, script,
        journal))
    local last = 0
    for line in io.lines(journal) do last = math.tointeger(tonumber(line)) or last end
    assert(last > 300, last)
    local cells <close> = assert(sparse.open(path))
    for k = 1, last - 1 do assert.equal(k, cells[k * 5000]) end
  end)
end)

describe("a file is not opened as a sparse array", function()
  file_kit.leaves_nothing()

  local function made(type, count)
    local path = path_of()
    opened(type or "u32", count or 1 << 20, path):set(1, 1):close()
    return path
  end

  --- nil and the code, however it is opened; the file is as it was.
  local function refused(path, words, code, type, count)
    local before = file_kit.contents(path)
    for _, open in ipairs {
      function() return sparse.open(path) end, function() return sparse.open(path, "r+") end,
      function() return sparse.open(path, "r+", type or "u32", count or 1 << 20) end,
    } do
      local cells, message, got = open()
      assert.is_nil(cells)
      assert(message:find(words, 1, true), message)
      assert(message:find(path, 1, true), message)
      assert.equal(code, got)
    end
    assert.equal(before, file_kit.contents(path))
  end

  file_it("where it is none", function()
    refused(path_of "some text", "it is no file of vmem.sparse", "not_ours")
    refused(path_of(("\0"):rep(100000)), "it is no file of vmem.sparse", "not_ours")
  end)

  file_it("where it is empty and nothing is said of what it should be", function()
    local path = path_of ""
    local _, message, code = sparse.open(path, "r+")
    assert.equal("not_ours", code)
    assert.matches("it is empty", message)
    assert.equal("", file_kit.contents(path))
    local cells <close> = opened("u8", 10, path)
    cells[1] = 1
  end)

  file_it("where its type or its number of records is another", function()
    local path = made("u32", 1 << 20)
    for _, case in ipairs {
      { "i32", 1 << 20, "its type is 'u32', not 'i32'", "type" },
      { 4, 1 << 20, "its type is 'u32', not '4'", "type" },
      { "u32", 1000, "it has 1048576 elements, not 1000", "count" },
    } do
      local cells, message, code = sparse.open(path, "r+", case[1], case[2])
      assert.is_nil(cells)
      assert(message:find(case[3], 1, true), message)
      assert.equal(case[4], code)
    end
    local order = string.pack("=I2", 1) == "\1\0" and "u32le" or "u32be"
    opened(order, 1 << 20, path):close() -- the same, said in full
    opened("u32", 1 << 20, path):close()
  end)

  file_it("where it was cut off", function()
    local path = made()
    file_kit.truncate(path, 3 * UNIT)
    refused(path, ("it is cut off: it has %d bytes instead of"):format(3 * UNIT), "damaged")
  end)

  file_it("where its header was changed", function()
    local path = made()
    overwrite(path, 40, "\1")
    refused(path, "its header is damaged", "damaged")
  end)

  file_it("where its format is newer", function()
    local path = made()
    overwrite(path, 16, "\2")
    refused(path, "its format is version 2, and this vmem knows version 1", "version")
  end)

  --- A header that says something else, and is whole.
  local function forged(path, from, to)
    local file = require "vmem.internal.typed_file"
    local bytes = file_kit.contents(path):sub(1, 4096)
    local _, _, _, _, _, _, _, behind = ("<c16 I4 c4 i8 i8 i8 s2"):unpack(bytes)
    local changed = bytes:sub(1, from) .. to .. bytes:sub(from + #to + 1, behind - 1)
    local sum = 0xcbf29ce484222325
    for at = 1, #changed do sum = (sum ~ changed:byte(at)) * 0x100000001b3 end
    overwrite(path, 0, changed .. ("<i8"):pack(sum))
    return file.is_little
  end

  file_it("where its format says no order of bytes, and another machine has written it", function()
    local path = path_of()
    opened("i4 d", 10, path):set(1, 1, 2):close()
    forged(path, 20, string.pack("=I4", 0x01020304):reverse())
    refused(path, "it was written on a machine with another order of bytes, and its type, 'i4 d', says none",
      "byte_order", "i4 d", 10)
    path = path_of()
    opened("<i4 d", 10, path):set(1, 1, 2):close()
    forged(path, 20, string.pack("=I4", 0x01020304):reverse())
    local cells <close> = assert(sparse.open(path)) -- it says one
    assert.same({ 1, 2 }, { cells:get(1) })
  end)

  file_it("where its units or its records have another size", function()
    local path = made()
    forged(path, 24, ("<i8"):pack(1 << 20))
    refused(path, "it has units of 1048576 bytes, not of 65536", "version")
    path = made()
    forged(path, 32, ("<i8"):pack(2))
    local _, message, code = sparse.open(path)
    assert.equal("type", code)
    assert.matches("its type 'u32' is none of this vmem, or has records of another size", message)
    path = made()
    forged(path, 40, ("<i8"):pack(math.mininteger))
    refused(path, "its header is damaged", "damaged")
  end)

  file_it("and one of another order of bytes has its numbers", function()
    local path = path_of()
    local other = string.pack("=I2", 1) == "\1\0" and "u32be" or "u32le"
    opened(other, 100, path):set(3, 0x01020304):close()
    forged(path, 20, string.pack("=I4", 0x01020304):reverse())
    local cells <close> = assert(sparse.open(path))
    assert.same({ other, 0x01020304 }, { cells.type, cells[3] })
  end)

  file_it("when the arguments are wrong", function()
    local path = path_of()
    for _, case in ipairs {
      { "#1 to 'open' (path must be a string, not nil)" }, { "path has a zero byte", "a\0b" },
      { [[#2 to 'open' (mode must be "r", "r+" or "w+", not 'copy')]], path, "copy" },
      { "#3 to 'open' (mode \"w+\" needs a type and a count)", path, "w+" },
      { "#3 to 'open' (type must be", path, "r+", {} }, { "#3 to 'open' (\"u9\" is no", path, "r+", "u9", 1 },
      { "#4 to 'open' (count must be an integer of 1 or more, not nil)", path, "r+", "u8" },
      { "#4 to 'open' (count must be an integer of", path, "r+", "u8", 1 << 62 },
    } do
      raises(case[1], sparse.open, table.unpack(case, 2, 5))
    end
    assert.equal("no_file", refusal(sparse.open(path)))
    assert.is_nil(io.open(path))
  end)
end)

describe("a sparse array on a full disk", function()
  file_kit.leaves_nothing()

  file_kit.disk_it("has a fault where there is no room for a record, and all that it had", [[
    local sparse = require "vmem.sparse"
    local cells = assert(sparse.open(folder .. "/cells", "r+", "u64", 1 << 27))
    local kept = 0
    local ok, fault = pcall(function()
      for k = 1, 10000 do
        cells[k * 8192] = k
        kept = k
      end
    end)
    assert(not ok and fault.kind == "in_page_error", fault)
    assert(kept > 3 and kept < 100, kept)
    for k = 1, kept do assert(cells[k * 8192] == k) end
    cells:close()
    local again <close> = assert(sparse.open(folder .. "/cells"))
    for k = 1, kept do assert(again[k * 8192] == k) end
  ]])
end)

describe("a sparse array whose file others cut", function()
  file_kit.leaves_nothing()

  file_it("has errors that say so, and the rest", function()
    local path = path_of()
    local cells <close> = opened("u8", 64 * UNIT, path)
    cells[1], cells[20 * UNIT + 1], cells[40 * UNIT + 1] = 1, 2, 3
    file_kit.truncate(path, 12 * UNIT)
    local fault = helpers.fault(function() return cells[20 * UNIT + 1] end)
    assert.same({ "in_page_error", path }, { fault.kind, fault.region.name })
    assert.equal(1, cells[1])
    local again, message, code = sparse.open(path)
    assert.is_nil(again)
    assert.matches("it is cut off", message)
    assert.equal("damaged", code)
    local words <const> = "was cut off: it has " .. 12 * UNIT .. " bytes instead of"
    raises(words, function() return cells[20 * UNIT + 1] end)
    raises(words, cells.sum, cells)
    raises(words, cells.set, cells, 30 * UNIT, 1)
    assert(cells.section:resize(66 * UNIT)) -- header, map and 64 units
    assert.same({ 1, 0, nil }, { cells[1], cells[20 * UNIT + 1], cells[30 * UNIT] })
    cells[40 * UNIT + 1] = 4
    assert.equal(5, cells:sum())
  end)
end)
