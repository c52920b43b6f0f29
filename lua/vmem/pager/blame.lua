--- Errors are told where the script is that has made the access, and not where the pager is.

--- "script.lua:12: ", the nearest line that is not the pager's own.
local function where()
  for level = 3, 60 do
    local info = debug.getinfo(level, "Sl")
    if not info then return "" end
    local own = info.source:find("vmem[/\\]pager[/\\]") or info.source:find("vmem[/\\]pager%.lua$")
    if info.currentline > 0 and not own then return ("%s:%d: "):format(info.short_src, info.currentline) end
  end
  return ""
end

local blame = {}

function blame.raise(message)
  error(where() .. message, 0)
end

function blame.bad_argument(method, i, problem, ...)
  blame.raise(("bad argument #%d to '%s' (" .. problem .. ")"):format(i, method, ...))
end

return blame
