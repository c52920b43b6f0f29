--- The model's sections: memory as a list of pages. An attached page of a region has no bytes of its own: its
--- metatable finds them in the section, and puts them there, or keeps them if it is a private copy. Also the
--- random operations with them.

local vmem = require "vmem"
local draw = require "model.draw"
local pages = require "model.pages"

local P <const> = pages.P
local ZEROS <const> = ("\0"):rep(P)
local misuse, check_count, methods = pages.misuse, pages.check_count, pages.methods

local of_section = {}
local Section = { __index = of_section }

local sections = { methods = of_section }

-- {====== Sections ======

function sections.new(world, memory, options)
  return setmetatable({ world = world, memory = memory, is_section = true, created = options.created,
    writable = options.writable }, Section)
end

--- vmem.section(size, options)
function sections.make(world, size, options)
  check_count(size, 1)
  options = options or {}
  local memory = { size = size, pages = {}, growable = options.growable, executable = options.executable }
  return sections.new(world, memory, { created = true, writable = true })
end

--- vmem.section(path, mode), which is another section for vmem, with the same memory.
function sections.again(world, section, mode)
  section:check_open()
  if world.system ~= "linux" then return "no path" end
  return sections.new(world, section.memory, { created = false, writable = mode == "r+" })
end

function of_section:check_open()
  if self.closed then misuse "section is closed" end
end

function of_section:close()
  self.closed, self.world.names[self] = true, nil
  return true
end

function of_section:resize(size)
  self:check_open()
  local memory = self.memory
  if memory.is_file then return self:resize_file(size) end
  check_count(size, 1)
  if size == memory.size then return self end
  if size < memory.size or not memory.growable or not self.writable then return nil, "permission_denied" end
  local last, rest = memory.size // P, memory.size % P
  if memory.pages[last] then -- what was written behind the end
    memory.pages[last] = memory.pages[last]:sub(1, rest) .. ZEROS:sub(rest + 1, math.min(size - last * P, P))
      .. memory.pages[last]:sub(size - last * P + 1)
  end
  memory.size = size
  return self
end

function of_section:field(name)
  self:check_open()
  if name == "size" then return self.memory.size end
  return self.created
end

function of_section:tostring()
  if self.closed then return "vmem.section (closed)" end
  local name = self.path and (' "%s"'):format(self.path) or ""
  return ("vmem.section%s: %d bytes"):format(name, self.memory.size)
end

-- ====== }

