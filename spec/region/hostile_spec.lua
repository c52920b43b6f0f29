-- No script crashes the process, even with the debug library. Each case runs in its own process and must come
-- to its end.

local helpers = require "helpers"

local cases = {
  ["folders of vmem's own that are no folders"] = [[
    local lists = 0
    for key, value in pairs(debug.getregistry()) do
      local first = type(key) == "userdata" and type(value) == "table" and value[1]
      if type(first) == "string" and first:find "@" then
        lists = lists + 1
        for _, wrong in ipairs { ("=x\0" .. ("y"):rep(1 << 26)), "=x", "=x\0", "", "@", 7, {} } do
          value[1] = wrong
          try(load("local region = ... return region:read(0, 1)", "=x"), region)
          try(load("local region = ... return region:read(0, 1)", "=x/"), region)
        end
      end
    end
    assert(lists == 1)
  ]],
  ["any metatable on any object"] = [[
    local objects = { region, region[1], view, fault, vmem.areas() or region, file }
    for _, a in ipairs(objects) do
      for _, b in ipairs(objects) do
        local own, foreign = debug.getmetatable(a), debug.getmetatable(b)
        if a ~= file and b ~= file then
          debug.setmetatable(a, foreign)
          try(function() return a[1] end)
          try(function() a[1] = 1 end)
          try(function() return #a end)
          try(tostring, a)
          for _, name in ipairs { "read", "commit", "base", "type", "kind", "index", "get", "release" } do
            try(function() return a[name] end)
            try(function() return a[name](a, 1, 1) end)
          end
        end
        debug.setmetatable(a, own)
      end
    end
  ]],
  ["metamethods with wrong objects"] = [[
    local wrong = { 1, "x", {}, print, rawequal, region, region[1], view, other, fault, file,
      coroutine.create(print), region:pointer(), false }
    for _, object in ipairs { region, region[1], view, other, fault } do
      for _, metamethod in pairs(debug.getmetatable(object)) do
        if type(metamethod) == "function" then
          try(metamethod)
          for _, a in ipairs(wrong) do
            try(metamethod, a)
            for _, b in ipairs(wrong) do
              try(metamethod, a, b)
              try(metamethod, a, b, 1)
              try(metamethod, a, 1, b)
            end
          end
        end
      end
    end
  ]],
  ["every function with everything"] = [[
    local values = { 0, -1, 1.5, 0/0, math.huge, math.maxinteger, math.mininteger, "", "rw", "10", {},
      print, file, region, region[1], view, fault, false }
    local functions = {}
    for _, value in pairs(vmem) do
      if type(value) == "function" then functions[#functions + 1] = value end
    end
    for _, object in ipairs { region, region[1], view, fault } do
      for i = 1, 2 do
        local _, members = debug.getupvalue(debug.getmetatable(object).__index, i)
        for name, member in pairs(members) do
          if name ~= "release" then functions[#functions + 1] = member end
        end
      end
    end
    vmem.on_fault(nil)
    for _, f in ipairs(functions) do
      try(f)
      for _, a in ipairs(values) do
        try(f, a)
        for _, b in ipairs(values) do
          try(f, a, b)
          for _, c in ipairs { 0, -1, math.maxinteger, "rw", file, region, view } do
            try(f, a, b, c)
            try(f, region, a, b, c)
            try(f, view, a, b, c)
          end
        end
      end
    end
  ]],
  ["a light userdata that points into a region"] = [[
    region:fill(0, region.size, 0x56)
    local pointer = region:pointer()
    debug.setmetatable(pointer, debug.getmetatable(view))
    try(function() return pointer[1] end)
    try(function() pointer[1] = 1 end)
    try(debug.getmetatable(view).__index, pointer, 1)
    debug.setmetatable(pointer, debug.getmetatable(region))
    try(function() return pointer[1] end)
    try(function() return pointer:commit() end)
    debug.setmetatable(pointer, nil)
  ]],
  ["views and pages whose region is finalised by hand"] = [[
    local gc = debug.getmetatable(region).__gc
    local page, runs = region[1], region:runs()
    debug.setuservalue(view, nil, 1)
    debug.setuservalue(page, nil, 1)
    gc(region) gc(region)
    try(function() return view[1] end)
    try(function() view[1] = 1 end)
    try(page.read, page)
    try(runs)
    try(tostring, fault)
    region = nil
    collectgarbage()
    try(function() return view[1] end)
    try(function() return page.state end)
    debug.getmetatable(view).__gc(view)
    try(function() return view[1] end)
    try(function() return #view, view.type, tostring(view) end)
  ]],
  ["parents that are collected while views live"] = [[
    local views = {}
    for i = 1, 100 do
      views[i] = vmem.allocate(4096):view("u8")
      if i % 2 == 0 then debug.setuservalue(views[i], nil, 1) end
    end
    collectgarbage() collectgarbage()
    for i = 1, 100 do
      local ok, value = pcall(function() return views[i][1] end)
      if i % 2 == 0 then assert(not ok and value:find("region is released")) else assert(value == 0) end
    end
  ]],
  ["a handler that releases the region"] = [[
    local empty = vmem.reserve(100000)
    empty:on_fault(function(f) f.region:release() return true end)
    local ok, message = pcall(empty.read, empty)
    assert(not ok and message:find("region is released"), message)
    empty = vmem.reserve(100000)
    local window = empty:view("f64")
    empty:on_fault(function(f) f.region:release() return false end)
    ok, message = pcall(function() window[3] = 1 end)
    assert(not ok and tostring(message):find("reserved, not committed"), message)
    vmem.on_fault(function(f)
      if f.region then f.region:release() return true end
    end)
    empty = vmem.reserve(100000)
    local base = empty.base
    ok, message = pcall(vmem.read, base, 100)
    assert(not ok and tostring(message):find("no live region"), message)
  ]],
  ["a handler that replaces the arguments of the access"] = [[
    local empty = vmem.reserve(1 << 20)
    empty:on_fault(function(f)
      for level = 2, 4 do
        for i = 1, 5 do try(debug.setlocal, level, i, "junk") end
      end
      f.region:commit()
      collectgarbage()
      return true
    end)
    try(empty.write, empty, 0, "x")
    try(empty.fill, empty, 4096, 1, 1)
    local window = empty:view("u16")
    try(function() return window[1000] end)
    try(function() window:copy(empty:view("u16", 100000, 100000)) end)
    try(window.sum, window)
    try(window.set, window, 300000, 1, 2.0, 3)
  ]],
  ["a coroutine that is dropped inside a handler"] = [[
    for _ = 1, 50 do
      local empty = vmem.reserve(4096)
      empty:on_fault(coroutine.yield)
      local thread = coroutine.create(empty.read)
      assert(coroutine.resume(thread, empty))
      if math.random(2) == 1 then coroutine.close(thread) end
    end
    collectgarbage()
  ]],
  ["a handler that faults itself"] = [[
    local empty = vmem.reserve(8192)
    empty:on_fault(function(f) return f.region:read(0, 1) end)
    local ok, message = pcall(empty.read, empty)
    assert(not ok and tostring(message):find("overflow"), message)
  ]],
  ["upvalues of the library's own functions replaced"] = [[
    for _, object in ipairs { region, region[1], view, fault } do
      local index = debug.getmetatable(object).__index
      for i = 1, 2 do
        local _, before = debug.getupvalue(index, i)
        for _, junk in ipairs { 1, "x", print, { base = print, state = 1, type = coroutine.wrap(print) } } do
          debug.setupvalue(index, i, junk)
          try(function() return object.base, object.state, object.type end)
          try(function() return object:commit() end)
        end
        debug.setupvalue(index, i, before)
      end
    end
  ]],
  ["the name replaced that a method has for its errors"] = [[
    local arena <close> = assert(require("vmem.arena").new(4096))
    for _, junk in ipairs { 7, print, {} } do
      debug.setupvalue(arena.mark, 3, junk)
      local _, message = pcall(arena.mark, 5)
      assert(message:find "calling 'a method' on bad self %(vmem.arena expected, got number%)", message)
    end
    debug.setupvalue(arena.mark, 3, "mark")
  ]],
  ["what iterators hold replaced, and their metatables on other things"] = [[
    local snapshot, watched = region:snapshot(), assert(vmem.reserve(1 << 16, { watch = true }))
    local function makes()
      return { region:runs(), region:attachments(), watched:written(), snapshot:changed(), vmem.regions(),
        (vmem.areas()) }
    end
    local junk = { -1, "x", 1.5, 1 << 62, 12345, false, {}, view, region, snapshot, file, fault, print }
    for i, step in ipairs(makes()) do
      local meta = debug.getmetatable(step)
      for _, value in pairs(junk) do
        for place = 1, 3 do
          step = makes()[i]
          debug.setuservalue(step, value, place)
          try(step) try(step, nil, value) try(tostring, step)
          try(meta.__call, value) try(meta.__tostring, value)
        end
      end
      for _, value in pairs { {}, region[1], coroutine.wrap(print), snapshot } do
        local before = debug.getmetatable(value)
        debug.setmetatable(value, meta)
        try(function() return value() end) try(tostring, value)
        debug.setmetatable(value, before)
      end
      meta.__call, meta.__tostring, meta.__name = nil, nil, nil
      try(step) try(tostring, step)
    end
    local run = getmetatable(region:query())
    function run.__newindex() error "never" end
    run.__gc, run.__mode, run.__name, run.__tostring = print, "k", 5, 7
    assert(region:query().size) try(tostring, region:query())
    try(function() for area in vmem.areas() do tostring(area) end end)
  ]],
  ["the library's entries in the registry taken away"] = [[
    local registry = debug.getregistry()
    for key, value in pairs(registry) do
      if type(key) == "userdata" or tostring(key):find("vmem") then
        if type(value) == "userdata" and debug.getmetatable(value).__gc then
          try(debug.getmetatable(value).__gc, value)
        end
        registry[key] = nil
      end
    end
    collectgarbage() collectgarbage()
    try(vmem.reserve, 1)
    try(function() for r in vmem.regions() do print(r) end end)
    try(function() return region[1], region:read(0, 1), view[1], region:view("u8") end)
    try(function() region:decommit() return view[1] end)
    try(vmem.at, 1)
    try(region.release, region)
  ]],
  ["finalizers that use regions while the state closes"] = [[
    local keep = setmetatable({}, { __gc = function()
      try(function() return view[1] end)
      try(function() return region:read(0, 4), region[1].state, tostring(region) end)
      try(function() return vmem.reserve(4096):read() end)
      for r in vmem.regions() do try(r.release, r) end
    end })
    escaped = { keep, region, view }
  ]],
  ["finalizers that release a region in the middle of an access"] = [[
    collectgarbage("generational")
    for round = 1, 300 do
      local victim = vmem.allocate(1 << 16)
      local window = victim:view("u8")
      setmetatable({}, { __gc = function() debug.getmetatable(victim).__gc(victim) end })
      for i = 1, 50 do
        try(function() return victim[i % 16 + 1], victim:read(0, 3000), victim:query(), victim:view("i8") end)
        try(function() return window[i], tostring(victim), window:get(1, 50) end)
        try(function() return window:sum(), window:minmax(), window:copy(window) end)
        try(victim.decommit, victim)
        try(function() window[1] = 1 end)
      end
    end
  ]],
  ["finalizers that change pages, and read the file, in the middle of a load"] = [[
    collectgarbage("generational")
    local P = vmem.page_size
    local source = assert(io.tmpfile())
    assert(source:write(("123\n"):rep(P)))
    local deeds = {
      function(victim) victim:decommit(0, P) end,
      function(victim) victim:commit(P, P) end,
      function(victim) victim:commit(0, P) victim:decommit(P, P) end,
      function() source:read("a") end,
      function() source:seek("set", 4 * P - 3) end,
    }
    vmem.on_fault(function(fault) return fault:answer() end)
    for round = 1, 2000 do
      local victim <close> = vmem.reserve(4 * P)
      if round % 3 > 0 then victim:commit(0, P) end
      local deed, junk = deeds[round % #deeds + 1], {}
      for i = 1, round % 40 do
        junk[i] = setmetatable({}, { __gc = function() pcall(deed, victim) end })
      end
      junk = nil
      source:seek("set")
      try(victim.load, victim, source, 0, 4 * P)
      source:seek("set")
      try(victim.load, victim, source, P - 5)
    end
  ]],
  ["finalizers that change the arguments of trap, on_fault and answer"] = [[
    collectgarbage("generational")
    local ours = { [region.trap] = true, [region.on_fault] = true, [fault.answer] = true }
    local function harm()
      for level = 2, 6 do
        local info = debug.getinfo(level, "f")
        for i = 1, info and ours[info.func] and 7 or 0 do debug.setlocal(level, i, i * 7) end
      end
    end
    local function nothing() end
    for round = 1, 3000 do
      local victim <close> = vmem.reserve(4096)
      for _ = 1, round % 20 do setmetatable({}, { __gc = harm }) end
      if round % 3 == 0 then
        try(victim.on_fault, victim, function(fault) return fault:answer(("x"):rep(fault.size)) end)
        try(victim.read, victim)
      elseif round % 3 == 1 then
        try(victim.trap, victim, 0, 1, { read = nothing, write = nothing })
      else
        try(victim.on_fault, victim, nothing)
      end
    end
  ]],
  ["handlers that change what an access keeps in its stack"] = [[
    local reads = {
      { region.cstring }, { region.cstring, 6000 }, { region.unpack, "z" }, { region.unpack, "i4 z" },
      { region.unpack, "s2" }, { region.unpack, "i4 s1 i8" }, { region.read, 6000 },
    }
    for _, read in ipairs(reads) do
      for slot = 3, 14 do
        for _, value in ipairs { 0, 1, 7, 4096, 5000, -1, math.maxinteger, "x" } do
          local victim <close> = vmem.reserve(8192)
          local changes = 3 -- with no end to them the access would have none
          victim:on_fault(function(fault)
            for level = 2, 4 do
              local info = changes > 0 and debug.getinfo(level, "f")
              if info and info.func == read[1] then debug.setlocal(level, slot, value) end
            end
            changes = changes - 1
            return fault:answer(("A"):rep(fault.size - 1) .. (fault.page == 2 and "\\0" or "A"))
          end)
          try(read[1], victim, 0, read[2])
        end
      end
    end
  ]],
  ["an error in __close while a region is closed"] = [[
    try(function()
      local closed <close> = vmem.allocate(4096)
      local bad <close> = setmetatable({}, { __close = function() closed:release() error "no" end })
      error "first"
    end)
  ]],
  ["a pointer in the registry where a metatable was"] = [[
    for key in pairs(debug.getregistry()) do
      if type(key) == "userdata" or tostring(key):find("vmem") then
        local before = debug.getregistry()[key]
        debug.getregistry()[key] = region:pointer()
        try(function() return region[1].index, region:view("u8")[1] end)
        try(vmem.read, 0, 1)
        debug.getregistry()[key] = before
      end
    end
  ]],
  ["a registry that runs Lua when it is asked for the class of files"] = [[
    local registry, class = debug.getregistry(), debug.getmetatable(file)
    registry["FILE*"] = nil
    debug.setmetatable(registry, { __index = function(_, key)
      if key == "FILE*" then debug.getmetatable(region).__gc(region) return class end
    end })
    try(region.load, region, file, 0, 10)
    try(region.save, region, file)
  ]],
  ["string.unpack replaced by one that exchanges the region"] = [[
    local big = vmem.reserve(1 << 32)
    big:commit(0, 1)
    local registry = debug.getregistry()
    for key, f in pairs(registry) do
      if f == string.unpack then
        registry[key] = function() debug.setlocal(2, 1, region) error("too short", 0) end
      end
    end
    try(big.unpack, big, (1 << 32) - 100000, "z")
  ]],
  ["finalizers that exchange the region whose page is being made"] = [[
    local big = vmem.reserve(1 << 32)
    local index, armed = debug.getmetatable(big).__index, true
    local function arm()
      setmetatable({}, { __gc = function()
        if armed and debug.getinfo(2, "f").func == index then debug.setlocal(2, 1, region) end
        if armed then arm() end
      end })
    end
    collectgarbage("incremental", 0, 1000)
    arm()
    for _ = 1, 20000 do
      local page = big[100000]
      if page then assert(page.index <= #page.region) end
    end
    armed = false
  ]],
  ["a forged view in recycled memory, shown to a finalizer before it is made"] = [[
    local make, forged, armed = region.view, nil, true
    local get = view.get
    local function arm()
      setmetatable({}, { __gc = function()
        if armed and debug.getinfo(2, "f").func == make then
          for i = 1, 10 do
            local name, value = debug.getlocal(2, i)
            if not name then break end
            if type(value) == "userdata" and not debug.getmetatable(value) then
              forged = forged or pcall(get, value, 1)
            end
          end
        end
        if armed then arm() end
      end })
    end
    collectgarbage("incremental", 0, 1000)
    arm()
    local kind = 0x766d656d20000000 | ("V"):byte() << 8 | 1
    local body = ("p"):rep(32) .. string.pack("<i8i8i8i8", kind, region.base, 0, 1 << 47):sub(1, 31)
    for i = 1, 30000 do
      for _ = 1, 8 do local _ = body .. "" end
      for k = 1, i % 50 do local _ = { k } end
      region:view("u8")
    end
    armed = false
    assert(not forged)
  ]],
  ["the module loaded twice"] = [[
    package.loaded["vmem.core"], package.loaded["vmem"] = nil, nil
    local again = require "vmem"
    assert(again.at(region.base) == region)
    local count = 0
    for _ in again.regions() do count = count + 1 end
    assert(count >= 1)
  ]],
}

local prologue = [[
  local vmem = require "vmem"
  local function try(f, ...)
    return pcall(f, ...)
  end
  local region = assert(vmem.allocate(1 << 16, { name = "hostile" }))
  local view, other = region:view("u32"), region:view("f64", 8)
  local _, fault = pcall(vmem.read, 0, 1)
  local file = assert(io.tmpfile())
  local print = function() end
]]

local epilogue = [[
  io.stdout:write("survived\n")
]]

describe("a hostile script", function()
  helpers.no_regions_left()

  for name, body in pairs(cases) do
    it("survives " .. name, function()
      local output, ok = helpers.run_script(prologue .. body .. epilogue)
      assert.equal("survived\n", output:sub(-9)) -- a sanitizer may have printed a warning first
      assert.is_true(ok)
    end)
  end
end)
