local example = require "documents.example"
local helpers = require "helpers"
local vmem = require "vmem"

describe("D14, a terabyte used here and there", function()
  local RECORDS = 2000
  local output, ok = example.run("d14_terabyte", nil, tostring(RECORDS))

  --- The number of pages that the example must have committed: it chooses its places with this seed.
  local function distinct_pages()
    local seen, count = {}, 0
    math.randomseed(14)
    for _ = 1, RECORDS do
      local page = (math.random((1 << 40) // 8) - 1) * 8 // vmem.page_size
      if not seen[page] then count = count + 1 end
      seen[page] = true
    end
    return count
  end

  local function mebibytes(label)
    return tonumber(output:match(label .. "[^\n]-([%d.]+) MiB"))
  end

  it("ends well, and stores what it was told to", function()
    assert.is_true(ok, output)
    assert.truthy(output:find("Reserved    : 137438953472 numbers of 8 bytes, 1099511627776 bytes\n",
      1, true), output)
    assert.truthy(output:find("Stored      : 2000 records at random places", 1, true), output)
    assert.truthy(output:find("Found again : 2000 records", 1, true), output)
  end)

  it("commits a page for every place and nothing else", function()
    local pages = distinct_pages()
    assert.truthy(output:find(("Committed   : %d pages, %.1f MiB; %.1f MiB of it wasted\n"):format(pages,
      pages * vmem.page_size / 2 ^ 20, (pages * vmem.page_size - RECORDS * 8) / 2 ^ 20), 1, true), output)
  end)

  helpers.proc_it("has in RAM what is committed", function()
    assert.equal(mebibytes "Committed", mebibytes "In RAM")
    local late = 64 * vmem.page_size / 2 ^ 20 -- Linux before 6.2 may count so many pages of a thread later
    assert.is_true(mebibytes "The process" >= mebibytes "In RAM" - late, output)
  end)

  helpers.bare_proc_it("needs a page table where plain C would need one, and no other", function()
    local needed = tonumber(output:match("a page for each table it is ([%d.]+) MiB"))
    local ratio = mebibytes "Page tables" / needed
    assert.is_true(ratio < 1.1, output)
    assert.is_true(ratio > 0.9 or not helpers.tables_are_pages(), output)
  end)

  it("stays below 400 MiB if it is not told how many records to store", function()
    local all = example.run "d14_terabyte"
    assert.is_true(tonumber(all:match "Committed   : %d+ pages, ([%d.]+) MiB") <= 400, all)
    assert.truthy(all:find "Forgotten   : 0 bytes committed", all)
  end)

  it("gives everything back", function()
    assert.truthy(output:find("Forgotten   : 0 bytes committed", 1, true), output)
  end)
end)
