--- A million single pages in one region of 8 GiB, every second one, against what plain C pays for the
--- first 30,000; beyond some 2,700 more it could not go.

local baseline = require "baseline"
local machine = require "bench.machine"
local offsets = require "bench.offsets"
local ours = require "bench.ours"
local vmem = require "vmem"

local MILLION, FIRST = 1000000, 30000
local MiB, GiB = 1 << 20, 1 << 30
local page = vmem.page_size

local all, first, first_walk = offsets.every(MILLION, 2), offsets.every(FIRST, 2), offsets.every(2 * FIRST, 1)

--- The first `count` of all pages.
local function some(count)
  return count < MILLION and table.move(all, 1, count, 1, {}) or all
end

local function heap()
  collectgarbage()
  collectgarbage()
  local c = baseline.heap()
  return c and c + collectgarbage "count" * 1024
end

local function setup()
  local region, _, code = vmem.reserve(2 * MILLION * page)
  if not region then return nil, code end
  return { region = region, before = heap(), pages = all }
end

local function commit(our)
  local value, note, done = ours.commit(our.region, all)
  if done then
    our.pages = some(done)
    our.note = ("%d pages"):format(done)
  end
  return value, note
end

local function memory(our)
  local now = heap()
  if not now then return nil, "no mallinfo2 here" end
  return (now - our.before) / MiB, our.note
end

-- {====== Touching: plain C touches one mapping that is writable as a whole ======

local touched, touch_note -- what vmem has touched last, and why not more

--- A virtual machine pays much more for memory that it has never used; that must not be in the figures.
local function use_memory_once(pages)
  local size = 2 * #pages * page
  local address = baseline.writable(size)
  if not address then return end
  baseline.touch(address, pages)
  baseline.unmap(address, size)
end

--- Leaves the machine a GiB.
local function touch(our)
  local most = math.max(0, machine.available() - GiB) // page
  touched, touch_note = our.pages, our.note
  if most < #our.pages then
    touched, touch_note = some(most), ("%d pages: there is no memory for more"):format(most)
  end
  if #touched == 0 then return nil, "no memory" end
  use_memory_once(touched)
  return ours.touch(our.region, touched), touch_note
end

local function peek(our)
  if #touched == 0 then return nil, "no memory" end
  return ours.peek(our.region:view "u8", touched), touch_note
end

local function their_touch(their)
  their.size = 2 * #touched * page
  use_memory_once(touched)
  local address, note = baseline.writable(their.size)
  if not address then return nil, note end
  their.writable = address
  return baseline.touch(address, touched)
end

local function their_peek(their)
  if not their.writable then return nil, "nothing to read" end
  local value = ours.peek(baseline.bytes(their.writable), touched)
  baseline.unmap(their.writable, their.size)
  return value
end

--- The pages to decommit have been touched, as on the other side.
local function their_decommit(their)
  baseline.touch(their.address, first)
  return baseline.decommit(their.address, first)
end

-- ====== }

local function walk(our) return ours.walk(our.region, 2 * #our.pages), our.note end

local function decommit(our) return ours.decommit(our.region, our.pages), our.note end

--- Releases a region whose pages are all decommitted: only addresses are given back.
local function release(our)
  local start = baseline.now()
  our.region:release()
  return (baseline.now() - start) / #our.pages, our.note
end

return {
  title = "1,000,000 single pages in one region, against the first 30,000 in plain C; each page",
  {
    rounds = 3,
    seconds = 60,
    setup = {
      vmem = setup,
      c = function() return { address = baseline.map(2 * FIRST * page) } end,
    },
    rows = {
      { name = "million: commit every second page", target = 0.4, vmem = commit,
        c = function(their) return baseline.commit(their.address, first) end },
      { name = "million: memory the library uses", unit = "MiB", limit = 8, vmem = memory },
      { name = "million: touch, against one mapping in C", vmem = touch, c = their_touch },
      { name = "million: read it back, against a bare __index", vmem = peek, c = their_peek },
      { name = "million: walk the 2,000,000 runs, each run", vmem = walk,
        c = function(their) return baseline.query(their.address, first_walk) end },
      { name = "million: decommit one by one", vmem = decommit, c = their_decommit },
      { name = "million: release", vmem = release,
        c = function(their) return baseline.unmap(their.address, 2 * FIRST * page) / FIRST end },
    },
  },
}
