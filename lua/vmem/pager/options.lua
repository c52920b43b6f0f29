--- What pager.new is told, checked.

local checks = require "vmem.internal.checks"
local replacement = require "vmem.replacement"
local vmem = require "vmem"

local SIZES <const> = {
  i8 = 1, u8 = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4, i64 = 8, u64 = 8, f32 = 4, f64 = 8,
}

local function has_methods(value, names)
  if type(value) ~= "table" and type(value) ~= "userdata" then return false end
  for _, name in ipairs(names) do
    if type(value[name]) ~= "function" then return false end
  end
  return true
end

-- {====== Each option ======

local known = {
  count = checks.count(1, math.maxinteger // 8),
  frames = checks.count(1),
  name = checks.name,
  policy = checks.anything,
  wait = checks.optional(checks.callable),
}

function known.store(store)
  local expected = "an object with the methods load and save"
  if not has_methods(store, { "load", "save" }) then return nil, expected end
  for _, name in ipairs { "flush", "check_type" } do
    if store[name] ~= nil and type(store[name]) ~= "function" then
      return nil, ("%s, and with %s as a method or not at all"):format(expected, name)
    end
  end
  return store
end

function known.type(type)
  if SIZES[type] then return type end
  return nil, "i8, u8, i16, u16, i32, u32, i64, u64, f32 or f64"
end

--- Makes one where a maker is given, or a name.
local function policy_of(wanted, frames)
  local policy = wanted or "clock"
  if type(policy) == "string" then policy = replacement[policy] end
  if type(policy) == "function" then policy = policy(frames) end
  checks.that(has_methods(policy, { "insert", "touch", "victim", "remove" }), 1, "new",
    "option policy must be fifo, lru, aging, clock, an object with the methods insert, touch, victim and "
    .. "remove, or a function that makes one, not %s", checks.shown(wanted))
  return policy
end

-- ====== }

--- A table of its own, with a policy made and `size`, the bytes of an element. Raises pager.new's errors.
return function(wanted)
  checks.that(type(wanted) == "table", 1, "new", "options must be a table, not %s", checks.shown(wanted))
  local o = checks.options(1, "new", wanted, known)
  local page_size = o.store.page_size
  checks.that(page_size == nil or page_size == vmem.page_size, 1, "new",
    "option store has pages of %s bytes; those of memory have %d", page_size, vmem.page_size)
  o.policy, o.size = policy_of(o.policy, o.frames), SIZES[o.type]
  return o
end
