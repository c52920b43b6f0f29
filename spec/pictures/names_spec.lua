-- Names come from elsewhere: of files, regions, traces. Whatever is in them, a picture shows it and nothing
-- more happens: no terminal is steered, no line turned around, no document broken.

local helpers = require "helpers"
local json = require "dkjson"
local layout = require "vmem.layout"
local pagetable = require "vmem.pagetable"
local paging = require "vmem.paging"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P = vmem.page_size

-- A name, and how it is shown.
local cases = {
  ["a zero byte"] = { "\0", "\\x00" }, ["a bell"] = { "\7", "\\x07" }, ["a tab"] = { "\t", "\\t" },
  ["a newline"] = { "\n", "\\n" }, ["a return"] = { "\r", "\\r" }, ["an escape"] = { "\27[31m", "\\x1b[31m" },
  ["a delete"] = { "\127", "\\x7f" },
  ["a byte of no UTF-8"] = { "\xff", "\\xff" }, ["half a character"] = { "\xe2\x80", "\\xe2\\x80" },
  ["a byte that goes on"] = { "\x9b", "\\x9b" }, ["an overlong slash"] = { "\xc0\xaf", "\\xc0\\xaf" },
  ["half of a pair"] = { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
  ["more than Unicode has"] = { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
  ["letters"] = { "äЖ中😀", "äЖ中😀" }, ["a joiner"] = { "\u{200d}", "\u{200d}" },
  ["quotes"] = { "\\\"'<&>", "\\\"'<&>" },
}
for _, range in ipairs {
  { 0x80, 0x80 }, { 0x85, 0x85 }, { 0x9b, 0x9b }, { 0x9f, 0x9f }, { 0x61c, 0x61c },
  { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
  { 0xfdd0, 0xfdd0 }, { 0xfeff, 0xfeff }, { 0xfffe, 0xffff }, { 0x1ffff, 0x1ffff }, { 0xe0001, 0xe0001 },
  { 0x10fffe, 0x10ffff },
} do
  for code = range[1], range[2] do
    cases[("U+%04X"):format(code)] = { utf8.char(code), ("\\u{%x}"):format(code) }
  end
end

local function in_layout(name, how)
  local region <close> = assert(vmem.reserve(P, { name = name })) -- luacheck: ignore 211
  return layout.of()[how](layout.of(), { width = 200, colour = false, all = true })
end

local function in_map(name, how)
  local region <close> = assert(vmem.reserve(P, { name = name }))
  local map = region:map()
  return map[how](map, { colour = false })
end

local function in_pagetable(name, how)
  local region <close> = assert(vmem.reserve(P, { name = name }))
  local table = pagetable.of(region)
  return table[how](table, { colour = false })
end

local function in_memory(name, how)
  local memories = paging.compare({ { name, 4096 }, { "b", 1 << 20 } }, { "first" }, 65536)
  return memories[how](memories, { colour = false })
end

local function in_plot(name, how)
  local trace = paging.trace { 0, 4096, 0 }
  local misses = paging.misses({ { name, trace }, { "b", trace } }, { frames = { 1, 2 } })
  return misses[how](misses, { colour = false })
end

local function in_fault(name)
  local region <close> = assert(vmem.reserve(P, { name = name }))
  return tostring(helpers.fault(region.read, region))
end

-- Names of regions have no zero bytes.
local pictures = {
  ["an address space"] = { in_layout, helpers.areas_it, region = true },
  ["a region"] = { in_map, it, region = true },
  ["a page table"] = { in_pagetable, it, region = true },
  ["memory"] = { in_memory, it },
  ["curves"] = { in_plot, it },
}

--- Patterns that shown text must not match: it is lines of characters, without control characters and
--- noncharacters. All of these are characters of XML 1.0, too.
local BAD <const> = {
  "[\0-\9\11-\31\127]", "\xc2[\x80-\x9f]", "\xd8\x9c", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]",
  "\xef\xbf[\xbe\xbf]", "[\xf0-\xf4].\xbf[\xbe\xbf]", "\xef\xb7[\x90-\xaf]",
}

local function check_text(text)
  assert.is_truthy(utf8.len(text))
  for _, pattern in ipairs(BAD) do assert.is_nil(text:find(pattern)) end
end

local function for_xml(shown)
  return (shown:gsub('[&<>"]', { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

describe("a name with", function()
  helpers.no_regions_left()

  for what, case in pairs(cases) do
    local name, shown = "n" .. case[1] .. "m", "n" .. case[2] .. "m"
    for picture, draw in pairs(pictures) do
      if not (draw.region and name:find "\0") then
        draw[2](("%s is shown in the text of %s"):format(what, picture), function()
          local text = draw[1](name, "text")
          check_text(text)
          if draw[1] ~= in_memory then assert.truthy(text:find(shown, 1, true), text) end
        end)

        draw[2](("%s is shown in the SVG of %s"):format(what, picture), function()
          local text = draw[1](name, "svg")
          check_text(text)
          assert.truthy(text:find(for_xml(shown), 1, true), text)
        end)
      end
    end

    it(what .. " is shown in the page of a recording", function()
      local region <close> = assert(vmem.reserve(P, { name = (name:gsub("%z", "")) }))
      local recording = recorder.start()
      load("(...):commit()", "@" .. name)(region)
      local html = recording:stop():html(name)
      local title = case[1] == "\t" and name or for_xml(shown):gsub("&quot;", '"') -- tabs stay there
      assert.truthy(html:find(("<h1>%s</h1>"):format(title), 1, true))
      assert.is_nil(html:find "[\0-\8\11-\31\127]")
      assert.is_truthy(utf8.len(html))
    end)

    it(what .. " is shown in the sentence of a fault", function()
      if name:find "%z" then return end
      local sentence = in_fault(name)
      check_text(sentence)
      assert.truthy(sentence:find(("region '%s' at 0x"):format(shown), 1, true), sentence)
    end)

    it(what .. " is shown in an error that quotes it", function()
      local _, message = pcall(require("vmem.paging").allocator, name, 4096)
      check_text(message)
      assert.truthy(message:find(shown, 1, true), message)
    end)
  end

  helpers.areas_it("anything is escaped by the command, whose JSON has all of it", function()
    local names, list = {}, {}
    for _, case in pairs(cases) do
      local name = case[1]:find "%z" and "-" or "n" .. case[1] .. "m"
      names[#names + 1] = { name, utf8.len(name) and name or "n" .. case[2] .. "m" }
      list[#list + 1] = ("%q"):format(name)
    end
    local output, ok = helpers.run_script(([[
      local vmem, command = require "vmem", require "vmem.command"
      local regions = {}
      for i, name in ipairs { %s } do regions[i] = assert(vmem.reserve(1, { name = name })) end
      assert(command.main { "map", "--json", [0] = "vmem" } == 0)
    ]]):format(table.concat(list, ", ")))
    assert.is_true(ok, output)
    check_text(output)
    local found = {}
    for _, area in ipairs(assert(json.decode(output)).areas) do found[area.name or ""] = true end
    for _, name in ipairs(names) do assert.is_true(found[name[2]], name[2]) end
    output = helpers.run_script(([[
      io.stderr = io.stdout
      local command = require "vmem.command"
      for _, name in ipairs { %s } do command.main { "run", "/no/such/" .. name, [0] = "vmem" } end
    ]]):format(table.concat(list, ", ")))
    check_text(output)
    assert.equal(#list, select(2, output:gsub("\n", "")))
  end)

  it("everything at once is well-formed for a parser of XML", function()
    local there = os.execute "command -v xmllint >/dev/null 2>&1"
    if not there then return pending "needs xmllint (libxml2-utils)" end
    local all = {}
    for _, case in pairs(cases) do all[#all + 1] = case[1] end
    local name = table.concat(all)
    for picture, draw in pairs(pictures) do
      if draw[2] == it or helpers.tells_areas then
        local path = os.tmpname()
        local file = assert(io.open(path, "wb"))
        file:write(draw[1](draw.region and name:gsub("%z", "") or name, "svg"))
        file:close()
        local pipe <close> = assert(io.popen(("xmllint --noout %s 2>&1"):format(path)))
        local said = pipe:read "a"
        os.remove(path)
        assert.equal("", said, picture)
      end
    end
  end)
end)
