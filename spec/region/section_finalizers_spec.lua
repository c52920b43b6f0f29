-- Sections and attachments while finalizers run in the middle of query and attachments, which make the object
-- of a section where it is gone: they may detach, release, or ask the same.

local helpers = require "helpers"
local vmem = require "vmem"

local U <const> = helpers.attach_unit
local it = helpers.section_it

--- Unit 1 of the region shows a section that has no object.
local function attach(region)
  local section <close> = assert(vmem.section(U))
  return pcall(region.attach, region, section, U)
end

--- Calls try(region) many times, while a finalizer that calls meddle(region) may run at any allocation.
local function meddled(meddle, try)
  local ran = 0
  for steps = 1, 20 do
    collectgarbage()
    collectgarbage("incremental", 100, 400, 8)
    for _ = 1, steps do collectgarbage("step", 1) end -- where in a cycle it begins
    for _ = 1, 12 do
      local region <close> = assert(vmem.reserve(4 * U))
      setmetatable({}, { __gc = function()
        ran = ran + 1
        pcall(meddle, region)
      end })
      attach(region)
      local ok, base = pcall(function() return region.base end)
      if ok then try(region, base) end
    end
  end
  collectgarbage("incremental", 200, 100, 13)
  assert.is_true(ran > 50, "the finalizers have not run")
end

local function detach(region) region:decommit() end
local function release(region) region:release() end

--- Another object for the section than the one that is about to be made.
local kept
local function ask(region) kept = region:query(U).section end

describe("while finalizers run,", function()
  helpers.no_regions_left()

  for name, meddle in pairs { detach = detach, release = release, ask = ask } do
    it("attachments gives whole rows, or ends: they " .. name, function()
      meddled(meddle, function(region)
        local ok, offset, size, section, from, copy = pcall(function() return region:attachments()() end)
        if not ok then
          assert.is_true(offset:find "region is released" ~= nil, offset)
        elseif offset ~= nil then
          assert.same({ U, U, U, 0, false }, { offset, size, section.size, from, copy })
        end
      end)
    end)

    it("region:query gives a table of one time, or raises: they " .. name, function()
      meddled(meddle, function(region)
        local ok, run = pcall(region.query, region, U)
        if not ok then
          assert.is_true(run:find "region is released" ~= nil, run)
        else
          assert.equal(run.type == "mapped", run.section ~= nil)
          assert.equal(run.state == "committed", run.section ~= nil)
        end
      end)
    end)

    it("vmem.query gives a table of one time: they " .. name, function()
      meddled(meddle, function(_, base)
        local run = vmem.query(base + U)
        if run.offset then assert.equal(run.type == "mapped", run.section ~= nil) end
      end)
    end)
  end

  it("a section has one object", function()
    meddled(ask, function(region)
      kept = nil
      local section = region:query(U).section
      assert.equal(section, region:query(U).section)
      assert.is_true(kept == nil or kept == section)
    end)
  end)
end)
