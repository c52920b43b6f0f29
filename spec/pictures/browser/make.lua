--- Makes the pages that the script beside this one opens: recordings, with a driver in each, and with the
--- regions' own answers at some moments. The argument is the folder to write to.

local frame_table = require "vmem.paging.frames"
local optimal = require "vmem.paging.optimal"
local paging = require "vmem.paging"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local folder = arg[1]
local P = vmem.page_size

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
end

local function attached_at(region, place)
  for offset, size, _, _, copy in region:attachments() do
    if offset <= place and place < offset + size then return copy and "copy" or "section" end
  end
end

--- The region's runs now, as a line for each: "1 3 committed rw", "4 1 reserved+trap-r -".
local function runs_of(region)
  local lines = {}
  for offset, size, state, protection, trap in region:runs() do
    if region:query(offset).type == "mapped" then state = state .. "+" .. attached_at(region, offset) end
    if trap then state = state .. "+trap-" .. trap end
    lines[#lines + 1] = ("%d %d %s %s"):format(offset // P + 1, size // P, state, protection or "-")
  end
  return table.concat(lines, ";")
end

--- The pages that were written, if the region is watched: "1 1;4 2".
local function written_of(region)
  if not region.watched then return "-" end
  local lines = {}
  for offset, size in region:written() do
    lines[#lines + 1] = ("%d %d"):format(offset // P + 1, size // P)
  end
  return table.concat(lines, ";")
end

--- The moment: the number of events, and for each live region its number, runs and written pages.
local function moment(recording)
  local parts, seen, regions = {}, {}, recording.regions
  for number = #regions, 1, -1 do -- a former region may have had this place
    local met = regions[number]
    local region = vmem.at(met.base)
    if region and not seen[region] then
      seen[region] = true
      local object = '{"number":%d,"base":%d,"runs":"%s","written":"%s","committed":%d}'
      parts[#parts + 1] = object:format(number, met.base, runs_of(region), written_of(region),
        region.committed)
    end
  end
  return ('{"event":%d,"regions":[%s]}'):format(#recording, table.concat(parts, ","))
end

--- The page with a driver at the end of its own function, where it sees all that the page declares.
local function page_with(html, driver, moments)
  local script = ("const expected = [%s];\n%s%s"):format(
    table.concat(moments or {}, ",\n"), read("spec/pictures/browser/checks.js"),
    read("spec/pictures/browser/" .. driver .. ".js"))
  if driver == "driver_narrow" or driver == "driver_unseen" then -- the page is in a frame
    return (html:gsub("</body>", function() return "<script>" .. script .. "</script></body>" end))
  end
  local page, places = html:gsub("\n} // showRecording\n", function(ends) return "\n" .. script .. ends end)
  assert(places == 1)
  return page
end

-- {====== Recordings ======

local function commit(fault) return fault.region:commit(fault.offset, 1) end

local function answer(_, size) return ("x"):rep(size) end

local function take() end

-- What region:trap is given; without functions, a trap ends.
local TRAPS <const> = { { read = answer }, { write = take }, { read = answer, write = take } }

local PROTECTIONS <const> = { "rw", "r", "none", "rx", "rwx", "x", "rw+guard" }

--- Some of everything, in the same order every time.
local function small()
  math.randomseed(4711)
  local before <close> = vmem.reserve(12 * P, { name = 'before </script><b>&"' })
  local section <close> = assert(vmem.section(9 * P))
  before:commit(2 * P, 3 * P, "r"):trap(4 * P, 3 * P, { write = take })
  before:attach(section, 8 * P, 0, 2 * P, "rw")
  before:attach(section, 10 * P, P, P, "r+copy")
  local recording = recorder.start { writes = true }
  local regions = { vmem.reserve(40 * P, { watch = true }), vmem.reserve(700 * P, { name = "long" }), before }
  local moments = {}
  for step = 1, 400 do
    local region = regions[math.random(#regions)]
    local pages = region.size // P
    local first, count = math.random(0, pages - 1), math.random(1, 6)
    local offset = first * P + math.random(0, P - 1)
    local size = math.min(count * P, region.size - offset)
    local dice = math.random(12)
    if dice <= 3 then
      region:commit(offset, size, PROTECTIONS[math.random(#PROTECTIONS)])
    elseif dice == 4 then
      region:decommit(offset, size)
    elseif dice == 5 then
      region:protect(offset, size, PROTECTIONS[math.random(#PROTECTIONS)])
    elseif dice == 6 then
      pcall(region.read, region, offset, 1)
    elseif dice == 10 then
      region:trap(offset, size, TRAPS[math.random(0, #TRAPS)])
    elseif dice > 10 then
      local part = math.min(count, pages - first)
      region:attach(section, first * P, math.random(0, 3) * P, part * P, dice == 11 and "rw" or "rw+copy")
    elseif dice == 7 and region.watched then
      region:rearm(offset, size)
    else
      region:on_fault(step % 3 == 0 and commit or nil)
      pcall(region.fill, region, offset, size, 7)
    end
    if step % 20 == 0 then
      local _ <close> = vmem.allocate(P) -- comes and goes
      moments[#moments + 1] = moment(recording)
    end
  end
  moments[#moments + 1] = moment(recording)
  recording:stop()
  local html = recording:html('small </title><script>throw 1</script> \xff "')
  for _, region in ipairs { regions[1], regions[2] } do region:release() end
  return html, moments
end

--- 100,000 events of a region of a million pages.
local function large()
  math.randomseed(815)
  local region <close> = vmem.reserve(1000000 * P)
  local recording = recorder.start { writes = true }
  region:on_fault(commit)
  local view = region:view("u8")
  repeat
    view[math.random(0, 999999) * P + 1] = 1
    if math.random(40) == 1 then region:protect(region:query(0).size, P, "r") end
    if math.random(40) == 1 then region:decommit(math.random(0, 999000) * P, 200 * P) end
  until #recording >= 100000
  local moments = { moment(recording) }
  recording:stop()
  return recording:html("large"), moments
end

--- What a beginner would do: one page goes through all its states, and then some are used in turns.
local function teach()
  local recording = recorder.start { reads = true, bytes = true, merge = false }
  do
    local region <close> = assert(vmem.reserve(8 * P))
    recorder.note "one page"
    region:on_fault(commit)
    region:write(2 * P, "hello")
    region:protect(2 * P, P, "r")
    region:protect(2 * P, P, "rw")
    recorder.note "pages in turns"
    for _, page in ipairs { 3, 4, 5, 2, 3, 6, 7, 2, 3, 4, 5, 6, 2 } do region:write(page * P, "x") end
    region:decommit(2 * P, P)
  end
  recording:stop()
  local expected, trace = {}, paging.trace(recording)
  for _, policy in ipairs { "lru", "fifo", "optimal" } do
    for frames = 1, 6 do
      local misses = paging.misses(trace, { page_sizes = { P }, policies = { policy }, frames = { frames } })
      expected[#expected + 1] = ('{"policy":"%s","frames":%d,"faults":%d}'):format(policy, frames,
        misses:at(policy, frames))
    end
  end
  return recording:html("teach"), { ('{"machines":[%s],"lines":%d}'):format(
    table.concat(expected, ","), select(2, read(arg[0]):gsub("\n", ""))) }
end

--- Accesses at random, to one page or some, in two regions, some of them many times in a row.
local function accesses(merge)
  math.randomseed(merge and 24 or 42)
  local first <close> = assert(vmem.allocate(9 * P))
  local second <close> = assert(vmem.allocate(7 * P))
  local regions = { first, second }
  local recording = recorder.start { reads = true, writes = true, merge = merge }
  for _ = 1, 150 do
    local region = regions[math.random(2)]
    local offset, wide = math.random(0, region.size // P - 2) * P, math.random(4) == 1 and 2 * P or 1
    for _ = 1, merge and math.random(3) or 1 do
      if math.random(2) == 1 then region:read(offset, wide) else region:fill(offset, wide, 1) end
    end
  end
  return recording:stop()
end

--- What vmem.paging has done after each event: how often what, the pages in frames, the next to go.
local function replayed(recording, policy, count)
  local names, references, starts = {}, {}, { 0, recording.regions[1].size // P }
  for i = 1, #recording do
    local event = recording[i]
    if event.what == "read" or event.what == "write" then
      local from, to = event.offset // P, (event.offset + event.size - 1) // P
      for _ = 1, event.count do
        for page = from, to do
          references[#references + 1] = { event = i, page = starts[event.region] + page }
          names[starts[event.region] + page] = ("%d:%d"):format(event.region, page + 1)
        end
      end
    end
  end
  local pages = {}
  for i, one in ipairs(references) do pages[i] = one.page end
  local memory = frame_table.new(count, policy == "optimal" and optimal(pages) or policy)
  local at, hits, misses, evicted, lines = 1, 0, 0, "none", {}
  for i = 1, #recording do
    while references[at] and references[at].event == i do
      local hit, victim = memory:refer(pages[at])
      if hit then hits = hits + 1 else misses = misses + 1 end
      if victim then evicted = names[victim] .. "@" .. i end
      at = at + 1
    end
    local held = {}
    for page in pairs(memory.frame_of) do held[#held + 1] = page end
    table.sort(held)
    for k, page in ipairs(held) do held[k] = names[page] end
    local next_one = memory.used == count and names[memory.policy:victim()] or "none"
    lines[i] = ('"%d %d %s %s %s"'):format(hits, misses, evicted, next_one, table.concat(held, ","))
  end
  assert(misses == paging.misses(paging.trace(recording), { page_sizes = { P }, policies = { policy },
    frames = { count } }):at(policy, count))
  return ('{"policy":"%s","frames":%d,"lines":[%s]}'):format(policy, count, table.concat(lines, ","))
end

-- ====== }

for _, merge in ipairs { false, true } do
  local recording, expected = accesses(merge), {}
  for _, policy in ipairs { "lru", "fifo", "optimal" } do
    for _, count in ipairs { 1, 2, 3, 5, 8 } do
      expected[#expected + 1] = replayed(recording, policy, count)
    end
  end
  write(merge and "evict_merged.html" or "evict.html", page_with(recording:html(), "driver_evict", expected))
end

local html, moments = small()
write("small.html", page_with(html, "driver_small", moments))

-- In a frame as wide as a telephone's screen, and in one that has no size before it is seen.
local quoted = html:gsub("&", "&amp;"):gsub('"', "&quot;")
for name, size in pairs { narrow = 'width="360" height="700"', unseen = 'width="0" height="0"' } do
  local frame = '<iframe %s title="page" srcdoc="%s"></iframe>'
  write(name .. ".html", page_with('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body>'
    .. frame:format(size, quoted) .. '</body></html>', "driver_" .. name))
end

do
  local page, expected = teach()
  write("read_short.html", page)
  write("read_long.html", html)
  write("teach.html", page_with(page, "driver_teach", expected))
  write("again.html", page_with(page, "driver_again"))
end

write("large.html", page_with(large(), "driver_large"))

do
  local recording = recorder.start():stop()
  write("empty.html", page_with(recording:html(), "driver_empty"))
  recording = recorder.start { limit = 1 }
  for _ = 1, 2 do vmem.reserve(1):release() end
  write("broken.html", page_with(recording:html("cut short"), "driver_broken"))
end

for _, name in ipairs { "d06_first", "d06_second", "d06_third" } do
  local path = folder .. "/" .. name .. ".html"
  assert(os.execute(("\"$LUA\" examples/record_d06.lua '%s' < examples/input/%s.txt > '%s/%s.txt'"):format(
    path, name, folder, name)))
  write(name .. ".html", page_with(read(path), "driver_d06",
    { ('"%s"'):format(read(folder .. "/" .. name .. ".txt"):gsub("\n", "\\n"):gsub('"', '\\"')) }))
end
