local helpers = require "helpers"
local pagetable = require "vmem.pagetable"
local vmem = require "vmem"

local P = vmem.page_size

--- Whether the system reports which frame a page has.
local tells = (function()
  local region <close> = vmem.allocate(P)
  return region:write(0, "A")[1].frame ~= nil
end)()

--- Follows the line that leaves a page to the frame it arrives at.
local function follow(text, page)
  local rows, y = {}, nil
  for line in text:gmatch("[^\n]+") do
    local row = {}
    for _, code in utf8.codes(line) do row[#row + 1] = utf8.char(code) end
    rows[#rows + 1] = row
    if line:find("  page " .. page .. " ", 1, true) then y = #rows end
  end
  local x, dx, dy = 1, 1, 0
  while rows[y][x] ~= "─" and rows[y][x] ~= "┐" and rows[y][x] ~= "┘" do x = x + 1 end
  while rows[y][x] ~= "→" do
    local place = rows[y][x]
    if place == "┐" then dx, dy = 0, 1 elseif place == "┘" then dx, dy = 0, -1
    elseif place == "└" or dy ~= 0 and (place == "┴" or place == "┬") or place == "┌" then dx, dy = 1, 0 end
    x, y = x + dx, y + dy
  end
  return math.tointeger(tonumber(table.concat(rows[y]):match("frame (0x%x+)")))
end

describe("vmem.pagetable", function()
  helpers.no_regions_left()

  it("says what is wrong with what it is given", function()
    local region <close> = vmem.allocate(P)
    helpers.raises("bad argument #1 to 'of' (vmem.region expected, got nil)", pagetable.of)
    helpers.raises("bad argument #1 to 'of' (vmem.region expected, got userdata)", pagetable.of, region[1])
    helpers.raises("bad argument #2 to 'of' (options must be a table, not 'x')", pagetable.of, region, "x")
    helpers.raises("(option entries must be an integer of 1 or", pagetable.of, region, { entries = {} })
  end)

  it("tells pages that have no frame run by run", function()
    local region <close> = vmem.reserve(100 * P)
    region:commit(10 * P, 20 * P):trap(40 * P, 2 * P, { read = print })
    local words = {}
    for i, entry in ipairs(pagetable.of(region).entries) do
      words[i] = ("%d %d %s"):format(entry.first, entry.count, entry.state)
    end
    assert.same({ "1 10 reserved", "11 20 absent", "31 10 reserved", "41 2 trap",
      "43 58 reserved" }, words)
    assert.truthy(tostring(pagetable.of(region)):find("pages 41 to 42, a device", 1, true))
    assert.truthy(pagetable.of(region):svg():find("pages 41 to 42, a device", 1, true))
  end)

  it("tells the frame of each page in RAM, or that there is one", function()
    local region <close> = vmem.allocate(4 * P)
    region:write(0, "A"):write(2 * P, "B")
    local list = pagetable.of(region)
    if region:resident() == nil then return end
    for _, entry in ipairs(list.entries) do
      local page = region[entry.first]
      assert.equal(page.frame, entry.frame)
      assert.equal(page.resident, entry.state == "mapped" or entry.state == "hidden")
    end
    assert.equal(not tells, list.note ~= nil)
  end)

  it("shows as many as it is told, and counts the rest", function()
    local region <close> = vmem.allocate(100 * P)
    for page = 0, 99, 2 do region:write(page * P, "A") end
    local list = pagetable.of(region, { entries = 5 })
    assert.equal(5, #list.entries)
    assert.equal(95, list.left)
    assert.truthy(tostring(list):find("and 95 more pages", 1, true))
  end)

  helpers.vast_it("takes no more steps for the largest region than for a small one", function()
    local function steps(size, committed)
      local region <close> = vmem.reserve(size) or assert(vmem.reserve(size >> 8))
      region:commit(region.size // 2, committed)
      region:write(region.size // 2 + committed // 2, "A")
      return helpers.steps(function()
        assert.truthy(tostring(pagetable.of(region)):find("reserved", 1, true))
      end)
    end
    assert.is_true(steps(helpers.vast_size, 1 << 28) < 3 * steps(1 << 30, 1 << 24))
  end)

  it("draws lines that lead from each page to its own frame", function()
    for _, pages in ipairs { 1, 2, 8, 16 } do
      local list = pagetable.simulated(pages)
      local text = list:text { ascii = false, colour = false, width = 80 }
      for i, entry in ipairs(list.entries) do assert.equal(entry.frame, follow(text, i)) end
    end
  end)

  it("draws lines that join where pages are in one frame, which is there once", function()
    local frames = { [3] = 9, [4] = 7, [5] = 9, [6] = 8, [8] = 7 }
    local text = pagetable.made("Aliases", 4096, { 3, 4, 5, 6, 8 }, frames):text { ascii = false, width = 90 }
    for page, frame in pairs(frames) do assert.equal(frame, follow(text, page - 2), text) end
    for frame = 7, 9 do assert.equal(1, select(2, text:gsub("frame 0x" .. frame, ""))) end
    assert.truthy(text:find("5 pages, in 3 frames: some are the same memory.", 1, true), text)
    local two = pagetable.made("Two", 4096, { 1, 2 }, { 5, 5 })
    assert.equal(1, two:pieces())
    assert.truthy(tostring(two):find("2 pages, in 1 frame: the same memory.", 1, true), tostring(two))
    assert.equal(1, select(2, two:svg():gsub(">frame 0x5<", "")))
    assert.equal(2, select(2, two:svg():gsub("C%d", "")))
  end)

  helpers.section_it("shows that attached pages are in one frame, where the system tells frames", function()
    if not tells then return end
    local U <const> = helpers.attach_unit
    local ring <close> = assert(vmem.mirror(U))
    ring:write(0, "A")
    ring:read(U, 1)
    local states = {}
    for _, entry in ipairs(pagetable.of(ring, { entries = 1000 }).entries) do
      if entry.first % (U // P) == 1 or U == P then states[#states + 1] = entry.frame or entry.state end
    end
    assert.equal(states[1], states[2])
    assert.equal("integer", math.type(states[1]))
  end)

  it("says so, and shows what is in RAM alone, without the privilege", function()
    if not helpers.on_linux or not tells then return end
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region = vmem.allocate(3 * vmem.page_size):write(0, "A")
      print(require("vmem.pagetable").of(region))
    ]], "setpriv --bounding-set=-sys_admin env")
    if output:find("setpriv", 1, true) then return end -- setpriv is missing, or is not allowed
    assert.matches("page 1, in RAM", output)
    assert.matches("pages 2 to 3, not in RAM", output)
    assert.matches("run as root", output)
    assert.is_nil(output:find("frame 0x", 1, true))
  end)
end)
