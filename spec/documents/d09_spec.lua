local example = require "documents.example"
local vmem = require "vmem"

describe("D9, the size of a page", function()
  local output, ok = example.run("d09_page_sizes")

  local allocations, total = {}, 0
  for size in output:match("Allocated: ([%d +]+) bytes"):gmatch("%d+") do
    allocations[#allocations + 1] = tonumber(size)
    total = total + tonumber(size)
  end

  local rows, marked = {}, {}
  local unit_sizes = { B = 1, KiB = 1024, MiB = 1 << 20 }
  local pattern = "(%d+) ([KM]?i?B) +(%d+) +(%d+) +(%d+) +(%d+)([^\n]*)\n"
  for count, unit, entries, bytes, wasted, sum, mark in output:gmatch(pattern) do
    rows[#rows + 1] = {
      page = math.tointeger(count * unit_sizes[unit]), entries = tonumber(entries), bytes = tonumber(bytes),
      wasted = tonumber(wasted), sum = tonumber(sum),
    }
    if mark:find("this system", 1, true) then marked[#marked + 1] = rows[#rows].page end
  end

  it("ends well and adds its allocations up", function()
    assert.is_true(ok, output)
    assert.truthy(output:find(("bytes, %d in all\n"):format(total), 1, true), output)
  end)

  it("has a row for every page size from 512 bytes to 2 MiB", function()
    assert.equal(13, #rows)
    for i, row in ipairs(rows) do
      assert.equal(512 << (i - 1), row.page)
    end
  end)

  it("counts entries, table bytes and wasted bytes right", function()
    for _, row in ipairs(rows) do
      local entries, wasted = 0, 0
      for _, size in ipairs(allocations) do
        local rest = size % row.page
        entries = entries + (size - rest) // row.page + (rest > 0 and 1 or 0)
        wasted = wasted + (rest > 0 and row.page - rest or 0)
      end
      assert.equal(entries, row.entries)
      assert.equal(entries * 8, row.bytes)
      assert.equal(wasted, row.wasted)
      assert.equal(entries * 8 + wasted, row.sum)
    end
  end)

  it("shows the table shrink and the waste grow with the page", function()
    for i = 2, #rows do
      assert.is_true(rows[i].bytes < rows[i - 1].bytes)
      assert.is_true(rows[i].wasted > rows[i - 1].wasted)
    end
  end)

  it("marks this system's page size and no other", function()
    assert.same({ vmem.page_size }, marked)
  end)

  it("is drawn where it is told to", function()
    local name = os.tmpname()
    assert.is_true(select(2, example.run("d09_page_sizes", nil, name)))
    assert.matches("^<svg.*this system.*</svg>%s*$", example.read(name))
    os.remove(name)
  end)

  it("names the page size that costs least", function()
    local best = rows[1]
    for _, row in ipairs(rows) do
      if row.sum < best.sum then best = row end
    end
    assert.truthy(output:find(("pages of %d KiB cost least"):format(best.page // 1024), 1, true))
  end)
end)
