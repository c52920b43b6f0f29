-- D14: A terabyte, used here and there
local vmem = require "vmem"
local sparse = require "vmem.sparse"

local RECORDS = tonumber(arg[1]) or 30000 -- or another number on the command line
local NUMBERS <const> = (1 << 40) // 8

local function mib(bytes) return ("%.1f MiB"):format(bytes / (1 << 20)) end

-- What Linux says of this process, in bytes: "VmRSS" is what it has in RAM, "VmPTE" its page tables.
local function status(key)
  local file <close> = io.open("/proc/self/status")
  local kib = file and file:read("a"):match(key .. ":%s*(%d+) kB")
  return kib and kib * 1024
end

local numbers <close> = assert(sparse.new("f64", NUMBERS))
print(("Reserved    : %d numbers of 8 bytes, %d bytes"):format(#numbers, numbers.region.size))

local rss, tables, start, stored = status "VmRSS", status "VmPTE", os.clock(), 0
math.randomseed(14)
for record = 1, RECORDS do
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
if grown then
  print(("The process : has grown by %s, vmem's own memory included"):format(mib(grown)))
  print(("Page tables : the system's have grown by %s"):format(mib(grown_tables)))
end

start = os.clock()
local found = 0
for _ in numbers:filled() do found = found + 1 end
print(("Found again : %d records, in %.2f s"):format(found, os.clock() - start))

start = os.clock()
numbers:forget(1, #numbers)
print(("Forgotten   : %d bytes committed, in %.2f s"):format(numbers:cost().committed, os.clock() - start))

print [[

A record commits its page and nothing else of the terabyte, however scattered the records are. The tables
that map the pages are the other half of the price: each 2 MiB that has a page takes a page of table. On
Linux, from some 32,000 places on, no mapping is left for another one; vmem then joins those it has, where
the kernel lets it, and there are tables for what lies between, too: more memory than the pages themselves.]]
