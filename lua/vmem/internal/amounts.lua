--- What areas of an address space have amounts of beside their size, and how these are added up: what is
--- unknown of one of them is unknown of all together.

local amounts = {}

amounts.names = { "resident", "pss", "dirty", "swapped" }

--- Kinds of areas that no process uses. Totals and lists leave them out.
amounts.unused = { free = true, null = true, forbidden = true, kernel = true }

--- Sets a sum to nothing, of the amounts that the columns have.
---@param sum table
---@param columns table<string, table> name -> a value for each area
---@return table sum
function amounts.begin(sum, columns)
  for _, name in ipairs(amounts.names) do sum[name] = columns[name] and 0 end
  return sum
end

--- Adds what area `i` has.
---@param sum table
---@param columns table<string, table> name -> a value for each area
---@param i integer
function amounts.add_area(sum, columns, i)
  for _, name in ipairs(amounts.names) do
    local before, own = sum[name], columns[name] and columns[name][i]
    sum[name] = before and own and before + own or nil
  end
end

--- Adds another sum, or an area that is a table.
---@param sum table
---@param other table
---@param names? string[] Default: all
function amounts.add(sum, other, names)
  for _, name in ipairs(names or amounts.names) do
    sum[name] = sum[name] and other[name] and sum[name] + other[name] or nil
  end
end

return amounts
