-- The modules in lua/ and command/ require each other without circles: a file can be read with those alone
-- that it requires. A public module and the folder of its name are one group; no two groups require each
-- other.

local find_circles = dofile "tools/circles.lua"
local helpers = require "helpers"
local sorted_keys = require "vmem.internal.sorted_keys"

--- module -> the file that has it.
local function modules()
  local found = {}
  for path in assert(io.popen "find lua/vmem command/vmem -name '*.lua'"):lines() do
    local name = path:match "^%l+/(.*)%.lua$":gsub("/init$", ""):gsub("/", ".")
    found[name] = path
  end
  return found
end

--- The modules that a file requires, at once or later. A concatenated name stands for all modules that begin
--- with its first part.
local function required_by(own, path, all)
  local names = {}
  for line in io.lines(path) do
    local code = line:gsub("%-%-.*$", "")
    for name, rest in code:gmatch "%f[%w_]require%s*%(?%s*\"([%w_.]+)\"%s*([^%s]?[^%s]?)" do
      if rest == ".." then
        for other in pairs(all) do
          if other:sub(1, #name) == name and other ~= own then names[other] = true end
        end
      elseif all[name] then
        names[name] = true
      end
    end
  end
  return names
end

--- module -> the modules that it requires.
local function graph_of_files()
  local all, graph = modules(), {}
  for name, path in pairs(all) do graph[name] = required_by(name, path, all) end
  return graph
end

--- The group of "vmem.pager.file.tables" is pager; "vmem" is its own group.
local function group_of(name) return name:match "^vmem%.([%w_]+)" or "vmem" end

local function graph_of_groups(files)
  local graph = {}
  for name, others in pairs(files) do
    local group = group_of(name)
    graph[group] = graph[group] or {}
    for other in pairs(others) do
      if group_of(other) ~= group then graph[group][group_of(other)] = true end
    end
  end
  return graph
end

--- The circles of a graph, each as "a -> b -> a".
local function circles(graph)
  local found = find_circles(graph)
  for i, circle in ipairs(found) do found[i] = table.concat(circle, " -> ") end
  return found
end

describe("the modules in lua/ and command/", function()
  helpers.unix_it("are read, with what they require", function()
    local graph = graph_of_files()
    assert.is_true(#sorted_keys(graph) > 80)
    assert.is_true(graph["vmem.arena"]["vmem.internal.checks"])
    assert.is_true(graph["vmem.recorder.report"]["vmem.recorder.js_draw"]) -- its name is put together
  end)

  helpers.unix_it("require each other without circles", function()
    assert.same({}, circles(graph_of_files()))
  end)

  helpers.unix_it("are in groups that do not require each other", function()
    assert.same({}, circles(graph_of_groups(graph_of_files())))
  end)

  it("would be found in a circle", function()
    assert.same({ "a -> b -> c -> a", "c -> c" },
      circles { a = { b = true }, b = { c = true }, c = { a = true, c = true }, d = { a = true } })
  end)
end)

describe("lua/vmem/internal", function()
  helpers.unix_it("requires nothing of vmem but itself and the core", function()
    for name, others in pairs(graph_of_files()) do
      for other in pairs(group_of(name) == "internal" and others or {}) do
        assert.is_true(group_of(other) == "internal" or other == "vmem.own_folder", name .. " -> " .. other)
      end
    end
  end)
end)

