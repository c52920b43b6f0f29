--- A simulated memory management unit: TLB, page table, frames. Touches nothing of the system.

local checks = require "vmem.internal.checks"
local of_traces = require "vmem.paging.trace"
local core = require "vmem.core"
local make_parts = require "vmem.paging.parts"
local sorted_keys = require "vmem.internal.sorted_keys"
local units = require "vmem.internal.units"

--- The counts so far.
---@class vmem.paging.counts
---@field accesses integer
---@field writes integer of them
---@field tlb_hits integer
---@field walks integer of the page table, on every TLB miss; accesses are tlb_hits + walks
---@field references integer to memory, by walks; one that faults ends where an entry is missing
---@field faults integer
---@field cold integer of them, for pages that were never in a frame before
---@field evictions integer
---@field write_backs integer evictions of pages that had been written to
---@field frames integer in use
---@field nodes integer of the page table; they stay, as systems have it, when pages go. Else its entries
---@field table_bytes integer of all nodes or entries

--- tostring(mmu) is a table of its counts.
---@class vmem.paging.mmu
---@field page_size integer
---@field address_bits integer
---@field kind "levels"|"hashed"|"inverted" of the page table
---@field buckets integer? of the page table
---@field levels integer of the page table; 0 where it has none
---@field bits integer[] of an address for each level, the root's first
---@field frames integer? nil: as many as it takes
---@field policy string
---@field canonical boolean
---@field private shift integer bits of an offset in a page
---@field private tlb vmem.paging.tlb
---@field private tree vmem.paging.page_table | vmem.paging.hashed
---@field private memory vmem.paging.frames
---@field private seen table<integer, boolean> page -> whether it was in a frame; false: only nodes are there
---@field private may_repeat boolean whether the policy may get a reference twice
---@field private counted table<string, integer>
local mmu = {}
mmu.__index = mmu
mmu.__name = "vmem.paging.mmu"

-- {====== Making one ======

---@param options? vmem.paging.options
---@return vmem.paging.mmu
function mmu.new(options)
  local self = make_parts(options)
  self.seen, self.counted = {}, {
    hits_to_read = 0, hits_to_write = 0, walks = 0, walks_to_write = 0, references = 0, faults = 0,
    cold = 0, evictions = 0, write_backs = 0, fault_references = 0,
  }
  return setmetatable(self, mmu)
end

-- ====== }

-- {====== Accesses ======

--- The nodes for a page that is seen for the first time. Gives how many entries the walk reads.
local function map(self, page)
  local depth = self.tree:depth(page)
  self.tree:map(page)
  self.seen[page] = self.seen[page] or false -- a place in the table: the access can still fail
  return depth
end

--- The operating system's part.
local function count_fault(self, page, victim, dirty)
  local counted = self.counted
  counted.faults = counted.faults + 1
  if not self.seen[page] then
    self.seen[page] = true
    counted.cold = counted.cold + 1
  end
  if victim then
    counted.evictions = counted.evictions + 1
    if dirty then counted.write_backs = counted.write_backs + 1 end
  end
end

local integer = math.type

--- The address as an integer. A float that is one will do, as everywhere.
local function check_address(self, address, call)
  if integer(address) == "integer" and address >> self.address_bits == 0 and not self.canonical then
    return address
  end
  address = checks.integer(1, call, "address", address)
  if self.canonical then
    local upper, used = address >> self.address_bits - 1, self.address_bits - 1
    checks.that(upper == 0 or upper == -1 >> used, 1, call,
      "address 0x%x is not canonical: its bits 63 to %d must be alike", address, used)
    return address
  end
  checks.that(address >> self.address_bits == 0, 1, call, "address 0x%x has more than %d bits", address,
    self.address_bits)
  return address
end

local function count_hit(self, write)
  local counted, name = self.counted, write and "hits_to_write" or "hits_to_read"
  counted[name] = counted[name] + 1
  return "hit"
end

--- What may fail comes first: an access that raises an error is not counted.
local function walk(self, page, write)
  local counted = self.counted
  local references = self.seen[page] and self.levels > 0 and self.levels or map(self, page) -- nodes stay
  local hit, victim, dirty = self.memory:refer(page, write)
  if victim then
    self.tlb:remove(victim)
    if self.levels == 0 then self.tree:unmap(victim) end
  end
  if self.tlb:find(page) then return count_hit(self, write) end
  counted.walks = counted.walks + 1
  if write then counted.walks_to_write = counted.walks_to_write + 1 end
  counted.references = counted.references + references
  if not hit then
    counted.fault_references = counted.fault_references + references
    count_fault(self, page, victim, dirty)
  end
  self.tlb:insert(page)
  return hit and "walk" or "fault"
end

--- A page that is in the TLB is in a frame. Of an access to it an error can only leave that the page was the
--- last one; vmem.replacement's policies allow that to be repeated.
local function access(self, address, write)
  local page = address >> self.shift
  if not self.may_repeat or not self.tlb:find(page) then return core.whole(walk, self, page, write) end
  self.memory:refer(page, write)
  return count_hit(self, write)
end

--- Reads or writes a byte. Says how its page was found: in the TLB, by a walk, or by a fault.
---@param address integer
---@param kind? "read"|"write" Default: "read"
---@return "hit"|"walk"|"fault"
function mmu:access(address, kind)
  address = check_address(self, address, "access")
  checks.word(2, "access", "kind", kind or "read", { "read", "write" })
  return access(self, address, kind == "write")
end

---@param address integer
---@return "hit"|"walk"|"fault"
function mmu:read(address)
  address = check_address(self, address, "read")
  return access(self, address, false)
end

---@param address integer
---@return "hit"|"walk"|"fault"
function mmu:write(address)
  address = check_address(self, address, "write")
  return access(self, address, true)
end

--- Does all that a trace has. An access that crosses a border of pages is one to each page.
---@param trace vmem.paging.trace
---@return vmem.paging.mmu self
function mmu:replay(trace)
  of_traces.check(1, "replay", trace)
  of_traces.each(trace, "replay", 1, self.page_size, function(page, write, times)
    local address = page << self.shift
    check_address(self, address, "replay")
    for _ = 1, times do access(self, address, write) end
  end)
  return self
end

--- Empties the TLB, as a switch to another process does.
---@return vmem.paging.mmu self
function mmu:flush()
  core.whole(self.tlb.flush, self.tlb)
  return self
end

-- ====== }

