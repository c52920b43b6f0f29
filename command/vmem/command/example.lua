--- vmem example: the examples that came with vmem, to read and to run.

local output = require "vmem.command.output"

local example = { summary = "List the examples, show one, or run it." }

--- The files of examples/, but for listings.lua, which runs them all.
example.names = {
  "alias", "arena", "banks", "cut_file", "d01_address_space", "d02_reserve_at_address", "d02_win32",
  "d03_reserve_elsewhere", "d03_win32", "d04_commit_one_page", "d04_win32", "d05_cells_reserved_only",
  "d05_win32", "d06_commit_on_fault", "d06_win32", "d07_cell_sizes", "d08_state_and_protection",
  "d09_page_sizes", "d10_page_table", "d11_fragmentation", "d12_allocate", "d12_win32", "d13_demand_paging",
  "d14_terabyte", "demo", "kept", "machine", "mapped", "miss_curves", "pager_async", "pager_redis",
  "record_d06", "ring", "secret", "shared_counter", "stack", "views_win32",
}

example.words = { name = example.names }

function example.add(parser)
  parser:flag("--show", "Print its source instead of running it.")
  parser:argument("name", "Its name, or the beginning of it. Default: list them."):args("?")
  parser:argument("arguments", "Its arguments; options behind '--'."):args("*")
end

local function path_of(name, tree)
  if tree then return ("%s/examples/%s.lua"):format(tree, name) end
  return package.searchpath("vmem.examples." .. name, package.path)
end

local function read(name, tree)
  local path = path_of(name, tree)
  local file <close> = path and io.open(path)
  if not file then return nil, ("the example %s is not installed"):format(name) end
  return file:read("a"), nil, path
end

local function list(tree)
  local lines = {}
  for i, name in ipairs(example.names) do
    local text, message = read(name, tree)
    if not text then return nil, message end
    lines[i] = ("%-24s %s"):format(name, text:match("^%-%-%s*([^\n]*)"))
  end
  return output.write(table.concat(lines, "\n"))
end

--- "d06" is the plain example, not the one in Windows calls that it shares its number with.
local function find(wanted)
  local found, plain = {}, {}
  for _, name in ipairs(example.names) do
    if name == wanted then return name end
    if name:sub(1, #wanted) == wanted then
      found[#found + 1] = name
      if not name:find("_win32$") then plain[#plain + 1] = name end
    end
  end
  if #found == 1 then return found[1] end
  if #plain == 1 then return plain[1] end
  if #found == 0 then return nil, ("no such example: %s ('vmem example' lists them)"):format(wanted) end
  return nil, ("'%s' fits several: %s"):format(wanted, table.concat(found, ", "))
end

function example.run(chosen, tree)
  if not chosen.name then
    if chosen.show then return nil, "say which one to show", "usage" end
    return list(tree)
  end
  local name, message = find(chosen.name)
  if not name then return nil, message end
  local text, why, path = read(name, tree)
  if not text then return nil, why end
  if chosen.show then return output.write((text:gsub("\n$", ""))) end
  return require("vmem.command.run").script(path, chosen.arguments)
end

return example
