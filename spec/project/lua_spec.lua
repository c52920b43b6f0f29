-- Which Lua make builds for: the one that LUA= names says its version itself.

local helpers = require "helpers"
local interpreter = require "interpreter"

local it = helpers.linux_it -- elsewhere other folders are built into

--- What lines of shell write. In them, FAKE is a folder for programs of ours, which is gone afterwards.
local function shell(lines)
  local folder = os.tmpname()
  os.remove(folder)
  local all = ("unset LUA LUA_INC BUILD MAKEFLAGS MAKELEVEL; { mkdir FAKE; %s\n rm -rf FAKE; } 2>&1")
    :format(lines)
  local pipe <close> = assert(io.popen((all:gsub("FAKE", folder))))
  return (pipe:read("a"):gsub(folder:gsub("%p", "%%%0"), "FAKE"))
end

--- Shell text that makes a program which says that it is a Lua of this version.
local function program(name, version)
  return ("printf '#!/bin/sh\\necho %s\\n' >FAKE/%s; chmod +x FAKE/%s\n"):format(version, name, name)
end

local REFUSAL <const> = "^mk/lua.mk:%d+: [* ]*vmem needs Lua 5.4 or 5.5, and LUA=%S+ is neither.*Stop.\n$"

describe("make LUA=", function()
  -- A program's name, what it says, and what LUA= is; the version that all is made for, or nil.
  local cases = {
    { "lua", "5.4", "FAKE/lua", "5.4" },
    { "lua", "5.5", "FAKE/lua", "5.5" },
    { "lua5.4", "5.5", "FAKE/lua5.4", "5.5" },
    { "other", "5.5", "FAKE/other", "5.5" },
    { "other", "", "FAKE/lua5.5", "5.5" }, -- which is not installed yet: `make demo` does that
    { "other", "", "FAKE/lua5.4", "5.4" },
    { "lua", "5.3", "FAKE/lua" },
    { "lua", "5.6", "FAKE/lua" },
    { "lua", "", "FAKE/lua" },
    { "other", "", "FAKE/lua" },
  }
  for _, case in ipairs(cases) do
    local name, says, lua, version = table.unpack(case, 1, 4)
    it(("%s, where %s says %q"):format(lua, name, says), function()
      local said = shell(program(name, says) .. "make -n run SCRIPT=x LUA=" .. lua)
      if not version then return assert.matches(REFUSAL, said) end
      local id = version:gsub("%.", "_")
      local folder = version == "5.4" and "build" or "build/lua5.5"
      for _, part in ipairs { "LUA_INIT_%s= ", "LUA_PATH_%s=", "LUA_CPATH_%s='./" .. folder .. "/?.so;" } do
        assert.truthy(said:find(part:format(id), 1, true), said)
      end
    end)
  end

  it("decides where everything is installed, and what the command is run by", function()
    local said = shell(program("lua", "5.5") .. ([[
      unset LD_PRELOAD # a sanitizer would find the leaks of sed
      make -s -o all install PREFIX=FAKE/there LUA=FAKE/lua BUILD=%s >/dev/null
      sed 1d bin/vmem >FAKE/command
      cd FAKE/there
      ls -d share/lua/*/vmem/init.lua lib/lua/*/vmem/core.so
      head -n 1 bin/vmem
      sed 1d bin/vmem | cmp - FAKE/command
      test -x bin/vmem && echo executable
    ]]):format(interpreter.build))
    assert.equal("lib/lua/5.5/vmem/core.so\nshare/lua/5.5/vmem/init.lua\n#!FAKE/lua\nexecutable\n", said)
  end)
end)

it("every Lua file is Lua of the version that runs the specs", function()
  local count = 0
  local find <const> = "find bench bin command examples lua spec tools -name '*.lua' -o -path bin/vmem"
  local pipe <close> = assert(io.popen(find))
  for path in pipe:lines() do
    assert(loadfile(path))
    count = count + 1
  end
  assert.is_true(count > 300, count)
end)

describe("the module", function()
  local other = interpreter.version == "5.4" and "5.5" or "5.4"
  local path = (other == "5.4" and "build" or "build/lua5.5") .. "/vmem/core.so"
  local file = io.open(path)
  if file then file:close() end
  local there_it = file and helpers.bare_linux_it or pending

  there_it("of another version of Lua says so", function()
    local open = assert(package.loadlib(path, "luaopen_vmem_core"))
    helpers.raises(("vmem was built for Lua %s, and this is Lua %s: build it for this one"):format(other,
      interpreter.version), open)
  end)
end)
