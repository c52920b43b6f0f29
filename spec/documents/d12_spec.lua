local example = require "documents.example"
local vmem = require "vmem"

describe("D12, reserving and committing at once", function()
  local output, ok = example.run("d12_allocate")
  local address = example.addresses(output, "Address")[1] or 0
  -- Plain POSIX does not report what is at an address outside all regions.
  local gone = vmem.system == "posix" and "in no region" or "free"

  it("ends well", function()
    assert.is_true(ok, output)
  end)

  it("prints an address on the allocation granularity", function()
    assert.is_true(address > 0)
    assert.equal(0, address % vmem.allocation_granularity)
  end)

  it("shows committed before release, and no region any more after it", function()
    local lines = ("Allocated     : 0x%x is committed, rw\nRegion there  : vmem.region 0x%x: " ..
      "%d bytes, %d committed\n"):format(address, address,
      math.max(4096, vmem.page_size), math.max(4096, vmem.page_size))
    assert.truthy(output:find(lines, 1, true), output)
    lines = ("Released      : 0x%x is %s\nRegion there  : nil\n"):format(address, gone)
    assert.truthy(output:find(lines, 1, true), output)
  end)

  it("finds zeros first, and then what it wrote", function()
    assert.truthy(output:find("First byte    : 0\n", 1, true), output)
    assert.truthy(output:find("Read back     : hello\n", 1, true), output)
  end)

  it("is refused afterwards, by region and by address", function()
    local lines = ("Region, read  : region is released\nAddress, read : access violation " ..
      "reading 0x%x: no live region holds this address\n"):format(address)
    assert.equal(lines, output:sub(-#lines))
  end)
end)

describe("D12 in the Windows calls", function()
  local output, ok = example.run("d12_win32")
  local address = example.addresses(output, "Address")[1] or 0

  it("ends well", function()
    assert.is_true(ok, output)
  end)

  it("prints an address on the allocation granularity, and its state before and after", function()
    assert.is_true(address > 0)
    assert.equal(0, address % vmem.allocation_granularity)
    assert.equal(("Address       : 0x%x\n" ..
      "State         : MEM_COMMIT\n" ..
      "First byte    : 0\n" ..
      "Read back     : hello\n" ..
      "State         : %s\n"):format(address,
      vmem.system == "posix" and "in no region" or "MEM_FREE"), output)
  end)
end)
