--- Runs the specs for `luarocks test`: builds what they need, and has busted run them. Arguments are spec
--- files; without any, all are run. It installs nothing: it says what is missing.

local WINDOWS <const> = package.config:sub(1, 1) == "\\"

local function stop(...)
  io.stderr:write("vmem: ", string.format(...), "\n")
  os.exit(1)
end

if WINDOWS then
  stop "on Windows the specs are not run by luarocks; docs/testing.md says how they are cross-built and run"
end

local function quoted(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- The interpreter that runs this stands before its own options.
local first = 0
while arg[first - 1] do first = first - 1 end
local interpreter = arg[first]

local missing, rocks = {}, {}
for _, program in ipairs { "make", "cc" } do
  local found = os.execute(("command -v %s >/dev/null 2>&1"):format(program))
  if not found then missing[#missing + 1] = program end
end
for rock, module in pairs { busted = "busted.runner", argparse = "argparse", dkjson = "dkjson" } do
  if not pcall(require, module) then rocks[#rocks + 1] = rock end
end
table.sort(rocks)
table.move(rocks, 1, #rocks, #missing + 1, missing)
if #missing > 0 then
  local advice = ". luarocks install brings each module, and on Debian apt install lua-%s"
  stop("to run the specs, %s needs: %s%s", interpreter, table.concat(missing, ", "),
    #rocks > 0 and advice:format(table.concat(rocks, " lua-")) or "")
end

local files = {}
for i, file in ipairs(arg) do
  if file:find "%s" then stop("make takes no file with a space in its name: %s", file) end
  files[i] = file
end

-- make finds the headers of most systems; LUA_INC names those of others.
local command = ("make -s specs BUSTED=yes LUA=%s"):format(quoted(interpreter))
if #files > 0 then command = command .. " SPECS=" .. quoted(table.concat(files, " ")) end
if not os.execute(command) then os.exit(1) end
