local example = require "documents.example"
local helpers = require "helpers"
local vmem = require "vmem"

describe("D13, demand paging", function()
  local output, ok = example.run("d13_demand_paging")

  --- faults, loads, write-backs and pages in memory, of the line that begins so.
  local function counts(what)
    local pattern = ":%s+(%d+) faults,%s+(%d+) loads,%s+(%d+) write%-backs; (%d+) pages in memory\n"
    local words = { output:match("\n" .. what .. pattern) }
    for i, word in ipairs(words) do words[i] = math.tointeger(word) end
    return words
  end

  it("ends well, and finds in the array what it has put there", function()
    assert.is_true(ok, output)
    assert.matches("The sum is 2016, as it should be: 2016\n$", output)
  end)

  it("faults once for each page when it writes, and saves those that have to go", function()
    assert.same({ 64, 0, 56, 8 }, counts "Wrote to each page")
  end)

  it("loads each page when it reads them again, and saves the rest of what was written", function()
    assert.same({ 128, 64, 64, 8 }, counts "Read them again")
  end)

  it("loads the eight pages of the last loop once", function()
    assert.same({ 136, 72, 64, 8 }, counts "10,000 reads of eight")
  end)

  helpers.bare_linux_it("shows that memory comes with the first touch, and not with the commit", function()
    local words = {}
    for faults, size in output:gmatch ":%s+(%d+) page faults, (%d+) bytes in RAM\n" do
      words[#words + 1] = { math.tointeger(faults), math.tointeger(size) }
    end
    assert.equal(0, words[1][2])
    -- If the system brings in several pages at once, there are fewer faults than pages.
    assert.is_true(words[2][1] > 0 and words[2][1] >= words[1][1] + 2, output)
    assert.equal(64 * vmem.page_size, words[2][2])
    assert.is_true(words[3][1] < words[2][1], output)
    assert.equal(64 * vmem.page_size, words[3][2])
  end)
end)

describe("the pager whose store takes its time", function()
  it("asks once for what two want, and lets others go on", function()
    local output, ok = example.run("pager_async")
    assert.is_true(ok, output)
    assert.equal([[
  5  B has counted in page 1
  5  A has counted in page 1
 10  B has counted in page 3
 10  A has counted in page 2
3 messages sent; 4 faults, 4 hits
6 messages sent; page 1 starts with 2
]], (output:gsub("\r", "")))
  end)
end)
