-- Stack: growing on its guard page as a thread's does, up to a fault at its limit
local stacks = require "vmem.stack"
local vmem = require "vmem"

local PAGE = vmem.page_size

local stack <close> = assert(stacks.new(8 * PAGE, { name = "a stack" }))

stack:push("i4 d", 1, 2.5) -- downwards from the region's end
print(stack:pop "i4 d")
print(stack.region:map()) -- one page, a guard page below it, and the rest reserved

-- Every call keeps its argument and a buffer on the stack.
local function recurse(depth, last)
  local frame = stack.pointer
  stack:push("i4", depth)
  local buffer = stack:alloc(PAGE // 32)
  stack.region:write(buffer, "depth " .. depth)
  if depth < last then recurse(depth + 1, last) end
  stack:unwind(frame)
end

recurse(1, 100)
print(("\n100 calls deep, and back: %d bytes in use, %d pages committed")
  :format(stack.depth, stack.committed // PAGE))

local ok, fault = pcall(recurse, 1, math.huge)
print(ok, fault.kind)
print(fault)
print(stack.region:map()) -- the last page stays reserved

stack:unwind(stack.region.size)
print(("\n%d pages given back, and it goes on"):format(stack:trim() // PAGE))
stack:push("z", "hello")
print(stack:pop "z")
