--- Checksums of pages, made in C: csrc/lua/page_file.c says how. They are in files, and stay what they are.

local core = require "vmem.core"

local checksum = {}

--- mix(sum, …): the sum of what has been added to `sum`, and of integers and strings of whole words behind
--- it.
---@type fun(sum: integer, ...: integer|string): integer
local mix <const> = core.mix
checksum.mix = mix

--- Of the version of a page.
---@param bytes string
---@param page integer
---@param version integer
---@return integer
function checksum.of(bytes, page, version) return mix(#bytes, page, version, bytes) end

return checksum
