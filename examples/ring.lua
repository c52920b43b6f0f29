-- Ring: a queue of messages in memory without a seam
local vmem = require "vmem"

local ring, message = vmem.mirror(1) -- one page, seen twice: what lies across its end is in one piece
if not ring then
  print("Not on this system: " .. message)
  return
end
local SIZE = ring.size // 2

local put, taken = 0, 0 -- bytes, since the beginning

--- Puts a message at the end of the queue, or gives false when there is no room.
local function push(text)
  if put + 2 + #text - taken > SIZE then return false end
  ring:pack(put % SIZE, "<s2", text)
  put = put + 2 + #text
  return true
end

--- The oldest message, or nil.
local function pop()
  if taken == put then return nil end
  local text = ring:unpack(taken % SIZE, "<s2")
  taken = taken + 2 + #text
  return text
end

local MESSAGES, MOST = 10000, SIZE // 5
local sent, received, across = 0, 0, 0
while received < MESSAGES do
  local text = ("message %d "):format(sent + 1)
  text = text .. ("."):rep(sent * 7 % MOST - #text)
  local before = put % SIZE
  if sent < MESSAGES and push(text) then
    sent = sent + 1
    if before + 2 + #text > SIZE then across = across + 1 end
  else
    received = received + 1
    assert(pop():match "^message (%d+)" == tostring(received))
  end
end

print(("%d messages of up to %d bytes went through %d bytes of memory, in order."):format(received, MOST,
  SIZE))
print(("%d of them lay across its end. None was put or taken in two pieces."):format(across))
print()
print(ring:map())
