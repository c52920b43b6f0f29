--- The memory of examples/machine over plain tables, as a script would have it without vmem. These take and
--- give what board.memory does, but for the region.

local QUARTER <const> = 0x4000

local tables = {}

local function fill(list, bytes, first)
  for i = 1, #bytes do list[first + i - 1] = bytes:byte(i) end
  return list
end

--- All that the board has. RAM is a table; what is not in it is asked of the ROM that stays, then of the
--- bank, then of the devices.
function tables.layered(rom, banks, device)
  local chosen = {}
  for i, bytes in pairs(banks) do
    local function read(_, a) return device.read(a, 1, "u8") end
    chosen[i] = setmetatable(fill({}, bytes, 2 * QUARTER), { __index = read })
  end
  local behind = { __index = chosen[0] }
  local fixed = setmetatable(fill({}, rom, 3 * QUARTER), behind)
  local function write(_, a, value)
    if a < 2 * QUARTER then
      device.write(a, value)
    else
      behind.__index = chosen[value % (#chosen + 1)]
    end
  end
  local ram = fill({}, ("\0"):rep(QUARTER), 0)
  return { bytes = setmetatable(ram, { __index = fixed, __newindex = write }) }
end

--- One table, as fast as can be: ROM can be written to, and there is one bank.
function tables.flat(rom, banks, device)
  local list = fill({}, ("\0"):rep(QUARTER), 0)
  fill(fill(list, banks[0], 2 * QUARTER), rom, 3 * QUARTER)
  return { bytes = setmetatable(list, {
    __index = function(_, a) return device.read(a, 1, "u8") end,
    __newindex = function(_, a, value) device.write(a, value) end,
  }) }
end

return tables
