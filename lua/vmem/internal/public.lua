--- What a module is to scripts: print says it, errors name their lines, and other modules are its fields.

local core = require "vmem.core"
local sorted_keys = require "vmem.internal.sorted_keys"

local MOST <const> = 8 -- functions that print shows

--- "vmem.arena: allocation by moving a pointer. It has new"
local function describe(name, what, module)
  local names = {}
  for _, key in ipairs(sorted_keys(module)) do
    if type(module[key]) == "function" and not key:find "^_" then names[#names + 1] = key end
  end
  local shown = table.concat(names, ", ", 1, math.min(#names, MOST))
  if #names > MOST then shown = ("%s and %d more"):format(shown, #names - MOST) end
  return ("%s: %s. It has %s"):format(name, what, shown)
end

--- Has the functions leave the caller's line on the stack, for errors to name.
---@param functions table
local function keep_callers(functions)
  for name, value in pairs(functions) do
    if type(value) == "function" then functions[name] = core.keep_caller(value) end
  end
end

--- Makes the module fit for scripts.
---@generic T: table
---@param name string such as "vmem.pager"
---@param what string what print says of it besides
---@param module T
---@param modules? table<string, string> fields that load when touched, no pairs -> what to require
---@return T module
local function public(name, what, module, modules)
  modules = modules or {}
  keep_callers(module)
  return setmetatable(module, {
    modules = modules, -- for those who want a list
    __index = function(_, key)
      if modules[key] then return require(modules[key]) end
    end,
    __tostring = function() return describe(name, what, module) end,
  })
end

return { module = public, keep_callers = keep_callers }
