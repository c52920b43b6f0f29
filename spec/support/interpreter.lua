--- The Lua that runs the specs, for the processes that they start.

local interpreter = {}

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- Such as "5.4": part of the names of folders.
interpreter.version = _VERSION:match "%d.%d"

local first = 0
while arg[first - 1] do first = first - 1 end

--- As it was called: a name, or a path.
interpreter.name = arg[first]

--- The same, for a shell, in any folder.
interpreter.command = quoted(interpreter.name)
if interpreter.name:find "^[^/]+/" and package.config:sub(1, 1) == "/" then
  local pipe <close> = assert(io.popen "pwd")
  interpreter.command = quoted(pipe:read() .. "/" .. interpreter.name)
end

--- The folder of what was built.
interpreter.build = os.getenv "VMEM_BUILD" or interpreter.version == "5.5" and "build/lua5.5" or "build"

--- The name of an environment variable that only this version reads, and prefers: for "LUA_PATH" it is
--- "LUA_PATH_5_4".
function interpreter.variable(name) return name .. "_" .. interpreter.version:gsub("%.", "_") end

--- Variables, for a shell, with which the interpreter finds the sources, and the C modules that are found
--- here, whatever else is set.
interpreter.variables = ("%s= %s='./lua/?.lua;./lua/?/init.lua;./command/?.lua;;' %s=%s"):format(
  interpreter.variable "LUA_INIT", interpreter.variable "LUA_PATH", interpreter.variable "LUA_CPATH",
  quoted(interpreter.build .. "/?.so;" .. package.cpath))

return interpreter
