--- Leaks to plant, by name: the figure in which the soak must find them, and a function that leaks once. They
--- are small, because the soak must find leaks on paths that seldom run.

local vmem = require "vmem"
local usage = require "soak_usage"

local kept = {}
local locked, locks, places, taken

return {
  mapping = { found_as = "mappings", make = usage.map },
  space = { found_as = "size", make = function() usage.map(1 << 18) end }, -- one mapping with its neighbours
  memory = { found_as = "c", make = function() usage.waste(100) end },
  lua = { found_as = "lua", make = function() kept[#kept + 1] = ("x"):rep(300) .. #kept end },
  descriptor = { found_as = "descriptors", make = usage.open },
  section = { found_as = "descriptors", make = function() kept[#kept + 1] = assert(vmem.section(1)) end },
  attachment = { found_as = "mappings", make = function()
    places, taken = places or assert(vmem.reserve(1 << 40)), (taken or 0) + 2
    local section <close> = assert(vmem.section(1))
    assert(places:attach(section, taken * vmem.page_size))
  end },
  region = { found_as = "regions", make = function() kept[#kept + 1] = vmem.reserve(1) end },
  lock = { found_as = "locked", make = function()
    locked, locks = locked or assert(vmem.allocate(1 << 20)), (locks or 0) + 1
    assert(locked:lock(locks % #locked * vmem.page_size, 1))
  end },
  page = { found_as = "rss", make = function() usage.waste(1 << 15) end },
}
