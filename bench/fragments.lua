--- A region or mapping in which every second page is committed: as many runs as pages.

local baseline = require "baseline"
local offsets = require "bench.offsets"
local ours = require "bench.ours"
local vmem = require "vmem"

local fragments = {}

--- Lays out committed pages in so many runs.
function fragments.pages(runs) return offsets.every((runs + 1) // 2, 2) end

--- { region, runs, note }, or nil and a note. `fewer`: fewer runs will do if the system refuses more.
function fragments.vmem(runs, pages, fewer)
  local size = runs * vmem.page_size
  local region = assert(vmem.reserve(size))
  local value, note, done = ours.commit(region, pages)
  if value then return { region = region, runs = runs } end
  if not fewer then
    region:release()
    return nil, note
  end
  return { region = region, runs = done * 2, note = note }
end

function fragments.c(runs, pages)
  local size = runs * vmem.page_size
  local address = baseline.map(size)
  local value, note = baseline.commit(address, pages)
  if value then return { address = address, size = size, runs = runs } end
  baseline.unmap(address, size)
  return nil, note
end

fragments.teardown = {
  vmem = function(subject) subject.region:release() end,
  c = function(subject) baseline.unmap(subject.address, subject.size) end,
}

return fragments
