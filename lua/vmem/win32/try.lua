--- __try/__except. A filter runs at the fault, before anything is unwound, innermost first; so each
--- coroutine has a stack of the blocks that it is inside of, and the core asks it when no handler has
--- mended the fault.

local core = require "vmem.core"

local EXECUTE_HANDLER, CONTINUE_EXECUTION = 1, -1

local blocks = setmetatable({}, { __mode = "k" }) -- coroutine -> its blocks, the innermost last

--- Asks a block's filter, with that block and those inside of it out of the way: a fault inside the filter
--- belongs to the blocks outside.
local function ask(stack, i, filter, fault)
  for j = #stack, i, -1 do stack[j] = nil end
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
    local inner = table.move(stack, i, #stack, 1, {})
    local ok, answer = pcall(ask, stack, i, block.filter, fault)
    for j = 1, #inner do stack[i + j - 1] = inner[j] end -- not by a call, for which memory may be wanting
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
  local results
  local ok, fault = pcall(function()
    stack[depth + 1] = block
    results = table.pack(body())
  end)
  for i = #stack, depth + 1, -1 do stack[i] = nil end -- nothing can fail on the way here
  if ok then return table.unpack(results, 1, results.n) end
  if block.taken == nil or not rawequal(block.taken, fault) then error(fault, 0) end
  return handler(fault)
end
