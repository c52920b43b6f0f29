local example = require "documents.example"
local vmem = require "vmem"

local P = vmem.page_size

--- Bytes of whole pages.
local function pages(bytes) return (bytes + P - 1) // P * P end

describe("the arena example", function()
  local output, ok = example.run("arena")

  it("commits what is used, and has given back what a request took when it is over", function()
    assert.is_true(ok, output)
    local expected = {
      { 0, 0, 0 }, { 8032, pages(8032), 8032 },
      { 408032, pages(408032), 408032 }, { 808032, pages(808032), 808032 },
      { 1208032, pages(1208032), 1208032 }, { 8032, pages(8032), 1208032 },
    }
    local seen = {}
    for line in output:gmatch("[^\n]+") do
      local used, committed, high = line:match("used +(%d+) +committed +(%d+) +high water +(%d+)$")
      if used then seen[#seen + 1] = { tonumber(used), tonumber(committed), tonumber(high) } end
    end
    assert.same(expected, seen)
  end)

  it("still has what was below the marks, and nothing above", function()
    assert.truthy(output:find("\nwhat stays is below the mark\t1000000.0\n", 1, true), output)
    assert.truthy(output:find("\na view of the last request: access violation reading 0x", 1, true), output)
  end)

  it("ends with an allocation that does not fit", function()
    assert.truthy(output:find("\nnil\tcannot allocate 2147483648 bytes aligned to 16: of the arena's "
      .. "1073741824 bytes 1073733792 are left\tout_of_memory\n$"), output)
  end)
end)
