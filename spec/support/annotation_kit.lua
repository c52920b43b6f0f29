--- Reads annotations (LuaCATS) from files and compares objects with them, for the specs of annotations.

local helpers = require "helpers"

local kit = {}

--- Everything that lua/vmem says. classes: name -> { parents, fields, methods }, where a field is { type,
--- optional, private } and a method the line of its definition. aliases: name -> type. blocks: path ->
--- line -> the comment right above that line. used: every name of a type, and a line that uses it.
local said = { classes = {}, aliases = {}, blocks = {}, used = {} }

local TYPES <const> = "lua/vmem/types.lua" -- annotations of the classes in C

-- {====== Types ======

local PAIRS <const> = { ["("] = 1, ["{"] = 1, ["<"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, [">"] = -1,
  ["]"] = -1 }

--- The type at the start of a text, which may have blanks beside "|", ":" and ",".
local function type_of(text)
  local depth, at = 0, 1
  while at <= #text do
    local c = text:sub(at, at)
    depth = depth + (PAIRS[c] or 0)
    if c == " " and depth == 0 then
      local before, after = text:sub(1, at - 1):match "(%S)%s*$", text:sub(at):match "^%s*(%S)"
      if after ~= "|" and not (before and before:find "[|:,]") then break end
    end
    at = at + 1
  end
  return (text:sub(1, at - 1):gsub("%s*|%s*", "|"))
end

--- The parts of a type that are separated by "|".
local function split(text)
  local parts, depth, from = {}, 0, 1
  for at = 1, #text do
    local c = text:sub(at, at)
    depth = depth + (PAIRS[c] or 0)
    if c == "|" and depth == 0 then
      parts[#parts + 1] = text:sub(from, at - 1)
      from = at + 1
    end
  end
  parts[#parts + 1] = text:sub(from)
  return parts
end

-- ====== }

-- {====== Reading ======

local tags = {}

--- Notes the names in a type.
local function use(state, type)
  for name in type:gmatch "%f[%w_.](vmem%.[%w_.]*[%w_])" do
    said.used[name] = ("%s:%d"):format(state.path, state.line)
  end
  return type
end

function tags.class(state, rest)
  local name, parent = rest:match "^([%w_.]+):?%s*([%w_.]*)"
  local class = said.classes[name] or { name = name, parents = {}, fields = {}, methods = {} }
  said.classes[name], state.class, state.alias = class, class, nil
  if parent ~= "" then class.parents[#class.parents + 1] = use(state, parent) end
end

function tags.field(state, rest)
  local private, tail = rest:match "^(private )(.*)"
  local name, optional, text = (tail or rest):match "^([%w_]+)(%??)%s+(.*)"
  if not name then
    state.class.element = use(state, type_of(rest:match "^%[integer%]%s+(.*)"))
    return
  end
  local type = use(state, type_of(text))
  local may_be_nil = type:find "%?$" or ("|" .. type .. "|"):find("|nil|", 1, true)
  state.class.fields[name] = {
    type = type, private = private ~= nil, optional = optional == "?" or may_be_nil ~= nil,
  }
end

function tags.alias(state, rest)
  local name, text = rest:match "^([%w_.]+)%s*(.*)"
  said.aliases[name], state.alias = use(state, type_of(text)), name
end

function tags.param(state, rest) use(state, type_of(rest:match "^%S+%s+(.*)" or "")) end

tags["return"] = function(state, rest) use(state, type_of(rest)) end
tags.type = tags["return"]

local function read_comment(state, line)
  local tag, rest = line:match "^%-%-%-@(%w+)%s*(.*)"
  local one = line:match "^%-%-%-|%s*(.*)"
  if one and state.alias then
    local before = said.aliases[state.alias]
    said.aliases[state.alias] = (before == "" and "" or before .. "|") .. use(state, type_of(one))
  elseif tag and tags[tag] then
    tags[tag](state, rest)
  end
end

--- In a file of constants every line of a table is a field.
local function read_constant(state, line)
  local name = state.constants and line:match "^  (%u[%w_]+) = "
  if name then state.constants.fields[name] = { type = "integer" } end
  if line == "}" then state.constants = nil end
end

local function read_code(state, line)
  read_constant(state, line)
  if #state.block > 0 then said.blocks[state.path][state.line] = state.block end
  local variable = line:match "^local ([%w_]+) ="
  if variable and state.class then
    state.variables[variable] = state.class
    state.class.object = state.path ~= TYPES -- types.lua has its methods
  end
  if line:match "^local [%w_]+ = {$" or line == "return {" then state.constants = state.class end
  local owner, method = line:match "^function ([%w_]+)[.:]([%w_]+)"
  local class = owner and state.variables[owner]
  if class then class.methods[method] = { path = state.path, line = state.line } end
  local holder, name = line:match "^([%w_]+)%.([%w_]+) = "
  local owning = holder and state.variables[holder]
  if owning and not owning.fields[name] then -- what all of its objects share
    owning.fields[name] = { type = "any", optional = true, private = true }
  end
  state.class, state.alias, state.block = nil, nil, {}
end

local function read(path)
  local state = { path = path, line = 0, variables = {}, block = {} }
  said.blocks[path] = {}
  for line in io.lines(path) do
    state.line = state.line + 1
    if line:find "^%-%-%-" then
      state.block[#state.block + 1] = line
      read_comment(state, line)
    else
      read_code(state, line)
    end
  end
end

for _, path in pairs(helpers.modules()) do read(path) end
if not said.blocks[TYPES] then read(TYPES) end

kit.said = said

-- ====== }

-- {====== Classes ======

--- A class's members and those of its parents: fields, methods.
function kit.members_of(class)
  local fields, methods = {}, {}
  local function add(name)
    local one = said.classes[name] or error("no class " .. name)
    for _, parent in ipairs(one.parents) do add(parent) end
    for field, what in pairs(one.fields) do fields[field] = what end
    for method, what in pairs(one.methods) do methods[method] = what end
  end
  add(class)
  return fields, methods
end

local function is_kind_of(class, wanted)
  if class == wanted then return true end
  for _, parent in ipairs(said.classes[class].parents) do
    if is_kind_of(parent, wanted) then return true end
  end
  return false
end

-- ====== }

-- {====== Values ======

local check

local primitives = {
  any = function() return true end,
  integer = function(value) return math.type(value) == "integer" end,
  number = function(value) return type(value) == "number" end,
  ["true"] = function(value) return value == true end,
  ["false"] = function(value) return value == false end,
  ["file*"] = function(value) return io.type(value) ~= nil end,
}
for _, name in ipairs { "string", "boolean", "table", "function", "nil", "userdata" } do
  primitives[name] = function(value) return type(value) == name end
end

--- A record has all of its fields, and no others; an object has its class in __name.
local function is_of_class(value, name, depth)
  if type(value) ~= "table" and type(value) ~= "userdata" then return false end
  local meta = debug.getmetatable(value)
  local own = meta and rawget(meta, "__name")
  if own and said.classes[own] then return is_kind_of(own, name) end
  local fields = kit.members_of(name)
  for key in next, not meta and value or {} do
    if type(key) == "string" and not fields[key] then return false end
  end
  for field, what in pairs(fields) do
    local it = value[field]
    if it == nil and not what.optional or it ~= nil and depth < 3 and not check(it, what.type, depth + 1) then
      return false
    end
  end
  return true
end

local function is_part(value, part, depth)
  local list = part:match "^(.*)%[%]$"
  if list then
    if type(value) ~= "table" then return false end
    for i = 1, math.min(#value, 3) do
      if not check(value[i], list, depth) then return false end
    end
    return true
  end
  if part:find "^%(" then return check(value, part:sub(2, -2), depth) end
  if part:find '^"' then return value == part:sub(2, -2) end
  if part:find "^fun" then return type(value) == "function" end
  if part:find "^{" or part:find "^table<" then return type(value) == "table" end
  if primitives[part] then return primitives[part](value) end
  if said.aliases[part] then return check(value, said.aliases[part], depth) end
  if said.classes[part] then return is_of_class(value, part, depth) end
  error("no such type: " .. part)
end

--- Whether a value is of a type.
function check(value, text, depth)
  for _, part in ipairs(split(text)) do
    local optional = part:match "^([^(].*)%?$"
    if optional and value == nil or is_part(value, optional or part, depth or 0) then return true end
  end
  return false
end

kit.check = check

-- ====== }

-- {====== Functions ======

--- The function that has been written, behind the C functions that scripts get (csrc/lua/caller.c).
local function written(fn)
  while debug.getinfo(fn, "S").what == "C" do
    local _, inner = debug.getupvalue(fn, 1)
    if type(inner) ~= "function" then break end
    fn = inner
  end
  return fn
end

local function lines_of(path, from, to)
  local lines, line = {}, 0
  for text in io.lines(path) do
    line = line + 1
    if line >= from and line <= to then lines[#lines + 1] = text end
  end
  return table.concat(lines, "\n")
end

--- The annotations of a function: { params, types, optional, returns }, or nil if there are none. The second
--- result is read from the code: names, vararg, whether it returns anything.
function kit.signature(fn)
  fn = written(fn)
  local info = debug.getinfo(fn, "Su")
  local path = helpers.source_of(info)
  local real = { path = path, line = info.linedefined, names = {}, vararg = info.isvararg }
  for i = 1, info.nparams do real.names[i] = debug.getlocal(fn, i) end
  local text = lines_of(path, info.linedefined, info.lastlinedefined)
  real.gives = text:find "\n  return [^\n]" ~= nil or text:find "^[^\n]* return [^\n]* end$" ~= nil
  local block = said.blocks[path] and said.blocks[path][info.linedefined]
  if not block then return nil, real end
  local given = { params = {}, types = {}, optional = {}, returns = {} }
  for _, line in ipairs(block) do
    local name, optional, rest = line:match "^%-%-%-@param ([%w_.]+)(%??)%s+(.*)"
    if name then
      given.params[#given.params + 1], given.types[name] = name, type_of(rest)
      given.optional[name] = optional == "?" or type_of(rest):find "%?$" ~= nil or name == "..."
    end
    local returned = line:match "^%-%-%-@return (.*)"
    if returned then
      local type, after = type_of(returned), returned:match "%.%.%."
      given.returns[#given.returns + 1] = type
      given.many = given.many or after ~= nil or type:find ",%s" ~= nil
    end
  end
  return given, real
end

-- ====== }

-- {====== Objects ======

--- Names that an __index may know: the keys of the tables that it holds, and its own words.
local function names_in(fn, names, depth, seen)
  fn = written(fn)
  if seen[fn] or depth == 0 then return end
  seen[fn] = true
  local info = debug.getinfo(fn, "S")
  if info.what == "C" then return end
  for word in lines_of(info.source:sub(2), info.linedefined, info.lastlinedefined):gmatch '"([%a][%w_]*)"' do
    names[word] = true
  end
  for i = 1, math.huge do
    local name, value = debug.getupvalue(fn, i)
    if not name then break end
    if type(value) == "function" then names_in(value, names, depth - 1, seen) end
    for key in next, type(value) == "table" and name ~= "_ENV" and value or {} do
      if type(key) == "string" then names[key] = true end
    end
  end
end

--- What an object has: the functions and the other fields that its user can reach.
function kit.reach(object)
  local names, functions, fields = {}, {}, {}
  local index = getmetatable(object).__index
  if type(index) == "function" then
    names_in(index, names, 3, {})
  else
    for key in pairs(index or {}) do names[key] = true end
  end
  for key in next, object do names[key] = true end
  for name in pairs(names) do
    local found, value = pcall(function() return object[name] end)
    if type(name) == "string" and name:find "^%a" and found and value ~= nil then
      local into = type(value) == "function" and rawget(object, name) == nil and functions or fields
      into[name] = value
    end
  end
  return functions, fields
end

-- ====== }

return kit
