local checks = require "vmem.checks"

--- Options of one drawing in front of those that its object was made with. Both may lack any.

---@generic T
---@param first? T
---@param second T
---@return T
return function(first, second)
  if first ~= nil and type(first) ~= "table" then
    checks.raise("options must be a table, not %s", checks.shown(first))
  end
  return setmetatable({}, {
    __index = function(_, key)
      local value = first and first[key]
      if value == nil then value = second[key] end
      return value
    end,
  })
end
