--- Opens, attaches, writes and closes a named section, over and over, until it is killed. Each opening writes
--- a letter: "m" if it made the section, "o" if another process has it. Anything else is a finding.
---
---   lua5.4 spec/trust/names/holder.lua NAME SEED

local vmem = require "vmem"

local name, seed = arg[1], math.tointeger(arg[2])
local P <const> = vmem.page_size
local MOST <const> = 4 * P -- bytes of a section
local HEAD <const> = 16

math.randomseed(seed)
io.stdout:setvbuf "no"

local function check(condition, ...)
  if condition then return end
  print((...):format(select(2, ...)))
  os.exit(1)
end

local function open(size)
  local section, region = assert(vmem.section(name, size)), assert(vmem.reserve(MOST))
  assert(region:attach(section))
  return section, region, region:view("u64", 0, 2)
end

local function close(section, region)
  if math.random(2) == 1 then
    section:close()
    region:release()
  else
    region:release()
    section:close()
  end
end

--- The first words of a section: its size, and then a number that no other has, whose lowest byte fills it.
local function begin(section, region, size)
  check(section.size == size, "made with %d bytes, not %d", section.size, size)
  check(not region:nonzero(0, size), "made with other bytes than zeros")
  local head = region:view("u64", 0, 2)
  head[1] = size
  head[2] = math.random(1 << 40) << 8 | math.random(65, 90)
end

--- Writes somewhere, and looks whether only holders of this life have written.
local function use(region, head, size, life)
  local letter = string.char(life & 0xff)
  check(head[1] == size, "torn: it has %d bytes, and was made with %d", size, head[1])
  local first = math.random(HEAD, size - 1)
  region:write(first, letter:rep(math.random(1, size - first)))
  local odd = region:read(HEAD, size - HEAD):match("[^\0" .. letter .. "]")
  check(not odd and head[2] == life, "torn: %q in the life of %q", odd, letter)
end

--- Whoever has a section finds that one by its name, and no other.
local function open_again(size, life)
  local section, region, head = open(math.random(HEAD + 1, MOST))
  check(not section.created, "made although another has it")
  check(section.size == size and head[2] == life, "two sections of one name")
  close(section, region)
end

while true do
  local size = math.random(HEAD + 1, MOST)
  local section, region, head = open(size)
  if section.created then begin(section, region, size) end
  io.write(section.created and "m" or "o")
  for _ = 1, math.random(3) do
    local life = head[2]
    if life ~= 0 then -- else the process that made it has not come so far, or was killed before
      use(region, head, section.size, life)
      open_again(section.size, life)
    end
  end
  close(section, region)
end
