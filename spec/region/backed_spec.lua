-- Pages that were never written are not touched when a range is read or wiped.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

-- {====== Contents ======

-- A script, since the environment says which way the system is asked. Every verb is compared with the same on
-- strings.
local contents = [==[
  local vmem = require "vmem"
  local P = vmem.page_size
  local PAGES = 72
  local SIZE = PAGES * P

  local shapes = {
    never = {},
    start = { 0 },
    middle = { PAGES // 2 * P + 7 },
    ["end"] = { SIZE - 3 },
    scattered = {},
    borders = { 16 * P - 1, SIZE - 16 * P - 2 }, -- of what the system is asked about first, from either end
    zeros = {},
  }
  for page = 0, PAGES - 1, 24 do table.insert(shapes.scattered, page * P + page) end

  local kinds = { -- options, and what is done to the region before
    plain = {}, sparse = { sparse = true }, wiped = { wipe = true }, concealed = { conceal = true },
    watched = { watch = true }, pieces = {},
  }
  -- How the system is asked is the same for all of them.
  if os.getenv "VMEM_RESIDENT" then kinds = { plain = {}, sparse = kinds.sparse } end

  local function make(kind, shape)
    local region
    if kind == "pieces" then -- by as many commits as there are pages: marked where there are markers
      region = vmem.reserve(SIZE)
      for page = 0, PAGES - 1, 2 do region:commit(page * P, P) end
      for page = 1, PAGES - 1, 2 do region:commit(page * P, P) end
    else
      region = vmem.allocate(SIZE, kinds[kind])
    end
    for _, offset in ipairs(shapes[shape]) do region:write(offset, "AB") end
    if shape == "zeros" then region:write(5 * P, "gone"):write(5 * P, "\0\0\0\0") end
    return region
  end

  local texts = {} -- by shape
  for shape, offsets in pairs(shapes) do
    local text, at = {}, 0
    for _, offset in ipairs(offsets) do
      text[#text + 1] = ("\0"):rep(offset - at) .. "AB"
      at = offset + 2
    end
    texts[shape] = table.concat(text) .. ("\0"):rep(SIZE - at)
  end

  local function check(name, got, want)
    local function short(value) return type(value) == "string" and #value or value end
    if got ~= want then print(name, short(got), short(want)) end
  end

  local ranges = { { 0, SIZE }, { 1, SIZE - 1 }, { P + 3, SIZE - 2 * P }, { 3 * P, 2 * P } }
  local needles = { "A", "AB", "B\0", "\0A", "\0\0AB\0", "\0", ("\0"):rep(P), ("\0"):rep(23 * P + 22),
    ("\0"):rep(40 * P), "AB" .. ("\0"):rep(3 * P), ("\0"):rep(30) .. "AB", "ABC" }
  local leads = {} -- which byte of each is the first that is not zero
  for i, needle in ipairs(needles) do leads[i] = needle:find "[^\0]" end

  -- Where a text is not zero: looked at a page at a time, since nearly all of it is.
  local function places_of(text)
    local places, zeros = {}, ("\0"):rep(P)
    for at = 1, #text, P do
      local page = text:sub(at, at + P - 1)
      if page ~= zeros then
        for place in page:gmatch "()[^\0]" do places[#places + 1] = at + place - 1 end
      end
    end
    return places
  end

  -- As string.find, which would try a needle that begins with zeros at each zero.
  local function find(text, places, i)
    local needle, lead = needles[i], leads[i]
    if lead then
      for _, place in ipairs(places) do
        local at = place - lead + 1
        if at >= 1 and text:sub(at, at + #needle - 1) == needle then return at end
      end
      return nil
    end
    local before = 0
    for _, place in ipairs(places) do
      if place - 1 - before >= #needle then return before + 1 end
      before = place
    end
    return #text - before >= #needle and before + 1 or nil
  end

  local function ask(region, name, text)
    for _, range in ipairs(ranges) do
      local from, size = table.unpack(range)
      local part = text:sub(from + 1, from + size)
      check(name .. " read", region:read(from, size), part)
      local places = places_of(part)
      local first, last = region:nonzero(from, size)
      check(name .. " nonzero, first", first, places[1] and from + places[1] - 1)
      check(name .. " nonzero, last", last, places[1] and from + places[#places] - 1)
      for i, needle in ipairs(needles) do
        local at = find(part, places, i)
        check(name .. " find " .. i, region:find(needle, from, size), at and from + at - 1)
      end
      local file <close> = io.tmpfile()
      file:write "x"
      check(name .. " save", region:save(file, from, size), size)
      file:seek "set"
      check(name .. " saved", file:read "a", "x" .. part)
    end
  end

  local function compare(a, b, size)
    for at = 1, size, P do
      local x, y = a:sub(at, math.min(at + P - 1, size)), b:sub(at, math.min(at + P - 1, size))
      if x ~= y then
        for i = 1, #x do
          if x:byte(i) ~= y:byte(i) then return x:byte(i) < y:byte(i) and -1 or 1, at + i - 2 end
        end
      end
    end
    return 0
  end

  local function two(region, text, name)
    for shape in pairs(shapes) do
      local other, others = make("plain", shape), texts[shape]
      for _, shift in ipairs { 0, 5, P } do
        local size = SIZE - shift
        local order, at = region:compare(0, shift, size, other)
        local want, place = compare(text, others:sub(shift + 1), size)
        check(name .. " compare " .. shape, order, want)
        check(name .. " compare at " .. shape, at, place)
      end
      other:copy(7, 2, SIZE - 7, region)
      check(name .. " copy to " .. shape, other:read(), others:sub(1, 7) .. text:sub(3, SIZE - 5))
      other:fill(0, SIZE, 66):copy(0, 0, SIZE, region)
      check(name .. " copy to written", other:read(), text)
      other:release()
    end
    for _, shift in ipairs { 3, P, 30 * P } do
      region:copy(0, shift, SIZE - shift)
      text = text:sub(shift + 1) .. text:sub(SIZE - shift + 1)
      check(name .. " copy down", region:read(), text)
      region:copy(shift, 0, SIZE - shift)
      text = text:sub(1, shift) .. text:sub(1, SIZE - shift)
      check(name .. " copy up", region:read(), text)
    end
    return text
  end

  if not vmem.reserve(P, { conceal = true }) then kinds.concealed = nil end -- this system has nothing for it
  for kind in pairs(kinds) do
    for shape in pairs(shapes) do
      local name, text = kind .. ", " .. shape, texts[shape]
      local region = make(kind, shape)
      ask(region, name, text)
      text = two(region, text, name)
      region:protect(0, SIZE, "r")
      ask(region, name .. ", copied", text)
      region:protect(0, SIZE, "rw")
      region:decommit(10 * P, 50 * P) -- a wiped region's is overwritten
      region:commit(10 * P, 50 * P)
      text = text:sub(1, 10 * P) .. ("\0"):rep(50 * P) .. text:sub(60 * P + 1)
      check(name .. " decommitted", region:read(), text)
      region:release()
    end
  end
  print "done"
]==]

describe("memory of which little has been written", function()
  helpers.no_regions_left()

  for what, way in pairs { ["asked as the system can"] = "", ["as before Linux 6.7"] = "VMEM_RESIDENT=smaps",
    ["without /proc"] = "VMEM_RESIDENT=mincore", ["marked"] = "VMEM_COMMIT=marked" } do
    helpers.unix_it("holds what strings would, " .. what, function()
      assert.equal("done\n", (helpers.run_script(contents, way ~= "" and "export " .. way .. ";" or nil)))
    end)
  end
end)

-- ====== }

-- {====== Page faults ======

local function swaps()
  for line in io.lines "/proc/meminfo" do
    if line:match "^SwapTotal:%s+[1-9]" then return true end
  end
  return false
end

--- Whether the system can tell which pages are backed: not with swap and without pagemap.
local function tells()
  local pagemap <close> = io.open "/proc/self/pagemap"
  local known = io.open "/proc/meminfo"
  if known then known:close() end
  return pagemap ~= nil or known ~= nil and not swaps()
end

local SMALL, LARGE = 64, 4096

local function write_nothing() end
local function write_ends(region)
  region:write(0, "A"):write(region.size // 2, "A"):write(region.size - 1, "A")
end

local null = helpers.on_windows and "NUL" or "/dev/null"

-- { name, operation, options }
local verbs = {
  { "nonzero", function(region) region:nonzero() end },
  { "find of content", function(region) region:find("not there") end },
  { "find of a byte", function(region) region:find("Z") end },
  { "find of too many zeros", function(region) region:find(("\0"):rep(P), region.size // 2, P // 2) end },
  { "find of zeros", function(region) region:find(("\0"):rep(3 * P)) end },
  { "compare", function(region, other) region:compare(0, 0, region.size, other) end },
  { "compare with its own", function(region) region:compare(0, region.size // 2, region.size // 2) end },
  { "copy", function(region, other) other:copy(0, 0, region.size, region) end },
  { "save", function(region)
    local file <close> = assert(io.open(null, "wb"))
    region:save(file)
  end },
  { "release", function(region) region:release() end },
  { "wiped release", function(region) region:release() end, { wipe = true } },
  { "wiped decommit", function(region) region:decommit() end, { wipe = true } },
  { "wiped discard", function(region) region:discard() end, { wipe = true } },
  { "wiped <close>", function(region) do local _ <close> = region end end, { wipe = true } },
}

--- The page faults of a verb on so many pages.
local function faults(verb, write, pages)
  local _, run, options = table.unpack(verb)
  local region, other <close> = vmem.allocate(pages * P, options), vmem.allocate(pages * P)
  local base = region.base
  write(region)
  write(other)
  collectgarbage()
  collectgarbage "stop"
  local before = vmem.faults()
  run(region, other)
  local after = vmem.faults()
  collectgarbage "restart"
  if vmem.at(base) == region then region:release() end
  return after - before
end

describe("what nobody has written", function()
  helpers.no_regions_left()

  for _, verb in ipairs(verbs) do
    for shape, write in pairs { nothing = write_nothing, ["three bytes"] = write_ends } do
      helpers.bare_linux_it(("is not touched by %s where %s is written"):format(verb[1], shape), function()
        if not tells() then return pending "no pagemap, and swap: the system does not tell" end
        faults(verb, write, SMALL) -- code and tables that are used for the first time
        local few, many = faults(verb, write, SMALL), faults(verb, write, LARGE)
        -- If the pages were brought in, there would be thousands.
        assert.is_true(many < few + 200, ("%d faults of %d pages, %d of %d"):format(few, SMALL, many, LARGE))
      end)
    end
  end

  helpers.bare_linux_it("does not get into RAM by being read as a string", function()
    if not tells() then return pending "no pagemap, and swap: the system does not tell" end
    local region <close> = vmem.allocate(256 * P)
    region:write(100 * P, "A")
    local before = region:resident()
    assert.equal(256 * P, #region:read())
    assert.equal(before, region:resident())
  end)
end)

-- ====== }
