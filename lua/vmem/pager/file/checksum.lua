--- Checksums of pages, fast in plain Lua: words come out of a view, 16 at a time, and each goes through a
--- multiplication that carries it into all that follows. A change within one word is always found;
--- swapped or missing pieces almost always are, since the order counts.

local vmem = require "vmem"

local checksum = {}

local FACTOR <const> = 0x9E3779B97F4A7C15 -- odd, and its bits all over the place

--- The sum of what has been added to `sum`, and of a word behind it.
local function mix(sum, word) return (sum ~ sum >> 32 ~ word) * FACTOR end

checksum.mix = mix

--- Of so many words, 16 at a time.
local function mix_view(sum, view, words)
  local get = view.get
  for i = 1, words, 16 do
    local a, b, c, d, e, f, g, h, k, l, m, n, o, p, q, r = get(view, i, i + 15)
    sum = (sum ~ sum >> 32 ~ a) * FACTOR
    sum = (sum ~ sum >> 32 ~ b) * FACTOR
    sum = (sum ~ sum >> 32 ~ c) * FACTOR
    sum = (sum ~ sum >> 32 ~ d) * FACTOR
    sum = (sum ~ sum >> 32 ~ e) * FACTOR
    sum = (sum ~ sum >> 32 ~ f) * FACTOR
    sum = (sum ~ sum >> 32 ~ g) * FACTOR
    sum = (sum ~ sum >> 32 ~ h) * FACTOR
    sum = (sum ~ sum >> 32 ~ k) * FACTOR
    sum = (sum ~ sum >> 32 ~ l) * FACTOR
    sum = (sum ~ sum >> 32 ~ m) * FACTOR
    sum = (sum ~ sum >> 32 ~ n) * FACTOR
    sum = (sum ~ sum >> 32 ~ o) * FACTOR
    sum = (sum ~ sum >> 32 ~ p) * FACTOR
    sum = (sum ~ sum >> 32 ~ q) * FACTOR
    sum = (sum ~ sum >> 32 ~ r) * FACTOR
  end
  return sum
end

--- A function (bytes, page, version) -> integer for pages of so many bytes, a multiple of 128; and the
--- region it works in, to be released. Or nil, message, code.
function checksum.new(size)
  local region, message, code = vmem.allocate(size)
  if not region then return nil, message, code end
  local view = region:view "i64"
  return function(bytes, page, version)
    region:write(0, bytes)
    return mix_view(mix(mix(size, page), version), view, size // 8)
  end, region
end

return checksum
