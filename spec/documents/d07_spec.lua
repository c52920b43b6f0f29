local example = require "documents.example"
local vmem = require "vmem"

-- The expected cost of filling the cells, computed with a set of page numbers.
local function model(size, order)
  local page, committed, commits, pages = vmem.page_size, {}, 0, 0
  for _, i in ipairs(order) do
    local first, last = i * size // page, (i * size + size - 1) // page
    local missing = 0
    for p = first, last do
      if not committed[p] then missing = missing + 1 end
      committed[p] = true
    end
    if missing > 0 then commits = commits + 1 end
    pages = pages + missing
  end
  return { commits, pages, pages * page - #order * size }
end

local function numbers(text)
  local list = {}
  for number in text:gmatch("%-?%d+") do
    list[#list + 1] = tonumber(number)
  end
  return list
end

describe("D7, cells of 4091 and of 4096 bytes, or of a page less five and of a page", function()
  local P <const>, CELL <const> = vmem.page_size, example.cell()
  local output, ok = example.run("d07_cell_sizes")
  local rows, by_order = {}, {}
  for name, order, small, large in output:gmatch("(%l+) +([%d ]-) *| ([%d ]+) | ([%d ]+)\n") do
    local row = { name = name, order = numbers(order) }
    row.small, row.large = numbers(small), numbers(large)
    rows[#rows + 1] = row
    by_order[order] = row
  end

  it("ends well, with a row for every order", function()
    assert.is_true(ok, output)
    assert.truthy(output:find(("cells of %d bytes +| cells of %d bytes\n"):format(CELL, P)), output)
    local names = {}
    for _, row in ipairs(rows) do names[row.name] = true end
    for _, name in ipairs { "one", "ascending", "descending", "even", "random" } do
      assert.is_true(names[name], name .. " in\n" .. output)
    end
  end)

  it("counts commits, pages and wasted bytes right in every row", function()
    assert.is_true(#rows >= 5)
    for _, row in ipairs(rows) do
      assert.same(model(CELL, row.order), row.small, row.name)
      assert.same(model(P, row.order), row.large, row.name)
    end
  end)

  it("shows the document's conclusion: five bytes saved, a page lost", function()
    assert.same({ 1, 2, 5 + P }, by_order["1"].small)
    assert.same({ 1, 1, 0 }, by_order["1"].large)
    assert.same({ 1, 2, 10 }, by_order["1 0"].small)
  end)

  it("names the smallest array that saves a page: 820 cells where pages are the document's", function()
    local cells = tonumber(output:match "an array of (%d+) cells")
    local function pages(count) return (count * CELL + P - 1) // P end
    assert.equal(cells - 1, pages(cells - 1))
    assert.equal(cells - 1, pages(cells))
    assert.is_true(cells == 820 or P ~= 4096)
  end)
end)
