--- The model's files: memory that gets longer and shorter, also behind the back of the sections that have it.
--- An attached page that holds no byte of its file is lost: accesses to it are faults. Also the random
--- operations with them.

local vmem = require "vmem"
local draw = require "model.draw"
local pages = require "model.pages"
local sections = require "model.sections"

local P <const> = pages.P
local ZEROS <const> = ("\0"):rep(P)
local check_count, methods = pages.check_count, pages.methods

local files = {}

-- {====== Where they are ======

local function is_on_disk(folder)
  local file = io.open(folder .. "probe", "wb")
  if file then file:close() end
  os.remove(folder .. "probe")
  return not file
end

local base = os.tmpname()
os.remove(base)

--- In memory if that can be had. A disk may set bytes behind the end to zero at any time: there, files end
--- with a page.
local in_memory = "/dev/shm/" .. base:match "[^/\\]*$"
files.ends_anywhere = not is_on_disk(in_memory)

function files.path(number) return (files.ends_anywhere and in_memory or base) .. "." .. number end

local function can_be_attached()
  if vmem.system == "windows" or not vmem.section then return false end -- it refuses to cut what is attached
  local section <close> = vmem.section(files.path "probe", "w+", { size = 1 })
  local region <close> = vmem.reserve(P)
  if not section then return false end
  local attached, _, code = region:attach(section)
  os.remove(files.path "probe")
  assert(attached or code == "not_supported", code)
  return attached ~= nil or region.sparse -- which attaches nothing at all
end

files.are_there = can_be_attached()

-- ====== }

