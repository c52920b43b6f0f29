--- Reserving, committing, faults.

local baseline = require "baseline"
local offsets = require "bench.offsets"
local ours = require "bench.ours"
local page = require("vmem").page_size
local vmem = require "vmem"

local MiB, TiB = 1 << 20, 1 << 40

--- Both sides commit the same pages, each in its own region.
local function committing(pages, span, options)
  local size = span * page
  return function()
    local region <close> = assert(vmem.reserve(size, options))
    return ours.commit(region, pages)
  end, function()
    local address = baseline.map(size)
    local value, note = baseline.commit(address, pages)
    baseline.unmap(address, size)
    return value, note
  end
end

local scattered, adjacent = offsets.every(30000, 2), offsets.every(30000, 1)
local mixed = offsets.shuffled(scattered)
local far = offsets.random(TiB // page, 20000)

local function row_commit(name, pages, span, target, peer, options)
  local a, b = committing(pages, span, options)
  return { name = name, vmem = a, c = b, target = target, peer = peer }
end

local function row_fault(name, step)
  local pages = offsets.every(10000, step)
  local size = 10000 * step * page
  return {
    name = name, target = 0.7,
    vmem = function() return ours.fault(size, pages) end,
    c = function() return baseline.fault(size, pages) end,
  }
end

--- First touches: in vmem of reserved pages, in plain C of a mapping that is writable as a whole.
local function row_touch(name, pages, span, around, target)
  local size = span * page
  return {
    name = name, target = target,
    vmem = function()
      local region <close> = assert(vmem.reserve(size, { touch = "commit", around = around }))
      return ours.touch(region, pages)
    end,
    c = function()
      local address = baseline.writable(size)
      local value = baseline.touch(address, pages)
      baseline.unmap(address, size)
      return value
    end,
  }
end

--- The commits of such touches alone: accesses that bring no page into RAM.
local function row_need(name, pages, span, around, target)
  local row = row_commit(name, pages, span, target)
  row.vmem = function()
    local region <close> = assert(vmem.reserve(span * page, { touch = "commit", around = around }))
    return ours.need(region, pages)
  end
  return row
end

--- Traps of pages that are apart, against as many changes of protection. With a list of traps that each call
--- walks or copies, this would take a hundred times its target.
local function row_trap(name, pages, span, target)
  local row = row_commit(name, pages, span, target)
  row.vmem = function()
    local region <close> = assert(vmem.reserve(span * page))
    return ours.trap(region, pages)
  end
  return row
end

return {
  title = "Pages, against mmap, mprotect and munmap",
  {
    name = "reserve and release 1 MiB", target = 1.4, peer = "reserve",
    vmem = function() return ours.reserve(MiB, 10000) end,
    c = function() return baseline.reserve(MiB, 10000) end,
  },
  {
    name = "first commit of a fresh region, one page", target = 1.4,
    vmem = function() return ours.fresh(MiB, page, 1000) end,
    c = function() return baseline.fresh(MiB, page, 1000) end,
  },
  row_commit("commit page after page", adjacent, 30000, 0.45, "commit_adjacent"),
  row_commit("commit every second page of 60,000", scattered, 60000, 0.35, "commit_scattered"),
  row_commit("the same in random order", mixed, 60000, 0.35),
  row_commit("commit 20,000 of 1 TiB, sparse = true", far, TiB // page, nil, nil, { sparse = true }),
  row_touch("touch page after page, touch = \"commit\", around = 16", adjacent, 30000, 16, 1.15),
  row_touch("the same at random places of 60,000, around = 1", mixed, 60000, 1, 1.6),
  row_need("commit page after page by such touches, around = 16", adjacent, 30000, 16, 0.3),
  row_trap("trap 30,000 of 60,000 pages in random order, against mprotect", mixed, 60000, 0.4),
  row_fault("fault, handler commits: page after page", 1),
  row_fault("fault, handler commits: every second page", 2),
  {
    name = "secret:with of a function that does nothing", target = 1.5,
    vmem = function() return ours.open(10000) end,
    c = function() return baseline.open(10000) end,
  },
  {
    name = "64 TiB: reserve, query, write at 63 TiB, release", limit = 100000,
    vmem = function() return ours.far(64 * TiB, 63 * TiB, 100) end,
    c = function() return baseline.far(64 * TiB, 63 * TiB, 100) end,
  },
}
