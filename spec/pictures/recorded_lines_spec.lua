-- Whether a recording's page may show the lines of a file: load can give a chunk any name, so a name alone is
-- no reason to read a file.

local helpers = require "helpers"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P = vmem.page_size
local NUMBERS <const> = "local region = ...\nlocal x = (... or 1.5) and %d\nregion:commit()\n"
local BODY <const> = "local region = ...\nlocal word = 'the key'\nregion:commit()\nreturn word\n"

--- A file that is gone after fn(path).
local function with_file(text, fn)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local done <close> = setmetatable({}, { __close = function() os.remove(path) end }) -- luacheck: ignore 211
  return fn(path)
end

--- The lines in the page of a recording during which `run` is called with a region.
local function lines_of(run)
  local region <close> = assert(vmem.reserve(4 * P))
  local recording = recorder.start()
  run(region)
  local html = recording:stop():html()
  return html:match('"lines":(%b[])}')
end

describe("the page of a recording shows lines", function()
  helpers.no_regions_left()

  after_each(function()
    local running = recorder.running()
    if running then running:stop() end
  end)

  -- The content of a file, and how it is loaded; the line of the commit must be shown.
  local loaded = {
    ["of a file"] = { BODY },
    ["of a file for the shell"] = { "#!/usr/bin/lua5.4\n" .. BODY },
    ["of a file with a mark in front"] = { "\xef\xbb\xbf" .. BODY },
    ["of a file with both"] = { "\xef\xbb\xbf#!/usr/bin/lua5.4\n" .. BODY },
    ["of a file with carriage returns"] = { (BODY:gsub("\n", "\r\n")) },
    ["of a file without a last newline"] = { "local region = ...\nregion:commit()" },
    ["of a function in it"] = { "local a = 1\nreturn function(region)\n  region:commit() return a\nend\n" },
    ["of a function in a function"] = {
      "return function(region)\n  local function go()\n    region:commit()\n  end\n  return go()\nend\n",
    },
    ["of a function of many constants"] = {
      "return function(region)\n  return { " .. ("'%d', 1.5, "):rep(300):gsub("%%d", "x") .. " }, "
        .. "\n region:commit()\nend\n",
    },
    ["of the second function, which has a string of the first, and numbers"] = {
      "local function first() return 'key', 1 end\nreturn function(region)\n local key = 'key' .. 1.5 - 7\n"
        .. "  region:commit() return key, first\nend\n",
    },
    ["that are long"] = { "local region = ... -- " .. ("x"):rep(100000) .. "\nregion:commit()\n" },
  }
  for what, case in pairs(loaded) do
    it(what, function()
      with_file(case[1], function(path)
        local shown = lines_of(function(region)
          local run = assert(loadfile(path))
          if case[1]:find "^return" or case[1]:find "return function" then run = run() end
          run(region)
        end)
        assert.truthy(shown:find("region:commit()", 1, true), shown)
      end)
    end)
  end

  it("of all of a file, and of a very long one those around the events", function()
    for _, case in ipairs { { 0, true }, { 6000, false } } do
      local text = "local region = ...\n-- far from it\n" .. ("--\n"):rep(20 + case[1])
        .. "region:commit()\n-- the last"
      with_file(text, function(path)
        local shown = lines_of(assert(loadfile(path)))
        assert.equal(case[2], shown:find("far from it", 1, true) ~= nil)
        assert.truthy(shown:find("the last", 1, true))
      end)
    end
  end)

  it("of a file that only its functions in a table are left of", function()
    with_file("local m = {}\nfunction m.go(region)\n  region:commit()\nend\nreturn m\n", function(path)
      local module = assert(loadfile(path))()
      assert.truthy(lines_of(module.go):find("region:commit()", 1, true))
    end)
  end)
end)

describe("the page of a recording shows no lines", function()
  helpers.no_regions_left()

  --- A chunk with any name that makes a call on line `line`.
  local function forged(name, line)
    return assert(load(("\n"):rep((line or 1) - 1) .. "(...):commit()", "@" .. name))
  end

  -- The content of the file, and the code that runs under its name.
  local files = {
    ["of a text"] = { "root:x:0:0\nthe key\n", forged },
    ["of Lua that has not been loaded"] = { BODY, forged },
    ["of Lua that was loaded, and has done nothing"] = { BODY, function(path)
      assert(loadfile(path))
      return forged(path, 2)
    end },
    ["of Lua whose lines are one further"] = { BODY, function(path)
      return assert(load("\n" .. BODY, "@" .. path))
    end },
    ["of Lua that has another word there"] = { BODY, function(path)
      return assert(load((BODY:gsub("the", "a")), "@" .. path))
    end },
    ["of Lua that has another number there"] = { NUMBERS:format(70000), function(path)
      return assert(load(NUMBERS:format(70001), "@" .. path))
    end },
    ["of a file that has changed"] = { BODY, function(path)
      local run = assert(loadfile(path))
      local file <close> = assert(io.open(path, "wb"))
      file:write(("-- the key\n"):rep(9))
      return run
    end },
    ["of what string.dump writes"] = { string.dump(assert(load(BODY))), forged },
    ["of a file that is too large"] = { BODY .. ("-- the key\n"):rep(1 << 19), loadfile },
    ["of nothing"] = { "", forged },
  }
  for what, case in pairs(files) do
    it(what, function()
      with_file(case[1], function(path)
        assert.equal("[{}]", lines_of(case[2](path)))
      end)
    end)
  end

  it("of a file that another name leads to, with bytes that no name has", function()
    with_file(BODY, function(path)
      assert.equal("[{}]", lines_of(forged(path .. "\0")))
      assert.equal("[{}]", lines_of(forged("")))
      assert.equal("[{}]", lines_of(forged(("x"):rep(5000))))
    end)
  end)

  -- A program that opens one of these waits, or reads for ever.
  local odd = {
    ["of a pipe"] = "mkfifo %s", ["of a device without end"] = "ln -s /dev/zero %s",
    ["of a folder"] = "mkdir %s", ["of a link to itself"] = "ln -s %s %s",
    ["of what the kernel makes up"] = "ln -s /proc/self/environ %s",
    ["of users"] = "ln -s /etc/passwd %s", ["of a terminal"] = "ln -s /dev/tty %s",
    ["of what all memory is"] = "ln -s /proc/self/mem %s",
  }
  for what, make in pairs(odd) do
    helpers.unix_it(what, function()
      local name = os.tmpname()
      os.remove(name)
      assert(os.execute((make:gsub("%%s", name))))
      local output, ok = helpers.run_script(([[
        local vmem, recorder = require "vmem", require "vmem.recorder"
        local region <close> = vmem.reserve(1)
        local recording = recorder.start()
        load("(...):commit()", "@" .. %q)(region)
        print(recording:stop():html():match '"lines":(%%b[])}')
      ]]):format(name), "ulimit -t 20;")
      os.execute(("rm -rf '%s'"):format(name))
      assert.is_true(ok, output)
      assert.equal("[{}]\n", output)
    end)
  end
end)