-- {====== Lengths ======

--- Walks the pages of files: index, page.
local function each_page(region)
  return function(of_files, i)
    i = next(of_files, i)
    while i do
      local page = region.pages[i]
      if page and page.attachment and page.attachment.section.memory.is_file then return i, page end
      of_files[i] = nil -- it is something else by now
      i = next(of_files, i)
    end
  end, region.of_files
end

--- Whether the page holds no byte of its file.
function pages.is_lost(page)
  local memory = page and page.attachment and page.attachment.section.memory
  return memory and memory.is_file and page.place * P >= memory.size or false
end

--- What is written to a private copy goes with its page.
local function cut_copies(world, memory, size)
  for _, region in ipairs(world.live) do
    for _, page in each_page(region) do
      local is_cut = page.attachment.section.memory == memory and page.place * P >= size
      if is_cut and page.attachment.copy then rawset(page, "bytes", nil) end
    end
  end
end

--- The file gets another length, by anybody. What is new is zeros; of what was written behind its end in its
--- last page, a longer file keeps what is behind its new end.
local function set_length(world, memory, size)
  local shorter = math.min(size, memory.size)
  local last, rest = shorter // P, shorter % P
  for place in pairs(memory.pages) do
    if place * P >= shorter then memory.pages[place] = nil end
  end
  local stop = size < memory.size and P or math.min(size - last * P, P)
  if rest > 0 and memory.pages[last] and size ~= memory.size then
    memory.pages[last] = memory.pages[last]:sub(1, rest) .. ZEROS:sub(rest + 1, stop)
      .. memory.pages[last]:sub(stop + 1)
  end
  if size < memory.size then
    cut_copies(world, memory, size)
    world.has_cut = true
  end
  memory.size = size
end

--- Pages of the section that are lost become reserved.
function methods:detach_lost(section)
  local lost = {}
  for i, page in each_page(self) do
    if pages.is_lost(page) and page.attachment.section == section then lost[#lost + 1] = i end
  end
  for _, i in ipairs(lost) do self.pages[i] = nil end
end

local function detach_everywhere(section)
  for _, region in ipairs(section.world.live) do region:detach_lost(section) end
end

function methods:has_file()
  return each_page(self)(self.of_files) ~= nil
end

--- Whether a region has lost pages.
function files.are_lost(world)
  if not world.has_cut then return false end
  for _, region in ipairs(world.live) do
    for _, page in each_page(region) do
      if pages.is_lost(page) then return true end
    end
  end
  world.has_cut = false
  return false
end

-- ====== }

-- {====== Verbs ======

--- The shrinker may have changed them.
function files.sensible(number, mode, size)
  local known = { r = true, ["r+"] = true, ["w+"] = true, copy = true }
  mode = known[mode] and mode or "r+"
  return number == 1 and 1 or 2, mode, mode:find "+" and size and math.max(size, 0) or nil
end

local function memory_of(world, number)
  world.files[number] = world.files[number] or { size = 0, pages = {}, is_file = true }
  return world.files[number]
end

--- vmem.section(path, mode, { size = … })
function files.open(world, number, mode, size)
  number, mode, size = files.sensible(number, mode, size)
  local memory = memory_of(world, number)
  if mode == "w+" then set_length(world, memory, 0) end
  if size and size > memory.size then set_length(world, memory, size) end
  local section = sections.new(world, memory, { created = false, writable = mode:find "+" ~= nil })
  section.path, section.copies = files.path(number), mode == "copy"
  return section
end

--- What another process does to the length.
function files.set_length(world, number, size)
  local which, _, length = files.sensible(number, "r+", size)
  set_length(world, memory_of(world, which), length)
  return true
end

function sections.methods:resize_file(size)
  check_count(size, 0)
  local before = self.memory.size
  if size == before then return self end
  if not self.writable then return nil, "permission_denied" end
  set_length(self.world, self.memory, size)
  if size < before then detach_everywhere(self) end
  return self
end

function sections.methods:refresh()
  self:check_open()
  detach_everywhere(self)
  return self
end

function sections.methods:flush()
  self:check_open()
  return self
end

sections.methods.start_flush = sections.methods.flush

-- ====== }

-- {====== Which operations the model knows with lost pages ======

local KNOWN <const> = {}
for _, name in ipairs { "read", "write", "fill", "index", "newindex", "add", "exchange", "compare_exchange",
  "commit", "decommit", "protect", "release", "lock", "unlock", "locked", "prefetch", "discard", "trap",
  "attach", "attachments", "query", "runs", "page", "field", "length", "tostring", "pointer", "is_committed",
  "on_fault", "view", "slice", "rearm", "written", "section", "section_again", "file", "set_file_length",
  "close", "drop", "resize", "refresh", "flush", "start_flush",
  "reserve", "allocate", "at", "regions", "areas",
  "record", "check" } do
  KNOWN[name] = true
end

--- Snapshots keep no pages of files here: what a lost page was is known to nobody.
function files.is_known(world, op, object, section)
  if op.call == "snapshot" and object.live and object:has_file() then return false end
  if op.call == "attach" and section.memory.is_file and next(object.snapshots or {}) then return false end
  if op.call == "fill" and object.kind then return not files.are_lost(world) end
  return KNOWN[op.call] or not files.are_lost(world)
end

-- ====== }

-- {====== Random operations ======

local COUNT <const> = 2

local of_module, on = {}, {}

local function some_length()
  local less = files.ends_anywhere and draw.chance(2) and math.random(0, P - 1) or 0
  return math.max(0, math.random(0, 6) * P - less)
end

function of_module.file(_, _, into)
  into = into or draw.one_of(sections.SLOTS)
  local mode = draw.one_of { "r", "r+", "r+", "r+", "r+", "copy", "w+" }
  local size = mode:find "+" and not draw.chance(3) and some_length() or nil
  sections.drawn[into] = 4
  return { math.random(COUNT), mode, size, n = 3, into = into }
end

function of_module.set_file_length() return { math.random(COUNT), some_length(), n = 2 } end

--- The file gets shorter or longer behind the back of what was just attached, which is touched then.
function files.after_attach(op, slot)
  local offset = op[2] // P * P + math.random(0, 2 * P)
  local touch = draw.one_of { { offset, 3, n = 2, call = "read" }, { offset, "abc", n = 2, call = "write" },
    { offset, P, 7, n = 3, call = "fill" }, { math.random(8), n = 1, call = "index", on = "v1" } }
  local length = of_module.set_file_length()
  length.on, length.call, touch.on = "vmem", "set_file_length", touch.on or slot
  return length, touch
end

local function nothing() return { n = 0 } end

on.refresh, on.flush, on.start_flush = nothing, nothing, nothing

files.of_module, files.of_section, files.COUNT = of_module, on, COUNT

-- ====== }

return files
