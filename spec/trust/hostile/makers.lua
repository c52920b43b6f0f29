--- Makes small objects of all classes of vmem. Each maker gets the functions that draw: random(n), value()
--- for anything, a function that does something hostile.

local foreign = require "foreign"
local world = require "hostile.world"
local vmem = require "vmem"

local P <const> = vmem.page_size

local makers = {}

function makers.options(draw)
  local touch = draw.chance(4) and "commit" or nil
  return {
    touch = touch, around = touch and draw.one_of { 1, 3, 16, math.maxinteger } or nil,
    alignment = draw.chance(8) and 1 << draw.random(0, 47) or nil, top_down = draw.chance(8) or nil,
    lowest = draw.chance(12) and draw.random(0, 1 << 46) or nil,
    highest = draw.chance(12) and draw.random(1 << 46, 1 << 48) or nil,
    watch = draw.chance(2) or nil, sparse = draw.chance(4) or nil, wipe = draw.chance(8) or nil,
    conceal = draw.chance(12) or nil, name = draw.chance(4) and "hostile" or nil,
    protection = draw.chance(4) and draw.one_of { "r", "none", "rw+guard", "rwx" } or nil,
  }
end

function makers.region(draw) return vmem.reserve(draw.random(1, 40) * P, makers.options(draw)) end

function makers.committed(draw)
  local options = makers.options(draw)
  options.lazy = draw.chance(4) or nil
  return vmem.allocate(draw.random(1, 40) * P, options) or vmem.allocate(P)
end

--- More than a node of the page table knows, and still not too much to be gone through byte by byte.
function makers.huge(draw) return vmem.reserve(1 << 26, makers.options(draw)) end

--- A call that commits all of it and fills it, or searches it for a string, would run for an hour. So it is
--- committed as "none".
function makers.wide(draw)
  return vmem.reserve(draw.one_of { 1 << 40, 1 << 44 }, { protection = "none", watch = draw.chance(2) })
end

function makers.view(draw)
  local region = makers.committed(draw)
  local kind = draw.one_of { "u8", "i16", "u32", "i64", "f32", "f64", "u64", "u32be", "i16le", "f64be" }
  if draw.chance(2) then return region:view(kind, draw.random(0, 9)) end
  local stride = draw.chance(2) and draw.random(1, 20) or draw.random(P - 1, 2 * P)
  return region:view(kind, draw.random(0, 9), nil, stride, { from = draw.random(0, 2) })
end

function makers.snapshot(draw)
  return makers.committed(draw):snapshot { all = draw.chance(4) }
end

function makers.changed(draw)
  local region = vmem.allocate(3 * P)
  local changed = region:snapshot():changed()
  region:fill(draw.random(0, P), 5, 1)
  return changed
end

--- A view of pages that a trap answers.
function makers.device(draw)
  local region = makers.trapped(draw)
  return region:view(draw.one_of { "u8", "i16", "u32", "i64", "f32", "f64", "u64" }, draw.random(0, 9))
end

function makers.section(draw)
  local options = { growable = draw.chance(2), executable = draw.chance(3) }
  if draw.chance(4) then options.name = "hostile" end
  return vmem.section(draw.random(1, 6 * P), options)
end

--- By a name that no other process has.
function makers.named(draw)
  local name = arg[3]:gsub("[/\\]", ".") .. draw.random(1, 3) -- arg[3] is the process's log
  return vmem.section(name, draw.random(1, 3) * P)
end

--- A file, which this process alone has: small, so that it is often cut off while pages of it are attached.
local function path_of(draw) return arg[3] .. ".file" .. draw.random(1, 3) end

function makers.section_of_file(draw)
  local path = path_of(draw)
  assert(vmem.section(path, "r+") or vmem.section(path, "w+")):close()
  local size = draw.chance(2) and draw.random(0, 5) * P + draw.random(0, 9) or 0
  return vmem.section(path, draw.one_of { "r", "r+", "r+", "w+", "copy" }, { size = size })
end

function makers.file(draw)
  local options = { size = draw.random(0, 5) * P, reserve = 8 * P }
  return require("vmem.file").open(path_of(draw), draw.one_of { "r+", "r+", "w+" }, options)
end

--- The same, as a copy, of which something is written.
function makers.draft(draw)
  makers.file(draw)
  local file = require("vmem.file").open(path_of(draw), "copy")
  if file then pcall(file.region.write, file.region, draw.random(0, 4) * P, "draft") end
  return file
end

--- A section that is open once more, for reading or for writing.
function makers.reopened(draw)
  return vmem.section(draw.some("vmem.section").path, draw.one_of { "r", "r+" })
end

--- Pages of a section at several places, of which some are private copies. The section's object may be gone.
function makers.attached(draw)
  local region, section = makers.region(draw), draw.some "vmem.section"
  for _ = 1, draw.random(1, 4) do
    local word = draw.one_of { "rw", "rw", "r", "rw+copy", "rw+guard" }
    local offset, from, size = draw.random(0, 6) * P, draw.random(0, 2) * P, draw.random(1, 3) * P
    pcall(region.attach, region, section, offset, from, size, word)
  end
  if draw.chance(4) then section:close() end
  return region
end

function makers.attachments(draw) return makers.attached(draw):attachments() end

function makers.page(draw) return makers.committed(draw)[1] end

function makers.fault()
  local _, fault = pcall(vmem.read, 0, 1)
  return fault
end

function makers.fault_of_region(draw)
  local _, fault = pcall(function() return vmem.reserve(draw.random(1, 4) * P):read() end)
  return fault
end

--- A region of which some pages are a device.
function makers.trapped(draw)
  local region = makers.region(draw)
  for _ = 1, draw.random(1, 3) do
    pcall(region.trap, region, draw.random(0, 5) * P, draw.random(1, 3) * P, draw.functions())
  end
  pcall(region.commit, region, draw.random(0, 5) * P, P)
  return region
