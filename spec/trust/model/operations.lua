--- Random operations, mostly those that a script would want, near the places where the page table's nodes
--- begin and end (64, 512 and 512 * 512 pages). They are data (see library.lua) and do not depend on the
--- results of earlier ones, so any of them can be left out.

local vmem = require "vmem"
local draw = require "model.draw"
local files = require "model.files"
local of_region = require "model.of_region"
local others = require "model.of_others"
local sections = require "model.sections"
local snapshots = require "model.snapshots"

local of_view, of_module, of_snapshot = others.of_view, others.of_module, snapshots.of_snapshot
local one_of, chance = draw.one_of, draw.chance
local random = math.random

local WEIGHTS <const> = {
  { of_region, {
    commit = 60, decommit = 30, protect = 40, release = 0.5, drop = 0.1,
    read = 25, write = 50, fill = 30, cstring = 6, find = 6, nonzero = 6, dump = 4, copy = 12, compare = 6,
    pack = 8, unpack = 8, load = 4, save = 3,
    query = 15, runs = 4, page = 25, field = 8, length = 1, tostring = 2, pointer = 1, is_committed = 8,
    on_fault = 8, view = 20, check = 2, trap = 8,
    lock = 6, unlock = 5, locked = 3, prefetch = 3, discard = 8, resident = 3, rearm = 6, written = 6,
  } },
  { of_view, {
    index = 30, newindex = 30, get = 10, set = 15, fill = 5, copy = 8, sum = 5, minmax = 5, length = 2,
    field = 2, slice = 4, add = 20, exchange = 10, compare_exchange = 20, wait = 10, wake = 5,
  } },
  { snapshots.of_region, { snapshot = 12, restore = 24 } },
  { of_snapshot, { changed = 12, close = 3 } },
  { sections.of_region, { attach = 50, attachments = 3 } },
  { sections.of_module, { section = 10, section_again = 4 } },
  { sections.of_section, { close = 1.5, drop = 0.2, resize = 6, field = 2, tostring = 1 } },
  { files.of_module, { file = 8, set_file_length = 6 } },
  { files.of_section, { refresh = 4, flush = 0.5, start_flush = 0.5 } },
  { of_module, {
    reserve = 3, allocate = 2, at = 5, query = 4, areas = 0.3, read = 12, write = 12, on_fault = 3,
    regions = 2, record = 1,
  } },
}

-- On Windows the system decides whether discarded contents are lost.
if vmem.system == "windows" then WEIGHTS[1][2].discard = 0 end
if not sections.are_there then
  for _, entry in ipairs(WEIGHTS) do
    local of_sections = entry[1] == sections.of_region or entry[1] == sections.of_module
      or entry[1] == sections.of_section
    for name in pairs(of_sections and entry[2] or {}) do entry[2][name] = 0 end
  end
end

if not files.are_there then
  for _, entry in ipairs(WEIGHTS) do
    local of_files = entry[1] == files.of_module or entry[1] == files.of_section
    for name in pairs(of_files and entry[2] or {}) do entry[2][name] = 0 end
  end
end

--- { family, name, weight up to here }, in a fixed order.
local function table_of_weights()
  local list, sum = {}, 0
  for _, entry in ipairs(WEIGHTS) do
    local names = {}
    for name in pairs(entry[2]) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      sum = sum + entry[2][name]
      list[#list + 1] = { entry[1], name, sum }
    end
  end
  return list, sum
end

local choices, total = table_of_weights()

local function choose()
  local point = random() * total
  for _, choice in ipairs(choices) do
    if point < choice[3] then return choice[1], choice[2] end
  end
end

local operations = {}

--- A list of `count` operations. The same seed gives the same.
function operations.sequence(seed, count)
  math.randomseed(seed)
  local plans, list = {}, {}
  for i = 1, random(1, 3) do
    local plan = { slot = "r" .. i, number = i, last = 0 }
    plans[i], plans[plan.slot] = plan, plan
  end
  local slots = {}
  for i, plan in ipairs(plans) do
    slots[i], slots[plan.slot] = plan.slot, plan
    local op = of_module.reserve(plan)
    op.on, op.call = "vmem", op.call or "reserve"
    list[#list + 1] = op
  end
  for i, slot in ipairs(sections.are_there and sections.SLOTS or {}) do
    local is_file = files.are_there and i == 1
    local op = is_file and files.of_module.file(nil, nil, slot) or sections.of_module.section(nil, nil, slot)
    op.on, op.call = "vmem", is_file and "file" or "section"
    list[#list + 1] = op
  end
  while #list < count do
    local family, name = choose()
    local plan = one_of(plans)
    local op = family[name](plan, slots)
    op.call = op.call or name
    op.on = plan.slot
    if family == of_view then op.on = one_of { "v1", "v2", "v3" } end
    if family == of_snapshot then op.on = one_of(snapshots.SLOTS) end
    if family == sections.of_section or family == files.of_section then op.on = one_of(sections.SLOTS) end
    local of_vmem = family == of_module or family == sections.of_module or family == files.of_module
    if of_vmem then op.on = "vmem" end
    if chance(4) then op.waits = true end
    list[#list + 1] = op
    if name == "restore" then list[#list + 1] = { on = plan.slot, call = "check", chance(6), n = 1 } end
    if name == "attach" and files.are_there and chance(2) then
      list[#list + 1], list[#list + 2] = files.after_attach(op, plan.slot)
    end
    -- A released region is made again soon.
    if family == of_region and (name == "release" or name == "drop") then
      list[#list + 1] = { on = plan.slot, call = "drop", n = 0 }
      local again = of_module.reserve(plan)
      again.on, again.call = "vmem", "reserve"
      list[#list + 1] = again
    end
  end
  for _, plan in ipairs(plans) do list[#list + 1] = { on = plan.slot, call = "check", chance(3), n = 1 } end
  return list
end

return operations
