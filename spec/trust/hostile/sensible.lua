--- Calls that make sense, so that hostile ones meet objects that are in the middle of something: for each
--- kind of object its methods, with arguments that mostly fit.

local vmem = require "vmem"

local P <const> = vmem.page_size

local sensible = {}

local PROTECTIONS <const> = { "rw", "rw", "rw", "r", "none", "rwx", "rw+guard", "r+guard" }

local function offset(draw)
  if draw.chance(30) then return draw.value() end
  return draw.chance(2) and draw.random(0, 6) * P or draw.random(0, 6 * P)
end

local function size(draw)
  if draw.chance(30) then return draw.value() end
  return draw.chance(2) and draw.random(1, 4) * P or draw.random(0, 100)
end

local function word(draw) return draw.one_of(PROTECTIONS) end
local function index(draw) return draw.chance(30) and draw.value() or draw.random(0, 600) end
local function number(draw) return draw.chance(10) and draw.value() or draw.random(0, 100) end
local function seconds(draw) return draw.chance(2) and number(draw) or nil end
local function text(draw) return draw.chance(30) and draw.value() or ("ab\0"):rep(draw.random(0, 40)) end
local function one(name) return function(draw) return draw.some(name) end end
local function format(draw) return draw.one_of { "i4", "z", "s2", "d i8", "!8 B d", "<I3" } end
local function handler(draw) return draw.handler() end
local function functions(draw) return not draw.chance(4) and draw.functions() or nil end
local function file() return io.tmpfile() end
local function kind(draw)
  return draw.one_of { "u8", "i16", "u32", "i64", "f32", "f64", "u64", "u16be", "i32le", "u64be", "f32le" }
end
local function stride(draw)
  return draw.one_of { draw.random(1, 20), draw.random(1, 3) * P, draw.random(P - 1, P + 1), draw.value() }
end
local function view_options(draw)
  if draw.chance(10) then return draw.value() end
  return { from = draw.chance(2) and index(draw) or nil, stride = draw.chance(3) and stride(draw) or nil }
end
local function body(draw) return draw.callback() end
local function mode(draw) return draw.one_of { "r", "rw" } end


--- Where a region is, or was, or something else is.
local function address(draw)
  local ok, base = pcall(function() return draw.some("vmem.region").base end)
  if not ok or math.type(base) ~= "integer" or draw.chance(20) then base = draw.random(0, 1 << 46) end
  return base + draw.random(-1, 8 * P)
end

local function bytes(draw) return draw.random(1, 40) * P - draw.random(0, P - 1) end
local function times(draw) return draw.chance(10) and draw.value() or draw.random(1, 4) end
local function options(draw) return draw.chance(20) and draw.value() or draw.options() end

local function access(draw) return draw.one_of { "read", "write", draw.value() } end
local function power(draw) return draw.chance(10) and draw.value() or 1 << draw.random(0, 13) end
local function policy(draw) return draw.one_of { "lru", "optimal", draw.value() } end
local function writes(draw) return draw.one_of { true, false, draw.value() } end
local function costs(draw)
  return draw.chance(20) and draw.value() or { memory = number(draw), tlb = number(draw) }
end
local function page(draw) return draw.chance(30) and draw.value() or draw.random(1, 6) end

local function drawing(draw)
  local count = draw.one_of { "width", "cells", "entries" }
  return draw.chance(3) and draw.value() or { [count] = draw.random(-1, 100), scheme = "light" }
end

local function place(draw) return not draw.chance(4) and draw.random(0, 6) * P or offset(draw) end
local function section(draw) return draw.chance(20) and draw.value() or draw.some "vmem.section" end
local function within(draw) return not draw.chance(6) and draw.random(0, 2) * P or offset(draw) end
local function attached(draw)
  return draw.one_of { "rw", "rw", "r", "rx", "none", "rw+copy", "r+copy", "rw+guard+copy", draw.value() }
end

local function section_options(draw)
  if draw.chance(8) then return draw.value() end
  return { growable = draw.chance(2), executable = draw.chance(3) }
end

local function saved(draw) return draw.chance(20) and draw.value() or { all = draw.chance(4) } end

local range = { offset, size }

local function format_of_file(draw)
  return draw.chance(10) and draw.value() or draw.one_of { "n", "l", "L", "a", "*a", 0, 1, 5000 }
end

local function whence(draw) return draw.chance(10) and draw.value() or draw.one_of { "set", "cur", "end" } end

--- Of the module itself, the same.
sensible.functions = {
  mirror = { bytes, times },
  reserve = { bytes, options }, allocate = { bytes, options }, query = { address }, areas = {},
  at = { address }, peek = { address, size }, read = { address, size }, write = { address, text },
  faults = {}, regions = {}, on_fault = { handler }, section = { bytes, section_options },
}