end

--- A fault that waits for its handler, and the coroutine in which it does.
function makers.waiting(draw)
  local region = makers.trapped(draw)
  region:on_fault(coroutine.yield)
  local thread = coroutine.create(function() return region:read() end)
  draw.hurry(thread)
  local _, fault = coroutine.resume(thread)
  draw.put(fault)
  return thread
end

function makers.runs(draw) return makers.committed(draw):runs() end

function makers.written(draw)
  return vmem.allocate(3 * P, { watch = true }):fill(draw.random(0, P), 5, 1):written()
end

function makers.areas() return vmem.areas() end
function makers.pointer(draw) return makers.committed(draw):pointer() end
function makers.file() return io.tmpfile() end

function makers.thread(draw)
  local thread = coroutine.create(draw.callback())
  draw.hurry(thread)
  return thread
end

function makers.callback(draw) return draw.callback() end

--- A table whose metamethods call hostile functions. In a tame process, where errors count, it has only those
--- that do not change how it reads.
function makers.table(draw)
  local meta = { __gc = draw.finalizer(), __close = draw.callback(), __call = draw.callback() }
  if not draw.is_tame then
    meta.__index = draw.chance(2) and draw.callback() or draw.object()
    meta.__name = draw.value()
    for _, name in ipairs { "__newindex", "__len", "__tostring", "__eq", "__lt", "__concat", "__pairs" } do
      meta[name] = draw.callback()
    end
  end
  return setmetatable({ draw.value(), draw.value(), n = draw.value() }, meta)
end

function makers.arena(draw)
  return require("vmem.arena").new(draw.random(1, 100) * P,
    { growth = draw.chance(2) and draw.callback() or draw.one_of { "page", "double", P },
      keep = draw.random(0, P) })
end

function makers.mark(draw)
  local arena = makers.arena(draw)
  arena:alloc(draw.random(1, P))
  return arena:mark()
end

function makers.stack(draw) return require("vmem.stack").new(draw.random(1, 20) * P) end

function makers.sparse(draw)
  local path <const> = world.files.cells
  if path and draw.chance(3) then return require("vmem.sparse").open(path, "r+") end
  return require("vmem.sparse").new(draw.one_of { 10, 4091, "u8", "f64", "i4 i4 d" }, draw.one_of { 1, 50,
    5000 })
end

function makers.secret(draw) return require("vmem.secret").new(draw.random(1, 100)) end

--- A store that keeps pages, or does as it likes.
local function some_store(draw)
  local kept = {}
  if draw.chance(3) then return { load = draw.callback(), save = draw.callback(),
    flush = draw.callback() } end
  return {
    load = function(_, page) return kept[page] end,
    pages = draw.chance(2) and function(_, page) return page == 1 and draw.callback() or ipairs {} end or nil,
    save = function(_, page, bytes)
      kept[page] = bytes
      return true
    end,
  }
end

function makers.pager(draw)
  return require("vmem.pager").new {
    store = some_store(draw), type = draw.one_of { "u8", "u32", "f64" }, count = draw.one_of { 100, 20000 },
    frames = draw.random(1, 4), policy = draw.one_of { "clock", "lru", "fifo", "enhanced", "nru" },
    wait = draw.callback(),
  }
end

function makers.file_array(draw)
  return world.files.array and require("vmem.file.array").open(world.files.array,
    draw.one_of { "r", "r+", "r+", "copy" })
end

function makers.file_store() return require("vmem.pager.file").open("anywhere") end
function makers.map(draw) return makers.committed(draw):map() end
function makers.layout(draw)
  if draw.chance(10) then return (require("vmem.layout").of(nil, { pss = draw.chance(2) })) end
end
function makers.pagetable(draw) return require("vmem.pagetable").of(makers.committed(draw)) end

function makers.mmu(draw)
  return require("vmem.paging").new { frames = draw.random(1, 64), tlb = draw.random(1, 16),
    policy = "clock" }
end

function makers.trace(draw)
  local list = {}
  for i = 1, draw.random(1, 30) do
    local address = draw.random(0, 50) * 512
    list[i] = draw.chance(2) and address or { address, "write", draw.random(1, 10) }
  end
  return require("vmem.paging").trace(list)
end

function makers.misses(draw)
  return require("vmem.paging").misses(makers.trace(draw), { policies = { "lru", "optimal" },
    page_sizes = { 1 << draw.random(9, 12) } })
end

function makers.policy(draw)
  local policy = require("vmem.replacement")[draw.one_of { "fifo", "lru", "aging", "clock", "enhanced", "nru",
    "random" }](4)
  for page = 1, draw.random(0, 4) do policy:insert(page) end
  return policy
end

function makers.allocator(draw)
  return require("vmem.paging").allocator(draw.one_of { "first", "best", "buddy", "paged" },
    1 << draw.random(12, 16))
end

--- Another module's userdata that would pass for an object of vmem, or has anything in it.
function makers.foreign(draw)
  local object, bytes = draw.object(), ("x"):rep(draw.random(0, 40))
  if draw.is_userdata(object) then bytes = foreign.get(object) end
  if draw.chance(8) then bytes = string.pack("<I4", draw.random(0, 2000) * 64) end
  local forged = foreign.new(bytes, draw.random(0, 2))
  if not draw.is_tame and draw.is_userdata(object) then
    debug.setmetatable(forged, debug.getmetatable(object))
  end
  return forged
end

function makers.recording(draw)
  return require("vmem.recorder").start { writes = draw.chance(2), reads = draw.chance(2), limit = 2000,
    residency = draw.chance(4), bytes = draw.chance(4) }
end

return makers
