--- One Lua state of the race: accesses of all kinds to files that another process cuts meanwhile. Bytes that
--- are read must have been there, and a refusal must be a fault of a page of the access. Run by host.c.

package.path = "spec/trust/race/?.lua;" .. package.path
math.randomseed(math.tointeger(race.seed), race.number)

local world = require "world"
local mending = require "mending"

local P <const> = world.page
local MOST <const> = tonumber(race.most)
local situation <const> = race.situation

local accesses, names = {}, {}
for _, file in ipairs { "bytes", "views" } do
  for verb, access in pairs(require(file)) do
    local name = file .. "." .. verb
    accesses[name], names[#names + 1] = access, name
  end
end
table.sort(names)

-- {====== Faults ======

local faults <const> = { in_page_error = 0, access_violation = 0 }
local reasons <const> = { truncated = 0, io_error = 0 }

local function is_within(ranges, address)
  for _, range in ipairs(ranges) do
    local first = range[1].base + range[2]
    if first <= address and address < first + range[3] then return true end
  end
  return false
end

local is_counted <const> = setmetatable({}, { __mode = "k" })

local function count(fault)
  if is_counted[fault] then return end
  is_counted[fault] = true
  local kind, page, offset = fault.kind, fault.page, fault.offset
  if not faults[kind] then world.fail("a fault of kind %s", kind) end
  if page ~= offset // P + 1 or fault.size > P - offset % P then
    world.fail("a fault at page %d, offset %d, size %d", page, offset, fault.size)
  end
  faults[kind] = faults[kind] + 1
  if kind == "in_page_error" then reasons[fault.reason] = reasons[fault.reason] + 1 end
end

mending.count = count

--- What an access has raised: a fault at a page of one of its ranges, or a finding.
local function judge(name, ranges, fault)
  if type(fault) ~= "userdata" then
    local text = tostring(fault)
    error(text:find "^finding" and text or ("finding: %s: %s"):format(name, text), 0)
  end
  if not is_within(ranges, fault.address) then world.fail("%s: elsewhere: %s", name, fault) end
  count(fault)
end

-- ====== }

-- {====== Accesses ======

--- Draws ranges for an access, and notes them. Each coroutine has its own files: accesses move their places.
local function drawing()
  local draw, ranges = { input = assert(io.tmpfile()), output = assert(io.tmpfile()) }, {}
  assert(draw.input:write(race.bytes(2, world.size)):flush())
  function draw.clear() for i = #ranges, 1, -1 do ranges[i] = nil end end
  function draw.note(region, from, size) ranges[#ranges + 1] = { region, from, size } end
  function draw.rest(region, from) draw.note(region, from, region.size - from) end
  local function call(_, at, size, how)
    local region, from, n = world.range(at, size, how == "whole")
    if how == "page" then from = from - from % P end
    draw.note(region, from, n)
    return region, from, n
  end
  return setmetatable(draw, { __call = call }), ranges
end

--- One access, and what follows from it.
local function try(draw, ranges)
  local name = names[math.random(#names)]
  draw.clear()
  world.accesses = world.accesses + 1
  local ok, fault = pcall(accesses[name], draw)
  if ok or fault == "raised by a handler" then return end
  judge(name, ranges, fault)
  if math.random(3) > 1 then world.attach(world.place_of[fault.region]) end
end

local until_when <const> = race.seconds() + MOST

local function is_over() return race.seconds() >= until_when end

--- With "after", other code has installed a handler behind vmem's; with "before", before it.
local has_other <const> = situation == "before" or situation == "after"
local signals = 0

local function other_code()
  if situation == "after" and math.random(2) == 1 then race.install() end
  if not race.touch_own() then world.fail "a SIGBUS of other code's own has not reached it" end
  if not race.send() then world.fail "a SIGBUS that was sent has not reached other code" end
  signals = signals + 2
end

local function work()
  local draw, ranges = drawing()
  repeat
    for _ = 1, 100 do
      try(draw, ranges)
      if math.random(20) == 1 then mending.act() end
      if coroutine.isyieldable() and math.random(10) == 1 then coroutine.yield() end
    end
    if has_other and math.random(20) == 1 then other_code() end
  until is_over()
end

local function work_in_coroutines()
  local threads = {}
  for i = 1, 5 do threads[i] = coroutine.create(work) end
  while #threads > 0 do
    local i = math.random(#threads)
    local ok, message = coroutine.resume(threads[i])
    if not ok then error(message, 0) end
    if coroutine.status(threads[i]) == "dead" then table.remove(threads, i) end
  end
end

-- ====== }

for _, at in ipairs(world.places) do world.attach(at) end
if situation == "after" then race.install() end
race.start_cutter(world.named_path)

if situation == "coroutines" then work_in_coroutines() else work() end
mending.stop()

if situation == "stack" then
  local used, room = race.stack_used()
  if used == 0 or used == room then world.fail("%d of %d bytes of the stack are used", used, room) end
end
io.write(("counted: %d %d %d %d %d\n"):format(world.accesses, faults.in_page_error, faults.access_violation,
  reasons.io_error, signals))
