--- The acts of a hostile script: it calls everything with everything, and ends it at the wrong time. Each
--- attack gets the functions that draw (see child.lua), and logs what it will do before it does it.

local sensible = require "hostile.sensible"
local vmem = require "vmem"

local attacks = {}

local unpack <const> = table.unpack

-- {====== Calls ======

function attacks.everything(draw)
  local entry = draw.entry()
  draw.call(entry.path, entry.fn, draw.arguments(6))
end

--- With an object of vmem first, as a method would have it.
function attacks.self_first(draw)
  local entry, list = draw.entry(), draw.arguments(5)
  list[1], list.n = draw.object(), math.max(list.n, 1)
  draw.call(entry.path, entry.fn, list)
end

function attacks.method(draw)
  local object, name, list = draw.object(), draw.name(), draw.arguments(4)
  draw.say("method " .. name, { object, n = 1 })
  draw.keep(pcall(function() return object[name](object, unpack(list, 1, list.n)) end))
end

--- What an honest script would do.
function attacks.likely_method(draw)
  local name = sensible.choose(draw)
  local object = draw.some(name)
  local method = draw.one_of(sensible.methods[name].list)
  local list = sensible.arguments(draw, sensible.methods[name][method])
  draw.say(("%s:%s"):format(name, method), list)
  draw.keep(draw.judge(pcall(function() return object[method](object, unpack(list, 1, list.n)) end)))
end

function attacks.likely_function(draw)
  local name = draw.one_of(sensible.function_names)
  draw.call("vmem." .. name, vmem[name], sensible.arguments(draw, sensible.functions[name]))
end

function attacks.element(draw)
  local view, i, value = draw.some "vmem.view", draw.random(0, 600), draw.random(0, 100)
  draw.say("element", { view, n = 1 })
  if draw.chance(2) then
    pcall(function() view[i] = value end)
  else
    draw.keep(pcall(function() return view[i] end))
  end
end

function attacks.by_address(draw)
  local region, offset, size = draw.some "vmem.region", draw.random(0, 9000), draw.random(0, 9000)
  local ok, base = pcall(function() return region.base end)
  if not ok or math.type(base) ~= "integer" then return end
  draw.say("by address", { region, n = 1 })
  if draw.chance(2) then
    draw.keep(pcall(vmem.read, base + offset, size))
  else
    draw.keep(pcall(vmem.write, base + offset, ("x"):rep(size)))
  end
end

--- The sections of the first rows, while something else happens between them.
local function first_rows(region, between)
  local rows = {}
  for _, _, section in region:attachments() do
    rows[#rows + 1] = section
    between(region, section)
    if #rows == 9 then break end
  end
  return unpack(rows, 1, 3)
end

local between_rows = {
  function() end,
  function(region) region:release() end,
  function(region) region:decommit(0, 4096) end,
  function(_, section) section:close() end,
  function(region, section) region:attach(section, 4096, 0, 4096, "rw+copy") end,
  function() collectgarbage() end,
}

local function queried(region, offset) return region:query(offset).section end

--- Attaches, and asks for sections whose objects may be gone, while finalizers may run that undo it.
function attacks.attaching(draw)
  local region, section = draw.some "vmem.region", draw.some "vmem.section"
  draw.say("attaching", { region, section, n = 2 })
  for _ = 1, draw.random(1, 4) do
    local word = draw.one_of { "rw", "rw", "r", "rw+copy", "none+copy" }
    local list = { draw.random(0, 6) * 4096, draw.random(0, 2) * 4096, draw.random(1, 2) * 4096, word }
    draw.keep(draw.judge(pcall(region.attach, region, section, unpack(list))))
  end
  if draw.chance(3) then pcall(section.close, section) end
  if draw.chance(2) then setmetatable({}, { __gc = draw.finalizer() }) end
  if draw.chance(8) then setmetatable({}, { __gc = function() region:decommit() end }) end
  if draw.chance(3) then collectgarbage("step", draw.random(0, 40)) end
  draw.keep(draw.judge(pcall(first_rows, region, draw.one_of(between_rows))))
  draw.keep(draw.judge(pcall(queried, region, draw.random(0, 6) * 4096)))
end

--- Answers a fault: one that is over, or waits, or belongs to another handler.
function attacks.answer(draw)
  local fault, value = draw.some "vmem.fault", draw.value()
  draw.say("answer", { fault, value, n = 2 })
  pcall(function()
    if draw.chance(2) then value = fault.access == "read" and ("y"):rep(fault.size) or nil end
    draw.keep(pcall(fault.answer, fault, value))
    draw.keep(true, fault.bytes, fault.value, fault.region)
  end)
end

--- How many arguments the calls of Windows take, if not two. With more they would only be refused.
local takes = {
  VirtualAlloc = 4, VirtualFree = 3, VirtualProtect = 3, GetWriteWatch = 4, CopyMemory = 3, MoveMemory = 3,
  FillMemory = 3, GetSystemInfo = 0, GetProcessMemoryInfo = 1, FormatMessage = 4, GetExceptionCode = 1,
  GetExceptionInformation = 1,
}

--- The calls of Windows on addresses that are, or were, of regions.
function attacks.win32(draw)
  local win32 = require "vmem.win32"
  local base = draw.one_of { 0, 0x560000000000, draw.random(1, 50) * 0x10000 + 0x560000000000 }
  local name = draw.one_of { "VirtualAlloc", "VirtualAlloc", "VirtualFree", "VirtualProtect", "VirtualQuery",
    "VirtualLock", "VirtualUnlock", "DiscardVirtualMemory", "GetWriteWatch", "ResetWriteWatch", "CopyMemory",
    "MoveMemory", "FillMemory", "ZeroMemory", "SecureZeroMemory", "GetSystemInfo", "GetProcessMemoryInfo",
    "FormatMessage", "GetExceptionCode", "GetExceptionInformation" }
  local size = draw.random(0, 5) * 4096
  local types = { 0x1000, 0x2000, 0x3000, 0x4000, 0x8000, 0x80000, 0x203000 }
  local list = { base + draw.random(0, 3) * 4096, size, draw.one_of(types), draw.one_of { 1, 2, 4, 0x20,
    0x40, 0x104 } }
  if name == "VirtualProtect" then list[3] = list[4] end
  if name == "CopyMemory" or name == "MoveMemory" then
    list[2], list[3] = draw.one_of { base, base + 1, "text" }, draw.random(0, 5 * 4096)
  end
  if draw.chance(10) then list[draw.random(1, 4)] = draw.value() end
  list.n = draw.chance(20) and 5 or takes[name] or 2
  draw.call("win32." .. name, win32[name], list)
end

--- Sections and views of Windows: handles that are closed, addresses that are no views, in any order.
function attacks.win32_views(draw)
  local win32 = require "vmem.win32"
  local last <const> = draw.win32 or {}
  draw.win32 = last
  local name = draw.one_of { "CreateFileMapping", "MapViewOfFile", "MapViewOfFile", "MapViewOfFileEx",
    "UnmapViewOfFile", "FlushViewOfFile", "CloseHandle", "VirtualProtect", "VirtualAlloc", "VirtualFree",
    "VirtualQuery", "PrefetchVirtualMemory", "OpenFileMapping" }
  local view = (last.view or 0) + draw.random(0, 3) * 4096
  local size, protect = draw.random(0, 5) * 4096, draw.one_of { 1, 2, 4, 8, 0x20, 0x40, 0x80, 0x104 }
  local lists = {
    CreateFileMapping = { -1, protect | draw.one_of { 0, 0x4000000, 0x8000000 }, size },
    MapViewOfFile = { last.section, draw.random(0, 7), draw.one_of { 0, 0, 0x10000 }, size },
    MapViewOfFileEx = {
      last.section, draw.random(0, 7), 0, size, draw.random(0, 3) * 0x10000 + 0x560000000000,
    },
    UnmapViewOfFile = { view }, FlushViewOfFile = { view, size }, CloseHandle = { last.section },
    VirtualProtect = { view, size, protect }, VirtualAlloc = { view, size, 0x1000, protect },
    VirtualFree = { view, draw.one_of { 0, size }, draw.one_of { 0x4000, 0x8000 } }, VirtualQuery = { view },
    PrefetchVirtualMemory = { -1, 1, { { VirtualAddress = view, NumberOfBytes = size } } },
    OpenFileMapping = { 4, draw.value() },
  }
  local list = lists[name]
  list.n = #list
  if list.n > 0 and draw.chance(10) then list[draw.random(1, list.n)] = draw.value() end
  local ok, result = pcall(win32[name], table.unpack(list, 1, list.n))
  draw.keep(draw.judge(ok, result))
  if ok and name:find "^Map" then last.view = result end
  if ok and name == "CreateFileMapping" then last.section = result end
end

--- Placeholders: split, replaced, given back and put together, mostly where that fits.
function attacks.win32_placeholders(draw)
  local win32 = require "vmem.win32"
  local last <const> = draw.win32 or {}
  draw.win32 = last
  local at, size = (last.holder or 0) + draw.random(0, 7) * 4096, draw.random(1, 4) * 4096
  if draw.chance(3) then at, size = last.piece or 0, last.size or 0 end
  local parameter = { Type = draw.random(0, 3), Pointer = { Alignment = 1 << draw.random(12, 24) } }
  local lists = {
    { "VirtualAlloc2", nil, draw.one_of { 0, 0, at }, 0x10000, 0x42000, 1, n = 6 },
    { "VirtualAlloc2", nil, 0, 0x10000, draw.one_of { 0x2000, 0x42000 }, 1, parameter, n = 7 },
    { "VirtualAlloc2", nil, at, size, draw.one_of { 0x7000, 0x6000, 0x207000 }, 4, n = 6 },
    { "VirtualFree", at, size, 0x8002, n = 4 }, { "VirtualFree", at, size, 0x8002, n = 4 },
    { "VirtualFree", draw.one_of { at, last.holder or 0 }, draw.one_of { size, 0x10000 }, 0x8001, n = 4 },
    { "VirtualFree", at, 0, 0x8000, n = 4 }, { "VirtualFree", at, size, 0x4000, n = 4 },
    { "VirtualAlloc", at, size, draw.one_of { 0x1000, 0x2000, 0x3000, 0x80000 }, 4, n = 5 },
    { "MapViewOfFile3", last.section, nil, at, 0, size, 0x4000, draw.one_of { 2, 4, 8 }, n = 8 },
    { "UnmapViewOfFile2", -1, at, draw.random(0, 3), n = 4 }, { "VirtualQuery", at, n = 2 },
  }
  local list = draw.one_of(lists)
  if draw.chance(10) then list[draw.random(2, list.n)] = draw.value() end
  local ok, result = pcall(win32[list[1]], table.unpack(list, 2, list.n))
  draw.keep(draw.judge(ok, result))
  if ok and result and list[1] == "VirtualAlloc2" and list[5] == 0x42000 then last.holder = result end
  if ok and result and list[4] == 0x8002 then last.piece, last.size = at, size end
end

local function assign(a, b, c) a[b] = c end
local function move(a) return table.move(a, 1, 5, 2) end

local operators = {
  function(a, b) return a[b] end,
  assign,
  function(a) return #a end,
  function(a, b) return a .. b end,
  function(a, b) return a == b end,
  function(a, b) return a < b end,
  function(a, b) return a(b) end,
  function(a, b) return a + b end,
  function(a) return tostring(a) end,
  function(a) for key in pairs(a) do if key == 20 then break end end end,
  function(a) for i in ipairs(a) do if i == 20 then break end end end,
  function(a) return table.unpack(a, 1, 20) end,
  function(a, b) return table.concat({ a, b }) end,
  move,
}

--- A tame script does not write to objects that are tables: it would read back its own values.
function attacks.operator(draw)
  local a, b, c, which = draw.object(), draw.value(), draw.value(), draw.random(1, #operators)
  local operator = operators[which]
  if draw.is_tame and type(a) == "table" and (operator == assign or operator == move) then return end
  draw.say("operator " .. which, { a, b, c, n = 3 })
  draw.keep(pcall(operator, a, b, c))
end

function attacks.metamethod(draw)
  local meta = debug.getmetatable(draw.object())
  if not meta then return end
  local name = draw.one_of { "__index", "__newindex", "__len", "__tostring", "__gc", "__close", "__eq",
    "__call" }
  local fn = rawget(meta, name)
  if type(fn) == "function" then draw.call("metamethod " .. name, fn, draw.arguments(4)) end
end

-- ====== }

-- {====== Handlers, coroutines, ends ======

function attacks.handler(draw)
  local object, handler = draw.object(), draw.handler()
  draw.say("handler", { object, n = 1 })
  if draw.chance(4) then
    draw.keep(pcall(vmem.on_fault, handler))
  else
    draw.keep(pcall(function() return object:on_fault(handler) end))
  end
end

--- An access in a coroutine, whose handler may yield: resumed, closed, dropped, or kept for later.
function attacks.coroutine(draw)
  local object, handler = draw.object(), draw.handler()
  local attack = draw.one_of { "likely_method", "operator", "self_first" }
  draw.say("coroutine " .. attack, { object, n = 1 })
  local thread = coroutine.create(function()
    pcall(function() object:on_fault(handler) end)
    for _ = 1, 4 do draw.attack(attack) end
  end)
  draw.hurry(thread)
  for _ = 1, draw.random(1, 4) do coroutine.resume(thread, draw.chance(2)) end
  local way = draw.random(1, 3)
  if way == 1 then
    pcall(coroutine.close, thread)
  elseif way == 2 then
    draw.put(thread)
  end
end

function attacks.resume(draw)
  local thread = draw.object()
  if type(thread) ~= "thread" or thread == coroutine.running() then return end
  draw.say("resume", { thread, n = 1 })
  draw.keep(coroutine.resume(thread, draw.value()))
end

function attacks.close(draw)
  local object = draw.object()
  draw.say("close", { object, n = 1 })
  pcall(function()
    local held <close> = object
    local _ = held
    if draw.chance(2) then error(draw.value(), 0) end
    draw.attack "likely_method"
  end)
end

function attacks.finalizer(draw)
  local callback = draw.finalizer()
  draw.say("finalizer", { n = 0 })
  setmetatable({}, { __gc = callback })
end

function attacks.by_hand(draw)
  local object = draw.object()
  local meta = debug.getmetatable(object)
  if draw.is_file(object) or not meta or type(rawget(meta, "__gc")) ~= "function" then return end
  draw.say("__gc by hand", { object, n = 1 })
  pcall(rawget(meta, "__gc"), object)
end

function attacks.collect(draw)
  local way = draw.one_of { "collect", "step", "step", "step", "incremental", "generational", "count" }
  draw.say("collectgarbage " .. way, { n = 0 })
  -- A pause of less than twice the memory would do nothing but collect.
  pcall(collectgarbage, way, ({ incremental = 200, generational = 20 })[way] or draw.random(0, 100))
end

function attacks.drop(draw)
  draw.say("drop", { n = 0 })
  for _ = 1, draw.random(1, 5) do draw.drop() end
end

function attacks.make(draw)
  local name = draw.maker()
  draw.say("make " .. name, { n = 0 })
  draw.make(name)
end

--- How often each comes, those of attacks_debug.lua included.
local weights = {
  everything = 30, self_first = 60, method = 40, likely_method = 130, likely_function = 20,
  element = 20, by_address = 10, attaching = 20, win32 = 15, win32_views = 10,
  win32_placeholders = 12, operator = 30,
  metamethod = 10, dress = 8,
  user_value = 4, upvalue = 6, upvalue_of_object = 3, metatable_field = 4, registry = 0.2, hook = 6,
  handler = 12, coroutine = 10, answer = 8, waiting = 8, resume = 8, rewrite = 4, close = 6,
  finalizer = 6, by_hand = 2, collect = 1, drop = 12, make = 40,
}

return { attacks = attacks, weights = weights }
