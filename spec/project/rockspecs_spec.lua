-- The two rocks, the library and the command: what they list, and what they need.

local helpers = require "helpers"
local interpreter = require "interpreter"

local rocks <const> = { "vmem", "vmem-command" }

--- path -> module, of everything in Lua that a rock lists. Fails if a file is listed twice.
local function listed(rock)
  local build, found = helpers.rockspec(rock).build, {}
  for _, list in pairs { build.modules or {}, build.install.lua } do
    for name, path in pairs(list) do
      if type(path) == "string" then
        assert.is_nil(found[path], path)
        found[path] = name
      end
    end
  end
  return found
end

--- path -> module, of the files below a folder, whose names begin with a prefix.
local function found_in(folder, prefix)
  local found = {}
  for path in assert(io.popen(("find %s -name '*.lua'"):format(folder))):lines() do
    found[path] = prefix .. path:sub(#folder + 2):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
  end
  return found
end

describe("the rock vmem", function()
  helpers.unix_it("lists each file of lua/, once", function()
    assert.same(found_in("lua", ""), listed "vmem")
  end)

  it("depends on Lua alone", function()
    local rock = helpers.rockspec "vmem"
    assert.equal(1, #rock.dependencies)
    assert.matches("^lua ", rock.dependencies[1])
    for _, name in ipairs { "build_dependencies", "external_dependencies", "test_dependencies" } do
      assert.is_nil(rock[name])
    end
  end)

  it("says in its description which modules are public, and so do their names", function()
    local text = helpers.rockspec("vmem").description.detailed:gsub("%s+", " ")
    local rule <const> = "Scripts require vmem, modules with one more name, such as vmem%.arena, and (.-)%. "
      .. "Modules with longer names, (.-) are internal%."
    local longer, exceptions = text:match(rule)
    local function is_public(name)
      if name == "vmem" then return true end
      if name:find "^vmem%.[%w_]+$" then return not exceptions:find(name, 1, true) end
      return longer:find(name, 1, true) ~= nil
    end
    local rock, public = helpers.rockspec "vmem", helpers.public_modules()
    for name in pairs(public) do assert.is_true(is_public(name), name) end
    for name in pairs(rock.build.install.lua) do assert.is_false(is_public(name), name) end
  end)
end)

describe("the rock vmem-command", function()
  helpers.unix_it("lists each file of command/, and the examples, once", function()
    local expected = found_in("command", "")
    for path, name in pairs(found_in("examples", "vmem.examples.")) do
      if path ~= "examples/listings.lua" then expected[path] = name end
    end
    assert.same(expected, listed "vmem-command")
  end)

  it("depends on the library, and on what its modules require", function()
    local names = {}
    for i, text in ipairs(helpers.rockspec("vmem-command").dependencies) do names[i] = text:match "%S+" end
    assert.same({ "lua", "vmem", "argparse", "dkjson" }, names)
  end)
end)

describe("both rocks", function()
  for _, rock in ipairs(rocks) do
    it("say where to read, to ask and to find them: " .. rock, function()
      local spec = helpers.rockspec(rock)
      assert.equal(rock, spec.package)
      local text = spec.description
      for _, name in ipairs { "summary", "detailed", "homepage", "issues_url", "license" } do
        assert.is_true(#text[name] > 2, name)
      end
      assert.is_true(#text.labels > 3)
    end)
  end
end)

--- What a shell command writes, errors too, and whether it succeeded. Without a sanitizer, which would find
--- leaks of the shell.
local function shell(command)
  local pipe <close> = assert(io.popen(("unset LD_PRELOAD; { %s; } 2>&1"):format(command)))
  return pipe:read "a", pipe:close() == true
end

describe("the rockspecs of a release", function()
  helpers.unix_it("differ from the others by version, tag and the library's version alone", function()
    local folder = os.tmpname()
    os.remove(folder)
    local write <const> = "mkdir %s && %s tools/rockspecs.lua %s"
    local said, done = shell(write:format(folder, interpreter.command, folder))
    assert.is_true(done, said)
    local released, version = {}, require "vmem"._VERSION:match "%S+$"
    for _, rock in ipairs(rocks) do
      local path = ("%s/%s-%s-1.rockspec"):format(folder, rock, version)
      released[rock] = {}
      assert(loadfile(path, "t", released[rock]))()
      os.remove(path)
    end
    assert.is_true(os.remove(folder)) -- so there are no others
    for _, rock in ipairs(rocks) do
      local expected = helpers.rockspec(rock)
      expected.version = version .. "-1"
      expected.source = { url = expected.source.url, tag = "v" .. version }
      for i, text in ipairs(expected.dependencies) do
        if text == "vmem == scm" then expected.dependencies[i] = "vmem == " .. version end
      end
      assert.same(expected, released[rock])
    end
  end)
end)

describe("luarocks test", function()
  local script = helpers.rockspec("vmem").test.script

  helpers.unix_it("names everything that is missing, and installs nothing", function()
    local name = interpreter.variable
    local bare <const> = "lua=$(command -v %s); PATH=/none %s= %s=none %s=none $lua %s"
    local said, done = shell(bare:format(interpreter.command, name "LUA_INIT", name "LUA_PATH",
      name "LUA_CPATH", script))
    assert.is_false(done)
    assert.matches("^vmem: to run the specs, %S+ needs: make, cc, argparse, busted, dkjson%. "
      .. "luarocks install brings each module, and on Debian apt install "
      .. "lua%-argparse lua%-busted lua%-dkjson\n$", said)
  end)
end)
