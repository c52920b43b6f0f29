--- Paging, simulated: what page tables, TLBs, frames and allocators do, for any size of a page, in figures
--- and pictures. Nothing here touches the system, and everything is the same in every run.
---
---   local paging = require "vmem.paging"
---   local mmu = paging.new { frames = 64, tlb = 16, policy = "clock" }
---   print(mmu:write(0x56781234), mmu:read(0x56781238))  --> fault  hit
---   print(mmu)                                           -- what it has counted
---   print(mmu:translate(0x56781234))                     -- the index of every level

local public = require "vmem.internal.public"

local paging = {}

--- A memory management unit.
---@param options? vmem.paging.options
---@return vmem.paging.mmu
function paging.new(options)
  return require("vmem.paging.mmu").new(options)
end

--- What pages of several sizes cost for the same allocations.
---@param allocations integer[] bytes
---@param page_sizes? integer[] powers of two, ascending. Default: 512 to 2 MiB
---@return vmem.paging.sizes
function paging.page_sizes(allocations, page_sizes)
  return require("vmem.paging.sizes").of(allocations, page_sizes)
end

--- Physical memory to be given out: contiguously (first, next, best, worst fit, the buddy system) or by
--- pages.
---@param way vmem.paging.way
---@param size integer bytes
---@param options? vmem.paging.memory.options
---@return vmem.paging.memory
function paging.allocator(way, size, options)
  return require("vmem.paging.memory").new(way, size, options)
end

--- The same requests under several ways to give memory out.
---@param requests vmem.paging.request[] { name, size } asks, { name } gives back
---@param ways vmem.paging.way[]
---@param size integer bytes
---@param options? vmem.paging.memory.options
---@return vmem.paging.comparison
function paging.compare(requests, ways, size, options)
  return require("vmem.paging.compare").of(requests, ways, size, options)
end

--- Such requests from a recording: the regions that a script has reserved and released.
---@param recording vmem.recording
---@return vmem.paging.request[]
function paging.requests(recording)
  return require("vmem.paging.compare").requests(recording)
end

--- Accesses: a list of addresses, of { address, "write", size }, or what a recording has.
---@param source vmem.recording | (integer | table)[]
---@return vmem.paging.trace
function paging.trace(source)
  return require("vmem.paging.trace").of(source)
end

--- How often a trace misses, or each of several with names, by policy, size of a page, and frames.
---@param traces vmem.paging.trace | { [1]: string, [2]: vmem.paging.trace }[]
---@param options? vmem.paging.misses.options
---@return vmem.paging.misses
function paging.misses(traces, options)
  return require("vmem.paging.misses").of(traces, options)
end

--- The working set at each time: the pages of the last so many references.
---@param trace vmem.paging.trace
---@param options vmem.paging.working_set.options
---@return vmem.paging.resident_set
function paging.working_set(trace, options)
  return require("vmem.paging.resident_set").working_set(trace, options)
end

--- The pages that a process has by its page-fault frequency: it gets a frame at each fault, and loses those
--- of pages not referenced since the last one where that was long ago.
---@param trace vmem.paging.trace
---@param options vmem.paging.fault_frequency.options
---@return vmem.paging.resident_set
function paging.fault_frequency(trace, options)
  return require("vmem.paging.resident_set").fault_frequency(trace, options)
end

--- Effective access time, as textbooks calculate it.
---@param options vmem.paging.rates
---@return number in the unit of the times given
function paging.access_time(options)
  return require("vmem.paging.access_time").of(options)
end

--- Belady's policy, which knows the future: that of a trace, which an MMU with this policy must then replay.
---@param trace vmem.paging.trace
---@param page_size? integer Default: 4096
---@return fun(): vmem.replacement
function paging.optimal(trace, page_size)
  local of_traces = require "vmem.paging.trace"
  of_traces.check(1, "optimal", trace)
  return require("vmem.paging.optimal")(of_traces.references_of(trace, "optimal", 2, page_size or 4096))
end

return public.module("vmem.paging", "page tables, TLBs, frames and allocators, simulated", paging)
