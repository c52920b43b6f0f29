-- The documents: their Lua scripts print what the documents show, and no link is broken.

local helpers = require "helpers"
local resolved = dofile "tools/manual/resolved.lua"
local servers = require "redis_server"
local vmem = require "vmem"

-- {====== Pages ======

--- The content of a file, or nil.
local function contents(path)
  local file <close> = io.open(path)
  return file and file:read("a")
end

--- A page without its blocks of code, where brackets are not links.
local function prose(text)
  return (text:gsub("```.-\n```", ""):gsub("`[^`\n]*`", ""))
end

--- The links and pictures of a page that lead into the repository: path, or nil for the page itself; anchor.
local function links(text)
  local next_link = prose(text):gmatch "%]%(([^)]*)%)"
  return function()
    local link
    repeat link = next_link() until not link or not link:find "^%a+:"
    if link then return link, link:match "^[^#]+", link:match "#(.*)$" end
  end
end

--- README and every page that it links to, directly or not: path -> text.
local pages, order = {}, {}

local function read(path)
  pages[path] = contents(path)
  if not pages[path] then return end
  order[#order + 1] = path
  for _, target in links(pages[path]) do
    target = target and resolved(path, target)
    if target and target:find "%.md$" and not pages[target] then read(target) end
  end
end

read "README.md"

-- ====== }

-- {====== Scripts ======

--- The same text whatever the addresses and the name of the script, and without spaces at the ends of lines.
local function plain(text, name)
  if name then text = text:gsub(name:gsub("%p", "%%%0"), "script.lua") end
  return (text:gsub("0x%x+", function(address) return address:sub(-3) end):gsub(" +\n", "\n"))
end

--- Blocks that begin with "```lua" or another such word, and their output, which is in the block right after
--- them: a list of lists of { lines, output or nil }. A block that begins with "```lua more" continues the
--- block before it: it belongs to the same script.
local function scripts_of(text, word)
  local list = {}
  for first, lines, after in text:gmatch("\n```(" .. word .. "[^\n]*)\n(.-)\n```\n()") do
    local part = { lines, text:match("^\n```\n(.-)```\n", after) }
    if first == word then
      list[#list + 1] = { part }
    elseif first == word .. " more" then
      table.insert(list[#list], part)
    end
  end
  return list
end

--- What the parts of a script print is told apart by a line between them.
local between <const> = "=== more ==="

local function whole(script)
  local parts = {}
  for i, part in ipairs(script) do parts[i] = part[1] end
  return table.concat(parts, ("\nprint %q\n"):format(between))
end

--- The output in the documents was printed on a machine with pages of 4 KiB. These, page and number, have
--- figures that are others elsewhere; all others are the same on every machine.
local of_4_kib = {
  ["docs/manual/prompt.md 1"] = true, ["docs/manual/faults.md 1"] = true, ["docs/manual/secret.md 1"] = true,
  ["README.md 1"] = true, ["docs/manual/regions.md 4"] = true, ["docs/manual/regions.md 7"] = true,
  ["docs/manual/stack.md 1"] = true,
  ["docs/manual/windows-calls.md 1"] = true, ["docs/manual/pictures.md 1"] = true,
  ["docs/manual/arena.md 1"] = true, ["docs/manual/sparse.md 1"] = true,
}

--- These cut off a mapped file, which no process of Windows can.
local not_on_windows = { ["docs/manual/faults.md 4"] = true, ["docs/manual/files.md 5"] = true }

local function try(script, number)
  if helpers.on_windows and not_on_windows[number] then
    return pending "nobody can cut off a mapped file here"
  end
  local printed, ok, name = helpers.run_script(whole(script), "export COLUMNS=80;")
  if not ok and printed:find "cannot reserve" and helpers.ulimit "v" ~= "unlimited" then
    return pending "ulimit -v is in force"
  end
  assert(ok, printed)
  if vmem.page_size ~= 4096 and of_4_kib[number] then return end
  local i = 0
  for part in (printed .. between .. "\n"):gmatch("(.-)" .. between .. "\n") do
    i = i + 1
    local output = script[i][2]
    if output then assert.equal(plain(output), plain(part, name)) end
  end
  assert.equal(#script, i)
end

describe("the documents", function()
  helpers.no_regions_left()

  local count, shown = 0, 0
  for _, path in ipairs(order) do
    local scripts = scripts_of(pages[path], "lua")
    for i, script in ipairs(scripts) do
      for _, part in ipairs(script) do
        count = count + 1
        if part[2] then shown = shown + 1 end
      end
      it(("have scripts that run: %s, script %d"):format(path, i), function()
        try(script, ("%s %d"):format(path, i))
      end)
    end
  end

  -- Blocks that need a Redis server begin with "lua redis".
  servers.it("have scripts that run with a Redis server", function()
    local server <close> = servers.start()
    local with_server = scripts_of(pages["docs/manual/redis.md"], "lua redis")
    assert.equal(1, #with_server)
    local part <const> = with_server[1][1]
    for i = 1, 2 do part[i] = part[i]:gsub("6379", tostring(server.port)) end
    try(with_server[1])
  end)

  it("are all tried", function()
    local blocks = 0
    for _, path in ipairs(order) do
      blocks = blocks + select(2, pages[path]:gsub("\n```[Ll]ua[^\n]*", ""))
    end
    assert.equal(blocks, count + 1)
    assert.is_true(count >= 28 and shown >= 27, ("%d scripts, %d outputs"):format(count, shown))
  end)
end)

-- ====== }

-- {====== Links ======

--- The anchor that GitHub makes of a heading.
local function anchor_of(heading)
  return (heading:lower():gsub("[^%w%s_-]", ""):gsub(" ", "-"))
end

local function anchors(text)
  local set = {}
  for heading in ("\n" .. text):gsub("\n```.-\n```", ""):gmatch "\n#+ +([^\n]+)" do
    set[anchor_of(heading)] = true
  end
  return set
end

describe("README", function()
  it("has at most 180 lines", function()
    local _, lines = pages["README.md"]:gsub("\n", "")
    assert.is_true(lines <= 180, lines .. " lines")
  end)
end)

describe("links of the documents", function()
  it("lead to files and headings that exist", function()
    local problems, checked = {}, 0
    for _, path in ipairs(order) do
      for link, target, anchor in links(pages[path]) do
        checked = checked + 1
        target = target and resolved(path, target) or path
        local file <close> = io.open(target)
        if not file and not helpers.on_windows then -- which opens no folders
          problems[#problems + 1] = ("%s: no file %s"):format(path, link)
        elseif anchor and not anchors(pages[target] or "")[anchor] then
          problems[#problems + 1] = ("%s: no heading %s"):format(path, link)
        end
      end
    end
    assert.same({}, problems)
    assert.is_true(checked > 80, checked)
  end)

  it("reach every page from README", function()
    if helpers.on_windows then return end
    local list <close> = assert(io.popen "ls *.md docs/*.md docs/manual/*.md docs/lessons/*.md")
    for path in list:lines() do assert.truthy(pages[path], path) end
  end)

  it("are not needed for files that are named: these exist as well", function()
    local folders, missing = {}, {}
    for folder in ("bench bin csrc docs examples lua spec tools"):gmatch "%a+" do folders[folder] = true end
    for _, path in ipairs(order) do
      for name in pages[path]:gmatch "`([%w_/.-]+)`" do
        if folders[name:match "^(%l+)/"] and not helpers.on_windows then
          local file <close> = io.open(name)
          if not file then missing[#missing + 1] = path .. ": " .. name end
        end
      end
    end
    assert.same({}, missing)
  end)
end)

-- ====== }

-- {====== Lists ======

describe("lists in the documents", function()
  --- Fails unless the page names each line that a command prints.
  local function names_all(page, command)
    local missing, count = {}, 0
    local lines <close> = assert(io.popen("export LD_PRELOAD=; " .. command)) -- clears a sanitizer's
    for name in lines:lines() do
      count = count + 1
      if not pages[page]:find(name, 1, true) then missing[#missing + 1] = name end
    end
    assert.same({}, missing)
    assert.is_true(count > 5, count)
  end

  helpers.unix_it("have every example", function()
    names_all("docs/documents.md", "ls examples/*.lua | grep -v listings.lua")
  end)

  helpers.unix_it("have every target of make that tests something", function()
    names_all("docs/testing.md",
      [[sed -n 's/^\(test[a-z-]*\):.*## .*/make \1/p' $(find . -name '*.mk') Makefile]])
  end)

  helpers.unix_it("have every switch in the environment", function()
    names_all("docs/testing.md", [[grep -rhoE 'getenv[ (]+"VMEM_[A-Z_]+' csrc bin lua spec tools .busted |
      sed 's/.*"//' | sort -u]])
  end)
end)

-- ====== }
