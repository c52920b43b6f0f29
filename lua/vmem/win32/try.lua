--- __try/__except. A filter runs at the fault, before anything is unwound, innermost first; so each
--- coroutine has a list of the blocks that it is in, which the core goes through when no handler has mended
--- the fault.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"

local try = {}

local EXECUTE_HANDLER, CONTINUE_EXECUTION = 1, -1

local meanwhile = core.meanwhile

local innermost = setmetatable({}, { __mode = "k" }) -- coroutine -> its block; each knows the one outside
local current = setmetatable({}, { __mode = "k" }) -- coroutine -> the fault whose filter or handler runs

--- The fault of the filter or handler that runs in this coroutine, or nil.
function try.current() return current[coroutine.running()] end

--- Calls a block's filter. Gives its answer.
local function answer_of(filter, fault)
  if type(filter) == "function" then
    filter = meanwhile(current, coroutine.running(), fault, filter, fault)
  end
  if filter == true then return EXECUTE_HANDLER end
  return filter or 0
end

--- True: mended. Anything else lets the fault be raised; a block that takes it has noted that. While a filter
--- runs, its block and those inside of it are out of the way: a fault in there belongs to the blocks outside.
local function search(fault)
  local thread = coroutine.running()
  local block = innermost[thread]
  while block do
    local answer = meanwhile(innermost, thread, block.outer, answer_of, block.filter, fault)
    if answer == CONTINUE_EXECUTION then return true end
    if answer == EXECUTE_HANDLER then
      block.taken = fault
      return false
    end
    block = block.outer
  end
end

core.on_last(search)

local function check_callable(position, value)
  checks.that(checks.is_callable(value), position, "try", "function expected, got %s", type(value))
end

--- Runs body. When an access in it faults, filter(fault) says what to do: EXCEPTION_EXECUTE_HANDLER (1)
--- leaves body and runs handler, EXCEPTION_CONTINUE_SEARCH (0) asks the try block outside of this one,
--- EXCEPTION_CONTINUE_EXECUTION (-1) tries the access again. Blocks nest.
---@param body fun(): ...
---@param filter integer|fun(fault: vmem.fault): integer
---@param handler fun(fault: vmem.fault): ...
---@return any ... what body returns, or handler
function try.run(body, filter, handler)
  check_callable(1, body)
  if handler ~= nil then check_callable(3, handler) end
  local thread = coroutine.running()
  local block = { filter = filter, outer = innermost[thread] }
  local results = table.pack(pcall(meanwhile, innermost, thread, block, body))
  if results[1] then return table.unpack(results, 2, results.n) end
  local fault = results[2]
  if block.taken == nil or not rawequal(block.taken, fault) then error(fault, 0) end
  if handler == nil then check_callable(3, handler) end
  return meanwhile(current, thread, fault, handler, fault)
end

return try
