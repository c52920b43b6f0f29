local example = require "documents.example"
local vmem = require "vmem"

describe("D4, committing one page", function()
  local output, ok = example.run("d04_commit_one_page")
  local page = vmem.page_size
  local base = example.addresses(output, "Reserved Addr")[1] or 0
  -- Plain POSIX does not report what is at an address outside all regions.
  local gone = vmem.system == "posix" and "in no region" or "free"

  local function has_line(format, ...)
    local line = format:format(...)
    assert.truthy(("\n" .. output):find("\n" .. line .. "\n", 1, true), line .. " in\n" .. output)
  end

  it("ends well", function()
    assert.is_true(ok, output)
  end)

  it("reserves on the allocation granularity and commits one page from the base", function()
    assert.equal(0, base % vmem.allocation_granularity)
    has_line("Reserved Addr : 0x%x is reserved", base)
    has_line("Committed Addr: 0x%x is committed, rw", base + page)
  end)

  it("reads back the A that it wrote", function()
    has_line "Read back     : A"
  end)

  it("shows that both neighbours fault, and the page itself once decommitted", function()
    local sentence = "  access violation writing 0x%x, offset %d: page %d of region 0x%x is " ..
      "reserved, not committed"
    for i, number in ipairs { 1, 3, 2 } do
      local line = sentence:format(base + (number - 1) * page, (number - 1) * page, number, base)
      local count = select(2, output:gsub(line:gsub("%p", "%%%0"), ""))
      assert.equal(1, count, "fault " .. i .. " in\n" .. output)
    end
    assert.equal(3, select(2, output:gsub("access violation", "")))
  end)

  it("decommits, then releases", function()
    has_line("Decommitted   : 0x%x is reserved", base + page)
    has_line("Released      : 0x%x is %s", base, gone)
  end)

  it("shows that release alone gives a committed page back", function()
    local committed = example.addresses(output, "Committed Addr")
    local released = example.addresses(output, "Released")
    assert.equal(2, #committed)
    assert.equal(2, #released)
    assert.equal(committed[2], released[2])
    local line = ("Released      : 0x%x is %s\n"):format(committed[2], gone)
    assert.equal(line, output:sub(-#line))
  end)
end)

describe("D4 in the Windows calls", function()
  local output, ok = example.run("d04_win32")
  local base = example.addresses(output, "Reserved Addr")[1] or 0

  it("ends well", function()
    assert.is_true(ok, output)
  end)

  it("prints the document's two addresses, a page apart, and the state after each step", function()
    local page = vmem.page_size
    local sentence = "access violation writing 0x%x, offset %d: page %d of region 0x%x is " ..
      "reserved, not committed"
    assert.equal(0, base % vmem.allocation_granularity)
    assert.equal(table.concat({
      ("Reserved Addr : 0x%x"):format(base),
      "State         : MEM_RESERVE",
      ("Reserved Addr : 0x%x"):format(base + page),
      "State         : MEM_COMMIT",
      "Read back     : A",
      sentence:format(base, 0, 1, base),
      sentence:format(base + 2 * page, 2 * page, 3, base),
      "State         : MEM_RESERVE",
      "State         : " .. (vmem.system == "posix" and "in no region" or "MEM_FREE"),
    }, "\n") .. "\n", output)
  end)
end)
