-- Worked answers on access times, TLBs and page tables. "Seen at" is a public page that gives the exercise
-- and the same answer; "by hand" says that no such page was found, and has the working.

local helpers = require "helpers"
local paging = require "vmem.paging"

-- {====== Access time ======

describe("textbooks on effective access time:", function()
  -- Seen at:
  -- [1] geeksforgeeks.org/gate-gate-cs-2014-set-3-question-43
  -- [2] geeksforgeeks.org/gate-gate-cs-2020-question-63: 5 % miss in the TLB, and a tenth of these faults
  -- [3] cs.jhu.edu/~yairamir/cs418/os5/tsld028.htm
  -- [4] sci.brooklyn.cuny.edu/~briskman/cisc/3310/lecture_notes/topic_07/26.html and 42.html
  -- [5] old.bansdoc.gov.bd/eBook/29/files/basic-html/page53.html
  local cases = {
    { "Silberschatz [5]: TLB 20 ns, memory 100 ns, 80 % hits",
      { tlb = 20, memory = 100, hit_ratio = 0.80 }, 140 },
    { "Silberschatz [5]: the same with 98 % hits", { tlb = 20, memory = 100, hit_ratio = 0.98 }, 122 },
    { "Amir [3]: TLB 5 ns, memory 100 ns, 80 % hits", { tlb = 5, memory = 100, hit_ratio = 0.80 }, 125 },
    { "Amir [3]: the same with 98 % hits", { tlb = 5, memory = 100, hit_ratio = 0.98 }, 107 },
    { "Briskman [4]: memory 85 ns, 80 % hits", { memory = 85, hit_ratio = 0.80 }, 102 },
    { "Silberschatz, by hand, 0.8 * 10 + 0.2 * 20", { memory = 10, hit_ratio = 0.80 }, 12 },
    { "Silberschatz, by hand, 0.99 * 10 + 0.01 * 20", { memory = 10, hit_ratio = 0.99 }, 10.1 },
    { "Silberschatz, Briskman [4]: one fault of 8 ms in 1,000 accesses of 200 ns",
      { memory = 200, hit_ratio = 1, fault = 8000000, fault_rate = 0.001 }, 8199.8 },
    { "Briskman [4]: two faults of 8 ms in 1,000 accesses of 50 ns",
      { memory = 50, hit_ratio = 1, fault = 8000000, fault_rate = 0.002 }, 16049.9 },
    { "GATE CS 2011, by hand, 10 ms / 10^6 + (1 - 10^-6) * 20 ns",
      { memory = 20, hit_ratio = 1, fault = 10000000, fault_rate = 1e-6 }, 29.99998 },
    { "GATE CS 2014 [1]: TLB 10 ms, memory 80 ms, 60 % hits",
      { tlb = 10, memory = 80, hit_ratio = 0.6 }, 122 },
    { "GATE CS 2020 [2]: TLB 20 ns, memory 100 ns, a page in 5,000 ns, a fifth of them out first",
      { tlb = 20, memory = 100, hit_ratio = 0.95 / (1 - 0.05 * 0.1), fault_rate = 0.05 * 0.1,
        fault = 20 + 5000 + 100, dirty_rate = 0.2, write_back = 5000 }, 154.5 },
    { "by hand, 100 * (1 + 4): no TLB, four levels", { memory = 100, levels = 4 }, 500 },
    { "by hand, 100 + 0.25 * 40: every access faults, a quarter writes back",
      { memory = 1, fault = 100, fault_rate = 1, dirty_rate = 0.25, write_back = 40 }, 110 },
  }
  for _, case in ipairs(cases) do
    it(("%s: %s"):format(case[1], case[3]), function()
      assert.is_true(math.abs(paging.access_time(case[2]) - case[3]) < 1e-6)
    end)
  end

  it("an MMU's is the sum of all its accesses, whatever its page table", function()
    math.randomseed(42)
    for _, more in ipairs { {}, { table = "inverted" }, { table = "hashed", buckets = 3 } } do
      local options = { frames = 5, tlb = 3 }
      for key, value in pairs(more) do options[key] = value end
      local mmu, sum = paging.new(options), 0
      assert.equal(0.0, mmu:access_time { memory = 100 })
      for _ = 1, 300 do
        local before, kind = mmu:counts(), math.random() < 0.3 and "write" or "read"
        local how = mmu:access(math.random(0, 9) << 12, kind)
        local after = mmu:counts()
        if how == "fault" then
          sum = sum + 5000 + 3000 * (after.write_backs - before.write_backs)
        else
          sum = sum + 7 + 100 * (1 + after.references - before.references)
        end
      end
      local time = mmu:access_time { memory = 100, tlb = 7, fault = 5000, write_back = 3000 }
      assert.is_true(math.abs(time - sum / 300) < 1e-6)
    end
  end)
end)

-- ====== }

