--- __try/__except. A filter runs at the fault, before anything is unwound, innermost first; so each
--- coroutine has a stack of the blocks that it is inside of, and the core asks it when no handler has
--- mended the fault.

local core = require "vmem.core"

local EXECUTE_HANDLER, CONTINUE_EXECUTION = 1, -1

local blocks = setmetatable({}, { __mode = "k" }) -- coroutine -> its blocks, the innermost last

local function ask(filter, fault)
  local answer = filter
  if type(filter) == "function" then answer = filter(fault) end
  if answer == true then return EXECUTE_HANDLER end
  return answer or 0
end

--- True: mended. Anything else lets the fault be raised; a block that takes it has noted that.
local function search(fault)
  local stack = blocks[coroutine.running()] or {}
  for i = #stack, 1, -1 do
    local block = stack[i]
    -- A fault inside the filter belongs to the blocks outside of this one.
    local inner = table.move(stack, i, #stack, 1, {})
    for j = #stack, i, -1 do stack[j] = nil end
    local ok, answer = pcall(ask, block.filter, fault)
    table.move(inner, 1, #inner, i, stack)
    if not ok then error(answer, 0) end
    if answer == CONTINUE_EXECUTION then return true end
    if answer == EXECUTE_HANDLER then
      block.taken = fault
      return false
    end
  end
end

core.on_last(search)

--- Runs body. When an access in it faults, filter(fault) says what to do: EXCEPTION_EXECUTE_HANDLER (1)
--- leaves body and runs handler, EXCEPTION_CONTINUE_SEARCH (0) asks the try block outside of this one,
--- EXCEPTION_CONTINUE_EXECUTION (-1) tries the access again. Blocks nest.
---@param body fun(): ...
---@param filter integer|fun(fault: vmem.fault): integer
---@param handler fun(fault: vmem.fault): ...
---@return any ... what body returns, or handler
return function(body, filter, handler)
  local thread = coroutine.running()
  local stack = blocks[thread] or {}
  blocks[thread] = stack
  local depth = #stack
  local block = { filter = filter }
  stack[depth + 1] = block
  local results = table.pack(pcall(body))
  for i = #stack, depth + 1, -1 do stack[i] = nil end
  if results[1] then return table.unpack(results, 2, results.n) end
  local fault = results[2]
  if block.taken == nil or not rawequal(block.taken, fault) then error(fault, 0) end
  return handler(fault)
end
