-- D4: The same in the Windows calls, line by line
local vmem = require "vmem"
local w = require "vmem.win32"

local PAGE = w.GetSystemInfo().dwPageSize -- 4096 on most systems, and in the listing

local function hex(p) return p and ("0x%x"):format(p) or "nil" end

-- Not in the listing: what is at an address now.
local states = {
  [w.MEM_FREE] = "MEM_FREE", [w.MEM_RESERVE] = "MEM_RESERVE", [w.MEM_COMMIT] = "MEM_COMMIT",
}
local function show_state(p)
  local information = w.VirtualQuery(p) -- some systems tell of their own regions only
  print("State         : " .. (information and states[information.State] or "in no region"))
end

local p1 = w.VirtualAlloc(
  0,
  1024 * 1024 * 100,
  w.MEM_RESERVE | w.MEM_TOP_DOWN,
  w.PAGE_READWRITE)

print("Reserved Addr : " .. hex(p1))
if not p1 then return print("GetLastError  : " .. w.GetLastError()) end
show_state(p1)

local p2 = w.VirtualAlloc(
  p1 + PAGE, -- one page behind the start of p1
  PAGE, -- one page only
  w.MEM_COMMIT,
  w.PAGE_READWRITE)

print("Reserved Addr : " .. hex(p2))
if not p2 then return print("GetLastError  : " .. w.GetLastError()) end
show_state(p2)

vmem.write(p1 + PAGE, "A") -- *(p1 + 4096) = 'A': okay
print("Read back     : " .. vmem.read(p1 + PAGE, 1))

-- Not in the listing: its two neighbours.
for _, p in ipairs { p1, p1 + 2 * PAGE } do
  w.try(function() vmem.write(p, "A") end, w.EXCEPTION_EXECUTE_HANDLER, print)
end

w.VirtualFree(p2, PAGE, w.MEM_DECOMMIT) -- may be left out:
show_state(p2)
w.VirtualFree(p1, 0, w.MEM_RELEASE) -- this decommits as well
show_state(p1)
