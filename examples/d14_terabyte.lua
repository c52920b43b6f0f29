-- D14: A terabyte, used here and there
local vmem = require "vmem"
local sparse = require "vmem.sparse"

local NUMBERS <const> = (1 << 40) // 8
local ENTRIES <const> = vmem.page_size // 8 -- of a page of a page table, which maps as many pages
local STRETCH <const> = ENTRIES * vmem.page_size

local function mib(bytes) return ("%.1f MiB"):format(bytes / (1 << 20)) end

-- What Linux says of this process, in bytes: "VmRSS" is what it has in RAM, "VmPTE" its page tables.
local function status(key)
  local file <close> = io.open("/proc/self/status")
  local kib = file and file:read("a"):match(key .. ":%s*(%d+) kB")
  return kib and kib * 1024
end

local numbers <close> = assert(sparse.new("f64", NUMBERS))
print(("Reserved    : %d numbers of 8 bytes, %d bytes"):format(#numbers, numbers.region.size))

-- Or another number on the command line. Each takes a page of its own: 400 MiB in all. Where a region cannot
-- be sparse, too few mappings may be left.
local most = numbers.region.sparse and 100000 or 30000
local records = tonumber(arg[1]) or math.min(most, (400 << 20) // vmem.page_size)
local rss, tables, start, stored = status "VmRSS", status "VmPTE", os.clock(), 0
math.randomseed(14)
for record = 1, records do
  local ok, message = numbers:set(math.random(NUMBERS), record)
  if not ok then
    print(message)
    break
  end
  stored = record
end
print(("Stored      : %d records at random places, in %.2f s"):format(stored, os.clock() - start))

local grown = rss and status "VmRSS" - rss
local grown_tables = tables and status "VmPTE" - tables
local cost = numbers:cost()
print(("Committed   : %d pages, %s; %s of it wasted"):format(
  cost.committed // vmem.page_size, mib(cost.committed), mib(cost.wasted)))
if cost.resident then print(("In RAM      : %s of it"):format(mib(cost.resident))) end
if grown then print(("The process : has grown by %s, vmem's own memory included"):format(mib(grown))) end

start = os.clock()
local found, last, needed = 0, -1, 0 -- needed: pages of two levels of tables
for i in numbers:filled() do
  local stretch = (i - 1) * 8 // STRETCH
  if stretch ~= last then needed = needed + 1 end
  if stretch // ENTRIES ~= last // ENTRIES then needed = needed + 1 end
  found, last = found + 1, stretch
end
print(("Found again : %d records, in %.2f s"):format(found, os.clock() - start))
if grown_tables then
  print(("Page tables : the system's have grown by %s; with a page for each table it is %s"):format(
    mib(grown_tables), mib(needed * vmem.page_size)))
end

start = os.clock()
numbers:forget(1, #numbers)
print(("Forgotten   : %d bytes committed, in %.2f s"):format(numbers:cost().committed, os.clock() - start))

print(([[

A record commits its page and nothing else of the terabyte, however scattered the records are. The tables
that map the pages are the other half of the price, in any language: each stretch of %d MiB with a page in use
takes a table, which is a page on most processors. Nothing is paid for what lies between. On Linux the
region is sparse, which keeps all of it in one mapping; where it cannot be, some 32,000 places far apart use
up the mappings of a process.]]):format(STRETCH >> 20))
