local example = require "documents.example"
local helpers = require "helpers"
local vmem = require "vmem"

describe("D1, the address space of a process", function()
  local output, ok = example.run("d01_address_space")

  --- The address of the row that has this text.
  local function address_of(text)
    for line in output:gmatch("[^\n]+") do
      if line:find(text, 1, true) then return math.tointeger(tonumber(line:match("0x%x+"))) end
    end
  end

  it("ends well", function()
    assert.is_true(ok, output)
  end)

  helpers.areas_it("has the document's partitions, from the kernel's down to the NULL pointer's", function()
    local from = 1
    for _, name in ipairs { "Kernel mode partition", "User mode partition", "NULL pointer partition" } do
      local place = output:find(name, from, true)
      assert.truthy(place, name .. " is missing or not below the others:\n" .. output)
      from = place
    end
    assert.equal(0, address_of("NULL pointer partition"))
    assert.is_true(math.ult(vmem.highest_address, address_of("Kernel mode partition")))
    assert.truthy(output:find(("NULL partition ends at 0x%x."):format(vmem.lowest_address), 1, true))
  end)

  helpers.proc_it("has the 64 KiB that nobody may touch, where there are any", function()
    local kernel = address_of("Kernel mode partition")
    local place = address_of("Off-limits partition")
    if place then assert.is_true(kernel - place <= 0x10000) end
  end)

  helpers.bare_proc_it("has libraries, heap and stack in between", function()
    local order = { "NULL pointer partition", "heap", "libc", "[stack]" }
    for i = 2, #order do
      assert.is_true(address_of(order[i - 1]) < address_of(order[i]), order[i] .. " is misplaced")
    end
  end)

  helpers.areas_it("has our own region at its real address, committed and reserved pages apart", function()
    local base = math.tointeger(tonumber(output:match("The region is at (0x%x+)")))
    local rows = {}
    for line in output:gmatch("[^\n]+") do
      if line:find(" ours ", 1, true) then rows[#rows + 1] = line end
    end
    assert.equal(2, #rows)
    assert.matches("0x%x+ .* region +reserved +ours ", rows[1])
    assert.equal(base, math.tointeger(tonumber(rows[2]:match("0x%x+"))))
    assert.matches("0x%x+ .* region +rw +ours .* " .. 3 * vmem.page_size // 1024 .. " KiB", rows[2])
  end)

  it("says why there is no picture, where there is none", function()
    if helpers.tells_areas then return end
    assert.matches("^cannot list the areas of this process: ", output)
  end)
end)
