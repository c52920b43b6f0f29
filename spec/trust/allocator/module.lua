--- Snippets for the functions of the module itself.

local P = 4096

local function nothing() return {} end

local function count(iterator, ...)
  local n = 0
  for _ in iterator, ... do n = n + 1 end
  return n
end

local vmem = require "vmem"

return {
  { "require vmem",
    setup = function()
      for name in pairs(package.loaded) do
        if name:find "^vmem" then package.loaded[name] = nil end
      end
      return {}
    end,
    act = function() return require "vmem" end,
    check = function() assert(require("vmem").allocate(1):write(0, "x"):read(0, 1) == "x") end },
  { "vmem.reserve", setup = nothing, act = function() return assert(vmem.reserve(3 * P)) end },
  { "vmem.reserve with options", setup = nothing,
    act = function()
      local options = { top_down = true, name = "a name", watch = true, protection = "r+guard" }
      return assert(vmem.reserve(3 * P, options))
    end },
  { "vmem.reserve of what has an alignment", setup = nothing,
    act = function() return assert(vmem.reserve(3 * P, { alignment = 1 << 24 })) end },
  { "vmem.reserve of what has bounds", setup = nothing,
    act = function()
      local quarter = (vmem.highest_address or 1 << 47) // 4 -- above the shadow of a sanitizer
      return assert(vmem.reserve(3 * P, { lowest = quarter, highest = 2 * quarter, top_down = true }))
    end },
  { "vmem.reserve where no place is free", setup = nothing,
    act = function() return not vmem.reserve(3 * P, { lowest = 1 << 32, highest = (1 << 32) + P }) end },
  { "vmem.reserve of what is to be wiped", setup = nothing,
    act = function() return assert(vmem.reserve(P, { conceal = true, wipe = true })) end },
  { "vmem.reserve of what is sparse", setup = nothing,
    act = function() return assert(vmem.reserve(1 << 30, { sparse = true })) end },
  { "vmem.reserve of what touches commit", setup = nothing,
    act = function() return assert(vmem.reserve(9 * P, { touch = "commit", around = 4 })) end },
  { "vmem.allocate of what is lazy", setup = nothing,
    act = function() return vmem.allocate(9 * P, { lazy = true }) end },
  { "vmem.reserve at an address", setup = function() return { region = false } end,
    act = function(kit)
      kit.region = assert(vmem.reserve(P, { address = 0x7e5600000000 }))
    end },
  { "vmem.reserve, refused", setup = nothing,
    act = function()
      local region, message, code = vmem.reserve(1 << 60)
      assert(not region and message:find "cannot reserve" and code == "out_of_memory")
    end },
  { "vmem.reserve, of many", setup = nothing, steps = true,
    act = function(kit)
      for i = 1, 40 do kit[i] = assert(vmem.reserve(1)) end
    end },
  { "vmem.allocate", setup = nothing,
    act = function() return assert(vmem.allocate(3 * P, { name = "b" })) end },
  { "vmem.allocate, refused", setup = nothing,
    act = function()
      local region, message = vmem.allocate(1 << 46)
      assert(not region and message:find "cannot allocate")
    end },
  { "vmem.regions", setup = function() return { vmem.reserve(1), vmem.allocate(1), vmem.reserve(1) } end,
    act = function() assert(count(vmem.regions()) == 3) end },
  { "vmem.at",
    act = function(r)
      local region, offset = vmem.at(r.base + 5)
      assert(region == r and offset == 5 and vmem.at(1) == nil)
    end },
  { "vmem.query", act = function(r)
      assert(vmem.query(r.base + P).state == "committed" and vmem.query(0).state == "free")
      assert(vmem.query(r.base - P))
    end },
  { "vmem.query, refused", setup = nothing,
    act = function()
      local area, message = vmem.query(math.maxinteger)
      assert(not area and message:find "cannot query")
    end },
  { "vmem.areas", act = function() assert(count(vmem.areas()) > 5) end },
  { "vmem.areas of another process",
    setup = function() return { pid = assert(io.open "/proc/self/stat"):read "n" } end,
    act = function(kit) assert(count(vmem.areas(kit.pid)) > 5) end },
  { "vmem.areas, refused", setup = nothing,
    act = function()
      local step, message = vmem.areas(0x7fffffff)
      assert(not step and message:find "no such process")
    end },
  { "an iterator of areas goes on where it was",
    setup = function()
      local kit = { region = vmem.allocate(P), to = 0 }
      kit.step = vmem.areas()
      return kit
    end,
    act = function(kit)
      for _ = 1, 1000 do
        local area = kit.step()
        if not area then break end
        assert(area.address == kit.to, "an area has been passed over")
        kit.to = area.address + area.size
      end
    end,
    check = function(kit) assert(kit.to > kit.region.base) end },
  { "vmem.read",
    act = function(r) assert(#vmem.read(r.base + 1, 2 * P) == 2 * P) end },
  { "vmem.write", act = function(r) vmem.write(r.base + P - 2, "over") end },
  { "vmem.peek", act = function(r)
      local bytes = vmem.peek(r.base, 100)
      assert(bytes == nil or #bytes == 100)
    end,
    check = function(r) assert(vmem.peek(r.base, 1)) end },
  { "vmem.peek, refused", act = function()
      local bytes, message = vmem.peek(0, 1)
      assert(not bytes and message:find "cannot read")
    end },
  { "vmem.faults", act = function() assert(vmem.faults() > 0) end },
  { "vmem.on_fault",
    act = function()
      vmem.on_fault(function() return false end)
      assert(vmem.on_fault(nil))
    end },
  { "columns", setup = function() return { vmem.allocate(P, { name = "c" }), require "vmem.core" } end,
    act = function(kit) assert(#kit[2].columns() > 5) end },
  { "core's small functions", setup = function() return require "vmem.core" end,
    act = function(core)
      core.terminal_width()
      assert(#core.offers() > 0)
    end },
}
