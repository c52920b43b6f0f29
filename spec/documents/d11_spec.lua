local example = require "documents.example"

describe("D11, fragmentation", function()
  local output, ok = example.run("d11_fragmentation")

  --- The letters of one of the two memories, in the order of addresses.
  local function letters(place)
    local rows = {}
    for row in output:gmatch "\n +%d+ %a+  ([^\n]*)" do
      local cells = {}
      for cell in row:gmatch "[%u%.]+" do cells[#cells + 1] = cell end
      if cells[1] and #cells[1] >= 8 then rows[#rows + 1] = cells[place] end
    end
    return table.concat(rows)
  end

  --- "A 192, . 128": the owners in a row, and how many KiB each has.
  local function runs(text)
    local words = {}
    while text ~= "" do
      local run = text:match("^" .. (text:sub(1, 1):gsub("%.", "%%.")) .. "+")
      words[#words + 1] = ("%s %d"):format(run:sub(1, 1), #run * 1024 // #letters(1))
      text = text:sub(#run + 1)
    end
    return table.concat(words, ", ")
  end

  it("ends well, and shows two memories side by side", function()
    assert.is_true(ok, output)
    assert.matches("\n +first fit +paging\n", output)
  end)

  it("has the same sequence in both, KiB for KiB, but for the last request", function()
    assert.equal("A 192, . 128, C 256, . 192, E 192, . 64", runs(letters(1)))
    assert.equal("A 192, F 128, C 256, F 128, . 64, E 192, . 64", runs(letters(2)))
  end)

  it("names the request that fails under one and succeeds under the other", function()
    assert.matches("F, 256 KiB: refused +F, 256 KiB: granted,", output)
    assert.matches("\n +384 KiB free +128 KiB free\n", output)
  end)

  it("shows that no other way to choose a hole would have helped", function()
    for _, way in ipairs { "first", "next", "best", "worst" } do
      assert.matches("\n" .. way .. " +no place for F, 256 KiB: 384 KiB free, but not in one piece: "
        .. "the largest hole has 192 KiB\n", output)
    end
    assert.matches("\nbuddy +no place for E, 192 KiB: only 128 KiB free\n", output)
    assert.matches("\npaged +places everything\n$", output)
  end)

  it("is drawn where it is told to", function()
    local name = os.tmpname()
    assert.is_true(select(2, example.run("d11_fragmentation", nil, name)))
    local svg = example.read(name)
    os.remove(name)
    for _, words in ipairs { "first fit", "paging", "F, 256 KiB: refused", "F 128 KiB" } do
      assert.truthy(svg:find(">" .. words, 1, true), words)
    end
  end)
end)
