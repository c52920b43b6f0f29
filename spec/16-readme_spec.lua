-- The README is what people meet first: its script must print what it says.

local helpers = require "helpers"

--- The same text whatever the addresses, and without spaces at the ends of lines.
local function plain(text)
  return (text:gsub("0x%x+", function(address) return address:sub(-3) end):gsub(" +\n", "\n"))
end

describe("the README", function()
  helpers.no_regions_left()

  it("shows scripts with what they print", function()
    local file <close> = assert(io.open("README.md"))
    local count = 0
    for script, output in file:read("a"):gmatch("```lua\n(.-)```\n\n```\n(.-)```") do
      local printed, ok = helpers.run_script(script)
      assert.equal(plain(output), plain(printed))
      assert.is_true(ok)
      count = count + 1
    end
    assert.equal(9, count)
  end)
end)
