-- What a recording says of residency, also on a busy machine: what region:resident said at the same event.

local helpers = require "helpers"
local interpreter = require "interpreter"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P <const> = vmem.page_size

local unix_it = helpers.on_windows and function(name) pending(name .. " (needs a Unix)") end or it

--- Starts processes that only count. They end with the block.
local function spinners(count)
  local list = {}
  for i = 1, count do
    local pipe <close> = assert(io.popen(interpreter.command .. " -e 'while true do end' >/dev/null & echo $!"))
    list[i] = pipe:read "n"
  end
  return setmetatable(list, { __close = function() os.execute("kill " .. table.concat(list, " ")) end })
end

--- Does what changes residency. `tell` is called after each step.
local function work(region, tell)
  for round = 1, 5 do
    for _, step in ipairs {
      { "commit", 0, 16 * P }, { "fill", round * P, 8 * P, round }, { "discard", round * P, 2 * P },
      { "fill", 0, P, 1 }, { "decommit", (round + 4) * P, 4 * P }, { "decommit" },
    } do
      region[step[1]](region, table.unpack(step, 2))
      tell()
    end
  end
end

--- The numbers of a list in a recording's page.
local function numbers(page, name)
  local list = {}
  for number in page:match('"' .. name .. '":%[(.-)%]'):gmatch "%d+" do list[#list + 1] = tonumber(number) end
  return list
end

--- Records the work. Gives what region:resident said, by the number of events until then, and the page.
local function record()
  local region <close> = assert(vmem.reserve(32 * P))
  local told = {}
  local recording <close> = recorder.start { writes = true, merge = false }
  work(region, function() told[#recording] = assert(region:resident()) end)
  recording:stop()
  return told, recording:html()
end

--- Compares each look with what was told at that moment. Gives their number.
local function compare(told, page)
  local samples, looks = numbers(page, "samples"), numbers(page, "looks")
  local bytes, at, compared = 0, 1, 0
  for _, moment in ipairs(looks) do
    while samples[at] and samples[at] <= moment do
      bytes = samples[at + 2]
      at = at + 3
    end
    if told[moment] then
      assert.equal(told[moment], bytes, "after event " .. moment)
      compared = compared + 1
    end
  end
  return compared
end

describe("a recording knows what was resident", function()
  helpers.no_regions_left()

  it("whenever it has looked", function()
    assert(compare(record()) >= 20)
  end)

  unix_it("as well while other processes take the processors", function()
    local idle = compare(record())
    local _ <close> = spinners(4)
    for _ = 1, 20 do assert.equal(idle, compare(record())) end
  end)
end)
