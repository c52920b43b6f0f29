-- Demo: what vmem does, in forty lines: reserve, fault, mend, commit, look, and record
--
-- The lines behind ">" are lines of this script, printed as they run. An argument names the page that the
-- recording is written to.
local vmem = require "vmem"
local layout = require "vmem.layout"
local recorder = require "vmem.recorder"
local win32 = require "vmem.win32"

local PAGE <const> = vmem.page_size

-- {====== What it prints ======

local lines = {}
local own_source <close> = io.open(debug.getinfo(1, "S").source:sub(2))
if own_source then
  for line in own_source:lines() do lines[#lines + 1] = line end
end

--- Prints a heading, and the lines that follow the call, up to an empty one.
local function show(heading)
  print("\n" .. heading)
  local at = debug.getinfo(2, "l").currentline + 1
  while (lines[at] or "") ~= "" do
    print("> " .. lines[at])
    at = at + 1
  end
end

--- The memory that this process takes: "3.1 MiB", with a point in any locale. nil where no system call tells.
local function memory()
  local usage = win32.GetProcessMemoryInfo()
  local bytes = usage and usage.WorkingSetSize
  if not bytes then return nil end
  local tenths = bytes * 10 // (1 << 20)
  return ("%d.%d MiB"):format(tenths // 10, tenths % 10)
end

--- A character for each page: "." reserved, "w" committed, "W" the same in RAM.
local function row(region)
  local marks = {}
  for i, page in ipairs(region) do
    marks[i] = page.state == "reserved" and "." or page.resident and "W" or "w"
  end
  return table.concat(marks)
end

--- How many pages of regions are in RAM, where the system tells.
local function in_ram(...)
  local sum = 0
  for _, region in ipairs { ... } do
    local bytes = region:resident()
    if not bytes then return "an unknown number" end
    sum = sum + bytes // PAGE
  end
  return sum
end

local kinds <const> = {
  kernel = "the kernel", stack = "the stack", heap = "the heap: malloc, so all tables and strings of Lua",
  image = "programs and libraries", null = "never used: NULL points here",
}

--- The address space from top to bottom, without its gaps: neighbours of a kind are one line.
local function print_address_space(here)
  local space, before = layout.of(), nil
  if not space then return print "  (this system does not list it)" end
  for i = #space.areas, 1, -1 do
    local area = space.areas[i]
    local text = area.region == here and "the terabyte  <-- you are here" or kinds[area.kind]
    if text and text ~= before then
      local from = area.region == here and here.base or area.address
      print(("  0x%016x  %s"):format(from, text))
      before = text
    end
  end
end

-- ====== }

local name_of_page = arg[1]
if not name_of_page then
  local name = os.tmpname()
  os.remove(name)
  name_of_page = name .. ".html"
end

local recording = recorder.start { writes = true }
local at_first = memory()
print(("%s on %s, pages of %d bytes"):format(vmem._VERSION, vmem.system, PAGE))

show "1. Reserve a terabyte of addresses"
local region <close> = assert(vmem.reserve(1 << 40, { name = "demo" }))
print(region)

print(at_first and ("This process takes %s of memory. Before, it took %s."):format(memory(), at_first)
  or "This system does not tell how much memory a process takes.")

show "2. Write to a page that is not committed: a fault, and no crash"
print(pcall(region.write, region, PAGE, "hello"))

show "3. A handler mends faults: it commits the page, and the write goes on"
local function mend(fault) return fault.region:commit(fault.offset, 1) end
region:on_fault(mend)
region:write(PAGE, "hello")
print(region:read(PAGE, 5))

local few <close> = assert(vmem.reserve(32 * PAGE, { name = "few" }))
few:on_fault(mend)

local before = row(few)

show "4. What is touched is committed, and nothing else: 32 other pages, before and after"
for page = 3, 27, 8 do few:fill(page * PAGE, PAGE, 65) end
few:commit(29 * PAGE, 2 * PAGE)

print("  " .. before .. "   . reserved: addresses only")
print("  " .. row(few) .. "   w committed: may be used   W the same, in RAM")

recording:stop()
local faults = 0
for _, event in ipairs(recording) do
  if event.what == "fault" then faults = faults + 1 end
end

print(("\n5. In all, %d pages are committed, %s of them in RAM. Of %d faults the handler mended %d."):format(
  (region.committed + few.committed) // PAGE, in_ram(region, few), faults, faults - 1))

print "\n6. Where it is in the address space of this process, from top to bottom"
print_address_space(region)

assert(recording:save(name_of_page, "The demo of vmem"))
print("\n7. All of this once more, to step through in a browser:\n" .. name_of_page)
