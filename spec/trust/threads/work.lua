--- The work of each thread's state: loads vmem, and uses data that belongs to the process, not to a state.

local vmem = require "vmem"
local P = vmem.page_size

for _, options in ipairs {
  {}, { sparse = true }, { top_down = true }, { wipe = true }, { watch = true }, { alignment = 4 << 20 },
  { lowest = 1 << 32, highest = 1 << 46 },
} do
  local region <close> = assert(vmem.reserve(2048 * P, options))
  assert(region:commit(0, 4 * P)):fill(0, 4 * P, 1)
  for page = 8, 63, 2 do region:commit(page * P, P) end
  local view = region:view("u8", 0, 4 * P)
  for i = 1, 100 do view[i] = view[i] + 1 end
  assert(view:sum() == 4 * P + 100 and region:nonzero(0, 4 * P) == 0)
  assert(region:commit(0, 1024 * P) and region:decommit(P, 1000 * P))
  assert(region:protect(0, P, "r") == "rw")
  assert(not pcall(region.write, region, 0, "x") and not pcall(region.read, region, 8 * P, 1))
  if region:lock(0, P) then assert(region:locked() == P and region:unlock(0, P)) end
  assert(region:resident() and region:discard(0, P))
end
local function open() -- all threads have this section
  local section, region = assert(vmem.section("threads of a spec", 2 * P)), assert(vmem.reserve(2 * P))
  assert(region:attach(section))
  return section, region
end
for n = 1, 40 do
  local section, region = open()
  local again, same = open()
  assert(not again.created and again.size == 2 * P)
  local view, seen = region:view("u32"), same:view("u32")
  view[n] = n
  assert(seen[n] == n)
  for _, each in ipairs { region, same } do each:release() end
  for _, each in ipairs { section, again } do each:close() end
end
assert(not vmem.reserve(1 << 60))
assert(vmem.query(0x10000) and vmem.peek(0, 1) == nil)
for _ in vmem.areas() do end
