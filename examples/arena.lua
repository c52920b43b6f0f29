-- Arena: allocating by moving a pointer, and forgetting everything at once
local arenas = require "vmem.arena"

local arena <close> = assert(arenas.new(1 << 30, { name = "requests" })) -- a GiB of addresses

local function report(what)
  print(("%-28s used %8d   committed %8d   high water %8d")
    :format(what, arena.used, arena.committed, arena.high_water))
end

report "nothing yet"
local motto = arena:string "what stays is below the mark" -- an offset in arena.region
local squares = arena:view("f64", 1000)
for i = 1, #squares do squares[i] = i * i end
report "what stays"

local pixels
for request = 1, 3 do
  local _ <close> = arena:mark() -- the end of the block takes everything since then away
  pixels = arena:view("u32", request * 100000)
  pixels:fill(0xff8800)
  report("request " .. request)
end
report "after the requests"

print()
print(arena.region:cstring(motto), squares[1000])
local _, fault = pcall(pixels.get, pixels, #pixels)
print("a view of the last request: " .. tostring(fault))
print(arena:alloc(2 << 30))
