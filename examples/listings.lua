-- Runs the examples one after the other. `make demo ALL=1` does this.
local vmem = require "vmem"

local dialogues = {
  { "d06_first.txt", "First dialogue: the short word for cell 1 still fits in page 1" },
  { "d06_second.txt", "Second dialogue: a longer word for cell 1 needs page 2" },
  { "d06_third.txt", "Third dialogue: cell 1 brings the page of cell 0 along" },
}

-- In this order. An example that reads input runs once for each of its files.
local examples = {
  { "d02_reserve_at_address" },
  { "d02_win32" },
  { "d03_reserve_elsewhere" },
  { "d03_win32" },
  { "d04_commit_one_page" },
  { "d04_win32" },
  { "d05_cells_reserved_only" },
  { "d05_win32" },
  { "d06_commit_on_fault", input = dialogues },
  { "d06_win32", input = dialogues },
  { "d07_cell_sizes" },
  { "d08_state_and_protection" },
  { "d09_page_sizes" },
  { "d10_page_table" },
  { "d11_fragmentation" },
  { "d12_allocate" },
  { "d12_win32" },
  { "d13_demand_paging" },
  { "d14_terabyte" },
  { "arena" },
  { "stack" },
  { "secret" },
  { "machine" },
  { "alias" },
  { "ring" },
  { "banks" },
  { "mapped" },
  { "kept" },
  { "d01_address_space" },
}

local folder = arg[0]:match("^.*[/\\]") or ""
local unix = package.config:sub(1, 1) == "/"

-- The interpreter that runs this script stands before its own options.
local first = 0
while arg[first - 1] do first = first - 1 end
local interpreter = arg[first]

local function quote(word)
  return unix and "'" .. word:gsub("'", "'\\''") .. "'" or '"' .. word .. '"'
end

local function heading(path)
  local file <close> = assert(io.open(path))
  local title = file:read():gsub("^%-%-%s*", "")
  print(("\n%s\n%s\n[%s]\n"):format(title, ("="):rep(#title), path))
end

local function command_for(path, input)
  local command = quote(interpreter) .. " " .. quote(path)
  return input and command .. " --echo < " .. quote(input) or command
end

local function run(path, input)
  local command = command_for(path, input)
  io.stdout:flush() -- what is printed here comes before what the example prints
  local ok, how, code = os.execute(unix and command or '"' .. command .. '"')
  if not ok then
    io.stderr:write(("\n%s failed (%s %d)\n"):format(path, how, code))
    os.exit(1)
  end
end

print(("%s on %s, pages of %d bytes"):format(vmem._VERSION, vmem.system, vmem.page_size))
print("D1, D2, ... each show one listing of the two documents on VirtualAlloc that vmem follows; the others")
print("each show a helper of vmem's own.")

for _, example in ipairs(examples) do
  local path = folder .. example[1] .. ".lua"
  heading(path)
  for i, input in ipairs(example.input or {}) do
    print(("%s%s:"):format(i > 1 and "\n" or "", input[2]))
    run(path, folder .. "input/" .. input[1])
  end
  if not example.input then run(path) end
end

-- The page is what it makes; what it prints has been seen above.
local dialogue = folder .. "input/d06_second.txt"
local recorded <close> = assert(io.popen(command_for(folder .. "record_d06.lua", dialogue)))
local page = recorded:read("a"):match("([^\n]+)\n$")
print("\nThe second dialogue of D6 again, recorded, to step through in a browser:\n" .. page)

print [[

Where to go next
================
README.md                                          what vmem can do, with a page of the manual for each
make test                                          the specs, which run these examples too
make run SCRIPT=examples/d06_commit_on_fault.lua   type into the array yourself
examples/d04_commit_one_page.lua                   the shortest way into the library
examples/d06_commit_on_fault.lua                   how to mend a fault instead of failing]]
