local example = require "documents.example"

local scripts = {
  d03_reserve_elsewhere = {
    "Reason        : cannot reserve 104857600 bytes at 0x56781234: something is there already",
    "Code          : address_in_use",
  },
  d03_win32 = {
    "GetLastError  : 487",
    "Reason        : something is there already",
  },
}

for script, reasons in pairs(scripts) do
  describe("D3, " .. script, function()
    local output, ok = example.run(script)

    it("ends well, because the fault is caught", function()
      assert.is_true(ok, output)
    end)

    it("prints nil for the address that is taken, with the reason", function()
      local place = output:find("Reserved Addr : nil\n", 1, true)
      assert.truthy(place, output)
      for _, line in ipairs(reasons) do
        assert.truthy(output:find("\n" .. line, place, true), output)
      end
    end)

    it("then succeeds with no address asked for", function()
      local addresses = example.addresses(output, "Reserved Addr")
      assert.equal(1, #addresses, output)
      assert.equal(0, addresses[1] % 0x10000)
      assert.truthy(output:find("Reserved Addr : nil.*Reserved Addr : 0x"), output)
    end)

    it("prints the access violation of the write at that address last", function()
      local base = example.addresses(output, "Reserved Addr")[1]
      local sentence = ("access violation writing 0x%x, offset 0: page 1 of region 0x%x is reserved, " ..
        "not committed\n"):format(base, base)
      assert.equal(sentence, output:sub(-#sentence))
    end)
  end)
end
