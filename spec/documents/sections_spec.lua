-- The examples of sections: alias, ring, banks.

local example = require "documents.example"
local helpers = require "helpers"
local it = helpers.section_it
local vmem = require "vmem"

describe("the example of aliases", function()
  local output, ok = example.run "alias"

  it("reads at the last page what it has written at the first, and the other way", function()
    assert.is_true(ok, output)
    assert.truthy(output:find("The last page has:   written once\n", 1, true), output)
    assert.truthy(output:find("Written at the last page, read at the first: Hey!\n", 1, true), output)
  end)

  it("draws three pages and two frames, or says that the system hides them", function()
    local real, made_up = output:match "\n(Pages of region.-)\n\nWritten.-(The same, made up.*)"
    local _, frames = real:gsub("→ frame 0x", "")
    local _, hidden = real:gsub("which frames they are", "")
    assert.is_true(frames == 2 and hidden == 0 or frames == 0 and hidden == 1, real)
    assert.truthy(made_up:find("3 pages, in 2 frames: some are the same memory.", 1, true), made_up)
    assert.equal(2, select(2, made_up:gsub("→ frame 0x", "")))
  end)
end)

describe("the example of a ring", function()
  local output, ok = example.run "ring"

  it("passes on all messages in order, of which many lie across the end", function()
    assert.is_true(ok, output)
    assert.matches("^10000 messages of up to %d+ bytes went through %d+ bytes of memory, in order.\n", output)
    assert.is_true(tonumber(output:match "\n(%d+) of them lay across its end") > 100)
  end)
end)

describe("the example of banks", function()
  local output, ok = example.run "banks"

  it("prints what the machine prints", function()
    assert.is_true(ok, output)
    local printed = output:match "machine.lua:\n(.-frames have passed.\n)"
    local other = (example.run "machine"):match "Its programs print:\n(.-frames have passed.\n)"
    assert.equal(other, printed)
  end)

  it("tells what is attached where", function()
    local last = output:match "\n(%x+ to %x+  ROM from 0000 on)\n"
    assert.truthy(last, output)
    if vmem.page_size > 0x2000 or vmem.system == "windows" then return end -- the mirror is made by the script
    for _, line in ipairs {
      "0000 to 3FFF  RAM from 0000 on", "6000 to 7FFF  RAM from 0000 on", "8000 to BFFF  ROM from C000 on",
    } do
      assert.truthy(output:find("\n" .. line .. "\n", 1, true), output)
    end
  end)

  it("tells what it costs to choose a bank", function()
    assert.matches("To choose a bank takes [%d.]+ microseconds; to copy one, [%d.]+%.\n$", output)
  end)
end)
