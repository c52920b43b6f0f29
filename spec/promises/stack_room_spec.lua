-- The addresses into which the first thread's stack may still grow: nothing is ever reserved there.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

-- {====== Processes with chosen stack limits ======

-- The start of each script: where the stack is mapped, and how far down it may grow.
local prelude <const> = [[
  local vmem = require "vmem"
  local P, G = vmem.page_size, vmem.allocation_granularity
  local stack
  for area in vmem.areas() do
    if area.name == "[stack]" and area.state == "committed" then stack = area end
  end
  local limit = tonumber(os.getenv "ROOM")
  local top = stack.address + stack.size
  local floor = top - limit - 256 * P -- the gap that the kernel keeps
]]

local KiB <const> = 1024

-- Name, a shell command that sets the limit, and the stack's largest size: a GiB if there is no limit.
local stacks <const> = {
  { "of 8 MiB", "ulimit -s 8192;", 8192 * KiB },
  { "of 1 MiB", "ulimit -s 1024;", 1024 * KiB },
  { "of 1 GiB", "ulimit -s 1048576;", 1048576 * KiB },
  { "without a limit", "ulimit -s unlimited;", 1 << 30 },
}

--- Runs the script with this stack; nil if this process may not have one so large.
local function run(stack, script)
  local _, before, room = table.unpack(stack)
  if not os.execute(("(%s true) 2>/dev/null"):format(before)) then return nil end
  return helpers.run_script(prelude .. script, ("%s export ROOM=%d;"):format(before, room))
end

-- ====== }

local it_there = helpers.bare_linux_it

