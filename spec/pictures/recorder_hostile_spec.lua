-- What a script can do to a recording from within.

local helpers = require "helpers"

describe("a recording in a hostile script", function()
  local prologue = [[
    local vmem, recorder = require "vmem", require "vmem.recorder"
    local core = require("vmem.core").recorder
    local region = vmem.reserve(10 * 4096)
    local function try(f, ...) return select(2, pcall(f, ...)) end
    local handle = core.start(true, true, 100)
  ]]

  local cases = {
    ["is closed under way"] = [[
      debug.getmetatable(handle).__gc(handle)
      debug.getmetatable(handle).__gc(handle)
      region:commit():write(0, "x")
      for _, name in ipairs { "counts", "event", "region", "run", "sample", "source", "stop" } do
        assert(try(core[name], handle, 1):find("recording is closed"), name)
      end
      core.start(true, true, 1)
    ]],
    ["meets wrong values"] = [[
      local values = { 0, -1, 1.5, 1 << 62, "", "10", {}, print, io.stdout, region, region[1],
        region:view "u8", coroutine.create(print), handle, false }
      for _, f in pairs(core) do
        if type(f) == "function" then
          try(f)
          for _, a in ipairs(values) do
            try(f, a)
            try(f, handle, a)
            for _, b in ipairs(values) do try(f, a, b) end
          end
        end
      end
      local _, events = pcall(core.counts, handle)
    ]],
    ["has other metatables"] = [[
      local view, fault = region:view "u8", try(region.read, region)
      region:commit()
      for _, object in ipairs { region, region[1], view, fault } do
        local own, foreign = debug.getmetatable(handle), debug.getmetatable(object)
        debug.setmetatable(handle, foreign)
        try(function() return handle[1], handle.base end)
        try(function() handle[1] = 1 end)
        try(function() return #handle end)
        try(tostring, handle)
        debug.setmetatable(handle, own)
      end
      region:commit()
      assert(core.counts(handle) > 0)
      debug.getmetatable(region).__gc(handle) -- all have the same, which ends what it is given
      assert(try(core.counts, handle):find "recording is closed")
    ]],
    ["loses its space"] = [[
      for key, value in pairs(debug.getregistry()) do
        if type(value) == "userdata" and debug.getmetatable(value)
          and debug.getmetatable(value).__name == "vmem.space" then
          debug.getmetatable(value).__gc(value)
        end
      end
      local _, problem = pcall(region.commit, region)
      assert(problem:find "region is released")
      try(vmem.reserve, 1)
      for _, name in ipairs { "counts", "event", "stop" } do
        assert(try(core[name], handle, 1):find("recording is closed"), name)
      end
    ]],
    ["is collected while regions are"] = [[
      for i = 1, 100 do vmem.reserve(4096) end
      handle = nil
      collectgarbage() collectgarbage()
      region:commit()
    ]],
    ["ends with the state, whichever goes first"] = [[
      core.stop(handle)
      handle = nil
      for i = 1, 10 do
        local keep = vmem.allocate(4096)
        if i == 5 then _G.recording = core.start(true, true, 100) end
        _G[i] = setmetatable({}, { __gc = function() keep:write(0, "x") keep:release() end })
      end
    ]],
    ["is stopped and started by finalizers"] = [[
      local function arm()
        setmetatable({}, { __gc = function()
          pcall(core.stop, handle)
          handle = try(core.start, true, true, 100)
          arm()
        end })
      end
      arm()
      region:commit()
      for i = 1, 20000 do
        region:write(i, "x")
        local other = vmem.reserve(4096)
        if i % 3 == 0 then other:release() end
      end
    ]],
    ["is of a region whose finalizer is called by hand"] = [[
      local gc = debug.getmetatable(region).__gc
      gc(region) gc(region)
      local what = core.event(handle, 1)
      assert(core.whats[what] == "release" and core.counts(handle) == 1)
    ]],
    ["sees scripts with strange names"] = [[
      local long = ("x"):rep(100000)
      for _, name in ipairs { "@" .. long, "@", "=", "", "@a\0b", "=" .. long, "\n", long } do
        load("(...):commit()", name)(region)
      end
      load(string.dump(load("(...):commit()"), true))(region)
      for i = 1, 1000 do load("(...):decommit()", "@" .. i)(region) end
      local _, _, _, _, sources = core.counts(handle)
      for i = 1, sources do assert(core.source(handle, i)) end
    ]],
    ["is dressed as a recording by its class"] = [[
      core.stop(handle)
      local recording = recorder.start()
      local class = debug.getmetatable(recording)
      local fake = setmetatable({}, class)
      for name, f in pairs(class) do
        if type(f) == "function" then try(f, fake, 1, 2) try(f) try(f, 1, 2) end
      end
      for _, name in ipairs { "stop", "html", "save", "regions", "ended" } do
        try(function() return fake[name] end)
        try(function() return fake[name](fake) end)
      end
    ]],
  }
  for name, body in pairs(cases) do
    it("that " .. name .. " is survived", function()
      local output, ok = helpers.run_script(prologue .. body .. "print 'survived'")
      assert.equal("survived\n", output:sub(-9))
      assert.is_true(ok, output)
    end)
  end
end)
