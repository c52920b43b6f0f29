--- The model's snapshots: a copy of every page, and which pages were written since. Also the random
--- operations with them.

local draw = require "model.draw"
local looking = require "model.looking"
local pages = require "model.pages"

local misuse, methods = pages.misuse, pages.methods

local of_snapshot = {}
local Snapshot = { __index = of_snapshot }

-- {====== Taking and noting ======

function methods:snapshot(options)
  self:check_live()
  if self.wiped or self.concealed or self:has_shared() then return nil, "not_supported" end
  local taken = { region = self, all = options and options.all or false, pages = {}, dirty = {} }
  for i, page in pairs(self.pages) do
    taken.pages[i] = { protection = page.protection, bytes = page.bytes, is_late = not taken.all
      and pages.is_untouched(page) }
  end
  self.snapshots = self.snapshots or {}
  self.snapshots[taken] = true
  return setmetatable(taken, Snapshot)
end

--- The pages are about to change.
function methods:note_change(first, last)
  for snapshot in pairs(self.snapshots or {}) do
    for i = first, last do
      local saved, now = snapshot.pages[i], self.pages[i]
      -- Of a private copy that nobody has written, the snapshot has what it shows now.
      if saved and saved.is_late and now then saved.bytes = now.bytes end
      if saved then saved.is_late = false end
      snapshot.dirty[i] = true
    end
  end
end

-- ====== }

-- {====== Uses ======

local function check(self)
  if self.closed then misuse "snapshot is closed" end
  self.region:check_live()
end

function of_snapshot:close()
  self.closed = true
  if self.region.snapshots then self.region.snapshots[self] = nil end
  return true
end

--- Whether restore would change the page.
local function has_changed(self, i)
  local now, before = self.region.pages[i], self.pages[i]
  if not now or not before then return now ~= before end
  if now.protection ~= before.protection then return true end
  if self.all then return now.bytes ~= before.bytes end
  return self.dirty[i] or false
end

--- A list of offset, size, … of the runs of such pages.
function of_snapshot:changed()
  check(self)
  local found, list = {}, {}
  for _, those in ipairs { self.region.pages, self.pages } do
    for i in pairs(those) do
      if has_changed(self, i) then found[i] = true end
    end
  end
  local order = {}
  for i in pairs(found) do order[#order + 1] = i end
  table.sort(order)
  for _, i in ipairs(order) do looking.add_page(list, i) end
  return table.unpack(list)
end

function methods:restore(snapshot)
  self:check_live()
  check(snapshot)
  if snapshot.region ~= self then misuse "snapshot is of another region" end
  for i in pairs(snapshot.pages) do
    if not self.pages[i] and self:traps_reads(i, i) then return nil, "in_use" end
  end
  for i, before in pairs(snapshot.pages) do
    local page = self.pages[i]
    if page and page.protection ~= before.protection and not self:attached_may(i, i, before.protection) then
      return nil, "permission_denied"
    end
  end
  for i in pairs(self.pages) do
    if not snapshot.pages[i] then
      self:note_change(i, i)
      self.pages[i] = nil
    end
  end
  for i, before in pairs(snapshot.pages) do
    local page = self.pages[i]
    -- What a private copy shows may have changed in the section.
    local changed = snapshot.dirty[i] or snapshot.all and page and page.bytes ~= before.bytes
    if changed then self:note_change(i, i) end
    page = page or { locked = false, written = false }
    self.pages[i] = page
    page.protection = before.protection
    if changed then page.bytes, page.written = before.bytes, true end
    pages.settle(page)
  end
  snapshot.dirty = {}
  return self
end

-- ====== }

-- {====== Random operations ======

local SLOTS <const> = { "s1", "s2", "s3" }

local of_region, on = {}, {}

function of_region.snapshot()
  return { { options = { all = draw.chance(6) or nil } }, n = 1, into = draw.one_of(SLOTS) }
end

function of_region.restore() return { { snapshot = draw.one_of(SLOTS) }, n = 1 } end

function on.changed() return { n = 0 } end
function on.close() return { n = 0 } end

-- ====== }

return { of_region = of_region, of_snapshot = on, SLOTS = SLOTS }
