-- A host may have called setlocale, and a script may: then numbers have a comma, and bytes above 127 may be
-- letters, spaces or control characters. Pictures, pages and JSON are the same whatever it is, byte by byte.

local helpers = require "helpers"

-- A script that draws everything in a given locale, which is set before or after vmem is loaded.
local DRAW <const> = [[
  local early, locale = %q == "early", %q
  local function set() assert(locale == "C" or os.setlocale(locale), "no such locale") end
  if not early then set() end -- some modules are loaded by a picture, some before
  local vmem = require "vmem"
  local layout, pagetable, paging = require "vmem.layout", require "vmem.pagetable", require "vmem.paging"
  local recorder, arena, sparse = require "vmem.recorder", require "vmem.arena", require "vmem.sparse"
  local P = vmem.page_size
  local NAME <const> = "größe \u{2026}\u{a0}\u{85}Ж\u{ff} \xe4\xa0"
  if early then set() end
  local base = 0x56780000
  local region <close> = assert(vmem.reserve(300 * P, { name = NAME, address = base }))
  region:commit(0, 10 * P):write(0, "A")
  region:commit(20 * P, P, "r"):commit(21 * P, P, "none"):commit(22 * P, P, "rw+guard")
  local function put(what, text) io.write("\n== ", what, "\n", text) end
  local function both(what, object)
    for _, options in ipairs { { width = 100 }, { width = 60, ascii = true }, { scheme = "dark" } } do
      if not options.scheme then put(what .. " text", object:text(options)) end
      put(what .. " svg", object:svg(options))
    end
  end
  both("map", region:map())
  both("page table", pagetable.simulated(12))
  local mmu = paging.new { tlb = 4 }
  mmu:read(0x12345) mmu:read(0x12345) mmu:write(0x56789)
  both("mmu", mmu:figure())
  put("mmu", tostring(mmu))
  both("translation", mmu:translate(0x56789))
  both("sizes", paging.page_sizes { 5000, 123457, 1 })
  both("compare", paging.compare({ { NAME, 4096 }, { "d", 8192 }, { "e", 3000 } },
    { "first", "paged" }, 16384))
  both("memory", paging.allocator("buddy", 65536))
  local list = {}
  for i = 1, 200 do list[i] = (i * i %% 23) * 4096 end
  both("misses", paging.misses({ { NAME, paging.trace(list) }, { "b", paging.trace(list) } },
    { frames = { 1, 2, 3, 5, 8 } }))
  local recording = recorder.start { writes = true }
  region:write(1.0, "x")
  pcall(region.write, region, 200 * P, "x")
  recording:stop()
  put("page", (recording:html(NAME):gsub('"time":%%b[]', ""):gsub('"time":%%d+', "")
    :gsub('"duration":%%d+', "")
    :gsub('"samples":%%b[]', ""):gsub('"looks":%%b[]', ""):gsub('"lines":[^\n]*', ""):gsub(arg[0], "script")))
  local cells <close> = assert(sparse.new("f64", 1000))
  cells[3] = 2.5
  local cost = tostring(cells:cost())
  put("cost", cost)
  for _, size in ipairs { 1, 1023, 1025, 1536, 1 << 20, 3 << 29, -1 } do
    put("size", require("vmem.internal.units").size(size))
  end
  local units = require "vmem.internal.units"
  put("format", units.format("%%d %%5.1f|%%-8.3g|%%e %%%% %%s %%a %%G %%x", 7, 1.5, 2.25, 1e300, "1,5", 0.5,
    1e-9, 255))
  put("format", units.format("%%g %%g %%g", math.huge, -0.0, 12))
  local view = region:view "f64"
  view[1] = 0.1
  put("view", ("%%q"):format(view[1]))
  local here = layout.of()
  local svg = here:svg()
  assert(not svg:find "%%d,%%d%%d*[\"%% vhVHlLcC]", "a comma in a number")
  assert(utf8.len(svg) and utf8.len(here:text()))
  local kept = io.stdout
  local written = {}
  io.stdout = setmetatable({}, { __index = { write = function(_, ...)
    written = { ... } return true end, flush = function() return true end } })
  local command, json = require "vmem.command", require "dkjson"
  local code = command.main { "map", "--json", [0] = "vmem" }
  io.stdout = kept
  local areas = assert(json.decode(written[1])).areas
  assert(code == 0 and #areas > 5)
  for _, area in ipairs(areas) do
    assert(math.type(area.size) ~= "float" and math.type(area.resident) ~= "float")
  end
]]

-- A decimal comma in UTF-8; a comma where bytes are letters; no letters as in English.
local LOCALES <const> = { "de_DE.UTF-8", "de_DE.ISO-8859-1", "tr_TR.UTF-8", "tr_TR.ISO-8859-9" }

--- Makes the locales in a folder, so that the machine need not have them. Nil if it cannot.
local function made(folder)
  for _, name in ipairs(LOCALES) do
    local language, charset = name:match "^([^.]+)%.(.+)$"
    local make = "localedef -i %s -f %s '%s/%s' >/dev/null 2>&1"
    if not os.execute(make:format(language, charset, folder, name)) then return nil end
  end
  return folder
end

local function run(locale, when, folder)
  local output, ok = helpers.run_script(DRAW:format(when, locale),
    ("export LOCPATH='%s' COLUMNS=80 LC_ALL=C.UTF-8 NO_COLOR=1;"):format(folder))
  assert.is_true(ok, output:sub(-2000))
  return output
end

describe("in a locale of its own", function()
  local folder, possible

  setup(function()
    if helpers.on_windows then return end
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    possible = made(folder) ~= nil
  end)

  teardown(function()
    if folder then os.execute("rm -r " .. folder) end
  end)

  for _, when in ipairs { "early", "late" } do
    helpers.areas_it("nothing is drawn in another way, modules loaded " .. when, function()
      if not possible then return pending "needs localedef and /usr/share/i18n (package locales)" end
      local plain = run("C", when, folder)
      for _, locale in ipairs(LOCALES) do
        local other = run(locale, when, folder)
        if other ~= plain then
          local at = 1
          while other:byte(at) == plain:byte(at) do at = at + 1 end
          error(("%s: %q, not %q"):format(locale, other:sub(at - 60, at + 20), plain:sub(at - 60, at + 20)))
        end
      end
    end)
  end
end)

describe("a number with a fraction", function()
  it("is written by units.format alone, which knows the locale", function()
    local found, files = {}, 0
    for _, path in pairs(helpers.modules()) do
      files = files + 1
      for line in io.lines(path) do
        if line:find "%%[-+ #%d.]*[aefgAEFG][^%a].*%):format%(" and not path:find "internal/units.lua$" then
          found[#found + 1] = path .. ": " .. line
        end
      end
    end
    assert.is_true(files > 50)
    assert.same({}, found)
  end)
end)
