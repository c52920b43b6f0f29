--- Files: their sections, and vmem.file.

local files = require "vmem.file"
local vmem = require "vmem"
local U <const> = vmem.system == "windows" and vmem.allocation_granularity or vmem.page_size

local function drop(kit)
  if kit.file then kit.file:close() end
  os.remove(kit.path)
end

--- A path, and with `text` a file that holds it.
local function at_path(text)
  local kit = { path = os.tmpname() }
  os.remove(kit.path)
  if text then
    local file <close> = assert(io.open(kit.path, "wb"))
    file:write(text)
  end
  return kit
end

local TEXT <const> = "text\n" .. ("\0"):rep(3 * U - 5)

local function with_section()
  local kit = at_path(TEXT)
  kit.section, kit.region = assert(vmem.section(kit.path, "r+")), assert(vmem.reserve(8 * U))
  assert(kit.region:attach(kit.section))
  return kit
end

local function opened(mode)
  return function()
    local kit = at_path(TEXT)
    kit.file = assert(files.open(kit.path, mode, { reserve = 8 * U }))
    return kit
  end
end

--- A snippet over a file that exists.
local function over(name, mode, act, check)
  return { name, setup = opened(mode), act = act, check = check, drop = drop, steps = true }
end

local function size_of(path)
  local file <close> = assert(io.open(path))
  return file:seek "end"
end

local snippets = {
  over("vmem.file: a field that cannot be set", "r+", function(kit)
    local ok, message = pcall(function() kit.file.size = 3 end)
    assert(not ok)
    if not tostring(message):find "cannot be set" then error(message, 0) end
  end),
  { "vmem.section, of a file that is made", setup = at_path, drop = drop, act = function(kit)
      local section <close> = assert(vmem.section(kit.path, "w+", { size = 5, sparse = true, guard = false }))
      assert(section.size == 5 and section.mode == "w+" and section.path == kit.path)
      os.remove(kit.path)
    end },
  { "vmem.section, of a file that cannot be so long", setup = function() return at_path "x" end, drop = drop,
    act = function(kit)
      local section, message, code = vmem.section(kit.path, "r", { size = 2 })
      assert(not section and message:find "cannot open" and code == "permission_denied")
      assert(size_of(kit.path) == 1)
    end },
  { "section:resize, of a file", setup = with_section, drop = drop, steps = true, act = function(kit)
      assert(kit.section:resize(U))
      assert(kit.section:resize(4 * U))
    end, check = function(kit)
      assert(kit.section.size == 4 * U and kit.region.committed == U and kit.region:read(0, 4) == "text")
    end },
  { "section:flush and section:start_flush", setup = with_section, drop = drop, act = function(kit)
      assert(kit.section:start_flush(0, U):flush():flush(U, U))
    end },
  { "section:refresh", setup = with_section, drop = drop, steps = true, act = function(kit)
      local other <close> = assert(vmem.section(kit.path, "r+"))
      assert(other:resize(1))
      assert(kit.section:refresh())
    end, check = function(kit) assert(kit.region.committed == vmem.page_size) end },

  { "file.open, of a file that is made", setup = at_path, drop = drop, steps = true, act = function(kit)
      local file <close> = assert(files.open(kit.path, "w+", { size = U, reserve = 4 * U }))
      assert(file.size == U and #file:view "u8" == U)
    end },
  { "file.open, of a file that becomes longer", setup = function() return at_path "text" end, drop = drop,
    steps = true, act = function(kit)
      local file <close> = assert(files.open(kit.path, "r+", { size = 2 * U, reserve = 4 * U }))
      assert(file.size == 2 * U)
    end,
    check = function(kit) assert(size_of(kit.path) == 2 * U) end },
  { "file.open, refused", setup = at_path, act = function(kit)
      local file, message, code = files.open(kit.path)
      assert(not file and message:find "cannot open" and code == "no_file")
    end },
  over("file:resize", "r+", function(kit)
    assert(kit.file:resize(6 * U))
    assert(kit.file:resize(2 * U))
  end, function(kit)
    assert(kit.file.size == 2 * U and size_of(kit.path) == 2 * U)
    assert(kit.file.region:read(0, 4) == "text" and kit.file.region.committed == 2 * U)
  end),
  over("file:resize, refused", "r+", function(kit)
    local file, message, code = kit.file:resize(1 << 40)
    assert(not file and message:find "cannot show" and code == "file_too_large")
  end),
  over("file: writing", "r+", function(kit)
    kit.file:seek("set", 4 * U - 2)
    assert(kit.file:write("ab", 12, "\n"))
    assert(kit.file:flush(0, 10))
  end, function(kit) assert(size_of(kit.path) == 4 * U + 3) end),
  over("file: reading", "r", function(kit)
    kit.file:seek "set"
    assert(kit.file:read "l" == "text" and #kit.file:read "a" == 3 * U - 5)
    kit.file:seek "set"
    for line in kit.file:lines "L" do assert(#line > 3) end
    assert(tostring(kit.file):find(kit.path, 1, true) and not kit.file:write "x")
  end),
  over("file:view", "r", function(kit)
    local view = kit.file:view("u16be", 1, nil, 3)
    assert(view[1] == 0x6578 and #view == U)
  end),
  over("file:changed", "copy", function(kit)
    kit.file.region:write(0, "draft"):write(2 * U, "x")
    local sum = 0
    for _, size in kit.file:changed() do sum = sum + size end
    assert(sum == 2 * vmem.page_size)
  end),
  over("a file that another process has cut off", "r+", function(kit)
    local other <close> = assert(vmem.section(kit.path, "r+"))
    assert(other:resize(5))
    assert(kit.file.size == 5 and kit.file:seek("set") == 0 and kit.file:read "a" == "text\n")
  end),
  over("file:close", "r+", function(kit)
    kit.file:close()
    assert(kit.file:close() and tostring(kit.file):find "closed")
  end),
}
table.sort(snippets, function(a, b) return a[1] < b[1] end)

return snippets
