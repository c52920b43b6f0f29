--- Operations as Lua code: to be pasted into a script by people, and to be run in a separate process.

local vmem = require "vmem"

local P <const> = vmem.page_size

local code = {}

-- {====== For a separate process ======

--- The value as a Lua expression.
local function expression(value)
  if type(value) ~= "table" then
    if math.type(value) == "float" then return ("%a"):format(value) end
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts, keys = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = ("[%s]=%s"):format(expression(key), expression(value[key]))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

code.expression = expression

--- A deep copy, to be changed.
function code.copy(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, inner in pairs(value) do copy[key] = code.copy(inner) end
  return copy
end

-- ====== }

-- {====== For people ======

local function number(value)
  if math.type(value) == "integer" and value >= 4 * P and value % P == 0 then
    return ("%d * P"):format(value // P)
  end
  return math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
end

local function text(value)
  local piece = #value > 40 and value:match("^(..-)%1+") -- it repeats itself
  if piece and piece:rep(#value // #piece + 1):sub(1, #value) == value then
    return ("(%q):rep(%d):sub(1, %d)"):format(piece, #value // #piece + 1, #value)
  end
  return (("%q"):format(value):gsub("\\\n", "\\n"))
end

local function options(value)
  local parts = {}
  for key, wanted in pairs(value) do
    local shown = math.type(wanted) and ("%#x"):format(wanted) or expression(wanted)
    parts[#parts + 1] = ("%s = %s"):format(key, shown)
  end
  table.sort(parts)
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function handler(value)
  local lines = { value.yields and "function(fault) -- and waits for this, in a coroutine"
    or "function(fault)" }
  for _, step in ipairs(value.does) do
    local name, distance, count, protection = table.unpack(step)
    if name == "release" then
      lines[#lines + 1] = "  fault.region:release()"
    elseif name == "forget_handler" then
      lines[#lines + 1] = "  fault.region:on_fault(nil)"
    elseif name == "fill" then
      lines[#lines + 1] = ("  pcall(fault.region.fill, fault.region, (fault.page + %d) * P, 16, 7)")
        :format(distance - 1)
    else
      lines[#lines + 1] = ("  pcall(fault.region.%s, fault.region, (fault.page + %d) * P, %s, %q)")
        :format(name, distance - 1, name == "read" and 1 or number(count * P), protection)
    end
  end
  if value.answers then lines[#lines + 1] = "  answer(fault)" end
  lines[#lines + 1] = value.answer == "raise" and '  error "a handler has raised this"'
    or "  return " .. tostring(value.answer)
  return table.concat(lines, "\n") .. "\nend"
end

local function argument(value)
  if type(value) == "string" then return text(value) end
  if type(value) ~= "table" then return math.type(value) and number(value) or tostring(value) end
  if value.at then return ("%s.base + %s"):format(value.at, number(value.plus)) end
  if value.options then return options(value.options) end
  if value.file then return ("file_with(%s)"):format(text(value.file)) end
  if value.functions then return "functions(" .. expression(value.functions) .. ")" end
  if value.handler then return handler(value.handler) end
  return value.region or value.view or value.snapshot or value.section
end

--- Without the nils at the end.
local function arguments(op, first)
  local list, last = {}, op.n
  while last >= first and op[last] == nil do last = last - 1 end
  for i = first, last do list[#list + 1] = argument(op[i]) end
  return table.concat(list, ", ")
end

local special = {}

function special.length(op) return "#" .. op.on end
function special.tostring(op) return ("tostring(%s)"):format(op.on) end
function special.index(op) return ("%s[%s]"):format(op.on, argument(op[1])) end
function special.field(op) return ("%s.%s"):format(op.on, op[1]) end
function special.newindex(op) return ("%s[%s] = %s"):format(op.on, argument(op[1]), argument(op[2])), true end
function special.section_again(op) return ("vmem.section(%s.path, %q)"):format(op[1].section, op[2]) end
function special.file(op)
  return ("vmem.section(path[%d], %q, { size = %s })"):format(op[1], op[2], op[3])
end
function special.set_file_length(op)
  return ("assert(vmem.section(path[%d], 'r+')):resize(%d):close()"):format(op[1], op[2])
end
function special.drop(op) return op.on .. " = collectgarbage()", true end
function special.record(op)
  return op[1] and ("recording = require 'vmem.recorder'.start(%s)"):format(options(op[1].options))
    or "recording:stop()", true
end
function special.check(op) return "-- and then " .. op.on .. " is looked at", true end

function special.page(op)
  local name = op[1]
  if name == "fields" then return ("%s[%s].state"):format(op.on, number(op[2])) end
  if name == "tostring" then return ("tostring(%s[%s])"):format(op.on, number(op[2])) end
  return ("%s[%s]:%s(%s)"):format(op.on, number(op[2]), name, arguments(op, 3))
end

--- One operation as a statement.
local function statement(op, last)
  local text_of, is_statement
  if special[op.call] then
    text_of, is_statement = special[op.call](op)
  else
    text_of = ("%s%s%s(%s)"):format(op.on, op.on == "vmem" and "." or ":", op.call, arguments(op, 1))
  end
  local raises = op.ends == "raised" or op.ends == "fault" or last
  if is_statement then
    return raises and not text_of:find "^%-%-" and ("print(pcall(function() %s end))"):format(text_of)
      or text_of
  end
  if op.waits then text_of = ("coroutine.wrap(function() return %s end)()"):format(text_of) end
  if op.into then text_of = ("%s = %s"):format(op.into, text_of) return text_of end
  if raises then return ("print(pcall(function() return %s end))"):format(text_of) end
  return text_of:find "^[%a.:_%d]+%(" and text_of or "local _ = " .. text_of
end

--- A script.
function code.script(list)
  local lines = { 'local vmem = require "vmem"', "local P = vmem.page_size", "" }
  local names = {}
  for i, op in ipairs(list) do
    local line = statement(op, i == #list)
    if op.into and not names[op.into] then line, names[op.into] = "local " .. line, true end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

-- ====== }

return code
