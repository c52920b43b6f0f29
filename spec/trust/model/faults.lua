--- The model's faults: what a handler sees of them, who is asked to mend or answer them, and what a region's
--- policy commits before that.

local answers = require "model.answers"
local pages = require "model.pages"

local P <const> = pages.P

local faults = {}

local function describe(world, address, need, region, offset, is_lost)
  if not region then return { kind = "access_violation", access = need, address = address } end
  local page = region.pages[offset // P + 1]
  local guard = page and page.protection:find("+guard", 1, true)
  return {
    kind = is_lost and "in_page_error" or guard and "guard_page" or "access_violation",
    reason = is_lost and "truncated" or nil, access = need, address = address,
    region = region, offset = offset, page = offset // P + 1, state = page and "committed" or "reserved",
    protection = page and page.protection, slot = world:name_of(region),
  }
end

--- The text of a fault, as tostring(fault) gives it.
local function sentence(fault)
  local kind = fault.kind:gsub("in_page", "in-page"):gsub("_page", " page violation"):gsub("_", " ")
  local doing = fault.access == "write" and "writing" or "reading"
  local start = ("%s %s %#x"):format(kind, doing, fault.address)
  if not fault.region then return start .. ": no live region holds this address" end
  local reason = ("must not be written, its protection is %s"):format(fault.protection)
  if fault.kind == "guard_page" then
    local now = fault.region.live and fault.region.pages[fault.page]
    if not now then
      reason = "was a guard page, and a handler has taken it away"
    elseif now.protection:find("+guard", 1, true) then
      reason = "was a guard page, and a handler has made it one again"
    else
      reason = "was a guard page, and is an ordinary page from now on"
    end
  elseif fault.reason then
    reason = "was attached, and its file has been made shorter by other code: a handler may make it long "
      .. "again, by fault.section:resize"
  elseif fault.has_trap then
    reason = "has a trap, which cannot answer an atomic"
  elseif fault.state == "reserved" then
    reason = "is reserved, not committed"
  elseif fault.protection == "none" then
    reason = "is committed, but its protection none forbids any access"
  end
  local whose = ("%#x"):format(fault.region.base)
  if fault.region.name then whose = ("'%s' at %s"):format(fault.region.name, whose) end
  return ("%s, offset %d: page %d of region %s %s"):format(start, fault.offset, fault.page, whose, reason)
end

local function still_refuses(world, fault)
  local region = fault.region
  if not region then return world:find(fault.address) == nil end
  if not region.live then return false end
  local page = region.pages[fault.page]
  if fault.reason then return not page or pages.is_lost(page) end
  return (page and page.protection) == fault.protection
end

--- The text of a fault at a guard page is made when the fault is raised.
local function raise(fault)
  fault.text = sentence(fault)
  error({ fault = fault }, 0)
end

--- The answer of the page's trap, or nil.
local function trapped(world, fault)
  local functions = fault.region and fault.region.live and fault.region.traps[fault.page]
  if not functions or functions[fault.access] ~= "answer" then return nil end
  if not answers.can(fault) then return nil end
  local _, bytes = answers.of(fault, true)
  local wanted = fault.access == "read" and fault.size or fault.type and fault.value or fault.bytes
  table.insert(world.log, answers.line("trap", fault.access, fault.offset, wanted, fault.type))
  return bytes
end

--- Asks the page's trap and the handlers, the region's first. Returns when one has mended the fault, or has
--- answered: then with the bytes of a read, or true.
local function dispatch(world, fault)
  local answer = trapped(world, fault)
  if answer then return answer end
  for stage = 1, 2 do
    local handler
    if stage == 1 then handler = fault.region and fault.region.handler else handler = world.handler end
    if handler and world:handle(handler, fault) then
      if fault.answer then return fault.answer end
      if still_refuses(world, fault) then raise(fault) end
      return nil
    end
  end
  raise(fault)
end

--- Whether the policy may commit the page.
local function is_for_touch(region, i) return not region.pages[i] and not region.traps[i] end

--- The policy of a region: commits the reserved pages from `offset` on that an access up to `finish` needs,
--- and their neighbours in their groups, as far as the first page that refuses. Whether it has any.
local function touch(region, offset, finish, need)
  if not region.around or not pages.allows({ protection = region.protection }, need) then return false end
  local first, last = pages.widen(offset, finish - offset)
  local around, i = region.around, first
  while i <= last and (is_for_touch(region, i) or pages.allows(region.pages[i], need)) do
    local from, to = i, i
    if not region.pages[i] then
      local most = math.min((last + around - 1) // around * around, region.size // P)
      while (from - 1) % around ~= 0 and is_for_touch(region, from - 1) do from = from - 1 end
      while to < most and is_for_touch(region, to + 1) do to = to + 1 end
      region:commit((from - 1) * P, (to - from + 1) * P)
    end
    i = to + 1
  end
  return i > first
end

--- `wants`: what is wanted from this address on: its size, of which `rest` bytes are of one region or of
--- none; of a write the bytes, if they are known; of a single element its kind, and its value; and `parts`,
--- the number of accesses of this size of which it is one. An answer is kept for the access, at `key`. The
--- page is lost, or it refuses.
function faults.trap(world, again, address, size, need, wants, key, is_lost)
  local region = world:find(address)
  local offset = region and address - region.base
  local rest = wants.rest or wants.size
  if region and not is_lost and touch(region, offset, offset + rest, need) then return end
  local fault = describe(world, address, need, region, offset, is_lost)
  local piece = math.min(P - address % P, wants.size)
  fault.size, fault.atomic = piece, again.is_atomic
  local functions = again.is_atomic and region and region.traps[fault.page]
  fault.has_trap = functions and functions[need] ~= nil
  if wants.kind and piece == wants.size then
    fault.type, fault.value = wants.kind, wants.value
  elseif need == "write" and wants.bytes and #wants.bytes >= piece then
    fault.bytes = wants.bytes:sub(1, piece)
  end
  if fault.kind == "guard_page" then
    local page = region.pages[fault.page]
    page.protection = page.protection:match("^%a+")
    pages.settle(page)
  end
  if is_lost then region:detach_lost(region.pages[fault.page].attachment.section) end
  fault.text = sentence(fault)
  again.has_asked = true
  if again.asked > 2 * (size // P + 2 * ((wants.parts or 1) - 1)) + 32 then raise(fault) end
  again.asked = again.asked + 1
  local answer = dispatch(world, fault)
  if answer then again.answers[key .. address] = answer end
end

return faults
