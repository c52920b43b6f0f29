--- The vmem command as a shell runs it, for its specs.

local interpreter = require "interpreter"

local kit = {}

--- All of a file.
function kit.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- Runs a line of shell in which `vmem` is the command, and `until_ok` tries another one for a minute;
--- `asleep` starts a process that does nothing, $p, and waits until it does. Returns its output, its errors
--- and its exit code.
function kit.shell(line)
  local out, err = os.tmpname(), os.tmpname()
  -- Scripts that end early leak; a sanitizer must not report it here.
  local _, how, code = os.execute(([[
    export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 VMEM_BUILD=%s COLUMNS=80 LC_ALL=C.UTF-8
    unset LUA_INIT %s
    vmem() { %s bin/vmem "$@"; }
    until_ok() { tries=0; until "$@" 2>/dev/null; do sleep 0.05; tries=$((tries + 1))
      [ $tries -lt 1200 ] || { echo "never: $*" >&2; exit 99; }; done; }
    asleep() { sleep 300 & p=$!; until_ok grep -q '(sleep) S' /proc/$p/stat; }
    { %s
    } >%s 2>%s </dev/null]]):format(interpreter.build, interpreter.variable "LUA_INIT",
    interpreter.command, line, out, err))
  local output, errors = kit.read(out), kit.read(err)
  os.remove(out)
  os.remove(err)
  assert(how == "exit", line)
  return output, errors, code
end

--- A file with this text that is gone after fn(path).
function kit.with_file(text, fn)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local ok, problem = pcall(fn, path)
  os.remove(path)
  if not ok then error(problem, 0) end
end

--- A folder that is gone after fn(path).
function kit.with_folder(fn)
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir " .. path))
  local ok, problem = pcall(fn, path)
  os.execute("rm -rf " .. path)
  if not ok then error(problem, 0) end
end

return kit
