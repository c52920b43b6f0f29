--- Files that say what they hold: what kind of array, of which elements, and how many. They are opened only
--- where all of that is understood, and is what the caller expects.
---
--- A file begins with a header of less than 4096 bytes, whose numbers are little-endian. What follows begins
--- at multiples of 64 KiB: no system has larger pages, and Windows attaches nothing else. So a file can be
--- moved to a machine with other pages. The header is appended to an empty file in one piece: of two
--- processes that make the same file, one is first, and both go by its header.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local elements = require "vmem.internal.elements"

local typed_file = {}

--- Everything begins at a multiple of it.
typed_file.UNIT = 1 << 16

local UNIT <const> = typed_file.UNIT
local MOST <const> = 4096 -- a file with fewer bytes is not finished
local FORMAT <const> = "<c16 I4 c4 i8 i8 i8 s2"
local VERSION <const> = 1
local MARK <const> = ("=I4"):pack(0x01020304)
local LITTLE <const> = ("<I4"):pack(0x01020304)

--- Whether this machine has the least significant byte first.
typed_file.is_little = MARK == LITTLE

--- The kinds of files, and the modules that open them.
local module_of <const> = { sparse = "vmem.sparse", array = "vmem.file.array" }

local function magic_of(kind)
  return ("vmem %s\r\n\26\n"):format(kind) .. ("\0"):rep(7 - #kind)
end

-- {====== Types ======

--- The type as the file has it: numbers with their order of bytes, wherever they were written. A format as it
--- is, and the bytes of strings as "#4091".
local function type_text(type)
  if math.type(type) == "integer" then return "#" .. type end
  if elements.sizes[type] and elements.native[type] == type and elements.sizes[type] > 1 then
    return type .. (typed_file.is_little and "le" or "be")
  end
  return type
end

--- The type that scripts give for a text of a file: in this machine's order, numbers are named without it.
local function type_of(text)
  if text:find "^#%d+$" then return math.tointeger(tonumber(text:sub(2))) end
  local native = elements.native[text]
  return native and type_text(native) == text and native or text
end

--- Whether what is written with this type looks the same on all machines.
local function is_portable(type)
  return math.type(type) == "integer" or elements.sizes[type] ~= nil
    or type:find "^[<>]" ~= nil and not type:find "[=!]"
end

-- ====== }

-- {====== The header ======

--- FNV-1a, 64 bits.
local function sum_of(bytes)
  local sum = 0xcbf29ce484222325
  for at = 1, #bytes do sum = (sum ~ bytes:byte(at)) * 0x100000001b3 end
  return ("<i8"):pack(sum)
end

---@class vmem.internal.header
---@field type integer|string as scripts give it
---@field count integer
---@field record_size integer bytes

local function pack(kind, wanted)
  local bytes = FORMAT:pack(magic_of(kind), VERSION, MARK, UNIT, wanted.record_size, wanted.count,
    type_text(wanted.type))
  return bytes .. sum_of(bytes)
end

--- The header; or nil, why the file is not opened, and a code.
local function parse(kind, bytes)
  if bytes:sub(1, 16) ~= magic_of(kind) then
    local other = bytes:match "^vmem (%l+)\r\n\26\n" or ""
    local theirs, ours = module_of[other], module_of[kind]
    return nil, theirs and ("it is a file of %s, not of %s"):format(theirs, ours)
      or "it is no file of " .. ours, "not_ours"
  end
  local version = #bytes >= 20 and ("<I4"):unpack(bytes, 17)
  if version and version ~= VERSION then
    return nil, ("its format is version %d, and this vmem knows version %d"):format(version, VERSION),
      "version"
  end
  local whole, _, _, mark, unit, record_size, count, text, behind = core.attempt(string.unpack, FORMAT, bytes)
  if not whole or sum_of(bytes:sub(1, behind - 1)) ~= bytes:sub(behind, behind + 7) then
    return nil, "its header is damaged", "damaged"
  end
  local type = type_of(text)
  if unit ~= UNIT then
    return nil, ("it has units of %d bytes, not of %d"):format(unit, UNIT), "version"
  elseif mark ~= MARK and not is_portable(type) then
    return nil, ("it was written on a machine with another order of bytes, and its type, '%s', says none")
      :format(text), "byte_order"
  elseif count < 1 or record_size < 1 or count > (math.maxinteger >> 2) // record_size then
    return nil, "its header is damaged", "damaged"
  end
  return { type = type, count = count, record_size = record_size }
end

--- Nothing when the header has what is wanted; else what differs, and a code.
local function difference(header, wanted)
  if wanted.type and type_text(header.type) ~= type_text(wanted.type) then
    return ("its type is '%s', not '%s'"):format(header.type, wanted.type), "type"
  elseif wanted.record_size and header.record_size ~= wanted.record_size then
    return ("its records have %d bytes, not %d: it was written on another kind of machine"):format(
      header.record_size, wanted.record_size), "type"
  elseif wanted.count and header.count ~= wanted.count then
    return ("it has %d elements, not %d"):format(header.count, wanted.count), "count"
  end
end

-- ====== }

-- {====== Opening ======

local function refusal(path, message, code)
  return nil, ("%s: %s"):format(path, message), code
end

--- The first bytes of a section.
local function first_bytes(section, size)
  local region <close>, message, code = core.module.reserve(UNIT)
  if not region then return nil, message, code end
  local done
  size = math.min(size, MOST)
  done, message, code = region:attach(section, 0, 0, size, "r")
  if not done then return nil, message, code end
  return region:read(0, size)
end

--- Appends bytes to a file, which is made if there is none.
local function append(path, bytes)
  local file <close>, message, errno = io.open(path, "ab")
  if not file then return nil, message, errno end
  file:setvbuf("full", MOST)
  local done
  done, message, errno = file:write(bytes)
  if done then done, message, errno = file:close() end
  if not done then return nil, ("%s: %s"):format(path, message), errno end
  return true
end

--- The section of a file, which has bytes; made if that is wanted. Gives true besides if it was empty.
local function section_of(kind, path, mode, wanted)
  local section, message, code = core.module.section(path, mode)
  local may_make = wanted.type ~= nil and (mode == "r+" or mode == "w+")
  if not section and code == "no_file" and may_make then
    local done, why, errno = append(path, "")
    if not done then return nil, why, errno end
    section, message, code = core.module.section(path, mode)
  end
  if not section then return nil, message, code end
  if section.size > 0 then return section end
  if not may_make then
    section:close()
    return refusal(path, ("it is empty, and no file of %s"):format(module_of[kind]), "not_ours")
  end
  local done
  done, message, code = append(path, pack(kind, wanted))
  if done then return section, true end
  section:close()
  return nil, message, code
end

--- The header of a section that is what is wanted, or nil, message, code.
local function check(kind, section, wanted)
  local bytes, message, code = first_bytes(section, section.size)
  if not bytes then return nil, message, code end
  local header
  header, message, code = parse(kind, bytes)
  if not header then return nil, message, code end
  message, code = difference(header, wanted)
  if message then return nil, message, code end
  return header
end

--- Makes a file that is not finished as long as it has to be. Gives the section, and the header once more,
--- for the path may lead to another file by now.
local function lengthen(kind, section, wanted, size, sparse)
  local path, mode, now = section.path, section.mode, section.size
  if now >= size then return section end
  if now >= MOST or mode == "r" or mode == "copy" then
    local text = "it is cut off: it has %d bytes instead of %d"
    return refusal(path, text:format(now, size), "damaged")
  end
  section:close()
  local longer, message, code = core.module.section(path, "r+", { size = size, sparse = sparse })
  if not longer then return nil, message, code end
  local header
  header, message, code = check(kind, longer, wanted)
  if header then return longer end
  longer:close()
  return refusal(path, message, code)
end

--- Opens the file of an array. mode: "r", "r+", which makes the file where there is none and `wanted` has all
--- of type, record_size and count, or "w+" or "copy". size_of(header): how many bytes it must have; where it
--- becomes so long, there may be holes in it if it is `sparse`.
---@param kind "sparse"|"array"
---@param wanted table what the header must say: type, record_size, count; or nothing
---@return vmem.section? section
---@return vmem.internal.header|string header or message
---@return any code
function typed_file.open(kind, path, mode, wanted, size_of, sparse)
  local section, new, code = section_of(kind, path, mode, wanted)
  if not section then return nil, new, code end
  local header, message
  header, message, code = check(kind, section, wanted)
  if not header then
    section:close()
    return refusal(path, message, code)
  end
  local whole
  whole, message, code = lengthen(kind, section, wanted, size_of(header), sparse)
  if whole then return whole, header end
  section:close()
  if new then os.remove(path) end
  return nil, message, code
end

--- Raises an error where the file has fewer bytes than it had.
function typed_file.check_size(section, size)
  local now = section.size
  if now and now >= size then return end
  checks.raise("%s was cut off: it has %d bytes instead of %d", section.path, now or 0, size)
end

--- Checks the path and the mode of a call, its first arguments; "r" is the default.
function typed_file.check_path(method, path, mode, words)
  checks.string(1, method, "path", path)
  checks.that(not path:find("\0", 1, true), 1, method, "path has a zero byte")
  if mode == nil then return path, "r" end
  for word in words:gmatch "%S+" do
    if mode == word then return path, mode end
  end
  local last = words:match "%S+$"
  local others = words:sub(1, #words - #last):gsub("(%S+) ", '"%1", '):gsub(", $", "")
  checks.refuse(2, method, 'mode must be %s or "%s", not %s', others, last, checks.shown(mode))
end

-- ====== }

return typed_file
