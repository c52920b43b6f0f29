-- Protection is real as well as checked: after any sequence of operations the kernel and the page
-- table agree on every page, in whichever way pages are committed (see property.lua).
-- VMEM_SEED=n repeats a run; VMEM_STEPS=n makes it longer.

local helpers = require "helpers"
local property = require "property"

local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local steps = tonumber(os.getenv("VMEM_STEPS")) or 4000

describe(("random operations (VMEM_SEED=%d VMEM_STEPS=%d)"):format(seed, steps), function()
  helpers.no_regions_left()

  it("leave kernel and page table agreeing on every page", function()
    print(("\nproperty: VMEM_SEED=%d VMEM_STEPS=%d"):format(seed, steps))
    property.run(seed, steps)
  end)

  --- The same in a process that commits in one way: plain, marked.
  local function run_as(way)
    local output, ok = helpers.run_script(([[
      package.path = "./spec/?.lua;" .. package.path
      print(require "property".run(%d, %d))
    ]]):format(seed, steps), ("VMEM_COMMIT=%s; export VMEM_COMMIT;"):format(way))
    assert(ok, output)
    local compared, marked = output:match("^(%d+)\t(%d+)\n$")
    assert(tonumber(compared) > 0, output)
    return tonumber(marked)
  end

  helpers.linux_it("do so without a marker", function()
    assert.equal(0, run_as("plain"))
  end)

  helpers.linux_it("do so with markers from the first commit on", function()
    local marked = run_as("marked")
    if property.tells_markers() then assert.is_true(marked > steps // 4) end
  end)

  helpers.linux_it("do so when chunks turn marked after a few commits", function()
    local marked = run_as("")
    if property.tells_markers() then assert.is_true(marked > steps // 4) end
  end)
end)
