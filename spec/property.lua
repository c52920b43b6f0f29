--- Random operations on a region, and a plain table of pages that plays along and knows the contents, too.
--- After any sequence the kernel and the page table agree with it on every page. Runs in a process of its
--- own as well, since a process commits in one way: `print(require "property".run(seed, steps))`.

local assert = require "luassert"
local vmem = require "vmem"

local PAGES = 1300 -- more than two leaves of the page table, and not a whole number of them
local PROTECTIONS = { "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard", "rx+guard" }

local on_linux = vmem.system == "linux"
local page_size = vmem.page_size

--- What the processor is to allow: "rw", "r", "rx", "rwx" or "".
local function hardware(page)
  if page.state == "reserved" or page.protection:find("guard") then return "" end
  return ({ none = "", x = "rx" })[page.protection] or page.protection
end

-- {====== The kernel's side ======

--- Whether the kernel has guard markers (since 6.13), and tells of them (since 6.15). Of missing pages that
--- trap it tells nothing.
local function tells_markers()
  if os.getenv "VMEM_COMMIT" == "missing" then return false end
  local file = on_linux and io.open("/proc/sys/kernel/osrelease")
  if not file then return false end
  local major, minor = file:read("a"):match("^(%d+)%.(%d+)")
  file:close()
  return tonumber(major) * 1000 + tonumber(minor) >= 6015
end

--- Whether the kernel lets a byte of the page be read, and which: as peek sees it.
local function peek(address)
  return (vmem.peek(address, 1))
end

--- Calls fn(first index, last index, bits) for the mappings of the region, as "rw-p".
local function each_mapping(region, fn)
  local first, last = region.base, region.base + region.size
  for line in io.lines("/proc/self/maps") do
    local from, to, bits = line:match("^(%x+)%-(%x+) (....)")
    from, to = math.max(tonumber(from, 16), first), math.min(tonumber(to, 16), last)
    if from < to then fn((from - first) // page_size + 1, (to - first) // page_size, bits) end
  end
end

--- [i] is true where a guard marker traps.
local function markers(region)
  local file = assert(io.open("/proc/self/pagemap", "rb"))
  file:setvbuf("no")
  file:seek("set", region.base // page_size * 8)
  local entries, found = file:read(#region * 8), {}
  file:close()
  for i = 1, #region do
    found[i] = ("<I8"):unpack(entries, (i - 1) * 8 + 1) & 1 << 58 ~= 0
  end
  return found
end

--- ["rw"] and so on for every page of the region, and how many have markers.
local function mapped(region)
  local rights, marked, count = {}, markers(region), 0
  each_mapping(region, function(first, last, bits)
    for i = first, last do rights[i] = bits:sub(1, 3):gsub("-", "") end
  end)
  for i = 1, #region do
    if marked[i] then rights[i], count = "", count + 1 end
  end
  return rights, count
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
  local protection = math.random(3) == 1 and PROTECTIONS[math.random(#PROTECTIONS)] or "rw"
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

--- Returns how many markers there are.
local function check(region, model)
  local rights, marked
  if on_linux then rights, marked = mapped(region) end
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
    if rights and (is_committed(page) or tells_markers()) then
      assert.equal(allowed, rights[i], "page " .. i)
    end
    if is_committed(page) then committed = committed + page_size end
  end
  assert.equal(committed, region.committed)
  return marked or 0
end

--- Raises where kernel, page table and model disagree. Returns how many comparisons of a page were made, and
--- how many markers were met.
local function run(seed, steps)
  math.randomseed(seed)
  local region <close> = assert(vmem.reserve(PAGES * page_size))
  local model, compared, marked = {}, 0, 0
  for i = 1, PAGES do model[i] = { state = "reserved" } end
  for step = 1, steps do
    operations[names[math.random(#names)]](region, model)
    if step % 200 == 0 or step == steps then
      marked = marked + check(region, model)
      compared = compared + PAGES
    end
  end
  return compared, marked
end

return { run = run, tells_markers = tells_markers }
