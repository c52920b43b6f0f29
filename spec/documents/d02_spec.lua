local example = require "documents.example"
local vmem = require "vmem"

for _, script in ipairs { "d02_reserve_at_address", "d02_win32" } do
  describe("D2, " .. script, function()
    local output, ok = example.run(script)

    it("ends well", function()
      assert.is_true(ok, output)
    end)

    it("prints the document's line exactly", function()
      assert.truthy(("\n" .. output):find("\nReserved Addr : 0x56780000\n", 1, true), output)
    end)
  end)
end

describe("D2, reserving at an address of your own", function()
  local output = example.run("d02_reserve_at_address")

  it("shows that the end is rounded up to a page and nothing is committed", function()
    local page = vmem.page_size
    local pages = (0x1234 + (10 << 20) + page - 1) // page
    assert.equal(("Asked for     : 0x56781234\n" ..
      "Reserved Addr : 0x56780000\n" ..
      "Size          : 0x%x bytes, %d pages\n" ..
      "Committed     : 0 bytes\n"):format(pages * page, pages), output)
  end)
end)

describe("D2 in the Windows calls", function()
  it("prints that line and nothing else", function()
    assert.equal("Reserved Addr : 0x56780000\n", (example.run("d02_win32")))
  end)
end)
