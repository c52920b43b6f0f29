--- What VirtualProtect, VirtualAlloc and VirtualQuery do with pages of views.

local C <const> = require "vmem.win32.constants"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local pages = require "vmem.internal.pages"
local protection = require "vmem.win32.protection"
local ranges = require "vmem.win32.ranges"
local views = require "vmem.win32.views"

local view_pages = {}

-- {====== Protection ======

local SHARED <const> = C.PAGE_READWRITE | C.PAGE_EXECUTE_READWRITE

--- Whether pages become, or stay, private copies: what has been written once stays private.
local function will_be_copy(stretch, protect, copy)
  if copy or stretch.copy and stretch.written then return true end
  return stretch.copy and protect & SHARED == 0
end

--- Gives pages a protection, and makes them private copies, or shared ones again. A written copy is never
--- attached anew. Gives true, or nil and vmem's code.
local function set(view, stretch, word, is_copy, was_copy)
  if is_copy ~= was_copy then return views.attach(view, stretch.offset, stretch.bytes, word, is_copy) end
  local done, _, code = view.region:protect(stretch.offset, stretch.bytes, word)
  return done, code
end

--- All or nothing, unless the system then refuses to give the pages back what they had.
local function change_each(view, list, protect, word, copy)
  for i, stretch in ipairs(list) do
    local wanted = will_be_copy(stretch, protect, copy)
    local done, code = set(view, stretch, word, wanted, stretch.copy)
    if not done then
      for k = i - 1, 1, -1 do
        local before = list[k]
        set(view, before, before.word, before.copy, will_be_copy(before, protect, copy))
      end
      return nil, failure.of(code)
    end
  end
  return true
end

local function is_committed(list)
  for _, stretch in ipairs(list) do
    if stretch.state ~= "committed" then return false end
  end
  return true
end

local function change(view, list, protect)
  local word, copy = protection.word_in_view(protect)
  local same = true
  for _, stretch in ipairs(list) do
    same = same and will_be_copy(stretch, protect, copy) == stretch.copy
  end
  if not same then return change_each(view, list, protect, word, copy) end
  local last = list[#list]
  local done, _, code = view.region:protect(list[1].offset, last.offset + last.bytes - list[1].offset, word)
  if not done then return nil, failure.of(code) end
  return true
end

--- The offsets of the pages that hold a byte of a range, in the view's region; nil if it leaves the view.
local function range_of(view, address, size)
  local from = pages.down(address) - view.region.base
  local to = pages.up(address + size) - view.region.base
  if to > view.offset + view.bytes then return nil end
  return from, to
end

local function protect_range(view, from, to, protect)
  local list = views.stretches(view, from, to)
  if not is_committed(list) then return nil, C.ERROR_INVALID_ADDRESS end
  if not protection.allows(view.protect, protect) then return nil, C.ERROR_INVALID_PARAMETER end
  local old = list[1].value
  local done, problem = change(view, list, protect)
  return done, done and old or problem
end

--- VirtualProtect. Gives true and the old protection, or nil and the error.
function view_pages.protect(view, address, size, protect)
  local from, to = range_of(view, address, size)
  if not from then return nil, C.ERROR_INVALID_ADDRESS end
  return core.whole(protect_range, view, from, to, protect)
end

-- ====== }

-- {====== Committing ======

--- Opens a part of a section in all its views, each with its own protection, or shuts it again.
local function open_part(section, part, is_open)
  for view in pairs(section.views) do
    local from = math.max(part[1], view.from)
    local to = math.min(part[2], view.from + view.bytes)
    if from < to then
      local word = is_open and protection.word_in_view(view.protect) or "none"
      local done, _, code = view.region:protect(from - view.from + view.offset, to - from, word)
      if not done then return nil, failure.of(code) end
    end
  end
  return true
end

local function commit_part(section, from, to)
  local missing = ranges.missing(section.committed, from, to)
  local all = ranges.with(section.committed, from, to)
  for i, part in ipairs(missing) do
    local done, problem = open_part(section, part, true)
    if not done then
      for k = i, 1, -1 do open_part(section, missing[k], false) end
      return nil, problem
    end
  end
  section.committed = all
  return true
end

local function commit(view, from, to, protect)
  local section, place = view.section, view.from - view.offset
  local before = section.committed
  if before then
    local done, problem = commit_part(section, from + place, to + place)
    if not done then return nil, problem end
  end
  local list = views.stretches(view, from, to)
  local done, problem = nil, C.ERROR_INVALID_ADDRESS -- of pages that their file has lost
  if is_committed(list) then done, problem = change(view, list, protect) end
  if done then return view.region.base + from end
  if before then
    for _, part in ipairs(ranges.missing(before, from + place, to + place)) do
      open_part(section, part, false)
    end
    section.committed = before
  end
  return nil, problem
end

--- VirtualAlloc with MEM_COMMIT. Pages of a SEC_RESERVE section become committed in all its views. Gives the
--- address, or nil and the error.
function view_pages.commit(view, address, size, protect)
  local from, to = range_of(view, address, size)
  if not from then return nil, C.ERROR_INVALID_ADDRESS end
  if view.section.is_file then return nil, C.ERROR_ACCESS_DENIED end
  if not protection.allows(view.protect, protect) then return nil, C.ERROR_INVALID_PARAMETER end
  return core.whole(commit, view, from, to, protect)
end

-- ====== }

local states = { reserved = C.MEM_RESERVE, committed = C.MEM_COMMIT }

--- VirtualQuery.
function view_pages.information(view, offset)
  local stretch = views.look(view, offset)
  local base = view.region.base
  return {
    BaseAddress = base + stretch.offset,
    AllocationBase = base + view.offset,
    AllocationProtect = view.protect,
    RegionSize = stretch.bytes,
    State = states[stretch.state],
    Protect = stretch.value,
    Type = C.MEM_MAPPED,
  }
end

return view_pages
