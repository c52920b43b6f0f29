--- Windows' page protections and the core's words for them.

local C <const> = require "vmem.win32.constants"

local protection = {}

local names = {
  [C.PAGE_NOACCESS] = "none",
  [C.PAGE_READONLY] = "r",
  [C.PAGE_READWRITE] = "rw",
  [C.PAGE_EXECUTE] = "x",
  [C.PAGE_EXECUTE_READ] = "rx",
  [C.PAGE_EXECUTE_READWRITE] = "rwx",
}

local values = {}
for value, name in pairs(names) do
  values[name] = value
  values[name .. "+guard"] = value | C.PAGE_GUARD
end

local MODIFIERS <const> = C.PAGE_GUARD | C.PAGE_NOCACHE | C.PAGE_WRITECOMBINE

--- The core's word for a protection that private memory may have, else nil. Copy on write is for mapped
--- views; at most one modifier, none with PAGE_NOACCESS; call targets only where there is code.
function protection.word_of(protect)
  local name = names[protect & ~(MODIFIERS | C.PAGE_TARGETS_INVALID)]
  local modifiers = protect & MODIFIERS
  if not name or modifiers & (modifiers - 1) ~= 0 then return nil end
  if name == "none" and modifiers ~= 0 then return nil end
  if protect & C.PAGE_TARGETS_INVALID ~= 0 and not name:find("x") then return nil end
  return modifiers == C.PAGE_GUARD and name .. "+guard" or name
end

local BASES <const> = 0xFF

local plain_of = {
  [C.PAGE_WRITECOPY] = C.PAGE_READWRITE,
  [C.PAGE_EXECUTE_WRITECOPY] = C.PAGE_EXECUTE_READWRITE,
}

--- The core's word for a protection that pages of a view may have, else nil; and whether what is written then
--- stays in the view.
function protection.word_in_view(protect)
  local plain = plain_of[protect & BASES]
  return protection.word_of(plain and protect & ~BASES | plain or protect), plain ~= nil
end

local readable = C.PAGE_NOACCESS | C.PAGE_READONLY | C.PAGE_WRITECOPY
local executable = readable | C.PAGE_EXECUTE | C.PAGE_EXECUTE_READ | C.PAGE_EXECUTE_WRITECOPY

--- What the pages of a view may have, and a view of a section, by the protection of the view or section.
local allowed = {
  [C.PAGE_NOACCESS] = C.PAGE_NOACCESS,
  [C.PAGE_READONLY] = readable,
  [C.PAGE_READWRITE] = readable | C.PAGE_READWRITE,
  [C.PAGE_WRITECOPY] = readable,
  [C.PAGE_EXECUTE_READ] = executable,
  [C.PAGE_EXECUTE_READWRITE] = executable | C.PAGE_READWRITE | C.PAGE_EXECUTE_READWRITE,
  [C.PAGE_EXECUTE_WRITECOPY] = executable,
}

--- Whether a view or section of protection `whole` allows `protect` for a part of it.
function protection.allows(whole, protect) return protect & BASES & ~allowed[whole] == 0 end

--- The PAGE_ value of a page of a view: of a private copy that has not been written yet it is copy on write.
function protection.value_in_view(word, is_copy)
  local value = values[word]
  if is_copy and value & C.PAGE_READWRITE ~= 0 then return value & ~BASES | C.PAGE_WRITECOPY end
  if is_copy and value & C.PAGE_EXECUTE_READWRITE ~= 0 then
    return value & ~BASES | C.PAGE_EXECUTE_WRITECOPY
  end
  return value
end

--- The PAGE_ value of a core's word, or nil.
function protection.plain_value_of(word) return values[word] end

--- Caching is a property of a whole allocation, which the core does not know.
local cached = setmetatable({}, { __mode = "k" }) -- region -> PAGE_NOCACHE or PAGE_WRITECOMBINE

--- Notes what the protection of a new allocation says of caching.
function protection.note_caching(region, protect)
  cached[region] = protect & (C.PAGE_NOCACHE | C.PAGE_WRITECOMBINE)
end

--- The PAGE_ value of pages of a region, or of a piece of it.
---@param region vmem.region
---@param word string
---@param piece? vmem.win32.piece
function protection.value_of(region, word, piece)
  if word == "none" then return C.PAGE_NOACCESS end
  return values[word] | (piece and piece.modifiers or cached[region] or 0)
end

return protection
