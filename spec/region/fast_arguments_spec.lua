-- The trial at load, which says whether Lua's stack is laid out as csrc/lua/fast_arguments.h describes it.

local helpers = require "helpers"
local interpreter = require "interpreter"

local folder = interpreter.build .. "/layouts"
local built = io.open(folder .. "/right.so")
if built then built:close() end
local built_it = built and helpers.unix_it or pending

--- What the trial says of a layout of layouts.txt, where VMEM_LUA_API_ONLY does not decide.
local function trial_of(name)
  local script = "print(assert(package.loadlib(%q, 'luaopen_trial'))())"
  return (helpers.run_script(script:format(("%s/%s.so"):format(folder, name)), "unset VMEM_LUA_API_ONLY;"))
end

local function text_of(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

describe("the trial of Lua's stack", function()
  local is_known = string.packsize "T" == 8 -- on 64 bits, for these versions
    and (interpreter.version == "5.4" or interpreter.version == "5.5")

  built_it("knows the stack of this Lua", function()
    assert.equal(tostring(is_known) .. "\n", trial_of "right")
  end)

  for line in io.lines "spec/support/layouts/layouts.txt" do
    local name = line:match "^[^:]*"
    if name ~= "right" then
      built_it("says no to a layout that is wrong: " .. name, function()
        local header = "lua/fast_arguments.h"
        assert.is_true(text_of("csrc/" .. header) ~= text_of(("%s/%s/%s"):format(folder, name, header)))
        assert.equal("false\n", trial_of(name))
      end)
    end
  end
end)
