-- The demo: what a user sees first.

local example = require "documents.example"
local helpers = require "helpers"

local recorded = os.tmpname()
os.remove(recorded)

describe("the demo", function()
  local output, ok = example.script("examples/demo.lua", "", recorded)
  teardown(function() os.remove(recorded) end)

  helpers.no_sanitizer_it("tells all in forty lines of which each fits in a window", function()
    assert.is_true(ok, output)
    local lines = 0
    for line in output:gmatch "[^\n]*\n" do
      lines = lines + 1
      assert.is_true(utf8.len(line) <= 141, line)
    end
    assert.is_true(lines <= 40, output)
  end)

  it("reserves a terabyte, and says what the process takes before and after", function()
    assert.matches("\nvmem.region 'demo' at 0x%x+: 1099511627776 bytes, 0 committed\n", output)
    local after, before = output:match "takes (%d+%.%d) MiB of memory%. Before, it took (%d+%.%d) MiB%."
    if not after then return assert.matches("does not tell how much memory", output) end
    assert.is_true(tonumber(after) - tonumber(before) < 1024, output) -- Wine takes a byte for each page
  end)

  it("shows a fault as a sentence, and how a handler mends it", function()
    assert.matches("\nfalse\taccess violation writing 0x%x+[^\n]*: page 2 of region [^\n]+ is reserved",
      output)
    assert.matches("\n> region:write%(PAGE, \"hello\"%)\n> print[^\n]+\nhello\n", output)
  end)

  it("prints lines of its source as they run", function()
    local source = example.read "examples/demo.lua"
    local count = 0
    for line in output:gmatch "\n> ([^\n]+)" do
      assert.truthy(source:find("\n" .. line .. "\n", 1, true), line)
      count = count + 1
    end
    assert.is_true(count >= 8)
  end)

  it("shows pages before and after: those that were touched, and two that were committed only", function()
    local before, after = output:match "\n  (%.+)   %. reserved[^\n]*\n  ([.wW]+)   w committed"
    assert.equal(("."):rep(32), before)
    assert.equal("...w.......w.......w.......w.ww.", after:lower())
    assert.is_nil(after:find "w.*W.*w.*W") -- in RAM are the touched ones, or the system does not tell
  end)

  it("counts what is committed, in RAM and mended", function()
    local pages, faults, mended = output:match(
      " (%d+) pages are committed, [%w ]+ of them in RAM%. Of (%d+) faults the handler mended (%d+)%.\n")
    assert.same({ "7", "6", "5" }, { pages, faults, mended })
  end)

  it("says where the region is among the parts of the address space", function()
    local list = assert(output:match "from top to bottom\n(.-)\n\n", output)
    if not helpers.tells_areas then return assert.matches("does not list", list) end
    local base = assert(output:match "vmem.region 'demo' at 0x(%x+)")
    local last
    for address in list:gmatch "  0x(%x+)  " do
      local here = math.tointeger(tonumber(address, 16))
      assert.is_true(last == nil or math.ult(here, last), list)
      last = here
    end
    assert.matches(("\n  0x0*%s  the terabyte  <%%-%%- you are here\n"):format(base), list)
    assert.matches("NULL", list)
  end)

  it("names a page that plays it, and has its lines", function()
    assert.equal(recorded, output:match "in a browser:\n([^\n]+)\n$")
    local page = example.read(recorded)
    assert.truthy(page:find("</html>", 1, true))
    assert.truthy(page:find("few:fill(page * PAGE", 1, true))
  end)
end)
