-- make install, make uninstall, and what of it runs.

local helpers = require "helpers"
local interpreter = require "interpreter"
local kit = require "command_kit"
local vmem = require "vmem"

local it = helpers.unix_it -- needs a shell

local build, lua, version = interpreter.build, interpreter.command, interpreter.version

local shell, with_script = kit.shell, kit.with_file

describe("make install and make uninstall", function()
  local function quoted(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

  -- Names of folders that have a meaning for a shell or make, and whether they are refused.
  local names = {
    ["My Lua"] = false, ["My; touch pwned"] = false, ["a'b"] = false, ['a"b'] = false, ["a&b"] = false,
    ["a|b"] = false,
    ["-rf"] = false, ["a\\b"] = false, ["a*"] = false, ["a`touch pwned`"] = false, ["#a"] = false,
    ["~"] = false, ["a=b"] = false,
    ["(a)"] = false, ["a  b"] = false, ["ä"] = false, ["a,b"] = false, ["a:b"] = false, ["100%"] = false,
    ["$HOME"] = true, ["$(shell touch pwned)"] = true, ["a$"] = true,
  }
  for name, refused in pairs(names) do
    for _, way in ipairs(name:find "[ '$]" and { "PREFIX", "DESTDIR" } or { "PREFIX" }) do
      it(("%s %s = %q"):format(refused and "refuse" or "take", way, name), function()
        local folder = os.tmpname()
        os.remove(folder)
        local settings = quoted(("%s=%s/%s"):format(way, folder, name))
          .. (way == "DESTDIR" and " PREFIX=/usr" or "")
        local place = quoted("./" .. name .. (way == "DESTDIR" and "/usr" or ""))
        -- Siblings that the first word of the name, or a part of it, would lead to must survive.
        local output, errors, code = shell(([[
          top=$PWD; mkdir -p %s/My %s/a %s/-; cd %s; for i in My a -; do touch ./$i/keep; done
          run() { make -s -C "$top" LUA=%s BUILD=%s "$@" %s; }
          run install >/dev/null || exit 9
          test -f %s/bin/vmem && test -f %s/share/lua/%s/vmem/draw/svg.lua &&
            test -f %s/lib/lua/%s/vmem/core.so &&
            test -s %s/share/man/man1/vmem.1 && test -s %s/share/bash-completion/completions/vmem &&
            echo installed
          run uninstall >/dev/null
          find . -name '*.lua' -o -name core.so -o -name 'vmem*' -o -name keep | sort]]):format(folder,
          folder, folder, folder, lua, build, settings, place, place, version, place, version, place, place))
        os.execute("rm -rf " .. folder)
        assert.is_nil(io.open "pwned")
        if refused then
          assert.matches("has a dollar sign in it", errors)
          assert.equal(9, code)
        else
          assert.equal("installed\n./-/keep\n./My/keep\n./a/keep\n", output, errors)
        end
      end)
    end
  end
end)

describe("what was built is what runs, though", function()
  local broken

  setup(function()
    if helpers.on_windows then return end
    broken = os.tmpname()
    os.remove(broken)
    shell(([[
      mkdir -p %s/vmem; echo 'error "the wrong vmem"' >%s/vmem/init.lua
      for i in command layout arena; do cp %s/vmem/init.lua %s/vmem/$i.lua; done
      echo nothing >%s/vmem/core.so]]):format(broken, broken, broken, broken, broken))
  end)

  teardown(function()
    if broken then os.execute("rm -r " .. broken) end
  end)

  local variables = {
    LUA_PATH = "%s/?.lua;%s/?/init.lua;;", LUA_CPATH = "%s/?.so;;", LUA_INIT = "error 'the wrong start'",
  }
  for name, value in pairs { table.unpack(variables) } do variables[interpreter.variable(name)] = value end
  local ways = {
    ["scripts of the specs"] = function(before)
      return (helpers.run_script("print(require 'vmem'._VERSION)", before .. ";"))
    end,
    ["make run"] = function(before)
      local path = os.tmpname()
      local file <close> = assert(io.open(path, "w"))
      file:write "print(require 'vmem'._VERSION)"
      file:close()
      local output = shell(("%s; make -s run LUA=%s BUILD=%s SCRIPT=%s"):format(before, lua, build, path))
      os.remove(path)
      return output
    end,
    ["the command"] = function(before)
      if before:find "INIT" then return vmem._VERSION end -- it runs before the command does
      return (shell(before .. "; vmem --version"))
    end,
    ["the examples of the specs"] = function(before)
      local output
      with_script([[
        local print_version = ' -e "print(require(\'vmem\')._VERSION)"'
        print((require("documents.example").shell(require("interpreter").command .. print_version)))
      ]], function(path)
        local line = "%s; VMEM_BUILD=%s %s= %s='./spec/support/?.lua;./spec/?.lua;;' %s %s 2>&1"
        local pipe <close> = assert(io.popen(line:format(before, build, interpreter.variable "LUA_INIT",
          interpreter.variable "LUA_PATH", lua, path)))
        output = pipe:read "a"
      end)
      return output
    end,
  }
  for name, value in pairs(variables) do
    for what, run in pairs(ways) do
      it(("%s says otherwise, to %s"):format(name, what), function()
        local before = ("export %s='%s'"):format(name, value:gsub("'", "'\\''"):gsub("%%s", broken))
        assert.truthy(run(before):find(vmem._VERSION, 1, true), run(before))
      end)
    end
  end
end)

describe("an installed vmem", function()
  local folder

  before_each(function()
    if helpers.on_windows then return end
    folder = os.tmpname()
    os.remove(folder)
    shell(([[
      lua=%s/share/lua/%s c=%s/lib/lua/%s bin=%s/bin
      mkdir -p $lua $c/vmem $bin
      cp -r lua/vmem command/vmem $lua; cp -r examples $lua/vmem
      cp %s/vmem/core.so $c/vmem; cp bin/vmem $bin]])
      :format(folder, version, folder, version, folder, build))
  end)

  after_each(function()
    if folder then shell("rm -r " .. folder) end
  end)

  it("finds what is beside it, wherever it is called", function()
    local output, errors, code = shell(("cd / && %s %s/bin/vmem example d02"):format(lua, folder))
    assert.equal("", errors)
    assert.matches("Reserved", output)
    assert.equal(0, code)
  end)

  it("says where the sources are to be had, which vmem bench wants", function()
    local _, errors, code = shell(("cd / && %s %s/bin/vmem bench"):format(lua, folder))
    assert.matches("^vmem: bench: the sources are not here: git clone https://%S+, [^\n]+\n$", errors)
    assert.equal(1, code)
  end)

  it("says when the library cannot be loaded", function()
    local _, errors, code = shell(("rm -r %s/share && cd / && %s=/none %s %s/bin/vmem info")
      :format(folder, interpreter.variable "LUA_PATH", lua, folder))
    assert.matches("^vmem: cannot load the library: [^\n]+\n$", errors)
    assert.equal(1, code)
  end)
end)
