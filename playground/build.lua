-- build.lua FOLDER PAGE: puts the playground into one file of HTML: the machine, Lua modules, examples.
-- Strings of JavaScript and JSON here never contain "</": so nothing ends an element before its end.

local folder <const>, page <const> = arg[1], arg[2]
local LARGEST <const> = 3 << 20 -- bytes

local function contents(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function list(command)
  local pipe <close> = assert(io.popen(command))
  local paths = {}
  for path in pipe:lines() do paths[#paths + 1] = path end
  return paths
end

-- {====== Texts for the page ======

local escapes <const> = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["<"] = "\\u003c" }

local function quote(text)
  local function escape(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end
  return '"' .. text:gsub('[%c"\\<]', escape) .. '"'
end

local DIGITS <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(bytes)
  local rest = -#bytes % 3
  local text = (bytes .. ("\0"):rep(rest)):gsub("(.)(.)(.)", function(a, b, c)
    local n, word = a:byte() << 16 | b:byte() << 8 | c:byte(), ""
    for shift = 18, 0, -6 do
      local digit = (n >> shift & 63) + 1
      word = word .. DIGITS:sub(digit, digit)
    end
    return word
  end)
  return text:sub(1, #text - rest) .. ("="):rep(rest)
end

--- A script as it stands between two tags.
local function script(text)
  assert(not text:find "</[Ss][Cc][Rr][Ii][Pp][Tt]" and not text:find "<!%-%-", "it would end its element")
  return text
end

-- ====== }

-- {====== What is in the page ======

local FIND <const> = "find lua command/vmem/command/run.lua command/vmem/command/output.lua "
  .. "-name '*.lua' | LC_ALL=C sort"

--- The modules that a script may require, without annotations for editors; and `vmem run`, which runs it.
local function modules()
  local parts = {}
  for _, path in ipairs(list(FIND)) do
    if not path:find "types%.lua$" then
      parts[#parts + 1] = quote("/" .. path:gsub("^command/", "lua/")) .. ":" .. quote(contents(path))
    end
  end
  parts[#parts + 1] = quote "/run.lua" .. ":" .. quote(contents "playground/run.lua")
  return "{" .. table.concat(parts, ",") .. "}"
end

--- What examples read from the terminal.
local INPUTS <const> = {
  d06_commit_on_fault = "0\nhello\n1\nworld\n12\n9\nthe last cell\n",
  d06_win32 = "0\nhello\n1\nworld\n12\n9\nthe last cell\n",
}

local function examples()
  local parts = {}
  local paths = list "ls examples/d[01]*.lua examples/arena.lua examples/stack.lua examples/secret.lua"
  table.insert(paths, 1, "playground/first.lua")
  for _, path in ipairs(paths) do
    local text, name = contents(path), path:match "([^/]+)%.lua$"
    local title = text:match "^%-%- ([^\n]*)"
    if name:find "_win32$" then title = title:match "^D%d+" .. ": The same in the Windows calls" end
    parts[#parts + 1] = ('{"name":%s,"title":%s,"text":%s,"input":%s}'):format(
      quote(name .. ".lua"), quote(title), quote(text), quote(INPUTS[name] or ""))
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

-- ====== }

local parts <const> = {
  style = contents "playground/page.css",
  page = script(contents "playground/page.js"),
  worker = script(contents(folder .. "/machine.js") .. "\n" .. contents "playground/worker.js"),
  machine = base64(contents(folder .. "/machine.wasm")),
  modules = modules(),
  examples = examples(),
}
local html = contents("playground/page.html"):gsub("{{(%l+)}}", parts)
assert(#html < LARGEST, "the page is larger than 3 MiB")
local file <close> = assert(io.open(page, "wb"))
assert(file:write(html))
print(("playground: %s has %d KiB"):format(page, #html >> 10))
