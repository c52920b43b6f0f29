--- The memory of examples/machine over plain tables, as a script would have it without vmem: RAM is a table;
--- what is not in it is asked of the ROM that stays, then of the chosen bank, then of the devices.

local FIRST <const> = { devices = 0x4000, bank = 0x8000, fixed = 0xC000 }

local function table_of(bytes, first)
  local list = {}
  for i = 1, #bytes do list[first + i - 1] = bytes:byte(i) end
  return list
end

--- Takes and gives what board.memory does.
return function(rom, banks, device)
  local chosen = {}
  for i, bytes in pairs(banks) do
    chosen[i] = setmetatable(table_of(bytes, FIRST.bank), {
      __index = function(_, a) return device.read(a - FIRST.devices) end,
    })
  end
  local way = { __index = chosen[0] }
  local fixed = setmetatable(table_of(rom, FIRST.fixed), way)
  local ram = setmetatable(table_of(("\0"):rep(FIRST.devices), 0), {
    __index = fixed,
    __newindex = function(_, a, value)
      if a >= FIRST.bank then
        way.__index = chosen[value % (#chosen + 1)]
      else
        device.write(a - FIRST.devices, value)
      end
    end,
  })
  return { bytes = ram }
end
