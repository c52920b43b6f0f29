--- Asking a region about its pages, against asking Linux: the PROCMAP_QUERY request.

local baseline = require "baseline"
local fragments = require "bench.fragments"
local offsets = require "bench.offsets"
local ours = require "bench.ours"

local OURS, THEIRS = 100000, 60000 -- runs; vm.max_map_count allows no more to plain C
local SAMPLES = 20000

local our_pages, their_pages = fragments.pages(OURS), fragments.pages(THEIRS)
local our_sample, their_sample = offsets.random(OURS, SAMPLES), offsets.random(THEIRS, SAMPLES)
local their_walk = offsets.every(THEIRS, 1)

return {
  title = "Asking a region of 100,000 runs, against PROCMAP_QUERY with 60,000 mappings",
  {
    rounds = 5,
    setup = {
      vmem = function() return fragments.vmem(OURS, our_pages, true) end,
      c = function() return fragments.c(THEIRS, their_pages) end,
    },
    teardown = fragments.teardown,
    rows = {
      {
        name = "region:query at a random offset", target = 1.2,
        vmem = function(our) return ours.query(our.region, our_sample), our.note end,
        c = function(their) return baseline.query(their.address, their_sample) end,
      },
      {
        name = "region:is_committed at a random offset", target = 0.3,
        vmem = function(our) return ours.is_committed(our.region, our_sample), our.note end,
        c = function(their) return baseline.query(their.address, their_sample) end,
      },
      {
        name = "a step of region:runs", target = 0.3,
        vmem = function(our) return ours.walk(our.region, our.runs), our.note end,
        c = function(their) return baseline.query(their.address, their_walk) end,
      },
    },
  },
}
