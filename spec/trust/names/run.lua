--- Kills processes that hold a section by its name, at random moments. The next one that opens it finds the
--- section of a live holder, whole, or makes a new one; and at the end nothing is left.
---
---   lua5.4 spec/trust/names/run.lua [KILLS [SEED]]

local vmem = require "vmem"

local KILLS <const> = math.tointeger(arg[1]) or 200
local SEED <const> = math.tointeger(arg[2]) or os.time()
local HOLDERS <const> = 4
local FOLDER <const> = "/dev/shm"

math.randomseed(SEED)
local name <const> = ("trust %d %d"):format(SEED, math.random(1 << 30))

local counts = { killed = 0, opened = 0, made = 0, quiet = 0 }

local function fail(text, ...) error(("SEED=%d: " .. text):format(SEED, ...), 0) end

--- Where the system shows names in no folder, this finds nothing.
local function is_left(what)
  local pipe <close> = assert(io.popen("ls " .. FOLDER .. " 2>/dev/null"))
  return pipe:read("a"):find("vmem." .. what, 1, true) ~= nil
end

-- {====== Holders ======

local lua <const> = arg[-1]

--- Started when it has opened the section once.
local function start()
  local pipe = assert(io.popen(("echo $$; exec '%s' spec/trust/names/holder.lua '%s' %d 2>&1"):format(
    lua, name, math.random(1 << 30))))
  local holder = { pipe = pipe, id = pipe:read "l" }
  holder.said = pipe:read(1)
  return holder
end

local function kill(holder)
  os.execute("kill -9 " .. holder.id)
  local said = holder.said .. holder.pipe:read "a"
  local _, how, code = holder.pipe:close()
  if said:find "[^mo]" or how ~= "signal" or code ~= 9 then fail("a holder: %s (%s %d)", said, how, code) end
  local _, made = said:gsub("m", "")
  counts.killed = counts.killed + 1
  counts.opened = counts.opened + #said
  counts.made = counts.made + made
end

local function sleep(most) os.execute(("sleep %.4f"):format(math.random() * most)) end

-- ====== }

--- When no process has the section, the next one makes it, and takes its name along.
local function look()
  local size = math.random(1 << 17)
  local section <close> = assert(vmem.section(name, size))
  local region <close> = assert(vmem.reserve(size))
  assert(region:attach(section))
  if not section.created then fail "a section has outlived its holders" end
  if section.size ~= size then fail("made with %d bytes, not %d", section.size, size) end
  if region:nonzero(0, size) then fail "a new section has bytes of an old one" end
  counts.quiet = counts.quiet + 1
end

do
  local section, message, code = vmem.section(name, 1)
  if not section then
    assert(code == "not_supported", message)
    print("trust: names: NOT TESTED: " .. message)
    return
  end
  section:close()
end

local holders = {}
for round = 1, math.huge do
  while #holders < HOLDERS do holders[#holders + 1] = start() end
  local all = round % 3 == 0 or counts.killed >= KILLS - HOLDERS
  sleep(0.02)
  for i = HOLDERS, 1, -1 do
    if all or math.random(2) == 1 then
      kill(table.remove(holders, i))
      if math.random(2) == 1 then sleep(0.005) end
    end
  end
  if all then
    look()
    if is_left(name) then fail "the last holder has let go, and the name is there" end
    if counts.killed >= KILLS then break end
  end
end

print(("trust: names: seed %d, %d holders killed at random moments, %d openings, %d made the section, "
  .. "%d looks when all were dead: 0 torn, 0 left"):format(
  SEED, counts.killed, counts.opened, counts.made, counts.quiet))
