-- The simulated machine: which page loses its frame, in a process for each machine. Other systems have none.

local vmem = require "vmem"
local helpers = require "helpers"

--- Writes the first 4 of 8 pages. w, d, l and p write, decommit, lock and prefetch page i.
local script <const> = [[
local vmem = require "vmem"
local P <const> = vmem.page_size
local region <close> = assert(vmem.allocate(8 * P))
local function see(offset) return assert(region:resident(offset, P)) > 0 end
local function w(i) region:write(i * P, "x") see(i * P) end
local function d(i) region:decommit(i * P, P) end
local function l(i) assert(region:lock(i * P, P)) end
local function p(i) assert(region:prefetch(i * P, P)) end
for i = 0, 3 do w(i) end
%s
for i = 0, 7 do io.write(see(i * P) and i or "-") end
]]

--- Calls, and the pages in the 4 frames after them.
local cases <const> = {
  ["nothing else"] = { "", "0123----" },
  ["a fifth page"] = { "w(4)", "-1234---" },
  ["two pages more"] = { "w(4) w(5)", "--2345--" },
  ["a frame that is free"] = { "d(1) w(4)", "0-234---" },
  ["a frame that is free, then none"] = { "d(1) w(4) w(5)", "--2345--" },
  ["three frames that are free, then none"] = { "d(3) d(0) d(2) w(7) w(6) w(5) w(4)", "----4567" },
  ["a page that is locked"] = { "l(0) w(4)", "0-234---" },
  ["a page that comes back"] = { "w(4) p(0) w(5)", "0--345--" },
  ["a page in swap that is read"] = { "w(4) region:read(0, 1)", "0-234---" },
  ["a page in swap that is written"] = { "w(4) region:write(0, 'y')", "0-234---" },
  ["a page in swap that is filled"] = { "w(4) region:fill(0, P, 1)", "0-234---" },
  ["a page in swap of which a view reads"] = { "local v = region:view 'u8' w(4) local _ = v[1]", "0-234---" },
  ["a page in swap of which a view writes"] = { "local v = region:view 'u8' w(4) v[1] = 1", "0-234---" },
  ["a page in swap that is counted"] = { "w(4) region:view('u32', 0, 8):sum()", "0-234---" },
  ["a page that was never written, and is read"] = { "region:read(5 * P, 1)", "0123----" },
  ["pages in the order of their first writes"] =
    { "region:write(7 * P, 'x') region:write(4 * P, 'x') w(5)", "---345-7" },
}

if vmem.system == "simulated" then
  describe("the simulated machine", function()
    for title, case in pairs(cases) do
      it("takes a frame from the page that has had it longest, if none is free: " .. title, function()
        local output, ok = helpers.run_script(script:format(case[1]), "VMEM_MACHINE='frames=4 swap=64'")
        assert.same({ case[2], true }, { output, ok })
      end)
    end

    it("counts a page that comes back from swap as a major fault, and a new one as a minor one", function()
      local counted = "local a, b = vmem.faults() %s local c, d = vmem.faults() "
        .. "print(c - a, d - b) do return end"
      for access, expected in pairs {
        ["region:read(0, 1)"] = "0\t1\n", ["region:write(0, 'y')"] = "0\t1\n",
        ["region:write(5 * P, 'y')"] = "1\t0\n", ["region:read(5 * P, 1)"] = "0\t0\n",
        ["region:read(4 * P, 1)"] = "0\t0\n",
      } do
        local output = helpers.run_script(script:format("w(4) " .. counted:format(access)),
          "VMEM_MACHINE='frames=4 swap=64'")
        assert.equal(expected, output, access)
      end
    end)
  end)
end
