--- What pager.new is told, checked.

local bad_argument = require("vmem.pager.blame").bad_argument
local replacement = require "vmem.replacement"
local vmem = require "vmem"

local options = {}

local SIZES <const> = {
  i8 = 1, u8 = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4, i64 = 8, u64 = 8, f32 = 4, f64 = 8,
}

local function refuse(problem, ...)
  bad_argument("new", 1, problem, ...)
end

local function shown(value)
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

local function is_object(value) return type(value) == "table" or type(value) == "userdata" end

-- {====== Each option ======

local check = {}

function check.store(o)
  local store = o.store
  for _, method in ipairs { "load", "save" } do
    if not is_object(store) or type(store[method]) ~= "function" then
      refuse("option store must be an object with the methods load and save, not %s", shown(store))
    end
  end
  if store.page_size ~= nil and store.page_size ~= vmem.page_size then
    refuse("option store has pages of %s bytes; those of memory have %d", store.page_size, vmem.page_size)
  end
end

function check.type(o)
  o.size = SIZES[o.type]
  if not o.size then
    refuse("option type must be i8, u8, i16, u16, i32, u32, i64, u64, f32 or f64, not %s", shown(o.type))
  end
end

function check.count(o)
  if math.type(o.count) ~= "integer" or o.count < 1 or o.count > math.maxinteger // 8 then
    refuse("option count must be a positive integer, the number of elements, not %s", shown(o.count))
  end
end

function check.frames(o)
  if math.type(o.frames) ~= "integer" or o.frames < 1 then
    refuse("option frames must be a positive integer, how many pages may be in memory, not %s",
      shown(o.frames))
  end
end

function check.policy(o)
  local policy = o.policy or "clock"
  if type(policy) == "string" then policy = replacement[policy] end
  if type(policy) == "function" then policy = policy(o.frames) end
  for _, method in ipairs { "insert", "touch", "victim", "remove" } do
    if not is_object(policy) or type(policy[method]) ~= "function" then
      refuse("option policy must be fifo, lru, aging, clock, an object with the methods insert, touch, "
        .. "victim and remove, or a function that makes one, not %s", shown(o.policy))
    end
  end
  o.policy = policy
end

function check.wait(o)
  if o.wait ~= nil and type(o.wait) ~= "function" then
    refuse("option wait must be a function, not %s", shown(o.wait))
  end
end

function check.name(o)
  if o.name ~= nil and (type(o.name) ~= "string" or o.name:find("\0", 1, true)) then
    refuse("option name must be a string without zero bytes")
  end
end

-- ====== }

local ORDER <const> = { "store", "type", "count", "frames", "policy", "wait", "name" }

--- A table of its own, with a policy made and `size`, the bytes of an element. Raises pager.new's errors.
function options.check(wanted)
  local o = {}
  if type(wanted) ~= "table" then refuse("options must be a table, not %s", type(wanted)) end
  for name, value in pairs(wanted) do
    if not check[name] then
      refuse("option '%s' is unknown; there are store, type, count, frames, policy, wait and name",
        tostring(name))
    end
    o[name] = value
  end
  for _, name in ipairs(ORDER) do check[name](o) end
  return o
end

return options
