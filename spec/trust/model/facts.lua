--- What regions and pages of the model are asked besides: their facts, and their names.

local pages = require "model.pages"
local views = require "model.views"
require "model.atomics"

local P <const> = pages.P
local misuse = pages.misuse

function pages.methods:view(kind, ...) return views.new(self, kind, ...) end

function pages.methods:length()
  self:check_live()
  return self.size // P
end

local fields = {
  base = true, size = true, protection = true, name = true, watched = true, concealed = true, wiped = true,
  sparse = true, lazy = true, touch = true, around = true,
}

function pages.methods:field(name)
  self:check_live()
  if name == "committed" then return self:committed() end
  return fields[name] and self[name]
end

function pages.methods:tostring()
  if not self.live then return "vmem.region (released)" end
  local name = self.name and ("'%s' at "):format(self.name) or ""
  return ("vmem.region %s%#x: %d bytes, %d committed"):format(name, self.base, self.size, self:committed())
end

--- Where the way out leads.
function pages.methods:pointer(offset)
  self:check_live()
  return self.base + (offset and self:check_offset(offset, 0) or 0)
end

local page_methods = {}

function page_methods.commit(region, i, protection)
  local done, code = region:commit((i - 1) * P, P, protection)
  if not done then return nil, code end
  return "page"
end

function page_methods.decommit(region, i) return region:decommit((i - 1) * P, P) and "page" end

function page_methods.protect(region, i, protection) return region:protect((i - 1) * P, P, protection) end

function page_methods.read(region, i) return region:read((i - 1) * P, P) end

function page_methods.write(region, i, bytes)
  region:check_live()
  if #bytes > P then misuse "but a page holds" end
  return region:write((i - 1) * P, bytes) and "page"
end

function page_methods.fields(region, i)
  region:check_live()
  local page = region.pages[i]
  return i, region.base + (i - 1) * P, (i - 1) * P, P, page and "committed" or "reserved",
    page and page.protection or false, region.world:name_of(region), region:trap_of(i)
end

--- Whether it is the page of that index.
function page_methods.is(_, i, other) return i == other end

function page_methods.tostring(region, i)
  local page = region.pages[i]
  local state = page and "committed " .. page.protection or "reserved"
  return ("vmem.page %d at %#x: %s"):format(i, region.base + (i - 1) * P, state)
end

--- A field or method of region[i]; "none" if there is no such page.
function pages.methods:page(name, i, ...)
  self:check_live()
  if i < 1 or i > self.size // P then return "none" end
  return page_methods[name](self, i, ...)
end
