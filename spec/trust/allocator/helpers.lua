--- Snippets for the modules built on regions in Lua. After a memory error in the middle, objects must work or
--- can be closed, and no region is left once they are collected.

local vmem = require "vmem"
local P <const> = vmem.page_size

local function nothing() return {} end

local sparse = require "vmem.sparse"
local array = require "vmem.file.array"
local arena = require "vmem.arena"
local stack = require "vmem.stack"
local secret = require "vmem.secret"

--- A snippet for what makes an object and closes it.
local function making(name, make, use)
  return { name, setup = nothing, steps = true, act = function()
    local object <close> = assert(make())
    assert(#tostring(object) > 10)
    if use then use(object) end
  end }
end

local function numbers() return assert(sparse.new("u32", 1 << 20)) end
local function strings() return assert(sparse.new(100, 1000)) end
local function records() return assert(sparse.new("i4 d", 1000)) end

local function pushed()
  local s = assert(stack.new(32 * P))
  s:push("i8", 42)
  return s
end

local function key()
  local k = assert(secret.new(100))
  k:with(function(bytes) bytes:fill(7) end)
  return k
end

local function filled_arena()
  local a = assert(arena.new(64 * P))
  a:alloc(100)
  return a
end

local snippets = {
  making("sparse.new of numbers", numbers, function(s) s[70000] = 5 end),
  making("sparse.new of strings", strings, function(s) s[70] = "text" end),
  making("sparse.new of records", records, function(s) s:set(70, 1, 2.5) end),
  { "sparse: storing numbers", setup = numbers, steps = true,
    act = function(s)
      for i = 1, 20 do s[i * 2000] = i end
      s:set(5, 6)
    end,
    check = function(s) for i = 1, 20 do assert(s[i * 2000] == i) end end },
  { "sparse: storing strings", setup = strings, steps = true,
    act = function(s) for i = 1, 1000, 90 do s[i] = "text " .. i end end,
    check = function(s) assert(s[91] == "text 91") end },
  { "sparse: storing records", setup = records, steps = true,
    act = function(s)
      s[500] = { 1, 2.5 }
      s:set(700, 3, 4)
    end,
    check = function(s) assert(s[500][2] == 2.5 and s:get(700) == 3) end },
  { "sparse: looking",
    setup = function()
      local s = strings()
      s[90], s[900] = "one", "two"
      return s
    end,
    act = function(s)
      local seen = {}
      for i, text in s:filled() do seen[#seen + 1] = i .. text end
      assert(table.concat(seen, " ") == "90one 900two")
      local count = 0
      for _ in s:each() do count = count + 1 end
      assert(count > 60 and s:get(90) == "one" and #s:bytes(90) == 100 and s:get(1000) ~= 1)
      assert(math.type(pairs(s)(s)) == "integer")
      assert(tostring(s:cost()):find "wasted" and #s == 1000 and tostring(s):find "strings")
    end },
  { "sparse:forget", setup = function()
      local s = numbers()
      for i = 1, 10 do s[i * 1000] = i end
      return s
    end, steps = true,
    act = function(s) assert(s:forget(1500, 9999)) end,
    check = function(s) assert(s[1000] == 1 and (s[5000] or 0) == 0 and s[10000] == 10) end },
  { "sparse: many numbers", setup = function()
      local s = numbers()
      s:fill(2, 1, 100)
      return { s, assert(sparse.new("u32", 1 << 20)) }
    end, steps = true,
    act = function(kit)
      local s, other = kit[1], kit[2]
      assert(other:fill(1, 5000, 9000) and other:copy(s, 1, 1, 100))
      assert(other:sum(1, 100) == 200 and other:minmax(1, 100) == 2 and s:set(7, s:get(1, 50)))
      local seen = 0
      for _, count in s:pages() do seen = seen + count end
      assert(seen == P // 4)
    end,
    check = function(kit) assert(kit[1]:sum() == 200) end },
  { "sparse:close", steps = true, setup = function() return { numbers() } end,
    act = function(kit) kit[1]:close() end },

  making("arena.new", function() return arena.new(8 * P) end, function(a) a:alloc(P) end),
  { "arena: allocating", setup = filled_arena, steps = true,
    act = function(a)
      a:reset()
      assert(a:alloc(100) == 0 and a:alloc(1, P) == P)
      local view = assert(a:view("f64", 1000))
      assert(view:sum() == 0)
      view:fill(1.5)
      assert(a.region:cstring(a:string "text") == "text")
      do
        local mark <close> = a:mark()
        assert(#tostring(mark) > 10)
        local inner = a:mark()
        assert(a:alloc(10 * P))
        a:reset(inner)
      end
      assert(a.used < 6 * P)
    end,
    check = function(a) assert(a.committed == a.region.committed) end },
  { "arena:close", setup = function() return { filled_arena() } end, act = function(kit) kit[1]:close() end },

  making("stack.new", function() return stack.new(8 * P) end),
  { "stack: pushing", setup = pushed, steps = true,
    act = function(s)
      s:unwind(s.size - 8)
      for i = 1, 10 do s:push("z i4", ("x"):rep(2000), i) end
      for i = 10, 1, -1 do
        local text, number = s:pop "z i4"
        assert(#text == 2000 and number == i)
      end
    end,
    check = function(s) assert(s:pop "i8" == 42 and s.depth == 0) end },
  { "stack: popping", steps = true,
    setup = function()
      local s = pushed()
      s:push("c2000 c2000 i4", "one", "two", 3)
      s:push("c2000 i4", "one", 2)
      return s
    end,
    act = function(s)
      if s.depth > 4012 then assert(#s:pop "c2000 i4" == 2000) end
      if s.depth == 8 then return end -- the error came when it was popped already
      local one, _, three = s:pop "c2000 c2000 i4"
      assert(one:find "^one" and three == 3)
    end,
    check = function(s) assert(s:pop "i8" == 42 and s.depth == 0) end },
  { "stack: growing by touch, page by page", setup = pushed, steps = true,
    act = function(s) for offset = s.size - 1, 6 * P, -1000 do s.region:write(offset, "x") end end,
    check = function(s)
      s.region:write(5 * P, "x") -- a guard page that an error has taken is put back by the next touch
      assert(s.committed == s.region.committed and s.region[5].protection == "rw+guard")
    end },
  { "stack: alloc, unwind, trim", setup = pushed, steps = true,
    act = function(s)
      local before = s.size - 8
      s:unwind(before)
      s:alloc(5 * P)
      s.region:fill(s.pointer, 5 * P, 1)
      s:unwind(before)
      assert(s:trim())
      assert(s.committed == 2 * P and s.region.committed == 2 * P, s.region.committed // P)
    end,
    check = function(s) assert(s:pop "i8" == 42) end },
  { "stack: overflow", setup = pushed, steps = true,
    act = function(s)
      local ok, fault = pcall(s.alloc, s, 40 * P)
      assert(not ok)
      if type(fault) == "string" then error(fault, 0) end
      assert(fault.kind == "stack_overflow" and tostring(fault):find "stack overflow")
    end,
    check = function(s) assert(s:pop "i8" == 42) end },
  { "stack:close", setup = function() return { pushed() } end, act = function(kit) kit[1]:close() end },

  making("secret.new", function() return secret.new(50) end),
  { "secret:with", setup = key,
    act = function(k) assert(k:with(function(bytes) return bytes[100] end, "r") == 7) end,
    check = function(k) assert(k.region[2].protection == "none") end },
  { "secret:with, raising", setup = key,
    act = function(k)
      local ok, message = pcall(k.with, k, function() error "its own" end)
      assert(not ok and (message:find "its own" or message:find "memory"))
    end,
    check = function(k) assert(k.region[2].protection == "none") end },
  { "secret: load, copy, equals", steps = true,
    setup = function()
      local kit = { one = key(), two = assert(secret.new(100)), file = assert(io.tmpfile()) }
      kit.file:write(("k"):rep(100))
      return kit
    end,
    act = function(kit)
      kit.file:seek "set"
      assert(kit.one:load(kit.file) and kit.two:copy(kit.one) and kit.two:equals(kit.one))
      assert(kit.two:equals(("k"):rep(100)))
    end,
    check = function(kit)
      assert(kit.one.region[2].protection == "none" and kit.two.region[2].protection == "none")
    end },
  { "secret:close", setup = function() return { key() } end, act = function(kit) kit[1]:close() end },

  { "layout.of", setup = function() return { vmem.allocate(P), require "vmem.layout" } end,
    act = function(kit) assert(kit[2].of():totals().region.size == P) end },
  { "paging.new", setup = function() return require "vmem.paging" end,
    act = function(paging)
      local mmu = paging.new { frames = 4, tlb = 2, policy = "clock" }
      for i = 0, 20 do mmu:write(i * 3000) end
      assert(#tostring(mmu) > 10 and mmu:translate(0x1000))
    end },
}

-- Arrays in files, where files can be attached.
do
  local function path_of_nothing()
    local kit = { path = os.tmpname() }
    os.remove(kit.path)
    return kit
  end

  local function remove(kit) os.remove(kit.path) end

  local probe <const> = path_of_nothing()
  local made <close> = array.open(probe.path, "r+", "u8", 10)
  remove(probe)
  if made then
    table.move({
      { "sparse.open", steps = true,
        setup = path_of_nothing,
        act = function(kit)
          local s <close> = assert(sparse.open(kit.path, "r+", "u32", 1 << 24))
          s[1], s[1 << 23] = 1, 2
          assert(s:fill(7, 5000, 6000) and s:forget(5000, 6000) and s:flush())
          local seen = 0
          for _ in s:filled() do seen = seen + 1 end
          assert(seen == 2 and s:sum() == 3 and #tostring(s:cost()) > 10)
        end,
        check = function(kit)
          local s <close> = assert(sparse.open(kit.path, "r+", "u32", 1 << 24))
          s[1] = 1
          assert(s[1] == 1 and (s[1 << 23] == 2 or (s[1 << 23] or 0) == 0))
        end,
        drop = remove },
      { "file.array.open", steps = true,
        setup = path_of_nothing,
        act = function(kit)
          local a <close> = assert(array.open(kit.path, "r+", "f32", 5000))
          a[1] = 2
          a:set(2, 1, 2):fill(0, 2, 3):copy(a.view, 1, 1, 10)
          assert(a:sum() == 2 and #a == 5000 and a:flush() and #tostring(a) > 10)
        end,
        check = function(kit)
          local a <close> = assert(array.open(kit.path, "r+", "f32", 5000))
          assert(a[5000] == 0 and (a[1] == 2 or a[1] == 0))
        end,
        drop = remove },
    }, 1, 2, #snippets + 1, snippets)
  else
    print "NOT TESTED: arrays in files"
  end
end

do
  local ring <close> = vmem.mirror(P) -- not where all regions are sparse
  if ring then
    local size <const> = ring.size // 2 -- more than P on Windows
    local function make() return vmem.mirror(size, 3) end
    snippets[#snippets + 1] = making("vmem.mirror", make, function(object)
      object:write(size - 1, "seam")
      assert(object:read(2 * size, 3) == "eam" and object.committed == 3 * size)
    end)
  end
end

for _, name in ipairs { "sparse", "arena", "stack", "secret", "recorder", "win32", "layout", "pager" } do
  snippets[#snippets + 1] = { "require vmem." .. name, setup = function()
      for loaded in pairs(package.loaded) do
        if loaded:find "^vmem%." and loaded ~= "vmem.core" then package.loaded[loaded] = nil end
      end
      return {}
    end,
    act = function() return require("vmem." .. name) end }
end
table.sort(snippets, function(a, b) return a[1] < b[1] end)
return snippets
