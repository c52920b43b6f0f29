--- A stack on its guard page.

local baseline = require "baseline"
local measure = require "bench.measure"
local page = require("vmem").page_size
local stacks = require "vmem.stack"

local DEPTH, PAGES = 10000, 5000

local stack = assert(stacks.new(1 << 20))
local array = baseline.array(DEPTH)

local down = {}
for i = 1, PAGES do down[i] = (PAGES - i) * page end

--- Touches the pages of a new stack from the top down, page after page.
local function grow()
  local grown <close> = assert(stacks.new((PAGES + 1) * page))
  local bytes, first = grown.region:view "u8", page + 1
  local start = baseline.now()
  for i = 1, PAGES do bytes[down[i] + first] = 1 end
  return measure.each(start, PAGES)
end

return {
  title = "Stack: against an array in C, called from Lua, and against a SIGSEGV handler",
  {
    name = "stack:push of an i4, against a C function", target = 15,
    vmem = function()
      local start = baseline.now()
      for i = 1, DEPTH do stack:push("i4", i) end
      local each = measure.each(start, DEPTH)
      stack:unwind(stack.region.size)
      return each
    end,
    c = function()
      local push = baseline.push
      local start = baseline.now()
      for i = 1, DEPTH do push(array, i) end
      local each = measure.each(start, DEPTH)
      for _ = 1, DEPTH do baseline.pop(array) end
      return each
    end,
  },
  {
    name = "stack:push and stack:pop of an i4, against two", target = 15,
    vmem = function()
      local start = baseline.now()
      for i = 1, DEPTH do stack:push("i4", i) end
      for _ = 1, DEPTH do stack:pop "i4" end
      return measure.each(start, DEPTH)
    end,
    c = function()
      local push, pop = baseline.push, baseline.pop
      local start = baseline.now()
      for i = 1, DEPTH do push(array, i) end
      for _ = 1, DEPTH do pop(array) end
      return measure.each(start, DEPTH)
    end,
  },
  {
    name = "a page by guard fault, against SIGSEGV and mprotect", target = 1.2,
    vmem = grow,
    c = function() return baseline.fault(PAGES * page, down) end,
  },
}
