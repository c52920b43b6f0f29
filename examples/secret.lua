-- vmem.secret: a key that can be read only where it is used
local secret = require "vmem.secret"

local key <close> = assert(secret.new(16))
print("The key     : " .. tostring(key))
for what, why in pairs(key.refused) do print(("No %-9s: %s"):format(what, why)) end

-- Straight from the file into the buffer: a Lua string could not be overwritten afterwards.
local random <close> = io.open("/dev/urandom", "rb")
if random then
  assert(key:load(random))
else -- Windows has no such file; this is no key to be used
  key:with(function(bytes) for i = 1, #bytes do bytes[i] = i * 37 & 255 end end)
end

-- Good for one message of sixteen bytes at most, as every one-time pad.
local function crypt(text)
  return key:with(function(bytes)
    local out = {}
    for i = 1, #text do out[i] = string.char(text:byte(i) ~ bytes[i]) end
    return table.concat(out)
  end, "r")
end

local sealed = crypt("attack at dawn")
print(("Sealed      : %d bytes, readable: %s"):format(#sealed, sealed == "attack at dawn"))
print("Unsealed    : " .. crypt(sealed))

-- A view that was kept is of no use outside, nor is anything else.
local kept = key:with(function(bytes) return bytes end)
print("Outside     : " .. tostring(select(2, pcall(function() return kept[1] end))))
print("Guessed     : " .. tostring(key:equals("0123456789abcdef")))

-- Overwritten and gone. <close>, the collector and the end of the script would have done it, too.
key:close()
print("Afterwards  : " .. tostring(key))
