--- Queries of the model: runs, states, and which pages are locked or written.

local pages = require "model.pages"

local P <const> = pages.P
local misuse, widen, methods = pages.misuse, pages.widen, pages.methods

-- {====== Looking ======

--- The pages that are not reserved, in order; with `traps` those that are trapped, too.
local function indices(self, traps)
  local list = {}
  for i in pairs(self.pages) do list[#list + 1] = i end
  for i in pairs(traps or {}) do
    if not self.pages[i] then list[#list + 1] = i end
  end
  table.sort(list)
  return list
end

local function attachment_of(self, i) return self.pages[i] and self.pages[i].attachment end

--- A list of offset, size, state, protection, trap, … for each run of like pages.
function methods:runs()
  self:check_live()
  local list, at, last_trap, last_attached = {}, 1, nil, nil -- at: the page behind the last run
  local function add(first, last, protection)
    local previous, trap, attached = #list, self.traps[first], attachment_of(self, first)
    local alike = previous > 0 and list[previous - 1] == (protection or false) and last_trap == trap
      and last_attached == attached
    last_trap, last_attached = trap, attached
    if alike then
      list[previous - 3] = list[previous - 3] + (last - first + 1) * P
      return
    end
    list[previous + 1], list[previous + 2] = (first - 1) * P, (last - first + 1) * P
    list[previous + 3], list[previous + 4] = protection and "committed" or "reserved", protection or false
    list[previous + 5] = self:trap_of(first)
  end
  for _, i in ipairs(indices(self, self.traps)) do
    if i > at then add(at, i - 1) end
    add(i, i, self.pages[i] and self.pages[i].protection)
    at = i + 1
  end
  if at <= self.size // P then add(at, self.size // P) end
  return table.unpack(list)
end

function methods:query(offset)
  self:check_live()
  offset = offset and self:check_offset(offset, 1) or 0
  local page = self.pages[offset // P + 1]
  local protection = page and page.protection
  local first, last = offset // P + 1, offset // P + 1
  local pages_in_all = self.size // P
  while last < pages_in_all do
    local next_page = self.pages[last + 1]
    if (next_page and next_page.protection) ~= protection then break end
    if self.traps[last + 1] ~= self.traps[first] then break end
    if attachment_of(self, last + 1) ~= attachment_of(self, first) then break end
    last = last + 1
  end
  local attached = attachment_of(self, first)
  return self.base + (first - 1) * P, (first - 1) * P, (last - first + 1) * P,
    page and "committed" or "reserved",
    protection or false, self.base, self.size, self.protection, self:trap_of(first),
    attached and "mapped" or "private", attached and attached.section or false
end

function methods:committed()
  self:check_live()
  return #indices(self) * P
end

function methods:locked(offset, size)
  offset, size = self:check_span(offset, size, 0)
  local bytes = 0
  if size == 0 then return 0 end
  local first, last = widen(offset, size)
  for i, page in pairs(self.pages) do
    if page.locked and i >= first and i <= last then bytes = bytes + P end
  end
  return bytes
end

--- Of no bytes, all are.
function methods:is_committed(offset, size)
  offset, size = self:check_span(offset, size, 0)
  return size == 0 or self:all_committed(widen(offset, size))
end

--- How many bytes may be in RAM: none of reserved pages, and all of locked pages that hold anything but zeros
--- (for zeros there may be one shared page).
function methods:resident(offset, size)
  offset, size = self:check_span(offset, size, 0)
  local least, most = 0, 0
  if size == 0 then return 0 end
  local first, last = widen(offset, size)
  for i, page in pairs(self.pages) do
    if i >= first and i <= last then
      most = most + P
      if page.locked and page.bytes:find "[^\0]" and self.world.system ~= "windows" then least = least + P end
    end
  end
  return { least = least, most = most }
end

--- Adds page i, behind those before, to a list of offset, size, … of runs.
local function add_page(list, i)
  local at = (i - 1) * P
  if #list > 0 and list[#list - 1] + list[#list] == at then
    list[#list] = list[#list] + P
  else
    list[#list + 1], list[#list + 2] = at, P
  end
end

--- A list of offset, size, … of the runs of pages that have been written.
function methods:written(offset, size)
  self:check_live()
  if not self.watched then misuse "region is not watched" end
  offset, size = self:check_span(offset, size, 1)
  local first, last = widen(offset, size)
  local list = {}
  for _, i in ipairs(indices(self)) do
    if self.pages[i].written and i >= first and i <= last then add_page(list, i) end
  end
  return table.unpack(list)
end

-- ====== }

return { indices = indices, add_page = add_page }
