--- Sections, and what attaches and detaches their pages.

local vmem = require "vmem"
local U <const> = vmem.allocation_granularity > vmem.page_size and vmem.system == "windows"
  and vmem.allocation_granularity or vmem.page_size

local function nothing() return {} end

--- A region, and a section that holds "section" in its second page.
local function apart()
  local kit = { region = assert(vmem.reserve(16 * U)), section = assert(vmem.section(3 * U)) }
  assert(kit.region:attach(kit.section)):write(U, "section")
  assert(kit.region:decommit())
  return kit
end

--- Shared pages, private copies, and pages of its own.
local function attached()
  local kit = apart()
  assert(kit.region:attach(kit.section, U))
  assert(kit.region:attach(kit.section, 8 * U, U, 2 * U, "rw+copy"))
  assert(kit.region:commit(5 * U, U))
  kit.region:write(8 * U, "private")
  return kit
end

--- The same, and nobody has the section's object, so that it is made anew.
local function without_object()
  local kit = attached()
  kit.section:close()
  kit.section = nil
  return kit
end

--- A snippet that calls a method of the region.
local function over(name, setup, method, ...)
  local list = table.pack(...)
  return { name, setup = setup, act = function(kit)
    local region = kit.region
    return assert(region[method](region, table.unpack(list, 1, list.n)))
  end }
end

local function with_snapshot()
  local kit = apart()
  assert(kit.region:attach(kit.section, 0, 0, 3 * U, "rw+copy"))
  kit.snapshot = assert(kit.region:snapshot())
  kit.region:write(0, "written"):write(U, "written")
  return kit
end

local snippets = {
  { "vmem.section", setup = nothing, act = function()
      local section <close> = assert(vmem.section(3 * U + 5))
      assert(section.size == 3 * U + 5 and section.created and tostring(section):find "bytes")
    end },
  { "vmem.section, with options", setup = nothing, act = function()
      local options = { growable = vmem.system ~= "windows", executable = true, name = "shown" }
      local section <close> = assert(vmem.section(U, options))
      assert(section.name == nil)
    end },
  { "vmem.section, refused", setup = nothing, act = function()
      local section, message, code = vmem.section(1 << 50)
      assert(not section and message:find "cannot make" and code)
    end },
  { "vmem.section, by a path", setup = function() return { section = assert(vmem.section(U)) } end,
    act = function(kit)
      local path = kit.section.path
      if not path then return end
      local again <close> = assert(vmem.section(path, "r"))
      assert(again.size == U and not again.created)
    end },
  { "vmem.section, by a path that is none", setup = nothing, act = function()
      local section, message, code = vmem.section("/there/is/no/such/file", "r")
      assert(not section and message:find "cannot open" and code)
    end },
  { "section:resize", setup = function() return { section = vmem.section(U, { growable = true }) } end,
    act = function(kit)
      if vmem.system ~= "windows" then assert(kit.section:resize(3 * U)) end
    end,
    check = function(kit) assert(vmem.system == "windows" or kit.section.size == 3 * U) end },
  { "section:resize, refused", setup = apart, act = function(kit)
      local section, message, code = kit.section:resize(1)
      assert(not section and message:find "cannot make" and code)
    end },
  { "section:close", setup = apart, act = function(kit) assert(kit.section:close()) end },
  { "a closed section", setup = apart, act = function(kit)
      kit.section:close()
      local ok, message = pcall(kit.region.attach, kit.region, kit.section)
      assert(not ok)
      if not message:find("memory", 1, true) then assert(message:find "section is closed") end
      assert(tostring(kit.section):find "closed")
    end },
  { "sections left to the collector", setup = nothing, steps = true, act = function()
      for _ = 1, 5 do assert(vmem.section(U)) end
      collectgarbage()
    end },

  { "region:attach", setup = apart, act = function(kit) return assert(kit.region:attach(kit.section)) end,
    check = function(kit) assert(kit.region:read(U, 7) == "section") end },
  { "region:attach, of a part", setup = apart, act = function(kit)
      return assert(kit.region:attach(kit.section, 4 * U, U, 2 * U, "r"))
    end },
  { "region:attach, of a copy", setup = apart, act = function(kit)
      return assert(kit.region:attach(kit.section, 4 * U, U, U, "rw+guard+copy"))
    end },
  { "region:attach, over attached pages", setup = attached, act = function(kit)
      return assert(kit.region:attach(kit.section, 2 * U, 0, 3 * U))
    end },
  { "region:attach, refused", setup = apart, act = function(kit)
      local region, message, code = kit.region:attach(kit.section, 0, 0, U, "rx")
      assert(not region and message:find "executable" and code == "permission_denied")
    end },
  { "region:attach, over what a snapshot keeps", setup = with_snapshot, act = function(kit)
      return assert(kit.region:attach(kit.section, 0, U, 2 * U, "rw+copy"))
    end },
  over("region:decommit, of attached pages", attached, "decommit", 2 * U, 7 * U),
  over("region:commit, of attached pages", attached, "commit", 0, 12 * U, "r"),
  over("region:protect, of attached pages", attached, "protect", 8 * U, 2 * U, "none"),
  over("region:discard, of attached pages", attached, "discard", 8 * U, 2 * U),
  { "region:release, with attached pages", setup = attached, act = function(kit)
      if kit.region then kit.region:release() end
      kit.region = nil
    end },
  { "region:restore, of private copies", setup = with_snapshot, act = function(kit)
      return assert(kit.region:restore(kit.snapshot))
    end,
    check = function(kit) assert(kit.region:read(U, 7) == "section") end },
  { "region:snapshot, refused", setup = attached, act = function(kit)
      local snapshot, message, code = kit.region:snapshot()
      assert(not snapshot and message:find "section" and code == "not_supported")
    end },

  { "region:attachments", setup = without_object, steps = true, act = function(kit)
      local rows = {}
      for offset, size, section, from, copy in kit.region:attachments() do
        assert(section.size == 3 * U)
        rows[#rows + 1] = ("%d %d %d %s"):format(offset // U, size // U, from // U, copy)
      end
      assert(table.concat(rows, ", ") == "1 3 0 false, 8 2 1 true")
    end },
  { "an iterator of attachments goes on where it was",
    setup = function()
      local kit = without_object()
      kit.step, kit.rows = kit.region:attachments(), 0
      return kit
    end,
    steps = true,
    act = function(kit)
      while true do
        local offset, _, section = kit.step()
        if not offset then break end
        kit.rows = kit.rows + 1
        assert(section.size == 3 * U)
        assert(offset == (kit.rows == 1 and U or 8 * U), "a row has been passed over")
      end
    end,
    check = function(kit) assert(kit.rows == 2) end },
  { "region:query, of attached pages", setup = without_object, act = function(kit)
      local run = kit.region:query(8 * U)
      assert(run.type == "mapped" and run.section.size == 3 * U and kit.region:query().type == "private")
    end },
  { "vmem.query, of attached pages", setup = without_object, act = function(kit)
      assert(vmem.query(kit.region.base + 8 * U).section.size == 3 * U)
    end },
}
table.sort(snippets, function(a, b) return a[1] < b[1] end)

return snippets