-- {====== Looking ======

---@return vmem.paging.counts
function mmu:counts()
  local c = self.counted
  local hits = c.hits_to_read + c.hits_to_write
  local counts = {
    accesses = hits + c.walks, writes = c.hits_to_write + c.walks_to_write, tlb_hits = hits, walks = c.walks,
    references = c.references, faults = c.faults, cold = c.cold, evictions = c.evictions,
    write_backs = c.write_backs,
  }
  counts.frames, counts.nodes, counts.table_bytes = self.memory.used, self.tree.count, self.tree.bytes
  return counts
end

--- Effective access time: what an access has taken on average; 0.0 before the first.
---@param times vmem.paging.times
---@return number in the unit of the times given
function mmu:access_time(times)
  local references = self.counted.references - self.counted.fault_references
  return require("vmem.paging.access_time").counted(times, self:counts(), references)
end

--- How an address is taken apart, and where it leads now. Counts as no access.
---@param address integer
---@return vmem.paging.translation
function mmu:translate(address)
  address = check_address(self, address, "translate")
  return require("vmem.paging.translation").of(self, address)
end

--- Which frame is behind each page: the pages from the first in a frame to the last.
---@param options? vmem.picture
---@return vmem.pagetable
function mmu:figure(options)
  options = require("vmem.draw.picture").check(1, "figure", options)
  local pages = sorted_keys(self.memory.frame_of, math.ult)
  return require("vmem.pagetable").made("Pages and frames of a simulated MMU", self.page_size, pages,
    self.memory.frame_of, options)
end

local function percent(part, whole)
  return whole == 0 and "" or units.format("  %.3g %%", 100 * part / whole)
end

function mmu:__tostring()
  local c, count = self:counts(), units.count
  local lines = { ("pages of %s, %s, %s, %s"):format(units.size(self.page_size), self.levels > 0
    and units.of(self.levels, "level") or self.kind .. " page table",
    self.frames and units.of(self.frames, "frame") .. " by " .. self.policy or "frames without limit",
    self.tlb.entries == 0 and "no TLB" or ("TLB of %s"):format(count(self.tlb.entries))) }
  local function row(name, amount, rest)
    lines[#lines + 1] = ("%-12s %12s%s"):format(name, amount, rest)
  end
  row("accesses", count(c.accesses), ("  %s"):format(units.of(c.writes, "write")))
  row("TLB hits", count(c.tlb_hits), percent(c.tlb_hits, c.accesses))
  row("walks", count(c.walks), ("  %s to the table"):format(units.of(c.references, "reference")))
  row("faults", count(c.faults), ("  %s of them cold"):format(count(c.cold)))
  row("evictions", count(c.evictions), ("  %s written back"):format(count(c.write_backs)))
  row("page table", units.size(c.table_bytes), "  " .. (self.levels > 0 and units.of(c.nodes, "node")
    or units.count(c.nodes) .. (c.nodes == 1 and " entry" or " entries")))
  return table.concat(lines, "\n")
end

-- ====== }

checks.methods(mmu, "access read write replay flush counts access_time translate figure __tostring")

return mmu
