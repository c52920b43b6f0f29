-- Arrays of numbers in files: the same in another process, with what views have, and only where the file says
-- so.

local array = require "vmem.file.array"
local file_kit = require "file_kit"
local helpers = require "helpers"
local interpreter = require "interpreter"
local kit = require "pager_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local UNIT <const> = 1 << 16
local file_it <const>, raises <const>, refusal <const> = file_kit.it, helpers.raises, helpers.refusal
local path_of <const> = file_kit.path_of

local function opened(path, type, count, mode)
  return assert(array.open(path, mode or "r+", type, count))
end

describe("an array in a file", function()
  file_kit.leaves_nothing()

  file_it("has the same elements in another process", function()
    local path = path_of()
    do
      local samples <close> = opened(path, "f32", 1 << 20)
      assert.same({ 1 << 20, 0.0, path, "r+" },
        { #samples, samples[1], samples.section.path, samples.section.mode })
      samples[1], samples[1 << 20] = 0.5, 2
      samples:set(7, 1, 2, 3)
      assert.equal(samples, samples:flush())
    end
    assert.equal("f32 1048576 0.5 2.0 8.5 2.0", file_kit.elsewhere("vmem.file.array", path, [[
      local samples <close> = assert(module.open(path))
      io.write(table.concat({ samples.type, #samples, samples[1], samples[#samples], samples:sum(),
        samples[8] }, " "))
    ]]))
  end)

  for _, type in ipairs { "i8", "u16", "u32be", "i64le", "u64", "f32be", "f64" } do
    file_it(("takes and gives what a view of %s does"):format(type), function()
      local cells <close> = opened(path_of(), type, 1000)
      local region <close> = assert(vmem.allocate(8000))
      local view = region:view(type, 0, 1000)
      for _, value in ipairs { 0, 1, -1, 127, 200, 40000, 1.5, 2 ^ 40, math.mininteger, 0 / 0, "1", true } do
        local stored, expected = pcall(function() cells[5] = value end), pcall(function() view[5] = value end)
        assert.equal(expected, stored, tostring(value))
        assert.equal(("%q"):format(view[5]), ("%q"):format(cells[5]))
      end
      for k = 1, 1000 do cells[k], view[k] = k % 100, k % 100 end
      assert.same({ view:sum(), view:minmax() }, { cells:sum(), cells:minmax() })
      assert.equal(view:slice(5, 9):sum(), cells:sum(5, 9))
      assert.same({ view:get(-1, 3) }, { cells:get(-1, 3) })
      assert.equal(cells, cells:fill(3, 10, 20))
      view:slice(10, 20):fill(3)
      assert.equal(region:read(0, #cells * view.stride), cells.region:read(0, #cells * view.stride))
      assert.same({ 3, 20 }, { cells:slice(20)[1], select(2, cells:slice(20, 20):minmax()) + 17 })
      local count = 0
      for i, value in pairs(cells) do
        assert.equal(view[i], value)
        count = count + 1
      end
      assert.equal(1000, count)
      assert.is_nil(cells[1001])
      assert.is_nil(cells[0])
    end)
  end

  file_it("is copied from and to views and other arrays", function()
    local cells <close> = opened(path_of(), "u32", 1000)
    local region <close> = assert(vmem.allocate(UNIT))
    local view = region:view("u32be", 0, 10)
    for k = 1, 10 do view[k] = k end
    assert.equal(cells, cells:copy(view, 5))
    assert.same({ 0, 1, 10, 0 }, { cells[4], cells[5], cells[14], cells[15] })
    cells:copy(cells, 6, 5, 14) -- within itself
    assert.same({ 1, 1, 2 }, { cells:get(5, 7) })
    assert.equal(10, cells[15])
    local many <close> = assert(sparse.new("u32", 5000))
    assert(many:copy(cells, 2000))
    assert.equal(cells:sum(), many:sum())
    local paged <close> = kit.array { type = "u32", count = 1000, frames = 1 }
    paged:copy(cells)
    assert.equal(cells:sum(), paged:sum())
    cells:fill(0):copy(paged, 500, 1, 20)
    assert.equal(paged:sum(1, 20), cells:sum())
  end)

  file_it("opened for reading is not written, and opened with copy for itself alone", function()
    local path = path_of()
    opened(path, "u8", 100):set(7, 9):close()
    local cells <close> = assert(array.open(path))
    raises("must not be written", function() cells[7] = 1 end)
    raises("must not be written", cells.fill, cells, 1)
    local copy <close> = assert(array.open(path, "copy"))
    copy[7] = 1
    assert.same({ 1, 9 }, { copy[7], cells[7] })
    assert.equal("no_file", refusal(array.open(path_of(), "r", "u8", 5)))
    assert.equal("no_file", refusal(array.open(path_of(), "copy", "u8", 5)))
    cells:close() -- Windows empties no file that is attached
    copy:close()
    local anew <close> = opened(path, "u16", 10, "w+")
    assert.same({ 0, 10 }, { anew:sum(), #anew })
  end)

  file_it("is closed once and for all, and its file stays", function()
    local path = path_of()
    local cells = opened(path, "u8", 100)
    cells[7] = 9
    assert.matches("^vmem.file.array of 100 u8 in ", tostring(cells))
    assert.is_true(cells:close())
    assert.is_true(cells:close())
    for _, use in ipairs { function() return cells[7] end, function() cells[7] = 1 end,
      function() return #cells end, function() return cells:sum() end, function() return pairs(cells) end,
      function() return cells.view end } do
      raises("array is closed", use)
    end
    assert.equal("vmem.file.array (closed)", tostring(cells))
    local again <close> = assert(array.open(path))
    assert.equal(9, again[7])
  end)

  file_it("is seen by two processes as they write", function()
    local path = path_of()
    local cells <close> = opened(path, "i32", 100)
    cells[1] = 1
    file_kit.elsewhere("vmem.file.array", path, [[
      local cells <close> = assert(module.open(path, "r+"))
      assert(cells[1] == 1)
      for _ = 1, 1000 do cells.view:add(2, 1) end
    ]])
    assert.equal(1000, cells[2])
  end)

  file_kit.unix_it("keeps everything that a killed process has written", function()
    local path, journal = path_of(), path_of ""
    local script = path_of(([[
      local cells = assert(require "vmem.file.array".open(%q, "r+", "u64", 1 << 20))
      local log = assert(io.open(%q, "ab"))
      log:setvbuf "no"
      for k = 1, 1 << 20 do
        cells[k] = k
        log:write(k, "\n")
      end
    ]]):format(path, journal))
    os.execute(("{ %s %s %s & while [ $(wc -c <%s) -le 2000 ] && kill -0 $!; do :; done; "
      .. "kill -9 $!; wait $!; } >/dev/null 2>&1"):format(interpreter.variables, interpreter.command, script,
        journal))
    local last = 0
    for line in io.lines(journal) do last = math.max(last, math.tointeger(tonumber(line)) or 0) end
    assert(last > 300, last)
    local cells <close> = assert(array.open(path))
    for k = 1, last // 10 do assert.equal(k, cells[k]) end
  end)

  file_it("whose file another program cuts has faults that say so, until it is long again", function()
    local path = path_of()
    local cells <close> = opened(path, "u8", 8 * UNIT)
    cells[1], cells[5 * UNIT] = 1, 2
    file_kit.truncate(path, 3 * UNIT)
    assert.equal(1, cells[1])
    local fault = helpers.fault(function() return cells[5 * UNIT] end)
    assert.same({ "in_page_error", "truncated" }, { fault.kind, fault.reason })
    assert.equal(path, fault.region.name)
    raises("was cut off: it has " .. 3 * UNIT .. " bytes instead of " .. 9 * UNIT, cells.sum, cells)
    local again, message, code = array.open(path)
    assert.is_nil(again)
    assert.matches("it is cut off: it has " .. 3 * UNIT .. " bytes instead of " .. 9 * UNIT, message)
    assert.equal("damaged", code)
    assert(cells.section:resize(9 * UNIT))
    assert.same({ 1, 0 }, { cells[1], cells[5 * UNIT] })
    cells[5 * UNIT] = 3
    assert.equal(4, cells:sum())
  end)

  file_kit.disk_it("takes its room when it is made, and leaves no file where there is none", [[
    local array, path = require "vmem.file.array", folder .. "/big"
    local made, message, code = array.open(path, "r+", "u8", 2 * free)
    assert(not made and code == "disk_full", message)
    assert(not io.open(path))
    assert(array.open(path, "r+", "u8", 10)):close()
  ]])

  file_it("is not opened where the file is another, or says something else", function()
    local path = path_of "text"
    local _, message, code = array.open(path)
    assert.equal("not_ours", code)
    assert.matches("it is no file of vmem.file.array", message)
    path = path_of()
    opened(path, "u8", 100):close()
    for _, case in ipairs {
      { "i8", 100, "its type is 'u8', not 'i8'", "type" },
      { "u8", 99, "it has 100 elements, not 99", "count" },
    } do
      message, code = select(2, array.open(path, "r+", case[1], case[2]))
      assert(message:find(case[3], 1, true), message)
      assert.equal(case[4], code)
    end
    _, message, code = sparse.open(path)
    assert.equal("not_ours", code)
    assert.matches("it is a file of vmem.file.array, not of vmem.sparse", message)
  end)

  it("refuses wrong arguments", function()
    for _, case in ipairs {
      { "#1 to 'open' (path must be a string, not nil)" }, { "path has a zero byte", "a\0b" },
      { [[#2 to 'open' (mode must be "r", "r+", "w+" or "copy", not 'a')]], "x", "a" },
      { "#3 to 'open' (mode \"w+\" needs a type and a count)", "x", "w+" },
      { "#3 to 'open' (type must be i8, u8, i16", "x", "r+", "i4", 1 },
      { "#4 to 'open' (count must be an integer of 1 or more, not nil)", "x", "r+", "u8" },
      { "#4 to 'open' (count must be an integer of", "x", "r+", "u64", 1 << 60 },
    } do
      raises(case[1], array.open, table.unpack(case, 2, 5))
    end
  end)

  file_it("refuses wrong uses, as a view does", function()
    local cells <close> = opened(path_of(), "u8", 100)
    for _, case in ipairs {
      { "index 101 is outside", function() cells[101] = 1 end },
      { "value 256 does not fit u8", cells.fill, cells, 256 },
      { "#2 to 'fill' (elements 5 to 101 are not all", cells.fill, cells, 1, 5, 101 },
      { "#1 to 'sum' (elements 0 to 100 are not all", cells.sum, cells, 0 },
      { "#1 to 'copy' (a view or an array of numbers expected, got nil)", cells.copy, cells },
      { "#1 to 'sum' (vmem.file.array expected, got table)", cells.sum, {} },
    } do
      raises(case[1], table.unpack(case, 2, 6))
    end
  end)
end)
