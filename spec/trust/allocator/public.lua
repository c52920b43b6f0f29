--- What vmem offers to scripts, read from its own files; and which of it no snippet has called.

local public = {}

-- Modules, and the classes of their objects: some snippet must call each of their functions.
local FILES <const> = {
  "sparse", "sparse/methods", "arena", "stack", "file", "pager", "pager/file", "replacement", "paging",
  "paging/mmu", "paging/memory", "paging/compare", "paging/misses", "paging/sizes", "paging/trace",
  "paging/resident_set", "secret", "recorder", "layout", "map", "pagetable", "draw/picture",
  "win32/allocate", "win32/bytes", "win32/errors", "win32/exceptions", "win32/in_ram", "win32/query",
  "win32/system", "win32/try", "win32/write_watch",
}

-- Not called, for a reason.
local EXCEPTIONS <const> = {}

--- Calls f(class, method) for every function of types.lua: f("region", "commit").
local function each_of_types(f)
  for line in io.lines "lua/vmem/types.lua" do
    local class, method = line:match "^function (%w+)[.:](%w+)%("
    if class then f(class, method) end
  end
end

-- How public functions are written in the other files.
local PATTERNS <const> = { "^function ([%w_.:]+)%(", "^local function (new)%(", "^return (function)%(" }

--- Calls f(key, name) for every function of the other files; key as public.key_of gives it.
local function each_of_files(f)
  for _, file in ipairs(FILES) do
    local number, path = 0, ("./lua/vmem/%s.lua"):format(file)
    for line in io.lines(path) do
      number = number + 1
      for _, pattern in ipairs(PATTERNS) do
        local name = line:match(pattern)
        local inner = not name or name:find "^known%."
          or name == "new" and file ~= "arena" and file ~= "stack"
        if not inner then f(("@%s:%d"):format(path, number), ("%s of %s"):format(name, path)) end
      end
    end
  end
end

--- function -> its name in types.lua. `samples` has a value of each class there.
function public.names(samples)
  local names = {}
  each_of_types(function(class, method) names[samples[class][method]] = class .. "." .. method end)
  return names
end

--- The key of a running function: its name in types.lua, or the place where it begins.
function public.key_of(info, names)
  return names[info.func] or ("%s:%d"):format(info.source, info.linedefined)
end

--- The names of those whose keys are not in `called`.
function public.missing(called)
  local missing = {}
  local function check(key, name)
    if not called[key] and not EXCEPTIONS[name] then missing[#missing + 1] = name end
  end
  each_of_types(function(class, method) check(class .. "." .. method, class .. "." .. method) end)
  each_of_files(check)
  return missing
end

return public
