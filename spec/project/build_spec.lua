-- What ends a build: for users nothing but errors, for developers also a warning.

local helpers = require "helpers"

-- The make that runs this spec has told its children about itself.
local MAKE <const> = "env -u WERROR -u MAKEFLAGS -u MAKELEVEL make -nB BUILD=build/none "

--- How many compilations `make` would make, and how many of them end by a warning.
local function compilations(goals)
  local pipe <close> = assert(io.popen(MAKE .. goals))
  local all, strict = 0, 0
  for line in pipe:lines() do
    if line:find("-Wconversion", 1, true) then all = all + 1 end
    if line:find("-Werror", 1, true) and line:find("-Wconversion", 1, true) then strict = strict + 1 end
  end
  return all, strict
end

describe("a warning of the compiler", function()
  for _, goals in ipairs {
    "", "all", "install DESTDIR=/none", "demo", "run SCRIPT=none.lua", "prompt", "test",
  } do
    helpers.unix_it("does not end `make " .. goals .. "`", function()
      local all, strict = compilations(goals)
      assert.is_true(all > 50)
      assert.equal(0, strict)
    end)
  end

  local checks = { "lint", "test WERROR=-Werror", "test-asan", "test-core", "test-allocator", "bench" }
  for _, goals in ipairs(checks) do
    helpers.unix_it("ends `make " .. goals .. "`", function()
      local all, strict = compilations(goals)
      assert.is_true(all > 20)
      assert.equal(all, strict)
    end)
  end

  helpers.unix_it("ends .ci/run", function()
    local file <close> = assert(io.open(".ci/run"))
    assert.is_truthy(file:read("a"):find("\nexport WERROR=-Werror\n", 1, true))
  end)
end)