--- By __name, method and what its arguments are.
sensible.methods = {
  ["vmem.region"] = {
    commit = { offset, size, word }, decommit = range, protect = { offset, size, word }, release = {},
    read = range, write = { offset, text }, fill = { offset, size, number }, cstring = range, nonzero = range,
    copy = { offset, offset, size, one "vmem.region" }, compare = { offset, offset, size, one "vmem.region" },
    find = { text, offset, size }, pack = { offset, format, number, number }, unpack = { offset, format },
    load = { file, offset, size }, save = { file, offset, size },
    view = { kind, offset, index, stride, view_options },
    lock = range, unlock = range, locked = range, prefetch = range, discard = range, resident = range,
    written = range, rearm = range, is_committed = range, query = { offset }, runs = {}, map = {},
    dump = range,
    on_fault = { handler }, pointer = { offset }, snapshot = { saved }, restore = { one "vmem.snapshot" },
    trap = { offset, size, functions }, attachments = {},
    attach = { section, place, within, size, attached },
  },
  ["vmem.section"] = {
    close = {}, resize = { bytes }, flush = range, start_flush = range, refresh = {},
  },
  ["vmem.file"] = {
    view = { kind, offset, index, stride }, read = { format_of_file, format_of_file },
    lines = { format_of_file }, write = { text, number }, seek = { whence, offset },
    resize = { offset }, flush = range, changed = {}, close = {},
  },
  ["vmem.snapshot"] = { changed = {}, close = {} },
  ["vmem.view"] = {
    get = { index, index }, set = { index, number, number }, fill = { number }, copy = { one "vmem.view" },
    sum = {}, minmax = {}, slice = { index, index }, add = { index, number }, exchange = { index, number },
    compare_exchange = { index, number, number }, wait = { index, number, seconds }, wake = { index, number },
  },
  ["vmem.fault"] = { answer = { number } },
  ["vmem.page"] = { commit = { word }, decommit = {}, protect = { word }, read = {}, write = { text } },
  ["vmem.arena"] = {
    alloc = { size, index }, view = { kind, index }, string = { text }, mark = {},
    reset = { one "vmem.arena.mark" }, close = {},
  },
  ["vmem.stack"] = {
    push = { format, number, number }, pop = { format }, alloc = { size }, unwind = { offset }, trim = {},
    close = {},
  },
  ["vmem.secret"] = {
    with = { body, mode }, load = { file }, copy = { one "vmem.secret" }, equals = { one "vmem.secret" },
    close = {},
  },
  ["vmem.sparse"] = {
    get = { index, index }, set = { index, number, number }, forget = { index, index }, each = {},
    filled = {}, flush = {}, bytes = { index }, close = {}, cost = {}, pages = {},
    fill = { number, index, index },
    sum = { index, index }, minmax = { index, index }, copy = { one "vmem.view", index, index, index },
  },
  ["vmem.pager"] = {
    get = { index, index }, set = { index, number, number }, read = range, write = { offset, text },
    flush = {}, refresh = { index }, close = {}, pages = {}, fill = { number, index, index },
    sum = { index, index }, minmax = { index, index }, copy = { one "vmem.sparse", index, index, index },
  },
  ["vmem.file.array"] = {
    get = { index, index }, set = { index, number, number }, fill = { number, index, index },
    slice = { index, index }, sum = { index, index }, minmax = { index, index },
    copy = { one "vmem.view", index, index, index }, flush = {}, close = {},
  },
  ["vmem.recording"] = { stop = {}, note = { text }, html = {}, save = { text } },
  ["vmem.map"] = { text = { drawing }, svg = { drawing } },
  ["vmem.pagetable"] = { text = { drawing }, svg = { drawing }, frames = {}, pieces = {} },
  ["vmem.paging.mmu"] = {
    read = { index }, write = { index }, access = { index, access }, replay = { one "vmem.paging.trace" },
    flush = {}, counts = {}, access_time = { costs }, translate = { index }, figure = { drawing },
  },
  ["vmem.paging.memory"] = {
    alloc = { text, size }, free = { text }, has = { text }, blocks = {}, facts = {}, text = { drawing },
    svg = { drawing },
  },
  ["vmem.paging.trace"] = { pages = { power }, references = { power }, each = { power, body } },
  ["vmem.paging.misses"] = { at = { policy, index }, plot = {}, text = { drawing }, svg = { drawing } },
}
for _, name in ipairs { "lru", "clock", "aging", "enhanced", "nru", "random" } do
  sensible.methods["vmem.replacement." .. name] = {
    insert = { page, writes }, touch = { page, writes }, remove = { page }, victim = { body },
  }
end

sensible.function_names = {}
for name in pairs(sensible.functions) do table.insert(sensible.function_names, name) end
table.sort(sensible.function_names)

sensible.names = {}
for name, methods in pairs(sensible.methods) do
  local list = {}
  for method in pairs(methods) do list[#list + 1] = method end
  table.sort(list)
  methods.list = list
  sensible.names[#sensible.names + 1] = name
end
table.sort(sensible.names)

--- Which of them: regions and views more often than the others.
function sensible.choose(draw)
  if draw.chance(2) then return "vmem.region" end
  return draw.chance(3) and "vmem.view" or draw.one_of(sensible.names)
end

--- Arguments as these make them.
function sensible.arguments(draw, makers)
  local list = {}
  for i, make in ipairs(makers) do list[i] = make(draw) end
  list.n = draw.chance(6) and draw.random(0, #makers) or #makers
  return list
end

return sensible