-- {====== Attached pages ======

local Attached = {}

function Attached.__index(page, key)
  if key == "bytes" then return page.attachment.section.memory.pages[page.place] or ZEROS end
end

function Attached.__newindex(page, key, value)
  if key == "bytes" and not page.attachment.copy then
    page.attachment.section.memory.pages[page.place] = value
  else
    rawset(page, key, value)
  end
end

--- Whether the page is a private copy that has nothing of its own yet.
function pages.is_untouched(page)
  return page.attachment ~= nil and page.attachment.copy and rawget(page, "bytes") == nil
end

--- The system copies a page at once that is locked and can be written.
function pages.settle(page)
  local writable = page.protection:find("w", 1, true) and not page.protection:find("+guard", 1, true)
  if page.locked and writable and pages.is_untouched(page) then page.bytes = page.bytes end
end

--- What discard does with an attached page.
function pages.show_again(page)
  if page.attachment.copy and not page.locked then rawset(page, "bytes", nil) end
end

local function may(attachment, protection)
  local access, section = protection:match "^%a+", attachment.section
  if access == "none" then return true end
  if access:find "w" and not attachment.copy and not section.writable then return false end
  return not access:find "x" or section.memory.executable or false
end

--- Whether all attached pages of the range may have the protection.
function methods:attached_may(first, last, protection)
  for i = first, last do
    local page = self.pages[i]
    if page and page.attachment and not may(page.attachment, protection) then return false end
  end
  return true
end

function methods:has_shared()
  for _, page in pairs(self.pages) do
    if page.attachment and not page.attachment.copy then return true end
  end
  return false
end

--- Whole pages.
local function check_place(value)
  check_count(value or 0, 0)
  if value and value % P ~= 0 then misuse "is not a multiple of the page size" end
  return value or 0
end

function methods:attach(section, offset, from, size, protection)
  self:check_live()
  section:check_open()
  offset, from = check_place(offset), check_place(from)
  if offset >= self.size then misuse "is outside the region" end
  if section.memory.size == 0 then misuse "nothing to attach" end
  local left = section.memory.size - from
  if left <= 0 then misuse "is outside the section" end
  size = size and check_count(size, 1) or left
  if (size - 1) // P > (left - 1) // P then misuse "runs past the section's end" end
  if size > self.size - offset then misuse "runs past the region's end" end
  local word = protection and protection:match "^(.+)%+copy$"
  local attachment = { section = section, copy = word ~= nil or section.copies or false }
  protection = pages.check_protection(word or protection or self.protection)
  if self.wiped or self.concealed or self.sparse then return nil, "not_supported" end
  if not may(attachment, protection) then return nil, "permission_denied" end
  local first, last = pages.widen(offset, size)
  if self:traps_reads(first, last) then return nil, "in_use" end
  if next(self.snapshots or {}) and not attachment.copy then return nil, "in_use" end
  self:note_change(first, last)
  for i = first, last do
    self.pages[i] = setmetatable({ protection = protection, locked = false, written = false,
      attachment = attachment, place = from // P + i - first }, Attached)
    if section.memory.is_file then self.of_files[i] = true end
  end
  return self
end

--- A list of offset, size, section, from, copy, … of what is attached.
function methods:attachments()
  self:check_live()
  local order, list, last = {}, {}, nil
  for i, page in pairs(self.pages) do
    if page.attachment then order[#order + 1] = i end
  end
  table.sort(order)
  for _, i in ipairs(order) do
    local page, n = self.pages[i], #list
    if last == i - 1 and self.pages[last].attachment == page.attachment then
      list[n - 3] = list[n - 3] + P
    else
      list[n + 1], list[n + 2], list[n + 3] = (i - 1) * P, P, page.attachment.section
      list[n + 4], list[n + 5] = page.place * P, page.attachment.copy
    end
    last = i
  end
  return table.unpack(list)
end

-- ====== }

-- {====== Accesses whose result depends on the order of bytes ======

--- Whether a page of the second range is the same memory as another page of the first. Ranges are addresses.
local function meet(world, a, b)
  local seen = {}
  local function each(range, f)
    for address = range[1] // P * P, range[1] + range[2] - 1, P do
      local region = world:find(address)
      local page = region and region.pages[(address - region.base) // P + 1]
      if page and page.attachment and f(page.attachment.section.memory, page.place, page) then return true end
    end
    return false
  end
  each(a, function(memory, place, page)
    seen[memory] = seen[memory] or {}
    seen[memory][place] = seen[memory][place] or {}
    seen[memory][place][page] = true
  end)
  return each(b, function(memory, place, page)
    local there = seen[memory] and seen[memory][place]
    return there ~= nil and (next(there) ~= page or next(there, page) ~= nil)
  end)
end

local function range_of(region, offset, size)
  return { region.base + offset, math.max(0, math.min(size or 0, region.size - offset)) }
end

local function range_of_view(view)
  return { view.region.base + view.offset, math.max(0, (view.count - 1) * view.stride + view.size) }
end

--- What an operation writes, and what it reads meanwhile.
local ranges = {}

function ranges.write(object, _, offset, bytes)
  if object.is_world then return { offset, #bytes } end
  return range_of(object, offset, #bytes)
end

function ranges.pack(object, _, offset) return range_of(object, offset, 600) end
function ranges.load(object, _, _, offset) return range_of(object, offset or 0, 2 * P) end
function ranges.set(object) return range_of_view(object) end
function ranges.fill(object) return object.kind and range_of_view(object) or nil end

function ranges.copy(object, _, other, from, size, source)
  if object.kind then return range_of_view(object), range_of_view(other) end
  return range_of(object, other, size), range_of(source or object, from, size)
end

--- Whether it writes the same memory at two places, or reads at another place what it writes. What there is
--- after that depends on the order in which bytes are moved, which nobody promises.
function sections.depends_on_order(world, op, object, ...)
  local find = ranges[op.call]
  if not find or object.is_section then return false end
  if not object.is_world and not (object.region or object).live then return false end
  local written, read = find(object, op, ...)
  if not written or written[2] <= 0 then return false end
  return meet(world, written, written) or read ~= nil and read[2] > 0 and meet(world, written, read)
end

-- ====== }

-- {====== Random operations ======

local SLOTS <const> = { "m1", "m2", "m3" }

local of_region, of_module, on = {}, {}, {}

--- How many pages the section of each slot has, if nothing went wrong.
local drawn = {}
sections.drawn = drawn

function of_module.section(_, _, into)
  into = into or draw.one_of(SLOTS)
  drawn[into] = draw.chance(4) and draw.one_of { 64, 100, 513 } or math.random(1, 6)
  local options = { growable = draw.chance(2), executable = draw.chance(2) }
  return { drawn[into] * P - (draw.chance(3) and math.random(0, P - 1) or 0), { options = options }, n = 2,
    into = into }
end

function of_module.section_again()
  local from, into = draw.one_of(SLOTS), draw.one_of(SLOTS)
  drawn[into] = drawn[from]
  return { { section = from }, draw.one_of { "r", "r+", "r+" }, n = 2, into = into }
end

function of_region.attach(plan)
  local slot, page = draw.one_of(SLOTS), draw.some_page(plan)
  local from = draw.chance(2) and math.random(0, math.min(drawn[slot], 4) - (draw.chance(20) and 0 or 1)) or 0
  local most = math.min(drawn[slot] - from, plan.pages - page, draw.chance(3) and 70 or 3)
  local size = math.random(math.max(most, 1)) * P - (draw.chance(3) and math.random(0, P - 1) or 0)
  if draw.chance(plan.pages - page >= drawn[slot] and 4 or 30) then size = nil end
  local word = draw.one_of { "rw", "rw+copy", "rw+copy", draw.protection(), draw.protection() .. "+copy" }
  return { { section = slot }, page * P + (draw.chance(60) and 1 or 0), from * P, size,
    not draw.chance(4) and word or nil, n = 5 }
end

function of_region.attachments() return { n = 0 } end

function on.resize()
  if draw.chance(12) then return { 0, n = 1 } end
  return { math.random(1, 8) * P - (draw.chance(2) and math.random(0, P - 1) or 0), n = 1 }
end

function on.field() return { draw.one_of { "size", "created" }, n = 1 } end

local function nothing() return { n = 0 } end

on.close, on.drop, on.tostring = nothing, nothing, nothing

sections.of_region, sections.of_module, sections.of_section, sections.SLOTS = of_region, of_module, on, SLOTS
sections.are_there = vmem.system ~= "windows" and vmem.system ~= "simulated" and vmem.section ~= nil

-- ====== }

return sections
