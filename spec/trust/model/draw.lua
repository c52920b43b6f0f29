--- Draws lots for operations: pages, ranges, strings, handlers, around the places where the page table's
--- nodes begin and end.

local vmem = require "vmem"

local P <const> = vmem.page_size
local random = math.random

local PROTECTIONS <const> = { "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard", "x+guard",
  "rx+guard", "rwx+guard" }
local TYPES <const> = { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64",
  "i16be", "u16le", "i32le", "u32be", "i64be", "u64be", "u64le", "f32be", "f32le", "f64be", "f64le" }
local FORMATS <const> = {
  { "<i4", 77 }, { ">I2 B", 513, 9 }, { "=d", 1.5 }, { "z", "a string" }, { "s2", "short" },
  { "s1 z", "", "x" }, { "!8 B i8", 1, 2 }, { "<I3", 1 << 25 }, { "<I2 s1", 258, "of a few" },
}

--- Pages at which something begins.
local EDGES <const> = { 0, 64, 128, 448, 512, 576, 1024, 512 * 512, 512 * 512 + 64, 512 * 512 + 512 }
local SIZES <const> = { 1, 2, 5, 63, 64, 65, 100, 128, 192, 511, 512, 513, 576, 600, 1025 }
local LARGE <const> = { 512 * 8 + 1, 512 * 512 - 1, 512 * 512, 512 * 512 + 1, 512 * 512 + 513, 1 << 25 }

--- Addresses that no other code reserves, so that it is known which are free.
local ARENA <const> = 0x200000000000

local function one_of(list) return list[random(#list)] end

local function chance(one_in) return random(one_in) == 1 end

local function protection() return chance(2) and "rw" or one_of(PROTECTIONS) end

-- {====== Ranges ======

--- The offset of a page, near an edge, near the one before, or anywhere.
local function some_page(plan)
  local way = random(4)
  local page
  if way == 1 then
    page = one_of(EDGES) + random(-2, 2)
  elseif way == 2 then
    page = plan.last + random(-3, 3)
  elseif way == 3 then
    page = plan.pages - random(1, 3)
  else
    page = random(0, math.min(plan.pages, 1 << 12) - 1)
  end
  page = math.max(0, math.min(plan.pages - 1, page))
  plan.last = page
  return page
end

--- All pages of a node of the page table, or a page more or less. A large node is rare, because each of its
--- pages is a table in the model.
local function whole_node(plan)
  local node = chance(60) and plan.pages > 512 * 512 and 512 * 512 or one_of { 64, 512 }
  local page = random(0, math.min((plan.pages - 1) // node, 2)) * node
  local count = math.min(node + one_of { -1, 0, 0, 0, 1 }, plan.pages - page)
  plan.last = page
  return page * P, math.max(1, count) * P
end

--- Offset and size of some pages, at most `longest`, or nil for the default.
local function some_pages(plan, longest)
  if not longest and chance(12) then return whole_node(plan) end
  local page = some_page(plan)
  local rest = plan.pages - page
  local count = chance(6) and one_of { 62, 63, 64, 65, 511, 512, 513 } or random(1, chance(3) and 70 or 4)
  if chance(8) and (plan.pages <= 1100 or chance(40)) and plan.pages <= 1 << 20 then count = rest end
  count = math.min(count, rest, longest or rest)
  local offset, size = page * P, count * P
  if chance(5) then
    local less = random(0, P - 1)
    offset, size = offset + less, size - less
  end
  if chance(5) then size = math.max(1, size - random(0, P - 1)) end
  if chance(100) then return one_of { -1, plan.pages * P, plan.pages * P - 1, offset }, size + P end
  return offset, size
end

--- Offset and size of a few bytes, over the border of pages as often as not.
local function some_bytes(plan, longest)
  local page = some_page(plan)
  local size = random(0, chance(3) and 40 or 8)
  if longest and chance(6) then size = random(0, longest) end
  local offset = page * P + one_of { 0, 0, P - 4, P - 1, random(0, P - 1) }
  if not chance(60) then size = math.max(0, math.min(size, plan.pages * P - offset)) end
  return offset, size
end

local function some_string(size)
  local text = one_of { "A", "AB", "\0", "xyz\0", "\255\127", string.char(random(0, 255), random(0, 255)) }
  return text:rep(size // #text + 1):sub(1, size)
end

-- ====== }

-- {====== Handlers ======

local ACTIONS <const> = { "commit", "commit", "commit", "protect", "decommit", "fill", "read",
  "forget_handler" }

local function some_handler()
  local does = {}
  for i = 1, random(0, 2) do
    does[i] = { one_of(ACTIONS), chance(2) and 0 or random(-3, 3), random(1, 3), protection() }
  end
  if chance(3) then does = { { "commit", 0, 1, "rw" } } end
  local is_pager = chance(8) or nil -- with room for one page
  if is_pager then does = { { "decommit", -1, 3 }, { "commit", 0, 1, "rw" } } end
  if chance(15) then does[#does + 1] = { "release" } end
  local answer = not chance(4)
  if chance(12) then answer = "raise" end
  return { handler = { does = does, answer = answer, answers = chance(3) or nil, yields = chance(3) or nil,
    is_pager = is_pager } }
end

-- ====== }

return {
  P = P, PROTECTIONS = PROTECTIONS, TYPES = TYPES, FORMATS = FORMATS, SIZES = SIZES, LARGE = LARGE,
    ARENA = ARENA,
  one_of = one_of, chance = chance, protection = protection, some_page = some_page, some_pages = some_pages,
  some_bytes = some_bytes, some_string = some_string, some_handler = some_handler,
}
