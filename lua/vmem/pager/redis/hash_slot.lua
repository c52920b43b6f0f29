--- The slot of a key in a Redis cluster: the part of the cluster's 16384 that it falls to.

local hash_slot = { COUNT = 16384 }

local POLYNOMIAL <const> = 0x1021 -- CRC16 as XMODEM has it

local remainders = {}
for byte = 0, 255 do
  local crc = byte << 8
  for _ = 1, 8 do crc = crc << 1 ~ (crc & 0x8000 ~= 0 and POLYNOMIAL or 0) end
  remainders[byte] = crc & 0xffff
end

--- Where a key has {something} in it, that alone counts, so that keys can be kept together.
---@param key string
---@return integer from 0
function hash_slot.of(key)
  local tag = key:match "^[^{]*{([^}]+)}" or key
  local crc = 0
  for i = 1, #tag do crc = (crc << 8 & 0xffff) ~ remainders[crc >> 8 ~ tag:byte(i)] end
  return crc % hash_slot.COUNT
end

return hash_slot
