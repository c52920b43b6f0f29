--- Finds circles in a graph: node -> a table whose keys are the nodes that it leads to.

local sorted_keys = dofile "lua/vmem/internal/sorted_keys.lua"

--- Gives circles as far as a walk in depth meets them, and so at least one if there are any. Each is the list
--- of its nodes, with the first one again at its end.
return function(graph)
  local found, state, way = {}, {}, {}
  local function visit(node)
    state[node] = "open"
    way[#way + 1] = node
    for _, other in ipairs(sorted_keys(graph[node])) do
      if state[other] == "open" then
        local from = #way
        while way[from] ~= other do from = from - 1 end
        local circle = table.move(way, from, #way, 1, {})
        circle[#circle + 1] = other
        found[#found + 1] = circle
      elseif not state[other] then
        visit(other)
      end
    end
    way[#way] = nil
    state[node] = "done"
  end
  for _, node in ipairs(sorted_keys(graph)) do
    if not state[node] then visit(node) end
  end
  return found
end
