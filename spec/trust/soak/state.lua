--- The work of a second state, which is then closed: everything once, and much is left for the state's end.

local vmem = require "vmem"
local work, clean_up = dofile "spec/trust/soak/work.lua"
local pager = require "vmem.pager"

for _, f in pairs(work) do f(math.random) end
clean_up()

local region = vmem.allocate(1 << 16)
local thread = coroutine.create(region.read)
vmem.reserve(100):on_fault(coroutine.yield)
coroutine.resume(thread, region)
Escaped = { -- luacheck: ignore 111
  region, region:view "u8", region[1], thread, vmem.reserve(1 << 40),
  require("vmem.sparse").new("u8", 1 << 30),
  pager.new { store = { load = print, save = print }, type = "u8", count = 100, frames = 1 },
  require("vmem.recorder").start { writes = true }, require("vmem.secret").new(10),
  vmem.section(1 << 16), vmem.reserve(1 << 16):attach(assert(vmem.section(1 << 16))):attachments(),
  setmetatable({}, { __gc = function() vmem.allocate(1 << 16) end }), -- at the state's end
}
