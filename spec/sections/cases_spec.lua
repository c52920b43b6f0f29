-- How sections behave, case by case. A row's lines are
--   name = expression           it gives something that is neither nil nor false
--   expression                  the same
--   expression refuses code     it gives nil, a message, and the code
--   expression raises text      an error says this
--   expression faults kind      a fault of this kind
--   each W in values            the rest of the row, for every value

local file_kit = require "file_kit"
local helpers = require "helpers"
local row_lines = require "row_lines"
local vmem = require "vmem"

local ROWS <const> = 156 -- of the list

local verbs = {}

function verbs.refuses(line, _, call, rest)
  local result, message, code = call()
  assert.is_nil(result, line)
  assert.is_string(message, line)
  assert.equal(rest, code, line)
end

function verbs.raises(_, _, call, rest) helpers.raises(load("return " .. rest)(), call) end

function verbs.faults(line, _, call, rest) assert.equal(rest, helpers.fault(call).kind, line) end

local language = { verbs = verbs }

function language.holds(line, env, name, result, message)
  assert.truthy(result, ("%s: %s"):format(line, message))
  if name then
    env[name] = result
    env.made[#env.made + 1] = result
  end
end

local NAME <const> = helpers.new_name "vmem cases"

local function run(row)
  local U <const> = helpers.attach_unit
  local r <close> = assert(vmem.reserve(16 * U))
  local s <close> = assert(vmem.section(3 * U + 5))
  local env = setmetatable({
    vmem = vmem, U = U, P = vmem.page_size, NAME = NAME, r = r, s = s, made = {},
    read = function(...) return r:read(...) end,
    write = function(...) return r:write(...) end,
    file = file_kit.path_of, contents = file_kit.contents,
    cut = function(path, size) file_kit.truncate(path, size) return true end,
    attached = function()
      local list = {}
      for offset, size, _, from in r:attachments() do
        list[#list + 1] = ("%d+%d@%d"):format(offset // U, (size + U - 1) // U, from // U)
      end
      return table.concat(list, " ")
    end,
  }, { __index = _G })
  local ok, problem = pcall(row_lines.run, language, row[3], env)
  for _, object in ipairs(env.made) do
    if (debug.getmetatable(object) or {}).__close then local _ <close> = object end
  end
  if not ok then error(problem, 0) end
end

--- Whether the system has what a row needs.
local has = {}
do
  local section <close> = vmem.section(1)
  has.paths = section ~= nil and section.path ~= nil
  local named <close> = vmem.section(NAME .. " probe", 1)
  has.names = named ~= nil
  has.files = not file_kit.lacks
  local concealed <close> = vmem.reserve(1, { conceal = true })
  has.conceal = concealed ~= nil
end

local all = {}
for _, list in ipairs { require "sections.rows", require "sections.file_rows" } do
  table.move(list, 1, #list, #all + 1, all)
end

describe("sections do as the list of cases says:", function()
  helpers.no_regions_left()
  after_each(file_kit.remove_all)

  for _, row in ipairs(all) do
    local title, lacks = ("%d %s"):format(row[1], row[2]), nil
    for need in pairs(has) do
      if row[need] and not has[need] then lacks = need end
    end
    if lacks then
      pending(("%s (this system has no %s)"):format(title, lacks))
    else
      helpers.section_it(title, function() run(row) end)
    end
  end

  it("every row of the list is run or said to be left out, and none twice", function()
    local seen, count = {}, 0
    for number, reason in pairs(require "sections.others") do
      seen[number] = reason
      count = count + 1
    end
    for _, row in ipairs(all) do
      assert.is_nil(seen[row[1]], "row " .. row[1])
      seen[row[1]] = true
      count = count + 1
    end
    assert.equal(ROWS, count)
  end)
end)
