--- Checks the options of pager.new.

local checks = require "vmem.internal.checks"
local contract = require "vmem.replacement.contract"
local elements = require "vmem.internal.elements"
local vmem = require "vmem"

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
  if not checks.has_methods(store, { "load", "save" }) then return nil, expected end
  for _, name in ipairs { "flush", "check_type", "pages" } do
    if store[name] ~= nil and type(store[name]) ~= "function" then
      return nil, ("%s, and with %s as a method or not at all"):format(expected, name)
    end
  end
  return store
end

function known.type(type)
  if elements.sizes[type] then return type end
  return nil, elements.names
end

--- Makes one where a maker is given, or a name.
local function policy_of(wanted, frames)
  return contract.make(wanted or "clock", frames) or checks.refuse(1, "new",
    "option policy must be %s, an object with the methods %s, or a function that makes one, not %s",
    table.concat(contract.names, ", "), contract.methods, checks.shown(wanted))
end

-- ====== }

--- A table of its own, with a policy made and `size`, the bytes of an element. Raises pager.new's errors.
return function(wanted)
  checks.that(type(wanted) == "table", 1, "new", "options must be a table, not %s", checks.shown(wanted))
  local o = checks.options(1, "new", wanted, known)
  local page_size = o.store.page_size
  checks.that(page_size == nil or page_size == vmem.page_size, 1, "new",
    "option store has pages of %s bytes; those of memory have %d", page_size, vmem.page_size)
  o.policy, o.size = policy_of(o.policy, o.frames), elements.sizes[o.type]
  return o
end
