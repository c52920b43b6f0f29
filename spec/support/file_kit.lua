-- Files for specs of sections of files: fresh paths, what they hold, and file systems that can be full.

local busted = require "busted"
local helpers = require "helpers"
local vmem = require "vmem"

local file_kit = {}

local paths = {}

--- A path that nothing has; with `text`, of a file that holds it.
function file_kit.path_of(text)
  local path = os.tmpname()
  if helpers.on_windows then path = os.getenv "TEMP" .. path:gsub("%.$", "") end
  paths[#paths + 1] = path
  os.remove(path)
  if text then
    local file <close> = assert(io.open(path, "wb"))
    file:write(text)
  end
  return path
end

--- Removes all files that the paths have.
function file_kit.remove_all()
  for i in ipairs(paths) do
    os.remove(paths[i])
    paths[i] = nil
  end
end

--- All that the file of a path holds.
function file_kit.contents(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

--- The path of a file in Unix, where there is Wine; else nil. On a busy machine Wine sometimes starts
--- nothing.
local function unix_path(path)
  for _ = 1, 5 do
    local pipe <close> = io.popen(('winepath -u "%s" 2>nul'):format(path))
    local found = pipe and pipe:read "l"
    if found then return found end
  end
end

local cutter, temporary -- the script and the folder, in Unix

--- Windows lets no process make a file shorter that is mapped; a Unix process beside Wine can.
local function truncate_beside_wine(path, size)
  local folder <const> = os.getenv "TEMP"
  cutter = cutter or unix_path "spec/support/truncate.sh"
  temporary = temporary or unix_path(folder)
  if not cutter then return busted.pending "no process can make a mapped file shorter" end
  local file = temporary .. path:sub(#folder + 1):gsub("\\", "/")
  -- The first argument of a Unix program keeps its quotes.
  local command <const> = 'start /wait /unix /bin/sh -e "%s" %d "%s" "%s.done"'
  local said
  for _ = 1, 5 do
    said = table.pack(os.execute(command:format(cutter, size, file, file)))
    local start = os.time()
    repeat
      if os.remove(path .. ".done") then return end
    until os.time() > start + 10
  end
  error(("truncate.sh has not come to its end: %s %s %s"):format(table.unpack(said, 1, 3)))
end

--- Runs a script in another process, with `path`, and the module of this name as `module`. Gives what it
--- prints.
function file_kit.elsewhere(module, path, text)
  local script <const> = "local module, path = require %q, %q\n%s\nio.write 'done'"
  local output = helpers.run_script(script:format(module, path, text))
  assert(output:sub(-4) == "done", output)
  return output:sub(1, -5)
end

--- For each describe() over files: nothing is left behind.
function file_kit.leaves_nothing()
  helpers.no_regions_left()
  busted.after_each(file_kit.remove_all)
end

--- Another process makes the file so long.
function file_kit.truncate(path, size)
  if helpers.on_windows then return truncate_beside_wine(path, size) end
  local script <const> = "assert(require('vmem').section(%q, 'r+')):resize(%d) io.write 'done'"
  local output = helpers.run_script(script:format(path, size))
  assert(output == "done", output)
end

--- Why there are no sections of files here, or nil.
local lacks
do
  local path = file_kit.path_of("x")
  local section <close>, message, code = vmem.section(path, "r")
  if not section then
    assert(code == "not_supported", message)
    lacks = "this system has no sections of files"
  end
  os.remove(path)
end

file_kit.lacks = lacks

--- For specs of sections of files.
function file_kit.it(name, run)
  if lacks then return busted.pending(("%s (%s)"):format(name, lacks)) end
  return helpers.section_it(name, run)
end

--- The same, by another it(), or false where the system cannot.
function file_kit.where(usual)
  if usual and not lacks and helpers.has_sections then return usual end
  return function(name) busted.pending(("%s (%s)"):format(name, lacks or "not on this system")) end
end

--- The same, where there is a Unix shell.
function file_kit.unix_it(name, run)
  if helpers.on_windows then return busted.pending(name .. " (needs a Unix)") end
  return file_kit.it(name, run)
end

--- For specs that need a full disk: runs a script in a process of its own, where `folder` has no room for
--- more than `free` bytes.
function file_kit.disk_it(name, text)
  file_kit.unix_it(name, function()
    local folder, free = file_kit.path_of(), 64 * vmem.page_size
    local mount = [[sh -c 'mount -t tmpfs -o size=%d none %s && exec "$@"' sh env ]]
    mount = mount:format(free, folder)
    local script = ("local vmem, folder, free = require 'vmem', %q, %d\n%s\nio.write 'done'"):format(
      folder, free, text)
    assert(os.execute("mkdir " .. folder))
    local namespace
    for _, way in ipairs { "unshare -m ", "unshare -rm " } do
      if not namespace and os.execute(way .. mount .. "true 2>/dev/null") then namespace = way end
    end
    local output = namespace and helpers.run_script(script, namespace .. mount)
    os.execute("rmdir " .. folder)
    if not namespace then return busted.pending "needs the right to mount" end
    assert(output == "done", output)
  end)
end

return file_kit
