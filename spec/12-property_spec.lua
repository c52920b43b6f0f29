-- Protection is real as well as checked: after any sequence of operations the kernel and the page
-- table agree on every page. A plain table of pages plays along and knows the contents, too.
-- VMEM_SEED=n repeats a run; VMEM_STEPS=n makes it longer.

local helpers = require "helpers"
local vmem = require "vmem"

local PAGES = 1300 -- more than two leaves of the page table, and not a whole number of them
local PROTECTIONS = { "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard", "rx+guard" }

local page_size = vmem.page_size
local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local steps = tonumber(os.getenv("VMEM_STEPS")) or 4000

--- What the processor is to allow: "rw", "r", "rx", "rwx" or "".
local function hardware(page)
  if page.state == "reserved" or page.protection:find("guard") then return "" end
  return ({ none = "", x = "rx" })[page.protection] or page.protection
end

-- {====== The kernel's side ======

--- Whether the kernel lets a byte of the page be read, and which: as peek sees it.
local function peek(address)
  return (vmem.peek(address, 1))
end

--- ["rw"] and so on for every page of the region, from the system's own map.
local function mapped(region)
  local rights, first, last = {}, region.base, region.base + region.size
  for line in io.lines("/proc/self/maps") do
    local from, to, bits = line:match("^(%x+)%-(%x+) (...)")
    from, to = tonumber(from, 16), tonumber(to, 16)
    for address = math.max(from, first), math.min(to, last) - 1, page_size do
      rights[(address - first) // page_size + 1] = bits:gsub("-", "")
    end
  end
  return rights
end

-- ====== }

-- {====== The operations: each does the same to the region and to the model ======

--- First and last page of a random range, and its offset and size.
local function range(longest)
  local first = math.random(PAGES)
  -- Mostly short, now and then up to the end, so that nodes split and fold.
  longest = longest or (math.random(10) == 1 and PAGES or 40)
  local last = math.min(PAGES, first + math.random(0, longest))
  return first, last, (first - 1) * page_size, (last - first + 1) * page_size
end

local function every(model, first, last, test)
  for i = first, last do
    if not test(model[i]) then return false end
  end
  return true
end

local function is_committed(page) return page.state == "committed" end

local operations = {}

function operations.commit(region, model)
  local first, last, offset, size = range()
  local protection = PROTECTIONS[math.random(#PROTECTIONS)]
  assert(region:commit(offset, size, protection))
  for i = first, last do
    local page = model[i]
    if not is_committed(page) then page.state, page.byte = "committed", 0 end
    page.protection = protection
  end
end

function operations.decommit(region, model)
  local first, last, offset, size = range()
  assert(region:decommit(offset, size))
  for i = first, last do model[i] = { state = "reserved" } end
end

function operations.protect(region, model)
  local first, last, offset, size = range()
  local protection = PROTECTIONS[math.random(#PROTECTIONS)]
  local old, _, code = region:protect(offset, size, protection)
  if every(model, first, last, is_committed) then
    assert.equal(model[first].protection, old)
    for i = first, last do model[i].protection = protection end
  else
    assert.equal("not_committed", code)
  end
end

--- Fills a page through the checked way: it works, trips a guard, or faults.
function operations.touch(region, model)
  local i = math.random(PAGES)
  local page, byte = model[i], math.random(255)
  local ok, fault = pcall(region.fill, region, (i - 1) * page_size, page_size, byte)
  if hardware(page):find("w") then
    assert.is_true(ok)
    page.byte = byte
  elseif page.protection and page.protection:find("guard") then
    assert.equal("guard_page", fault.kind)
    page.protection = page.protection:match("^%a+")
  else
    assert.equal("access_violation", fault.kind)
    assert.equal(i, fault.page)
  end
end

function operations.lock_and_unlock(region, model)
  local first, last, offset, size = range(3)
  local locked, _, code = region:lock(offset, size)
  if not every(model, first, last, is_committed) then
    assert.equal("not_committed", code)
  elseif not every(model, first, last, function(page) return hardware(page) ~= "" end) then
    assert.equal("permission_denied", code)
  elseif locked and math.random(2) == 1 then
    assert(region:unlock(offset, size))
  end
end

-- ====== }

local names = {}
for name in pairs(operations) do names[#names + 1] = name end
table.sort(names)

local function check(region, model)
  local rights = helpers.on_linux and mapped(region)
  local committed = 0
  for i = 1, PAGES do
    local page, seen = model[i], region[i]
    assert.equal(page.state, seen.state)
    assert.equal(page.protection, seen.protection)
    local allowed = hardware(page)
    local byte = peek(seen.address)
    if allowed:find("r") then
      assert.equal(page.byte, byte and byte:byte(), "contents of page " .. i)
    else
      assert.is_nil(byte, "page " .. i .. " can be read")
    end
    if rights then assert.equal(allowed, rights[i], "page " .. i) end
    if is_committed(page) then committed = committed + page_size end
  end
  assert.equal(committed, region.committed)
end

describe(("random operations (VMEM_SEED=%d VMEM_STEPS=%d)"):format(seed, steps), function()
  helpers.no_regions_left()

  it("leave kernel and page table agreeing on every page", function()
    print(("\nproperty: VMEM_SEED=%d VMEM_STEPS=%d"):format(seed, steps))
    math.randomseed(seed)
    local region <close> = assert(vmem.reserve(PAGES * page_size))
    local model = {}
    for i = 1, PAGES do model[i] = { state = "reserved" } end
    for step = 1, steps do
      operations[names[math.random(#names)]](region, model)
      if step % 200 == 0 then check(region, model) end
    end
    check(region, model)
  end)
end)
