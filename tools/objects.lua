--- What the checks of the C files ask of a folder of object files or sources.

local objects = {}

--- The lines that a command prints.
local function lines_of(command)
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  assert(pipe:close(), "failed: " .. command)
  return lines
end

--- The files of a folder that end so, as paths within it.
function objects.files_in(folder, ending)
  local files = lines_of(("cd '%s' && find . -name '*%s' | sort"):format(folder, ending))
  for i, file in ipairs(files) do files[i] = file:sub(3) end
  return files
end

--- Walks the global symbols of an object file: name, and kind as nm says it ("U": another file has it).
function objects.symbols(folder, file)
  local lines, i = lines_of(("nm -g -P '%s/%s'"):format(folder, file)), 0
  return function()
    repeat
      i = i + 1
      local symbol, kind = (lines[i] or ""):match("^(%S+) (%a)")
      if symbol then return symbol, kind end
    until i > #lines
  end
end

return objects