describe("the stack's room", function()
  helpers.no_regions_left()

  for _, stack in ipairs(stacks) do
    local function each(name, script, expected)
      it_there(("%s, with a stack %s"):format(name, stack[1]), function()
        local output = run(stack, script)
        if output == nil then return pending("this process may not have such a stack") end
        assert.matches("^" .. expected .. "$", output)
      end)
    end

    each("is refused wherever one asks for it, and what lies below is not", [[
      local function code(address) return select(3, vmem.reserve(P, { address = address })) end
      print(code(stack.address - P), code(stack.address - limit // 4), code(floor + G))
      local _, _, allocated = vmem.allocate(G, { address = stack.address - G })
      local _, _, across = vmem.reserve(8 * G, { address = floor - 4 * G })
      print(allocated, across)
      print(vmem.reserve(P, { address = floor - 2 * G }) ~= nil)
    ]], ("address_in_use\t"):rep(2) .. "address_in_use\n" .. "address_in_use\taddress_in_use\ntrue\n")

    each("is told as reserved by query and areas, whichever way the system is asked", [[
      local win32 = require "vmem.win32"
      local function told(address)
        local q = vmem.query(address)
        return q.state == "reserved" and q.name == "[stack]" and q.address + q.size <= stack.address
      end
      print(told(stack.address - P), told(floor), told(floor + limit // 2 // P * P))
      print(vmem.query(floor - P).name == "[stack]")
      print(win32.VirtualQuery(stack.address - P).State == win32.MEM_RESERVE)
      local sum = 0
      for area in vmem.areas() do
        if area.name == "[stack]" and area.state == "reserved" then sum = sum + area.size end
      end
      print(sum == stack.address - floor)
    ]], "true\ttrue\ttrue\nfalse\ntrue\ntrue\n")

    each("is passed over by top_down", [[
      local free = {}
      for i = 1, 200 do free[i] = assert(vmem.reserve(1 << 20, { top_down = true })) end
      for _, region in ipairs(free) do
        assert(region.base + region.size <= floor or region.base >= top)
      end
      print "out of it"
    ]], "out of it\n")

    -- Plain Lua ends this with "C stack overflow"; memory in the stack's way would end the process.
    each("holds Lua's deepest recursion, with a region as near as there can be one", [[
      local near, address = nil, stack.address
      repeat
        address = address - G
        near = vmem.reserve(G, { address = address })
      until near
      near:commit():fill(0, near.size, 1)
      local function again() return ("a"):gsub("a", again) end
      print(select(2, pcall(again)))
      print(near:nonzero(), near:view("u8"):sum() == near.size)
    ]], ".*C stack overflow\n0\ttrue\n")
  end
end)

describe("the address space", function()
  helpers.no_regions_left()

  -- For a size that exceeds a process's addresses, the message says so, and blames no limit.
  local ways <const> = {
    { "reserve", vmem.reserve },
    { "reserve, sparse", function(size) return vmem.reserve(size, { sparse = true }) end },
    { "reserve, top down", function(size) return vmem.reserve(size, { top_down = true }) end },
    { "reserve at an address", function(size) return vmem.reserve(size, { address = 1 << 40 }) end },
    { "allocate", vmem.allocate },
    { "arena", function(size) return require("vmem.arena").new(size) end },
    { "stack", function(size) return require("vmem.stack").new(size) end },
    { "sparse array", function(size) return require("vmem.sparse").new("u8", size) end },
    { "secret", function(size) return require("vmem.secret").new(size) end },
    { "section", vmem.section },
    { "section with a name", function(size) return vmem.section("vast-" .. size, size) end },
    { "mirror", function(size) return vmem.mirror(size // 2) end },
  }
  for _, size in ipairs { 1 << 58, 1 << 60, 1 << 62 } do
    for _, way in ipairs(ways) do
      local name = ("has no room for 2^%.0f bytes, and says so: %s"):format(math.log(size, 2), way[1])
      helpers.areas_it(name, function()
        local given, message, code = way[2](size)
        assert.is_nil(given)
        assert.is_true(code == "out_of_memory" or code == "invalid_address" or code == "file_too_large", code)
        assert.matches("a process has 2^%d+ addresses here; ask for less$", message)
        assert.is_nil(message:find "ulimit" or message:find "overcommit")
      end)
    end
  end

  helpers.linux_it("has no room for a little more than the processor can address", function()
    local most = vmem.highest_address
    if not most then return pending("this system hides its highest address") end
    assert.matches("2^%d+ .*addresses.*; ask for less", select(2, vmem.reserve(most + P)))
    -- Fewer than a process has, but others use some of them: that gives another message.
    local charged <close> = io.open "/proc/sys/vm/overcommit_memory"
    local is_limited = helpers.ulimit "v" ~= "unlimited" or helpers.ulimit "d" ~= "unlimited"
      or charged and charged:read "n" == 2
    for _, options in ipairs { {}, { sparse = true }, { top_down = true } } do
      local message = select(2, vmem.reserve(most - (1 << 20), options))
      assert.matches(is_limited and "the system has no room" or "no room of that size among", message)
      assert.equal(is_limited, message:find "ulimit" ~= nil or message:find "overcommit" ~= nil)
    end
  end)

  -- As the kernel lays out what asks for it (setarch), with an area that ends above the highest address.
  for _, layout in ipairs { "", "setarch -R", "setarch -L", "setarch -R -L", "setarch -R -3" } do
    helpers.vast_it(("gives top_down its highest free place: %s env"):format(layout), function()
      if not os.execute(layout .. " env true 2>/dev/null") then
        return pending("no setarch here, or it may not")
      end
      local output = helpers.run_script(helpers.knows_malloc .. [[
        local vmem = require "vmem"
        local P, G = vmem.page_size, vmem.allocation_granularity
        local free = {}
        for area in vmem.areas() do
          if area.state == "free" then free[#free + 1] = { area.address, area.address + area.size } end
        end
        local function highest(size)
          for i = #free, 1, -1 do
            local from, to = table.unpack(free[i])
            to = math.min(to, (vmem.highest_address + 1) // G * G)
            local place = (to - size) // G * G
            if place >= from then return place end
          end
        end
        for _, size in ipairs { P, 1 << 20, 1 << 30, 1 << 40 } do
          local expected = highest(size)
          local region = assert(vmem.reserve(size, { top_down = true }))
          -- Where malloc had a mapping for the search, which may have taken that place's last room.
          local function is_near(place)
            local below = place and place - region.base or -1
            return 0 <= below and below <= 1 << 20
          end
          local close = expected == region.base
            or mapped and (is_near(expected) or is_near(highest(size + (1 << 20))))
          print(close, ("0x%x 0x%x"):format(expected, region.base))
          region:release()
        end
      ]], layout .. " env")
      for line in output:gmatch "[^\n]+" do assert.matches("^true", line) end
      assert.equal(4, select(2, output:gsub("\n", "")))
    end, it_there)
  end
end)
