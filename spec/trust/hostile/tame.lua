--- Every fourth process is tame: it calls what is public, with anything, and leaves alone what the debug
--- library reaches. There an error must be one that tells the caller what is wrong, a refusal must have its
--- code, and when nobody holds anything any more no region may be left.

local vmem = require "vmem"

local tame = {}

--- What is not done in a tame process. The regions of vmem.win32 are freed by whoever allocates them.
tame.left_out = {
  dress = true, rewrite = true, user_value = true, upvalue = true, upvalue_of_object = true,
  metatable_field = true, hook = true, registry = true, by_hand = true, metamethod = true, win32 = true,
}

--- The functions that a script finds: of the modules which are no classes, for those believe their first
--- argument as all of Lua's do.
local MODULES <const> = { "vmem", "vmem.arena", "vmem.stack", "vmem.sparse", "vmem.pager", "vmem.pager.file",
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

--- What a script does not want to read, or nil: an error that names a line of vmem's own Lua. Either it is
--- what Lua says of a mistake in there, or the script's line should have been named.
function tame.complaint(message)
  if type(message) ~= "string" then return nil end
  return message:find "lua/vmem[%w_/]*%.lua:%d+: " and message or nil
end

local CODES <const> = {
  out_of_memory = true, address_in_use = true, too_many_mappings = true, too_many_files = true,
  not_committed = true, permission_denied = true, not_supported = true, invalid_address = true,
  end_of_file = true, -- of vmem.secret
  -- Of a pager and its stores.
  damaged = true, conflict = true, read_only = true, type = true, forked = true, not_ours = true,
  page_size = true,
  unavailable = true, refused = true, bad_page = true, busy = true, protocol_error = true, too_long = true,
}

--- The same of what a call has refused: a sentence, and a word that a script can compare. Files give numbers.
function tame.refusal(nothing, message, code)
  if nothing ~= nil or type(message) ~= "string" or code == nil then return nil end
  if math.type(code) or CODES[code] then return nil end
  return ("%q is no code, of a refusal that says %q"):format(tostring(code), message)
end

-- ====== }

--- To be called when nobody holds anything. Gives nil, or what is left.
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
