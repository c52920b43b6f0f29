-- vmem obeys its rules: random operations are made on it and on a naive model of it (see model/), in every
-- way of committing, and are compared with the kernel, too. A difference is shrunk, and printed as a script.
-- VMEM_SEED=n repeats a run; VMEM_STEPS=n makes it longer. `make test-model` makes many more
-- operations.

local helpers = require "helpers"
local kernel = require "model.kernel"
local model_run = require "model.run"

local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local steps = tonumber(os.getenv("VMEM_STEPS")) or 4000

describe(("random operations (VMEM_SEED=%d VMEM_STEPS=%d)"):format(seed, steps), function()
  helpers.no_regions_left()

  it("come out as the model says", function()
    print(("\nmodel: VMEM_SEED=%d VMEM_STEPS=%d"):format(seed, steps))
    local counts, report = model_run.sequences(seed, steps)
    assert(counts, report)
  end)

  -- A short run may have no faults. So runs with other seeds are made until one has.
  it("meet faults", function()
    local faults, own_seed = 0, 0
    while faults == 0 and own_seed < 8 do
      own_seed = own_seed + 1
      local counts, report = model_run.sequences(own_seed, 300)
      assert(counts, report)
      faults = counts.faults
    end
    assert.is_true(faults > 0)
  end)

  --- The same in a process with only one way of committing: returns the number of markers.
  local function markers_of(way, own_seed)
    local output, ok = helpers.run_script(([[
      package.path = "./spec/trust/?.lua;./spec/support/?.lua;" .. package.path
      local counts, report = require("model.run").sequences(%d, %d)
      if not counts then io.write(report) os.exit(false, true) end
      print("markers", counts.markers)
    ]]):format(own_seed or seed, steps), ("VMEM_COMMIT=%s; export VMEM_COMMIT;"):format(way))
    assert(ok, output)
    return assert(tonumber(output:match("^markers\t(%d+)\n$")), output)
  end

  helpers.linux_it("come out so without a marker", function()
    assert.equal(0, markers_of("plain"))
  end)

  helpers.linux_it("come out so with markers from the first commit on", function()
    markers_of("marked")
  end)

  -- A run may also have no marker: 2 of 200 seeds have none.
  helpers.linux_it("meet markers there", function()
    local markers, own_seed = 0, 0
    while kernel.tells_markers and steps >= 1000 and markers == 0 and own_seed < 8 do
      own_seed = own_seed + 1
      markers = markers_of("marked", own_seed)
    end
    if kernel.tells_markers and steps >= 1000 then assert.is_true(markers > 0) end
  end)

  helpers.linux_it("come out so where pages trap as missing", function()
    markers_of("missing")
  end)
end)

describe("a sequence that fails", function()
  local shrink = require "model.shrink"
  local code = require "model.code"
  local page_size = require("vmem").page_size

  --- A library that forgets a protect, if it was of the third page.
  local function is_wrong(list)
    local committed
    for step, op in ipairs(list) do
      committed = committed or op.call == "commit" and op[1] == 0
      if committed and op.call == "protect" and op[1] >= 2 * page_size then return step end
    end
  end

  it("is shrunk to the operations that matter, with the smallest numbers", function()
    local list = require("model.operations").sequence(4, 300)
    list[#list + 1] = { on = "r1", call = "commit", 0, 8 * page_size, "r", n = 3 }
    list[#list + 1] = { on = "r1", call = "protect", 5 * page_size, page_size, "rx", n = 3 }
    local short = shrink(list, is_wrong)
    assert.equal(2, #short)
    assert.equal(2 * page_size, short[2][1])
  end)

  it("is printed as a script that can be run", function()
    for number = 1, 20 do
      local list = require("model.operations").sequence(number, 60)
      for _, op in ipairs(list) do
        assert(load(code.script({ op })))
        assert.same(op, load("return " .. code.expression(op))())
      end
    end
  end)
end)
