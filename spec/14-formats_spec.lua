-- A format alone makes nobody allocate what cannot fit.

local checks = require "vmem.checks"
local helpers = require "helpers"
local sparse = require "vmem.sparse"
local stack = require "vmem.stack"
local vmem = require "vmem"

local P = vmem.page_size

--- In a process that may have 300 MiB of addresses: a string of half a gigabyte does not fit there.
local cases = {
  ["stack:push"] = [[print(pcall(s.push, s, "c500000000", "x"))]],
  ["stack:push of what only the bytes tell"] =
    [[print(pcall(s.push, s, "c250000000 z c250000000", "x", "y", "z"))]],
  ["stack:pop"] = [[print(pcall(s.pop, s, "c500000000"))]],
  ["region:pack"] = [[print(pcall(r.pack, r, 0, "c500000000", "x"))]],
  ["region:pack of several"] =
    [[print(pcall(r.pack, r, 0, ("c1000000"):rep(500), ("x"):rep(500):byte(1, -1)))]],
  ["region:unpack"] = [[print(pcall(r.unpack, r, 0, "c500000000"))]],
}

describe("a format of what cannot fit", function()
  for name, script in pairs(cases) do
    helpers.no_sanitizer_it("costs " .. name .. " no memory", function()
      local output, ok = helpers.run_script([[
        local vmem, stack = require "vmem", require "vmem.stack"
        local s, r = assert(stack.new(1 << 16)), assert(vmem.allocate(1 << 16))
      ]] .. script, "ulimit -v 300000;")
      assert(ok, output)
      assert.matches("^false", output)
      assert.not_matches("not enough memory", output)
    end)
  end

  helpers.no_sanitizer_it("costs sparse.new addresses, and no memory", function()
    local output, ok = helpers.run_script([[
      collectgarbage "stop"
      local sparse = require "vmem.sparse"
      local before = collectgarbage "count"
      assert(sparse.new("c50000000", 4)):close()
      print(collectgarbage "count" - before < 1000)
    ]], "ulimit -v 400000;")
    assert(ok, output)
    assert.equal("true\n", output)
  end)
end)

describe("the number of values of a format", function()
  helpers.no_regions_left()

  it("is what string.unpack gives", function()
    for _, format in ipairs { "b", "i4 i4 d", "!8 i1 Xi8 i8", "<c10>x=I3", "jJTlLhHBbfdn", "c0", "xx",
      "!4 c3 Xi4", "" } do
      local size = string.packsize(format)
      assert.equal(select("#", string.unpack(format, ("\0"):rep(size))) - 1, checks.values_of(format), format)
    end
  end)

  it("leaves what fits as it was", function()
    local region <close> = assert(vmem.allocate(P))
    assert.equal(P, region:pack(0, ("c%d"):format(P), "x"))
    helpers.raises("packed bytes run past the region's end", region.pack, region, 1, ("c%d"):format(P), "x")
    local s <close> = assert(stack.new(P))
    s:push(("c%d"):format(s.limit), "x")
    assert.equal(s.limit, s.depth)
    s:unwind(s.pointer + s.depth)
    local cells <close> = assert(sparse.new("i4 c4", 3))
    cells[1] = { 7, "abcd" }
    assert.same({ 7, "abcd" }, cells[1])
  end)
end)
