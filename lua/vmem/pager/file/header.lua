--- The header of a file store's file, its first 64 bytes: format, identity, page size, type.
---
---   16 bytes  "vmem.pager pages"
---   4         the format's version: 2, or 1 of files from before there were tables (see tables.lua)
---   4         bytes of a page
---   8         the file's identity: a number that hardly another file has
---   8         type of the elements, with zeros behind it; zeros alone until an array has saved a page
---   8         checksum of the 40 bytes before
---   16        zeros
---
--- Integers are as the machine has them. Version 1 has zeros from the identity on.

local checksum = require "vmem.pager.file.checksum"
local core = require "vmem.core"

local MAGIC <const> = "vmem.pager pages"
local START <const>, REST <const> = "=c16 I4 I4 i8", "=c8 i8"
local LENGTH <const> = 64

local header = { LENGTH = LENGTH }

---@class vmem.pager.file.header
---@field version integer
---@field page_size integer
---@field type string? of the elements, where it is known
---@field identity integer 0 in files of version 1

local function check_of(bytes) return checksum.mix(0, bytes:sub(1, 40)) end

--- A file's identity, by which pieces of other files are recognised; it need not be secret.
function header.new_identity()
  local place = tonumber(("%p"):format({}):match "%x+$", 16)
  return checksum.mix(os.time(), math.floor(core.now() * 1e9), core.process_id(), place)
end

--- The bytes before the type, which never change in one file.
---@param of vmem.pager.file.header
---@return string
function header.start(of)
  return START:pack(MAGIC, of.version, of.page_size, of.identity)
end

---@param of vmem.pager.file.header
---@return string bytes
function header.pack(of)
  local start, kind = header.start(of), of.type or ""
  local bytes = start .. REST:pack(kind, check_of(start .. REST:pack(kind, 0)))
  return bytes .. ("\0"):rep(LENGTH - #bytes)
end

--- The fields in these bytes. Or nil, message, code.
---@param bytes string
---@param page_size integer the one that is wanted
---@return vmem.pager.file.header?
---@return string? message
---@return string? code
function header.parse(bytes, page_size)
  local magic, version, size, identity, at = START:unpack(bytes)
  if magic ~= MAGIC then return nil, "it is no file of vmem.pager", "not_ours" end
  if version ~= 1 and version ~= 2 then
    return nil, "it is of another version of vmem.pager, or of a machine with another byte order", "not_ours"
  end
  local kind, check = REST:unpack(bytes, at)
  local whole = version == 2 and check == check_of(bytes) or version == 1 and not bytes:find("[^%z]", 25)
  if not whole then return nil, "its header is damaged", "damaged" end
  if size ~= page_size then
    return nil, ("its pages have %d bytes, not %d"):format(size, page_size), "page_size"
  end
  kind = kind:match "^[^%z]*"
  return { version = version, page_size = size, type = kind ~= "" and kind or nil, identity = identity }
end

return header
