local file_kit = require "file_kit"
local files = require "vmem.file"
local helpers = require "helpers"
local vmem = require "vmem"

local P <const>, U <const> = vmem.page_size, helpers.attach_unit
local file_it <const>, refusal <const> = file_kit.it, helpers.refusal
local path_of <const>, contents <const> = file_kit.path_of, file_kit.contents

describe("a file", function()
  file_kit.leaves_nothing()

  file_it("is memory: written here, it is on the disk, and for all who open it", function()
    local path = path_of()
    do
      local file <close> = assert(files.open(path, "w+", { size = 64 + 4 * 1000 }))
      local cells = file:view("f32le", 64)
      assert.equal(1000, #cells)
      cells[1], cells[1000] = 21.5, -3
      assert.equal(file, file:flush())
      assert.equal(file, file:flush(64, 4))
    end
    assert.equal(string.pack("<f", 21.5), contents(path):sub(65, 68))
    local file <close> = assert(files.open(path))
    assert.same({ "r", path, 4064, path }, { file.mode, file.path, file.size, file.section.path })
    local cells = file:view("f32le", 64)
    assert.same({ 21.5, -3.0 }, { cells[1], cells[1000] })
    assert.equal("access_violation", helpers.fault(function() cells[1] = 1 end).kind)
    assert.equal(('vmem.file "%s": 4064 bytes'):format(path), tostring(file))
  end)

  file_it("has its exact length, whatever the pages have", function()
    local file <close> = assert(files.open(path_of(("x"):rep(P + 10)), "r+"))
    assert.same({ P + 10, P + 10 }, { file.size, #file:view "u8" })
    for _, case in ipairs {
      { "u32", nil, nil, nil, (P + 10) // 4 }, { "u32", 7, nil, nil, (P + 3) // 4 },
      { "u8", P + 10, nil, nil, 0 }, { "u16be", P + 9, nil, nil, 0 },
      { "u16", 0, 3, nil, 3 }, { "u16", 2, nil, 4, (P + 6) // 4 + 1 },
      { "u8", P, nil, 3, 4 }, { "u8", 0, 0, nil, 0 },
    } do
      assert.equal(case[5], #file:view(case[1], case[2], case[3], case[4]), table.concat(case, " ", 5))
    end
    helpers.raises("offset " .. P + 11 .. " is outside the file", file.view, file, "u8", P + 11)
    helpers.raises("3 elements run past the file's end: there are 2", file.view, file, "u32", P + 1, 3)
    helpers.raises("type must be i8", file.view, file, "u128")
    helpers.raises("stride must be an integer from 1", file.view, file, "u8", 0, 1, 0)
  end)

  file_it("of no bytes can be opened in every way, and grow", function()
    local path = path_of("")
    for _, mode in ipairs { "r", "r+", "w+", "copy" } do
      local file <close> = assert(files.open(path, mode))
      assert.same({ 0, 0, 0, "" }, { file.size, #file:view "f64", file.region.committed, file:read "a" })
      assert.is_nil((file:read "l"))
      assert.equal(file, file:resize(0))
      assert.equal(file, file:flush())
      if mode == "r+" or mode == "w+" then
        assert(file:resize(1))
        file:view("u8")[1] = 65
        assert.equal("A", contents(path))
        assert(file:resize(0))
      else
        assert.equal("permission_denied", refusal(file:resize(1)))
      end
    end
  end)

  file_it("keeps its addresses, and views of them, when it becomes longer or shorter", function()
    local path = path_of("hello")
    local file <close> = assert(files.open(path, "r+"))
    local base, cells = file.region.base, file:view "u8"
    for _, size in ipairs { 3 * U + 7, U, U + 1, 40 * U, 5 } do
      assert.equal(file, file:resize(size))
      assert.same({ base, size }, { file.region.base, file.size })
      assert.equal(-(-size // P) * P, file.region.committed)
      assert.equal(104, cells[1])
    end
    assert.equal("hello", contents(path))
  end)

  file_it("never becomes longer than its addresses", function()
    local path = path_of("hello")
    local file <close> = assert(files.open(path, "r+", { reserve = 4 * U }))
    assert.equal(4 * U, file.region.size)
    assert.equal("file_too_large", refusal(file:resize(4 * U + 1)))
    assert.equal("file_too_large", refusal(file:write(("x"):rep(4 * U + 1))))
    assert.same({ 5, "hello", 0 }, { file.size, contents(path), file:seek() })
    assert(file:resize(4 * U))
    assert.equal("file_too_large", refusal(files.open(path, "r", { reserve = 4 * U - P })))
    assert.equal("file_too_large", refusal(files.open(path, "w+", { reserve = P, size = 4 * U })))
    assert.equal(4 * U, #contents(path))
  end)

  file_it("that can grow has a GiB of addresses, or twice its length; others have its length", function()
    local path = path_of(("x"):rep(3 * P))
    for mode, size in pairs { r = 3 * P, copy = 3 * P, ["r+"] = 1 << 30, ["w+"] = 1 << 30 } do
      local file <close> = assert(files.open(path, mode))
      assert.equal(size, file.region.size)
      if mode == "w+" then file:write(("x"):rep(3 * P)) end
    end
    if helpers.on_windows then return end -- Wine has 65,530 mappings, and each takes 64 KiB
    local file <close> = assert(files.open(path_of(), "w+", { size = 3 << 30, sparse = true }))
    assert.equal(6 << 30, file.region.size)
  end)

  if not helpers.under_valgrind then
    helpers.no_sanitizer_it("takes fewer addresses where there are no more", function()
      local path = path_of("hello")
      local output = helpers.run_script(([[
        local file = require("vmem.file").open(%q, "r+")
        print(file.region.size < 1 << 30, file.region.size >= 1 << 20, file:read "a")
        print(select(3, require("vmem.file").open(%q, "r+", { reserve = 1 << 40 })))
      ]]):format(path, path), "ulimit -v 800000;")
      assert.equal("true\ttrue\thello\nout_of_memory\n", output)
    end)
  end

  file_it("is made with the size that is asked for, and not cut to it", function()
    local path = path_of("hello")
    do
      local file <close> = assert(files.open(path, "r+", { size = 9 }))
      assert.same({ 9, "hello\0\0\0\0" }, { file.size, file:read "a" })
    end
    do
      local file <close> = assert(files.open(path, "r+", { size = 3 }))
      assert.equal(9, file.size)
    end
    assert.equal("permission_denied", refusal(files.open(path, "r", { size = 10 })))
    assert.equal("no_file", refusal(files.open(path_of(), "r+")))
    local file <close> = assert(files.open(path, "w+", { size = 3 }))
    assert.same({ 3, "\0\0\0" }, { file.size, contents(path) })
  end)

  file_it("takes no fields: a size that is set would stay, and change nothing", function()
    local file <close> = assert(files.open(path_of("hello"), "r+"))
    helpers.raises("field 'size' of a file cannot be set; f:resize(bytes) makes it longer or shorter",
      function() file.size = 3 end)
    helpers.raises("field 'sizes' of a file cannot be set", function() file.sizes = 3 end)
    assert.equal(5, file.size)
  end)

  file_it("is closed once and for all", function()
    local file = assert(files.open(path_of("hello"), "r+"))
    local region, section, cells = file.region, file.section, file:view "u8"
    assert.is_true(file:close())
    assert.is_true(file:close())
    assert.equal("vmem.file (closed)", tostring(file))
    helpers.raises("file is closed", function() return file.size end)
    helpers.raises("file is closed", function() return file:read() end)
    helpers.raises("region is released", region.read, region)
    helpers.raises("region is released", function() return cells[1] end)
    helpers.raises("section is closed", function() return section.size end)
    do
      local inner <close> = assert(files.open(path_of("x")))
      file = inner
    end
    helpers.raises("file is closed", function() return file.region end)
  end)

  describe("refuses", function()
    for what, case in pairs {
      ["no path"] = { "path must be a string, not nil" },
      ["a path with a zero byte"] = { "path has a zero byte", "a\0b" },
      ["a mode that there is not"] = { "mode must be one of r, r+, w+, copy, not 'a'", "x", "a" },
      ["an option that there is not"] = { "'grow' is unknown; there are guard, reserve, size and sparse",
        "x", "r", { grow = 1 } },
      ["no addresses"] = { "option reserve must be an integer of 1 or more", "x", "r", { reserve = 0 } },
      ["a negative size"] = { "option size must be an integer", "x", "r", { size = -1 } },
      ["a word for guard"] = { "option guard must be true or false", "x", "r", { guard = "no" } },
      ["options that are no table"] = { "options must be a table", "x", "r", 5 },
    } do
      it(what, function() helpers.raises(case[1], files.open, table.unpack(case, 2)) end)
    end

    file_it("methods on what is no file", function()
      local file <close> = assert(files.open(path_of("x")))
      helpers.raises("calling 'read' on bad self (vmem.file expected, got table)", file.read, {})
    end)

    file_it("a resize that the system refuses half-way", function()
      local path = path_of("hello")
      local file <close> = assert(files.open(path, "r+"))
      local pages = helpers.over_refusals("vmem.file.pages", { "attach" }, function() return true end)
      assert.equal("too_many_mappings", refusal(pages.resize(file, 8 * U)))
      assert.same({ 5, "hello" }, { file.size, contents(path) })
      assert(file:resize(8 * U))
    end)
  end)
end)

describe("a file that other processes change", function()
  file_kit.leaves_nothing()

  file_it("is seen as it is: longer, and shorter", function()
    local path = path_of("hello")
    local file <close> = assert(files.open(path, "r+"))
    file_kit.truncate(path, 3 * U)
    assert.same({ 3 * U, 3 * U }, { file.size, #file:view "u8" })
    assert.equal("hello" .. ("\0"):rep(3 * U - 5), file:read "a")
    file_kit.truncate(path, 2)
    assert.same({ 2, 2, P }, { file.size, #file:view "u8", file.region.committed })
    file:seek "set"
    assert.equal("he", file:read "a")
  end)

  file_it("opened for reading, is refused where it has outgrown its addresses", function()
    local path = path_of("hello")
    local file <close> = assert(files.open(path))
    file_kit.truncate(path, 3 * U)
    assert.equal("file_too_large", refusal(file:read "a"))
    file_kit.truncate(path, 4)
    assert.equal("hell", file:read "a")
  end)

  file_it("is mended by a handler that makes it long again", function() -- 516
    local path = path_of(("x"):rep(3 * U))
    local file <close> = assert(files.open(path, "r+"))
    local cells, kinds = file:view "u8", {}
    file.region:on_fault(function(fault)
      kinds[#kinds + 1] = fault.kind
      return fault.kind == "in_page_error" and file:resize(fault.offset + 1)
    end)
    file_kit.truncate(path, U)
    assert.equal(0, cells[3 * U])
    assert.same({ "in_page_error" }, kinds)
    assert.equal(3 * U, file.size)
    cells[2 * U] = 7
    assert.equal("x\0", contents(path):sub(U, U + 1))
    assert.equal("\7", contents(path):sub(2 * U, 2 * U))
  end)
end)

describe("a touch behind the end of a file", function()
  file_kit.leaves_nothing()

  file_it("is an access violation, and its handler may make the file longer", function()
    local path = path_of("hello")
    local file <close> = assert(files.open(path, "r+"))
    assert.equal("access_violation", helpers.fault(file.region.write, file.region, 5 * U, "x").kind)
    file.region:on_fault(function(fault)
      return fault.kind == "access_violation" and file:resize(fault.offset + 1)
    end)
    file.region:write(5 * U, "x")
    assert.equal(5 * U + 1, file.size)
    assert.equal("x", contents(path):sub(-1))
  end)
end)

describe("a file opened with copy", function()
  file_kit.leaves_nothing()

  file_it("keeps what is written to itself, and tells which pages differ", function()
    local path = path_of(("x"):rep(20 * P + 5))
    local file <close> = assert(files.open(path, "copy"))
    local function changed()
      local list = {}
      for offset, size in file:changed() do list[#list + 1] = offset // P .. "+" .. size end
      return table.concat(list, " ")
    end
    assert.equal("", changed())
    file.region:write(P, "y"):write(3 * P - 1, "yy"):write(5 * P, "x"):write(20 * P + 4, "y")
    file.region:write(20 * P - 1, "xx") -- as it was
    assert.equal(("1+%d 20+5"):format(3 * P), changed())
    assert.equal(("x"):rep(20 * P + 5), contents(path))
    file.region:write(P, "x"):write(20 * P + 4, "x")
    assert.equal(("2+%d"):format(2 * P), changed())
    local first = file:changed()
    assert.equal(2 * P, (first()))
    file:seek "set"
    assert(file:write "z")
    assert.equal("permission_denied", refusal(file:write(("z"):rep(21 * P))))
    assert.equal(("0+%d 2+%d"):format(P, 2 * P), changed())
    assert(file.region:discard(0, 20 * P))
    assert.equal("", changed())
  end)

  file_it("is the only one that has changes", function()
    local file <close> = assert(files.open(path_of("x"), "r+"))
    helpers.raises('the file was opened with "r+": only a "copy" can differ from it', file.changed, file)
  end)

  file_it("of no bytes has none", function()
    local file <close> = assert(files.open(path_of(""), "copy"))
    for _ in file:changed() do error "there are none" end
  end)
end)

describe("a file read and written as Lua's files are", function()
  file_kit.leaves_nothing()

  local TEXTS <const> = {
    "", "\n", "one\ntwo\n\nthree", "  12  -7.5e3 0x1Fp-2 .5 5. 0x 1e 1e+ - . 0x.8 nan +3\n 1..2 3a",
    "a\0b\n\0", " 1234567890" .. ("1"):rep(250) .. " 5", "\r\n\t 42\n", ("long line "):rep(100) .. "\nend",
  }
  local FORMATS <const> = { "n", "l", "L", "a", "*l", "*n", 0, 1, 3, 70 }

  local seed = tonumber(os.getenv "VMEM_SEED") or os.time()
  local rounds = (tonumber(os.getenv "VMEM_STEPS") or 1000) // 10
  local steps, random = {}, math.random
  function steps.read(list)
    for i = 1, random(3) do list[i] = FORMATS[random(#FORMATS)] end
  end
  function steps.lines(list) steps.read(list) end
  function steps.seek(list) list[1], list[2] = ({ "set", "end" })[random(2)], random(0, 3) end
  function steps.write(list)
    for i = 1, random(3) do list[i] = ({ "x\n", "", 17, "12 34" })[random(4)] end
  end

  --- What a step gives, with the file for itself. Lua's file needs a seek between reading and writing.
  local function outcome(file, step, list, there)
    file:seek("set", there)
    local results
    if step == "lines" then
      results = {}
      for a, b, c in file:lines(table.unpack(list)) do
        results[#results + 1] = ("%s|%s|%s"):format(a, b, c)
        if #results == 5 then break end -- a format of 0 bytes need not end
      end
    else
      results = table.pack(file[step](file, table.unpack(list)))
      for i = 1, results.n do results[i] = results[i] == file and "file" or results[i] or false end
    end
    if step == "write" and file.flush then file:flush() end
    return results, file:seek()
  end

  file_it(("gives what they give (VMEM_SEED=%d VMEM_STEPS=%d)"):format(seed, rounds * 10), function()
    math.randomseed(seed)
    for _ = 1, rounds do
      local text = TEXTS[random(#TEXTS)]
      local mine_at, theirs_at = path_of(text), path_of(text)
      local mine <close> = assert(files.open(mine_at, "r+"))
      local theirs <close> = assert(io.open(theirs_at, "r+b"))
      local there = 0
      for _ = 1, 10 do
        local step, list = ({ "read", "read", "lines", "seek", "write" })[random(5)], {}
        steps[step](list)
        local expected, next_there = outcome(theirs, step, list, there)
        local given, mine_there = outcome(mine, step, list, there)
        local what = ("%s(%s) at %d of %q"):format(step, table.concat(list, ", "), there, contents(theirs_at))
        assert.same(expected, given, what)
        assert.equal(next_there, mine_there, what)
        there = next_there
      end
      assert.equal(contents(theirs_at), contents(mine_at))
      file_kit.remove_all()
    end
  end)

  file_it("lies behind zeros where it was written behind the end", function()
    local path = path_of("ab")
    local file <close> = assert(files.open(path, "r+"))
    assert.equal(2 * U, file:seek("end", 2 * U - 2))
    assert.equal(2 * U, file.size + file:seek() - 2)
    assert.equal(file, file:write("x", 1, "y"))
    assert.equal("ab" .. ("\0"):rep(2 * U - 2) .. "x1y", contents(path))
    assert.equal(2 * U + 3, file:seek())
  end)

  file_it("opened with r cannot be written", function()
    local file <close> = assert(files.open(path_of("ab")))
    assert.equal("permission_denied", refusal(file:write "x"))
    assert.equal("ab", file:read "a")
  end)

  file_it("says what is wrong with arguments", function()
    local file <close> = assert(files.open(path_of("ab"), "r+"))
    for _, case in ipairs {
      { 'format must be "n", "l", "L", "a" or a number of bytes, not \'x\'', file.read, "l", "x" },
      { "format must be an integer of 0 or more, not -1", file.read, -1 },
      { 'format must be "n"', file.lines, {} },
      { "string or number expected, not table", file.write, "a", {} },
      { "whence must be one of set, cur, end, not 'start'", file.seek, "start" },
      { "offset must be an integer, not 0.5", file.seek, "set", 0.5 },
      { "there is no byte -1 of a file", file.seek, "cur", -1 },
      { "bytes must be an integer of 0 or more, not nil", file.resize },
    } do
      helpers.raises(case[1], case[2], file, table.unpack(case, 3))
    end
    assert.same({ "ab", 0 }, { contents(file.path), file:seek() })
  end)
end)
