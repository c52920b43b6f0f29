-- A filter for pandoc: makes one document of pages of Markdown, each a chapter, with the links between them.
--
-- Chapters are in the order in which README, the first page, leads to them; pages that no link leads to come
-- last. A link to another file of the repository becomes its text and that file's path. A link to a file or a
-- heading that does not exist is an error.
-- luacheck: globals pandoc PANDOC_STATE

local utils = pandoc.utils
local resolved = dofile "tools/manual/resolved.lua"

local function is_local(link) return not link:find "^%a[%w+.-]*:" end

-- {====== Pages ======

--- path -> { path, name, blocks, ids }. `ids` has the name of each heading in the document: for the first one
--- that of the chapter, with which the others begin.
local pages = {}

local function read(path)
  local file = assert(io.open(path))
  local document = pandoc.read(file:read("a"), "gfm")
  file:close()
  local page = {
    path = path,
    name = path:match("([^/]+)%.md$"):lower(),
    blocks = pandoc.Div(document.blocks),
    ids = {},
  }
  pandoc.walk_block(page.blocks, {
    Header = function(header)
      page.ids[header.identifier] = next(page.ids) and page.name .. "--" .. header.identifier or page.name
    end,
  })
  return page
end

--- The pages that a page links to, one after the other.
local function successors(page)
  local list = {}
  pandoc.walk_block(page.blocks, {
    Link = function(link)
      local path = is_local(link.target) and link.target:match "^[^#]+"
      list[#list + 1] = path and pages[resolved(page.path, path)] or nil
    end,
  })
  return list
end

--- All pages: first README, then those that it names, then those that these name.
local function in_order(paths)
  local list, seen = {}, {}
  local function add(page)
    if not seen[page] then
      seen[page] = true
      list[#list + 1] = page
    end
  end
  add(pages[paths[1]])
  local at = 1
  for _, path in ipairs(paths) do
    while list[at] do
      for _, page in ipairs(successors(list[at])) do add(page) end
      at = at + 1
    end
    add(pages[path])
  end
  return list
end

-- ====== }

-- {====== One of many ======

--- Where a link of a page leads in the document: "#name"; or nil and a path, if it leads out of it.
local function inside(page, target)
  local path, anchor = target:match "^([^#]*)#?(.*)$"
  path = path == "" and page.path or resolved(page.path, path)
  local other = pages[path]
  if other then
    local name = anchor == "" and other.name or other.ids[anchor]
    return "#" .. assert(name, ("%s: no heading %s"):format(page.path, target))
  end
  assert(io.open(path), ("%s: no file %s"):format(page.path, target)):close()
  return nil, path
end

--- What a screen reader says of a block of code.
local CODE = { lua = "Code in Lua", sh = "Commands", json = "JSON" }

local function as_chapter(page)
  return pandoc.walk_block(page.blocks, {
    Header = function(header)
      local name = page.ids[header.identifier]
      header.identifier = name
      header.level = header.level + 1
      local text = utils.stringify(header.content)
      header.content:insert(pandoc.Link({}, "#" .. name, "Link to: " .. text, { class = "anchor" }))
      return header
    end,
    Link = function(link)
      if link.classes:includes "anchor" or not is_local(link.target) then return nil end
      local target, outside = inside(page, link.target)
      if outside then
        local text = link.content
        if utils.stringify(text) ~= outside then
          text:extend { pandoc.Str " (", pandoc.Code(outside), pandoc.Str ")" }
        end
        return text
      end
      link.target = target
      return link
    end,
    Image = function(image)
      assert(is_local(image.src), ("%s: a picture on the network: %s"):format(page.path, image.src))
      image.src = resolved(page.path, image.src)
      return image
    end,
    CodeBlock = function(block)
      -- "lua more" is Lua: the second word is for specs. A tabindex lets keys scroll a wide block; what takes
      -- the focus has a name.
      local language = block.classes[1] and block.classes[1]:match "^%S+"
      block.classes = { language }
      block.attributes.tabindex, block.attributes.role = "0", "group"
      block.attributes["aria-label"] = CODE[language] or "Code"
      return block
    end,
  })
end

-- ====== }

return { {
  Pandoc = function(document)
    local paths = PANDOC_STATE.input_files
    for _, path in ipairs(paths) do pages[path] = read(path) end
    local blocks = pandoc.List()
    for _, page in ipairs(in_order(paths)) do blocks:extend(as_chapter(page).content) end
    document.blocks = blocks
    return document
  end,
} }
