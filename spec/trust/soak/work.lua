--- Kinds of work, by name, each a function(random) that leaves nothing behind.

local vmem = require "vmem"
local sparse, arena, stack = require "vmem.sparse", require "vmem.arena", require "vmem.stack"
local pager, secret, win32 = require "vmem.pager", require "vmem.secret", require "vmem.win32"
local file_store, recorder = require "vmem.pager.file", require "vmem.recorder"

local P <const> = vmem.page_size

local function mend(fault)
  fault.region:commit(fault.offset, 1)
  return true
end

local OPTIONS <const> = {
  {}, { watch = true }, { name = "soak" }, { wipe = true }, { conceal = true }, { sparse = true },
  { top_down = true }, { alignment = 1 << 22 }, { highest = 1 << 46, alignment = 1 << 22 },
}

local function options(random) return OPTIONS[random(#OPTIONS)] end

local work = {}

--- Some are closed, some released, some left to the collector.
function work.regions(random)
  local r = assert(vmem.reserve(random(1000) * P, options(random)))
  for _ = 1, random(20) do
    local page = random(0, #r - 1)
    assert(r:commit(page * P, 1, random(2) == 1 and "rw" or "r"))
    if random(3) == 1 then assert(r:decommit(page * P, 1)) end
  end
  local way = random(3)
  if way == 1 then r:release() elseif way == 2 then local _ <close> = r end
end

function work.pages(random)
  local r <close> = assert(vmem.allocate(64 * P, options(random)))
  for _ = 1, 10 do
    local page = r[random(64)]
    assert(page:protect(({ "r", "rw", "rw+guard", "none" })[random(4)]))
    pcall(page.write, page, "x")
    tostring(page)
  end
  assert(r:commit())
  if r:lock(0, P) then assert(r:unlock()) end
  assert(r:discard() and r:prefetch(0, 4 * P))
  assert(r:resident())
end

function work.views(random)
  local r <close> = assert(vmem.allocate(16 * P))
  local v = r:view(({ "u8", "i32", "f64" })[random(3)])
  v:fill(1)
  for i = 1, 100 do v[i] = i end
  assert(v:sum() > 0 and v:minmax() == 1 and #{ v:get(1, 200) } == 200)
  v:set(1, table.unpack({ 1, 2, 3 }))
  r:pack(0, "i4 z", random(1000), "text")
  assert(select(2, r:unpack(0, "i4 z")) == "text" and r:find "text" and #r:read() == r.size)
end

function work.bytes(random)
  local r <close> = assert(vmem.allocate(16 * P, options(random)))
  local file <close> = assert(io.tmpfile())
  r:fill(0, r.size, 65)
  assert(r:save(file) == r.size and file:seek("set") == 0 and r:load(file, P, 8 * P) == 8 * P)
  r:copy(0, random(8 * P), P)
  assert(r:compare(0, P, P) == 0 and r:nonzero() == 0 and r:cstring(0, 5) == "AAAAA")
end

function work.written(random)
  local r <close> = assert(vmem.allocate(100 * P, { watch = true, sparse = random(2) == 1 }))
  for _ = 1, 20 do r:write(random(0, 99) * P, "x") end
  for offset, size in r:written() do assert(r:rearm(offset, size)) end
  assert(not r:written()())
end

function work.faults(random)
  local r <close> = assert(vmem.reserve(64 * P, options(random)))
  local ok, fault = pcall(r.read, r)
  assert(not ok and tostring(fault):find "reserved")
  r:on_fault(mend)
  r:write(random(0, 50) * P + P - 2, "over the border")
  vmem.on_fault(mend)
  assert(vmem.read(r.base + 60 * P, 10))
  vmem.on_fault(nil)
end

function work.touches(random)
  local touched = assert(vmem.reserve(1000 * P, {
    touch = "commit", around = random(20), sparse = random(3) == 1, watch = random(2) == 1,
  }))
  for _ = 1, 20 do touched:fill(random(0, 990) * P, random(9) * P, 1) end
  local lazy <close> = assert(vmem.allocate(1 << 34, { lazy = true }))
  lazy:write(random(0, (1 << 34) - 1), "x")
  lazy:decommit(random(0, 1 << 33), random(1 << 33))
  if random(2) == 1 then touched:release() end
end

--- One of three is given up half-way.
function work.coroutines(random)
  local r = assert(vmem.reserve(16 * P))
  r:on_fault(function(fault)
    coroutine.yield()
    return mend(fault)
  end)
  for i = 1, 3 do
    local thread = coroutine.create(function() return r:view("u16", P - 1, 10):sum() end)
    assert(coroutine.resume(thread))
    if i == random(3) then coroutine.close(thread) else repeat until not coroutine.resume(thread) end
  end
end

function work.sparse(random)
  local cells <close> = assert(sparse.new(random(2) == 1 and "f64" or 100, 100000))
  local value = type(cells.type) == "number" and "text" or 2.5
  for _ = 1, 20 do cells[random(100000)] = value end
  for i in cells:filled() do cells:forget(i) end
  tostring(cells:cost())
end

function work.arena(random)
  local a <close> = assert(arena.new(1 << 20, { growth = "double", keep = 3 * P }))
  for _ = 1, 5 do
    local _ <close> = a:mark()
    a:alloc(random(100000))
    a:view("u32", random(1000)):fill(1)
    a:string "text"
  end
end

function work.stack(random)
  local s <close> = assert(stack.new(1 << 18))
  for i = 1, random(100) do s:push("i8 z", i, ("x"):rep(random(500))) end
  pcall(s.alloc, s, 1 << 19)
  s:unwind(s.region.size)
  assert(s:trim())
end

local path = os.tmpname()

function work.pager(random)
  local store <close> = assert(file_store.open(path))
  local array <close> = assert(pager.new {
    store = store, type = "u32", count = 16 * 1024, frames = random(2, 6),
    policy = ({ "clock", "lru", "fifo", "aging" })[random(4)],
  })
  for _ = 1, 40 do
    local i = random(#array)
    array[i] = (array[i] + 1) & 0xffff
  end
  assert(array:flush() and array:refresh())
end

local kept_path = os.tmpname()

--- Arrays in files, where files can be attached: made, opened again, collected.
function work.kept(random)
  for _, module in ipairs { "vmem.sparse", "vmem.file.array" } do
    os.remove(kept_path)
    local made, _, code = require(module).open(kept_path, "r+", "u32", 1 << 16)
    if not made then return assert(code == "not_supported", code) end
    for _ = 1, 20 do made[random(1 << 16)] = 5 end
    made:fill(1, 1, random(50000))
    if random(2) == 1 then made:close() end
    local again <close> = assert(require(module).open(kept_path))
    assert(again[1] == 1 and again:sum() > 0)
    assert(not require(module).open(kept_path, "r+", "f64", 5))
  end
  os.remove(kept_path)
end

function work.secret(random)
  local key <close> = assert(secret.new(random(5000)))
  local other <close> = assert(secret.new(key.size))
  key:with(function(bytes) bytes:fill(7) end)
  assert(other:copy(key):equals(key))
end

function work.win32_views(random)
  local section <close> = assert(win32.CreateFileMapping(-1, win32.PAGE_READWRITE, random(1, 9) * P))
  local view = assert(win32.MapViewOfFile(section, win32.FILE_MAP_WRITE, 0, 0))
  local copy = assert(win32.MapViewOfFile(section, win32.FILE_MAP_COPY, 0, 0))
  vmem.write(view, "x")
  vmem.write(copy, "y")
  assert(win32.VirtualQuery(copy).Protect == win32.PAGE_READWRITE and vmem.read(view, 1) == "x")
  assert(win32.VirtualProtect(view, P, win32.PAGE_WRITECOPY))
  assert(win32.UnmapViewOfFile(view) and win32.UnmapViewOfFile(copy))
end

function work.win32(random)
  local size = random(100) * P
  local base = assert(win32.VirtualAlloc(nil, size, win32.MEM_RESERVE, win32.PAGE_READWRITE))
  win32.try(function() vmem.write(base, "x") end, function(fault)
    mend(fault)
    return win32.EXCEPTION_CONTINUE_EXECUTION
  end)
  assert(win32.VirtualProtect(base, P, win32.PAGE_READONLY) and win32.VirtualQuery(base))
  assert(win32.VirtualFree(base, 0, win32.MEM_RELEASE))
end

function work.placeholders(random)
  local hold <const> = win32.MEM_RESERVE | win32.MEM_RESERVE_PLACEHOLDER
  local replace <const> = win32.MEM_RESERVE | win32.MEM_COMMIT | win32.MEM_REPLACE_PLACEHOLDER
  local preserve <const> = win32.MEM_RELEASE | win32.MEM_PRESERVE_PLACEHOLDER
  local count = random(10)
  local base = assert(win32.VirtualAlloc2(nil, nil, count * P, hold, win32.PAGE_NOACCESS))
  for i = 0, count - 2 do assert(win32.VirtualFree(base + i * P, P, preserve)) end
  for i = 0, count - 1, random(2) do
    assert(win32.VirtualAlloc2(nil, base + i * P, P, replace, win32.PAGE_READWRITE))
  end
  for i = 0, count - 1 do assert(win32.VirtualFree(base + i * P, 0, win32.MEM_RELEASE)) end
end

function work.recorder(random)
  local recording <close> = recorder.start { reads = random(2) == 1, writes = true }
  work.views(random)
  work.regions(random)
  assert(#recording > 0 and recording[1].what)
  if random(20) == 1 then assert(#recording:html() > 1000) end
end

function work.asking(random)
  local r <close> = assert(vmem.allocate(random(10) * P))
  assert(vmem.query(r.base) and vmem.query(0) and vmem.peek(r.base, 1) and vmem.at(r.base) == r)
  if random(10) == 1 then
    for _ in vmem.areas() do end
    local _ = #require("vmem.layout").of()
    tostring(r:map())
  end
end

--- Pages of sections at several places; some sections and regions are left to the collector.
function work.sections(random)
  local section = assert(vmem.section(random(20) * P, { growable = true, executable = random(2) == 1 }))
  local r, other = assert(vmem.reserve(64 * P)), assert(vmem.reserve(64 * P, { watch = true }))
  for _ = 1, random(8) do
    assert(r:attach(section, random(0, 40) * P, 0, P, ({ "rw", "r", "rw+copy" })[random(3)]))
    local at = random(0, 40) * P
    assert(other:attach(section, at)):write(at, "x")
  end
  assert(r:commit() and r:decommit(random(0, 20) * P, random(20) * P))
  assert(section:resize(section.size + random(P)))
  for _, _, attached in other:attachments() do assert(attached == section and other:query().type) end
  if section.path then assert(vmem.section(section.path, "r")) end
  if random(2) == 1 then section:close() end
  if random(2) == 1 then r:release() end
  if random(2) == 1 then other:release() end
end

--- Private copies, with snapshots.
function work.copies(random)
  local section <close> = assert(vmem.section(8 * P))
  local r <close> = assert(vmem.reserve(16 * P))
  assert(r:attach(section, 0, 0, 8 * P, "rw+copy")):write(random(0, 7) * P, "copy")
  local snapshot <close> = assert(r:snapshot())
  r:fill(0, random(8) * P, 1)
  assert(r:attach(section, random(0, 8) * P, 0, P, "rw+copy") and r:restore(snapshot) and r:discard(0, 8 * P))
end

local file_path = os.tmpname()

--- Sections of a file, which another section cuts off and makes long again, and vmem.file.
function work.files(random)
  local section, _, code = vmem.section(file_path, "w+", { size = 8 * P })
  -- Windows empties nothing that a region still has which was left to the collector.
  if not section then return assert(code == "not_supported" or code == "in_use", code) end
  local r = assert(vmem.reserve(16 * P))
  assert(r:attach(section, 0, 0, 4 * P) and r:attach(section, 4 * P, 4 * P, 4 * P, "rw+copy"))
  r:fill(0, 8 * P, 1)
  if vmem.system ~= "windows" then -- which cuts nothing that is attached
    local other <close> = assert(vmem.section(file_path, "r+"))
    assert(other:resize(random(0, 7) * P))
    assert(not pcall(r.read, r, 7 * P, 1) and section:refresh() and section:resize(random(9) * P))
  end
  if random(2) == 1 then section:close() end
  if random(2) == 1 then r:release() end
  local file <close> = assert(require("vmem.file").open(file_path, ({ "r+", "copy" })[random(2)]))
  if file.size > 0 then file.region:write(0, "x") end
  file:lines()()
end

local part_of_names = path:gsub("[/\\]", ".")

--- Sections with names, which nobody else has.
function work.names(random)
  local name = part_of_names .. random(3)
  local section = vmem.section(name, random(4) * P)
  if not section then return end -- there are no names on this system
  local again <close> = assert(vmem.section(name, P))
  local r <close> = assert(vmem.reserve(16 * P))
  assert(again.size == section.size and not again.created and r:attach(section) and r:attach(again, 8 * P))
  if random(2) == 1 then section:close() end
end

--- Calls that the system or the arguments forbid.
function work.refusals()
  assert(not vmem.reserve(1 << 60) and not vmem.allocate(1 << 46))
  assert(not pcall(vmem.reserve, 0) and not pcall(vmem.reserve, 1, { nonsense = 1 }))
  assert(not vmem.section(1 << 50) and not vmem.section("/no/such/file", "r"))
  local r <close> = assert(vmem.reserve(P))
  assert(not r:attach(assert(vmem.section(1)), 0, 0, 1, "rx"))
  assert(not r:protect(0, P, "r") and not pcall(r.commit, r, 0, 2 * P))
end

return work, function() os.remove(path) os.remove(file_path) end, part_of_names
