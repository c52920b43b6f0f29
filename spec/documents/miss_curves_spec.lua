local example = require "documents.example"

describe("the example of miss curves", function()
  local output, ok = example.run("miss_curves")

  --- The misses by frames, in the column that has `before` others in front of it.
  local function column(text, before)
    local misses = {}
    for frames, rest in text:gmatch "\n +(%d+)  ([%d, ]+)" do
      local values = {}
      for value in rest:gmatch "[%d,]+" do values[#values + 1] = tonumber((value:gsub(",", ""))) end
      misses[tonumber(frames)] = values[before + 1]
    end
    return misses
  end

  it("ends well, and plots four curves", function()
    assert.is_true(ok, output)
    assert.matches("o row after row, lru   x row after row, optimal", output)
    assert.matches("* in tiles, optimal", output)
  end)

  it("shows that tiles need few frames where rows need all", function()
    local tables = {}
    for text in output:gmatch "frames  [^\n]*(.-)\n\n" do tables[#tables + 1] = text end
    local rows, tiles = column(tables[1], 0), column(tables[1], 2)
    assert.equal(256, rows[256]) -- every page of two matrices once
    assert.equal(256, tiles[256])
    assert.equal(128 * 128 + 128, rows[64]) -- each write misses, and a row that is read once
    assert.is_true(tiles[32] < rows[32] / 8)
  end)

  it("is drawn where it is told to", function()
    local name = os.tmpname()
    assert.is_true(select(2, example.run("miss_curves", nil, name)))
    local svg = example.read(name)
    os.remove(name)
    assert.truthy(svg:find(">in tiles, lru</text>", 1, true))
  end)
end)
