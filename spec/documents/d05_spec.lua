local example = require "documents.example"

for _, script in ipairs { "d05_cells_reserved_only", "d05_win32" } do
  describe("D5, " .. script, function()
    local output, ok = example.run(script)
    local base = example.addresses(output, "Reserved Addr")[1] or 0

    it("ends well, because the fault is caught", function()
      assert.is_true(ok, output)
    end)

    it("says first how large a cell is where pages are not the document's", function()
      assert.equal(example.other_cell(), output:match("^.-%f[R]"), output)
    end)

    it("prints the access violation of the first store, with its address", function()
      local sentence = ("access violation writing 0x%x, offset 0: page 1 of region 0x%x is reserved, " ..
        "not committed\n"):format(base, base)
      assert.truthy(output:find(sentence, 1, true), output)
      assert.is_nil(output:find("stored", 1, true))
    end)
  end)
end

describe("D5, an array of cells that is only reserved", function()
  local output = example.run("d05_cells_reserved_only")

  it("has ten cells of 4091 bytes, or a page less five, none of them committed", function()
    local line = "10 cells of %d bytes, 0 bytes committed\n"
    assert.truthy(output:find(line:format(example.cell()), 1, true), output)
  end)

  it("prints the fault's fields", function()
    assert.truthy(output:find(
      "kind access_violation, access write, offset 0, page 1, state reserved\n", 1, true), output)
  end)
end)
