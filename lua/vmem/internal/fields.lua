--- Modules that are fields of another module, and are loaded when one is first touched: `vmem.sparse`.

--- Gives the module a field for each. They are not among its pairs.
---@param module table
---@param names table<string, string> field -> what to require
---@return table module
return function(module, names)
  return setmetatable(module, {
    modules = names, -- for those who want a list
    __index = function(_, name)
      if names[name] then return require(names[name]) end
    end,
  })
end
