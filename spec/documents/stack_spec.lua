local example = require "documents.example"
local vmem = require "vmem"

describe("the stack example", function()
  local output, ok = example.run("stack")

  --- The rows of the two pictures.
  local function pictures()
    local rows = {}
    for row in output:gmatch("\n +0x0  ([^\n]+)") do rows[#rows + 1] = row:gsub("W", "w") end
    return rows
  end

  it("pops what it has pushed", function()
    assert.is_true(ok, output)
    assert.matches("^1\t2.5\n", output)
    assert.matches("\nhello\n$", output)
  end)

  it("shows a page, a guard page and reserved ones; and at the end all but the last page", function()
    assert.same({ ".......gw", ".wwwwwwww" }, pictures())
  end)

  it("has grown by recursion, and stays so until it is trimmed", function()
    assert.matches("\n100 calls deep, and back: 0 bytes in use, [56] pages committed\n", output)
    assert.matches("\n6 pages given back, and it goes on\n", output)
  end)

  it("overflows with a sentence that tells the limit", function()
    local sentence = output:match("\nfalse\tstack_overflow\n([^\n]+)\n")
    assert.matches("^stack overflow: %d+ of " .. 8 * vmem.page_size .. " bytes are used up, ", sentence)
  end)
end)
