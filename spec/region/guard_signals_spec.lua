-- The signal handler that makes accesses to lost pages faults, among handlers of other code.
local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("an access to a few bytes of a lost page", function()
  helpers.no_regions_left()
  after_each(file_kit.remove_all)

  -- The C library reads whole vectors: its first read may begin before the range, its last one end behind it.
  local ACCESSES <const> = {
    find = function(r, at, size) return r:find("Z", at, size) end,
    ["find of two"] = function(r, at, size) return r:find("ZY", at, size + 1) end,
    cstring = function(r, at, size) return r:cstring(at, size) end,
    compare = function(r, at, size) return r:compare(at, 0, size) end,
    nonzero = function(r, at, size) return r:nonzero(at, size) end,
    read = function(r, at, size) return r:read(at, size) end,
    write = function(r, at, size) return r:write(at, ("x"):rep(size)) end,
    fill = function(r, at, size) return r:fill(at, size, 7) end,
    sum = function(r, at, size) return r:view("u8", at, size):sum() end,
    minmax = function(r, at, size) return r:view("u8", at, size):minmax() end,
  }
  for name, access in pairs(ACCESSES) do
    file_kit.unix_it("is a fault at its first byte: " .. name, function()
      for _, at in ipairs { 1, 31, 100, P - 60, P - 20, P - 10 } do
        for _, size in ipairs { 1, 3, 8 } do
          local path = file_kit.path_of(("A"):rep(2 * P))
          local section <close> = assert(vmem.section(path, "r+"))
          local region <close> = assert(vmem.reserve(2 * P)):attach(section)
          local other <close> = assert(vmem.section(path, "r+"))
          assert(other:resize(P))
          local fault = helpers.fault(access, region, P + at, size)
          assert.same({ "in_page_error", P + at }, { fault.kind, fault.offset })
        end
      end
    end)
  end
end)

describe("a copy from a lost page to one that refuses it", function()
  helpers.no_regions_left()
  after_each(file_kit.remove_all)

  for name, handler in pairs {
    ["has no handler"] = false,
    ["has a handler that declines"] = function() return false end,
  } do
    file_kit.unix_it("is a fault reading, where it " .. name, function()
      local path = file_kit.path_of(("A"):rep(2 * P))
      local section <close> = assert(vmem.section(path, "r+"))
      local region <close> = assert(vmem.reserve(4 * P)):attach(section)
      if handler then region:on_fault(handler) end
      local other <close> = assert(vmem.section(path, "r+"))
      assert(other:resize(P))
      local fault = helpers.fault(region.copy, region, 3 * P, P, 100)
      assert.same({ "in_page_error", "read", P }, { fault.kind, fault.access, fault.offset })
    end)
  end
end)
