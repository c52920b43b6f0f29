-- Snapshots of regions with private copies of a section's pages.

local helpers = require "helpers"
local vmem = require "vmem"

local U <const> = helpers.attach_unit -- what attachments are multiples of
local it = helpers.section_it

describe("a snapshot of private copies", function()
  helpers.no_regions_left()

  it("brings back what was written to them, and they stay attached", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = assert(vmem.reserve(2 * U))
    assert(region:attach(section, 0, 0, U, "rw+copy"))
    region:write(0, "before")
    local snapshot <close> = assert(region:snapshot())
    region:write(0, "after!")
    assert(region:restore(snapshot))
    assert.equal("before", region:read(0, 6))
    assert.equal("mapped", region:query(0).type)
    assert(region:discard(0, U))
    assert.equal(("\0"):rep(6), region:read(0, 6))
  end)

  it("brings back the contents of pages that are not attached any more, as the region's own", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = assert(vmem.reserve(2 * U))
    assert(region:attach(section, 0, 0, U, "rw+copy"))
    region:write(0, "before")
    local snapshot <close> = assert(region:snapshot())
    assert(region:decommit(0, U))
    assert(region:restore(snapshot))
    assert.equal("before", region:read(0, 6))
    assert.equal("private", region:query(0).type)
  end)

  it("detaches pages that were reserved", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = assert(vmem.reserve(2 * U))
    local snapshot <close> = assert(region:snapshot())
    assert(region:attach(section, U, 0, U, "rw+copy"))
    assert(region:restore(snapshot))
    assert.equal("reserved", region:query(U).state)
    assert.is_nil(region:attachments()())
  end)

  it("changes nothing where pages were executable, and are now of a section that is not", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = assert(vmem.reserve(2 * U))
    assert(region:commit(0, U, "rx"))
    local snapshot <close> = assert(region:snapshot())
    local attached, _, why = region:attach(section, 0, 0, U, "rw+copy")
    if helpers.on_windows then return assert.equal("not_supported", why) end -- over committed pages
    assert(attached)
    region:write(0, "here")
    local result, _, code = region:restore(snapshot)
    assert.same({ nil, "permission_denied" }, { result, code })
    assert.equal("here", region:read(0, 4))
    assert.equal("mapped", region:query(0).type)
  end)
end)
