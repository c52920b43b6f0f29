--- Runs the lines of a row in a table of cases. A line is one of
---   name = expression     it gives something that holds, and is kept under that name
---   expression            the same, not kept
---   expression VERB text  what the table's verb says
---   each X in value, …    the rest of the row, for every value of X

local row_lines = {}

function row_lines.compile(text, env) return assert(load("return " .. text, "=" .. text, "t", env)) end

--- What a table of cases brings.
---@class row_lines.language
---@field verbs table<string, fun(line: string, env: table, call: function, text: string)>
---@field holds fun(line: string, env: table, name: string?, ...) checks and keeps what an expression gives
---@field between? fun() called after each value of "each"

local function split(verbs, line)
  for verb, check in pairs(verbs) do
    local call, rest = line:match("^(.-) " .. verb .. " (.*)$")
    if not call then call, rest = line:match("^(.-) " .. verb .. "()$"), "" end
    if call then return check, call, rest end
  end
end

local function run_line(language, line, env)
  local check, call, rest = split(language.verbs, line)
  if check then return check(line, env, row_lines.compile(call, env), rest) end
  local name, expression = line:match "^(%a+) = (.*)$"
  language.holds(line, env, name, row_lines.compile(expression or line, env)())
end

local function run_lines(language, lines, first, env)
  for i = first, #lines do
    local name, values = lines[i]:match "^each (%a) in (.*)$"
    if name then
      for _, value in ipairs { row_lines.compile(values, env)() } do
        env[name] = value
        run_lines(language, lines, i + 1, env)
        if language.between then language.between() end
      end
      return
    end
    run_line(language, lines[i], env)
  end
end

--- Runs a text of lines, in which the names of `env` can be used. Raises what does not hold.
---@param language row_lines.language
---@param text string
---@param env table
function row_lines.run(language, text, env)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    local stripped = line:match "^%s*(.-)%s*$"
    if stripped ~= "" then lines[#lines + 1] = stripped end
  end
  run_lines(language, lines, 1, env)
end

return row_lines
