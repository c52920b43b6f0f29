--- Every fourth process is tame: it calls public functions with any arguments, but not what only the debug
--- library reaches. There each error must name what is wrong, each refusal must have a code, and no region
--- may be left once all references are dropped.

local vmem = require "vmem"

local tame = {}

--- Attacks that a tame process leaves out. Regions of vmem.win32 would be left after it.
tame.left_out = {
  dress = true, rewrite = true, user_value = true, upvalue = true, upvalue_of_object = true,
  metatable_field = true, hook = true, registry = true, by_hand = true, metamethod = true, win32 = true,
  win32_views = true, win32_placeholders = true, waiting = true,
}

--- The functions that a script finds: of the modules which are no classes, for those believe their first
--- argument as all of Lua's do.
local MODULES <const> = { "vmem", "vmem.arena", "vmem.stack", "vmem.sparse", "vmem.pager", "vmem.pager.file",
  "vmem.file.array",
  "vmem.paging", "vmem.recorder", "vmem.replacement" }

local CONSTRUCTORS <const> = { ["vmem.secret"] = "new", ["vmem.map"] = "of", ["vmem.layout"] = "of",
  ["vmem.pagetable"] = "of" }

--- As a list of { path, fn }, in the same order each time.
function tame.public(sorted_keys)
  local list = {}
  for _, name in ipairs(MODULES) do
    local module = require(name)
    for _, key in ipairs(sorted_keys(module)) do
      local fn = module[key]
      if type(fn) == "function" then list[#list + 1] = { path = name .. "." .. key, fn = fn } end
    end
  end
  for name, key in pairs(CONSTRUCTORS) do
    list[#list + 1] = { path = name .. "." .. key, fn = require(name)[key] }
  end
  table.sort(list, function(a, b) return a.path < b.path end)
  return list
end

-- {====== Errors ======

--- What is wrong with a message, or nil: it must not name a line of vmem's own Lua. That is an error of Lua
--- in vmem's code, or a message that should have named the script's line.
function tame.complaint(message)
  if type(message) ~= "string" then return nil end
  return message:find "lua/vmem[%w_/]*%.lua:%d+: " and message or nil
end

local CODES <const> = {
  out_of_memory = true, address_in_use = true, too_many_mappings = true, too_many_files = true,
  not_committed = true, permission_denied = true, not_supported = true, invalid_address = true, in_use = true,
  disk_full = true, file_too_large = true, no_file = true, bad_file = true,
  past_end = true, io_error = true,
  end_of_file = true, -- of vmem.secret
  -- Of a pager and its stores.
  damaged = true, conflict = true, read_only = true, type = true, forked = true, not_ours = true,
  page_size = true, version = true, count = true, byte_order = true,
  unavailable = true, refused = true, bad_page = true, busy = true, protocol_error = true, too_long = true,
}

--- The same for a refusal: it must have a sentence, and a word as its code. Refusals of files have numbers.
function tame.refusal(nothing, message, code)
  if nothing ~= nil or type(message) ~= "string" or code == nil then return nil end
  if math.type(code) or CODES[code] then return nil end
  return ("%q is no code, of a refusal that says %q"):format(tostring(code), message)
end

-- ====== }

--- Called when all references are dropped. Returns nil, or what is left.
function tame.left()
  vmem.on_fault(nil)
  for _ = 1, 4 do collectgarbage() end
  local left = {}
  for region in vmem.regions() do left[#left + 1] = tostring(region) end
  -- A region whose userdata is gone is known by what query says of its addresses alone.
  for area in vmem.areas() do
    if area.offset == 0 then left[#left + 1] = ("region at %#x"):format(area.address) end
  end
  return #left > 0 and table.concat(left, ", ") or nil
end

return tame
