-- Checks the manual as one page: links lead to places in it, pictures are in it, and it loads nothing.
--
--   lua5.4 tools/manual/check.lua PAGE.html FILES.md

local check = {}

-- {====== Base 64 ======

local digits <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local values <const> = {}
for i = 1, #digits do values[digits:sub(i, i)] = i - 1 end

--- The bytes that a text in base 64 stands for.
local function decoded(text)
  return (text:gsub("[^%w+/]", ""):gsub("..?.?.?", function(group)
    local number = 0
    for i = 1, 4 do number = number << 6 | (values[group:sub(i, i)] or 0) end
    return string.pack(">I3", number):sub(1, #group - 1)
  end))
end

-- ====== }

--- What a browser would load for this text: addresses in attributes and styles. Links are not loaded.
local function loads(text)
  local list = {}
  for tag in text:gmatch "<%a[^>]*>" do
    local is_link = tag:find "^<[aA]%s"
    for name, address in tag:gmatch "([%w:-]+)%s*=%s*[\"']([^\"']*)" do
      local key = name:lower()
      local is_address = key == "src" or key == "srcset" or key == "data" or key == "poster"
        or key:find "href$" and not is_link
      if is_address and not address:find "^#" then list[#list + 1] = address end
    end
  end
  for address in text:gmatch "url%(%s*[\"']?([^\"')]+)" do
    if not address:find "^#" then list[#list + 1] = address end
  end
  for address in text:gmatch "@import%s*[\"']([^\"']+)" do list[#list + 1] = address end
  return list
end

--- What is wrong with a page: a list of sentences. `names` are those of the chapters that it must have.
--- Also gives a table of counts.
function check.problems(html, names)
  local problems, ids = {}, {}
  local counts = { links = 0, pictures = 0, chapters = #names }
  local function problem(...) problems[#problems + 1] = string.format(...) end

  for id in html:gmatch "<%a[^>]-%sid=\"([^\"]+)\"" do
    if ids[id] then problem("two places have the name %s", id) end
    ids[id] = true
  end
  for _, name in ipairs(names) do
    if not ids[name] then problem("no chapter %s", name) end
  end

  for link in html:gmatch "<a%s[^>]-href=\"([^\"]*)\"" do
    counts.links = counts.links + 1
    if link:find "^#" then
      if not ids[link:sub(2)] then problem("no place %s", link) end
    elseif not link:find "^https://" then
      problem("a link that leads out of the page: %s", link)
    end
  end

  for _, address in ipairs(loads(html)) do
    local kind, encoding, data = address:match "^data:([%w/+]+)(;?[%w=;-]*),(.+)$"
    if not kind then
      problem("not inside the page: %s", address:sub(1, 80))
    elseif kind:find "^image/" then
      counts.pictures = counts.pictures + 1
      if kind == "image/svg+xml" then
        if encoding:find "base64" then data = decoded(data) end
        for _, part in ipairs(loads(data)) do problem("a picture loads %s", part:sub(1, 80)) end
      end
    end
  end
  if html:find "<script" then problem "the page has a script" end
  return problems, counts
end

if arg and arg[0] and arg[0]:find "check%.lua$" then
  local file <close> = assert(io.open(arg[1]))
  local names = {}
  for i = 2, #arg do names[#names + 1] = arg[i]:match("([^/]+)%.md$"):lower() end
  local problems, counts = check.problems(file:read("a"), names)
  for _, text in ipairs(problems) do print(arg[1] .. ": " .. text) end
  print(("%s: %d chapters, %d links, %d pictures, %d bytes"):format(
    arg[1], counts.chapters, counts.links, counts.pictures, (file:seek "end")))
  os.exit(#problems == 0)
end

return check