-- {====== TLBs and page tables ======

describe("textbooks on TLBs and page tables:", function()
  -- OSTEP, chapter 19, on replacement in a TLB. Seen at educative.io, "Issue: Replacement Policy".
  it("a loop over n + 1 pages misses each time in a TLB of n by LRU and FIFO, but not by random", function()
    local hits = {}
    for _, policy in ipairs { "lru", "fifo", "random" } do
      local mmu = paging.new { tlb = { entries = 8, policy = policy } }
      for i = 0, 899 do mmu:read(i % 9 << 12) end
      hits[policy] = mmu:counts().tlb_hits
    end
    assert.same({ 0, 0 }, { hits.lru, hits.fifo })
    assert.is_true(hits.random > 450, hits.random)
  end)

  it("a TLB by FIFO forgets the oldest entry even if it was just used", function()
    local mmu = paging.new { tlb = { entries = 2, policy = "fifo" } }
    for _, page in ipairs { 1, 2, 1, 3 } do mmu:read(page << 12) end
    assert.equal("walk", mmu:read(1 << 12))
    mmu = paging.new { tlb = 2 }
    for _, page in ipairs { 1, 2, 1, 3 } do mmu:read(page << 12) end
    assert.equal("hit", mmu:read(1 << 12))
  end)

  -- Silberschatz: 32-bit addresses, pages of 4 KiB, 512 MiB of memory. Seen at
  -- questionai.com/amp/questions-tbrT38gZE2/consider-computer-system-32bit-logical-address-4kb-page.
  it("2^20 entries in a table of one level, 2^17 in an inverted one", function()
    local one = paging.new { address_bits = 32, levels = 1, entry = 1 }
    assert.equal(1 << 20, one:counts().table_bytes)
    local inverted = paging.new { address_bits = 32, table = "inverted", entry = 1,
      frames = (512 << 20) // 4096 }
    assert.same({ 1 << 17, 1 << 17 }, { inverted:counts().nodes, inverted:counts().table_bytes })
  end)

  it("hashed and inverted tables are read as lists that are searched from their start", function()
    math.randomseed(43)
    for _, buckets in ipairs { 1, 2, 5, false } do
      for _, kind in ipairs(buckets and { "hashed", "inverted" } or { "inverted" }) do
        local mmu = paging.new {
          table = kind, buckets = buckets or nil, frames = 6, tlb = 0, policy = "fifo",
        }
        local loaded, frame_of, references = {}, {}, 0 -- pages in the order in which they came
        for _ = 1, 200 do
          local page, place, length = math.random(0, 12), nil, 0
          for _, each in ipairs(loaded) do
            if not buckets or each % buckets == page % buckets then
              length = length + 1
              if each == page then place = length end
            end
          end
          if not buckets then place, length = frame_of[page] and frame_of[page] + 1, 6 end
          references = references + (kind == "inverted" and buckets and 1 + (place or length)
            or place or math.max(length, 1))
          if not frame_of[page] then
            local gone = #loaded == 6 and table.remove(loaded, 1)
            local frame = gone and frame_of[gone] or #loaded
            if gone then frame_of[gone] = nil end
            loaded[#loaded + 1], frame_of[page] = page, frame
          end
          mmu:read(page << 12)
          assert.equal(references, mmu:counts().references)
        end
        assert.equal(6, mmu:counts().nodes)
        assert.matches(kind .. " page table, 6 frames by fifo", tostring(mmu))
        local t = mmu:translate(3 << 12 | 5)
        assert.same({ 3, 5, frame_of[3] }, { t.page, t.offset, t.frame })
        assert.truthy(t:svg():find("page", 1, true))
        assert.matches("page 0x63 is in no frame: ", tostring(mmu:translate(99 << 12)))
        local last = t.frame and #t.compared
        assert.equal(t.frame and 3, last and t.compared[last])
      end
    end
  end)

  -- How each architecture's manual takes an address apart.
  local machines = {
    { "x86-64, 4 levels", 48, { 9, 9, 9, 9 }, 0xffffffff81000123, { 511, 510, 8, 0 } },
    { "x86-64, 4 levels, the highest of the lower half", 48, { 9, 9, 9, 9 },
      0x00007fffffffffff, { 255, 511, 511, 511 } },
    { "x86-64, 5 levels", 57, { 9, 9, 9, 9, 9 }, 0xff11000000000000, { 273, 0, 0, 0, 0 } },
    { "RISC-V Sv39", 39, { 9, 9, 9 }, 0xffffffc000201fff, { 256, 1, 1 } },
    { "RISC-V Sv48", 48, { 9, 9, 9, 9 }, 0x0000123456789abc, { 36, 209, 179, 393 } },
  }
  for _, case in ipairs(machines) do
    local name, width, bits, address, indices = table.unpack(case)
    it(("%s takes 0x%x apart"):format(name, address), function()
      local mmu = paging.new { address_bits = width, bits = bits, canonical = true }
      assert.equal("fault", mmu:write(address))
      assert.equal("hit", mmu:read(address))
      local t = mmu:translate(address)
      assert.same(indices, t.indices)
      local low = width
      for level, count in ipairs(bits) do
        low = low - count
        assert.equal(address >> low & (1 << count) - 1, t.indices[level])
      end
      assert.same({ address & 0xfff, address & 0xfff }, { t.offset, t.physical })
      assert.equal(address & ~0xfff, mmu:figure().entries[1].address)
      for _, bad in ipairs { 1 << (width - 1), -1 << width, 1 << 63 } do
        helpers.raises(("address 0x%x is not canonical: its bits 63 to %d must be alike"):format(bad,
          width - 1), mmu.read, mmu, bad)
      end
      mmu:replay(paging.trace { address, { 0, "write", 8192 }, -1 })
      assert.equal(2 + 4, mmu:counts().accesses)
    end)
  end

  it("addresses of 64 bits are unsigned", function()
    local mmu = paging.new { address_bits = 64 }
    for _, address in ipairs { -1, 1 << 63, (1 << 63) - 1, 0 } do mmu:read(address) end
    assert.same({ 4, 6 }, { mmu:counts().faults, mmu.levels })
    local entries, pages = mmu:figure().entries, {}
    for _, entry in ipairs(entries) do
      if entry.frame then pages[#pages + 1] = ("%x"):format(entry.address) end
    end
    assert.same({ "0", "7ffffffffffff000", "8000000000000000", "fffffffffffff000" }, pages)
    local trace = paging.trace { { -8192, "read", 8192 }, { (1 << 63) - 1, "write", 2 } }
    local seen = {}
    trace:each(4096, function(page) seen[#seen + 1] = ("%x"):format(page) end)
    trace:each(1, function() seen.bytes = (seen.bytes or 0) + 1 end)
    assert.same({ "ffffffffffffe", "fffffffffffff", "7ffffffffffff", "8000000000000", bytes = 8194 }, seen)
  end)
end)

-- ====== }
