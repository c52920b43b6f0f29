--- Tries every operation at one of the system's limits, in a separate process, and again when there is room.
--- Prints a line for each refused operation: its name, the error's code, and in capitals what is wrong. The
--- last line has a point for each operation.

local vmem = require "vmem"
local operations = dofile "spec/region/limits/operations.lua"

-- The limit's name, the text that messages must contain, and helpers.many_pages.
local limit, names, many_pages = ...

local P <const> = vmem.page_size

-- {====== Contents of regions ======

local function can_read(protection)
  return protection ~= nil and protection:find "^r" ~= nil and not protection:find "guard"
end

--- All pages and their contents.
local function book(region)
  local words = {}
  for offset, size, state, protection in region:runs() do
    local sum, readable = 0, can_read(protection)
    for at = offset, readable and offset + size - 1 or -1, P do
      sum = sum + region:view("u8", at, P):sum() * (at // P + 1)
    end
    words[#words + 1] = ("%d %d %s %s %d"):format(offset // P, size // P, state, protection, sum)
    if (vmem.peek(region.base + offset, 1) ~= nil) ~= readable then
      words[#words] = words[#words] .. " KERNEL DISAGREES"
    end
  end
  return table.concat(words, ", ")
end

local function region_of(kit)
  if type(kit) == "userdata" then return kit end
  if type(kit) ~= "table" then return nil end
  if not getmetatable(kit) then return kit[1] end
  return kit.region
end

-- ====== }

-- {====== Limits: each function uses up everything that is left, to the last page ======

local limits, kept = {}, {}

local function drop()
  while #kept > 0 do
    local one = table.remove(kept)
    if io.type(one) then one:close() else one:release() end
  end
  collectgarbage()
end

local function take_all(ask, most)
  local size = most
  while size >= P do
    local one = ask(size)
    if one then kept[#kept + 1] = one else size = size // 2 end
  end
end

local pairs_of, singles = 0, 0 -- mappings that a page takes

limits["vm.max_map_count"] = function()
  kept[1] = kept[1] or assert(vmem.reserve(many_pages, { sparse = false }))
  kept[2] = kept[2] or assert(vmem.reserve(many_pages, { sparse = false }))
  while kept[1]:commit(pairs_of * 2 * P, P, "r") do pairs_of = pairs_of + 1 end
  while kept[2]:commit(singles * P, P, singles % 2 == 0 and "r" or "rx") do singles = singles + 1 end
end

limits["ulimit -v"] = function() take_all(vmem.reserve, 1 << 32) end
limits["ulimit -d"] = function() take_all(vmem.allocate, 1 << 30) end
limits["address space"] = function() take_all(vmem.reserve, 1 << 46) end

limits["ulimit -l 0"] = function() end -- from the start

limits["ulimit -l"] = function()
  kept[1] = kept[1] or assert(vmem.allocate(2 << 20))
  for page = 0, #kept[1] - 1 do
    if not kept[1]:lock(page * P, P) then break end
  end
end

limits["ulimit -n"] = function()
  repeat
    local file = io.open("/dev/null")
    kept[#kept + 1] = file
  until not file
end

-- ====== }

-- {====== Trying ======

-- Operations of several steps: steps done stay done; wiped pages may be lost.
local IN_STEPS <const> = {
  ["commit scattered"] = true, ["commit scattered, sparse"] = true, ["stack alloc"] = true, ["pager"] = true,
  ["release, wiped"] = true,
}

--- Regions that no operation uses.
local bystanders = { operations.motley(), operations.motley { sparse = true } }
local untouched = { book(bystanders[1]), book(bystanders[2]) }

--- Adds to `words` what is wrong with the pages of the operation's region, and of others.
local function check_pages(words, name, done, before, after)
  if after and (after:find "DISAGREES" or not done and not IN_STEPS[name] and after ~= before) then
    words[#words + 1] = ("BUT %s IS NOW %s"):format(before, after)
  end
  for i, region in ipairs(bystanders) do
    if book(region) == untouched[i] then goto next end
    words[#words + 1] = ("BUT A BYSTANDER, %s, IS NOW %s"):format(untouched[i], book(region))
    ::next::
  end
end

--- The result of an operation at the limit: "ok", or a code and what is wrong with the refusal.
local function try(operation, kit)
  local name, _, act = table.unpack(operation)
  local region = region_of(kit)
  local before = region and book(region)
  local ok, done, message, code = pcall(act, kit)
  local words = { not ok and "RAISED: " .. tostring(done) or done and "ok" or code or "refused" }
  if ok and not done and message and not message:find(names, 1, true) then
    words[#words + 1] = "BUT SAYS: " .. message
  end
  region = region_of(kit)
  check_pages(words, name, done, before, region and book(region))
  return table.concat(words, " ")
end

--- The same with room again.
local function try_again(operation, kit)
  local ok, done, message = pcall(operation[3], kit)
  if ok and done or limit == "ulimit -l 0" then return "" end
  return (" AND STILL REFUSED WITH ROOM: %s"):format(ok and message or done)
end

local kits, outcome = {}, {}
for i, operation in ipairs(operations) do kits[i] = operation[2]() or false end

-- Memory that Lua needs to continue: the C library keeps it after free, because of GLIBC_TUNABLES.
do
  local ballast = {}
  for i = 1, 40 do ballast[i] = ("x"):rep((1 << 18) + i) end
  limits[limit]()
  assert(#ballast == 40)
end
collectgarbage()

for i, operation in ipairs(operations) do
  limits[limit]()
  outcome[i] = try(operation, kits[i])
end
drop()
for i, operation in ipairs(operations) do
  outcome[i] = outcome[i] .. try_again(operation, kits[i])
  if outcome[i] ~= "ok" then print(operation[1] .. ": " .. outcome[i]) end
end
print("\n" .. ("."):rep(#operations))

-- ====== }
