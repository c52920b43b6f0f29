--- The keys of a table in ascending order, which does not depend on how the table happens to be laid out.

---@param set table
---@param less? fun(a: any, b: any): boolean Default: <
---@return any[]
return function(set, less)
  local keys = {}
  for key in pairs(set) do keys[#keys + 1] = key end
  table.sort(keys, less)
  return keys
end
