-- What the simulations of vmem.paging are given: each is taken, or refused at once and named.

local paging = require "vmem.paging"

local HUGE, NAN = math.huge, 0 / 0

local function mmu(options)
  return function() return paging.new(options) end
end

--- What to call, and a pattern of the message; none: it is taken.
local cases = {
  { "a negative address", function() paging.trace { 0, { -1, "read", 2 } } end, "address of access 2 .*%-1" },
  { "address -1", function() paging.trace { -1 } end, "address of access 1 .*%-1" },
  { "address 2^62", function() paging.trace { 1 << 62 } end, "address of access 1 " },
  { "address 1.5", function() paging.trace { 1, 1.5 } end, "address of access 2 .*1%.5" },
  { "address NaN", function() paging.trace { NAN } end, "address of access 1 " },
  { "address inf", function() paging.trace { { HUGE } } end, "address of access 1 " },
  { "a string", function() paging.trace { 1, 2, "3" } end, "access 3 must be" },
  { "an address that is a string", function() paging.trace { { "3" } } end, "address of access 1 " },
  { "a kind", function() paging.trace { { 1, "move" } } end, "kind of access 1 " },
  { "size 0", function() paging.trace { 1, { 1, "read", 0 } } end, "size of access 2 .*not 0" },
  { "size NaN", function() paging.trace { { 1, "read", NAN } } end, "size of access 1 " },
  { "a size past the last address", function() paging.trace { { 4096, "read", 1 << 62 } } end,
    "size of access 1 " },
  { "a float that is an integer", function() paging.trace { 4096.0, { 4096.0, "read", 2.0 } } end },
  { "the last address", function() paging.trace { (1 << 62) - 1 } end },
  { "replay of 2^34 bytes", function() paging.new():replay(paging.trace { 0, { 0, "read", 1 << 34 } }) end,
    "access 2 is to 16 GiB, in more than 1048576 pages of 4 KiB" },
  { "misses of 2^48 bytes", function() paging.misses(paging.trace { { 0, "read", 1 << 48 } }) end,
    "access 1 is to " },
  { "optimal of 2^48 bytes", function() paging.optimal(paging.trace { { 0, "read", 1 << 48 } }) end,
    "access 1 is to " },
  { "2^48 bytes in large pages",
    function() paging.new { page_size = 1 << 30 }:replay(paging.trace { { 0, "read", 1 << 47 } }) end },
  { "frames -1", mmu { frames = -1 }, "frames" },
  { "frames NaN", mmu { frames = NAN }, "frames" },
  { "frames 1.5", mmu { frames = 1.5 }, "frames" },
  { "frames 2^62", mmu { frames = 1 << 62 } },
  { "TLB -1", mmu { tlb = -1 }, "tlb" },
  { "TLB of 2^40 entries", mmu { tlb = { entries = 1 << 40, ways = 1 } }, "tlb%.entries" },
  { "TLB NaN", mmu { tlb = NAN }, "tlb" },
  { "TLB '16'", mmu { tlb = "16" }, "tlb" },
  { "page size -4096", mmu { page_size = -4096 }, "page_size" },
  { "page size 2^62", mmu { page_size = 1 << 62 }, "address_bits" },
  { "address bits 63", mmu { address_bits = 63 }, "address_bits" },
  { "a node of 2^62 entries", mmu { address_bits = 62, page_size = 1, levels = 1 } and
    function() paging.new { address_bits = 62, page_size = 1, bits = { 62 } } end, "too large" },
  { "entry 0", mmu { entry = 0 }, "entry" },
  { "memory of 2^49 bytes", function() paging.allocator("first", 1 << 49) end, "size" },
  { "memory NaN", function() paging.allocator("first", NAN) end, "size" },
  { "paged memory of 2^48 bytes", function() paging.allocator("paged", 1 << 48) end,
    "in more than 4194304 pages of 4096" },
  { "buddies of 2^48 bytes", function() paging.allocator("buddy", 1 << 48):alloc("a", 1 << 47) end },
  { "unit -1", function() paging.allocator("first", 4096, { unit = -1 }) end, "unit" },
  { "a request of NaN", function() paging.allocator("first", 4096):alloc("a", NAN) end, "size" },
  { "a request of 2^62", function() paging.allocator("best", 4096):alloc("a", 1 << 61) end },
  { "misses: NaN frames", function() paging.misses(paging.trace { 1 }, { frames = { NAN } }) end, "frames" },
  { "misses of 2^62", function() paging.misses(paging.trace { 1 }, { frames = { 1 << 62 } }) end },
  { "an allocation of -1", function() paging.page_sizes { -1 } end, "allocation" },
  { "an allocation of inf", function() paging.page_sizes { HUGE } end, "allocation" },
}

describe("vmem.paging", function()
  for _, case in ipairs(cases) do
    local name, call, pattern = table.unpack(case)
    it((pattern and "refuses " or "takes ") .. name, function()
      local ok, message = pcall(call)
      if pattern then
        assert.is_false(ok)
        assert.matches(pattern, message)
      else
        assert(ok, message)
      end
    end)
  end

  it("takes a float that is an integer wherever there is an address", function()
    local one = paging.new()
    assert.equal("fault", one:read(4096.0))
    assert.equal("hit", one:write(4097.0))
    assert.equal("hit", one:access(4098.0, "write"))
    assert.equal(4096, one:translate(4096.0).address)
    assert.equal("integer", math.type(one:translate(4096.0).address))
    for _, bad in ipairs { 0.5, NAN, HUGE, -1, -1.0, "4096", {}, 1 << 48 } do
      for _, call in ipairs { "read", "write", "access", "translate" } do
        assert.error_matches(function() one[call](one, bad) end, "address")
      end
    end
    assert.equal(3, one:counts().accesses)
  end)

  it("has done nothing of a trace of which one access is too long", function()
    local one = paging.new()
    assert.has_error(function() one:replay(paging.trace { 0, 1, { 0, "read", 1 << 40 } }) end)
    assert.equal(0, one:counts().accesses)
  end)
end)
