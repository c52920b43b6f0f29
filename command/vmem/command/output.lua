--- What the subcommands of vmem share: modules, the interpreter, writing to files and standard output.

local output = {}

--- A module that only the command needs, or nil and which packages have it.
---@param name string
---@return any module
---@return string? message
function output.need(name)
  local found, module = pcall(require, name)
  if found then return module end
  local advice = "needs the Lua module %s: apt-get install lua-%s, or luarocks install %s"
  return nil, advice:format(name, name, name)
end

--- The interpreter of this process, as it was called: it stands before its own options and the script.
---@return string
function output.interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

--- A word for a shell, whatever characters it has.
---@param word string
---@return string
function output.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- A path that does not depend on the folder in which it is used.
---@param path string
---@return string
function output.absolute(path)
  if path:find "^[/\\]" or path:find "^%a:[/\\]" then return path end
  return (os.getenv("PWD") or ".") .. "/" .. path
end

--- Writes to standard output, all of it.
---@param text string
---@return integer? code
---@return string? message
---@return integer? errno
function output.write(text)
  local done, message, errno = io.stdout:write(text, "\n")
  if done then done, message, errno = io.stdout:flush() end
  if done then return 0 end
  return nil, "cannot write: " .. message, errno
end

--- Writes a file; "-" is standard output.
---@param path string
---@param text string
---@return integer? code
---@return string? message
function output.save(path, text)
  if path == "-" then return output.write((text:gsub("\n$", ""))) end
  local file <close>, message = io.open(path, "wb")
  if not file then return nil, "cannot write " .. message end
  local done
  done, message = file:write(text)
  if done then done, message = file:close() end
  if not done then return nil, ("cannot write %s: %s"):format(path, message) end
  return 0
end

return output
