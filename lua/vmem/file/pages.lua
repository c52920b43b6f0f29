--- The pages of a file that a region shows: attached where the file has bytes, reserved behind its end.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local up = require("vmem.internal.pages").up

local whole, module = core.whole, core.module
local attach, attachments = core.region_methods.attach, core.region_methods.attachments

-- Windows attaches at multiples of its granularity, other systems at pages.
local UNIT <const> = module.system == "windows" and module.allocation_granularity or module.page_size

local pages = {}

--- How long the file is now.
function pages.size(self)
  return self.section.size or checks.raise("other code has closed the descriptor of %s", self.path)
end

--- A message and a code, for a file that is longer than its addresses.
function pages.too_long(path, region)
  local text = "cannot show all of %s: it has %d bytes of addresses; open it with a larger reserve"
  return text:format(path, region.size), "file_too_large"
end

--- The ranges below `top` in which nothing is attached: { from, to, … }.
local function gaps_of(region, top)
  local gaps, at = {}, 0
  for offset, length in attachments(region) do
    if offset >= top then break end
    if offset > at then gaps[#gaps + 1], gaps[#gaps + 2] = at - at % UNIT, offset end
    at = offset + length
  end
  if at < top then gaps[#gaps + 1], gaps[#gaps + 2] = at - at % UNIT, top end
  return gaps
end

--- Attaches what the file, of `size` bytes, has and the region does not show. What is attached stays as it
--- is.
function pages.show(self, size)
  local region, section = self.region, self.section
  local gaps = gaps_of(region, math.min(up(size), region.size))
  for i = 1, #gaps, 2 do
    local from, to = gaps[i], math.min(gaps[i + 1], size)
    local done, message, code = attach(region, section, from, from, to - from, self.protection)
    if not done then return nil, message, code end
  end
  self.known, self.committed = size, region.committed
  return self
end

--- Takes over the length that the file has now.
local function follow(self, size)
  local done, message = true, nil
  if size < self.known then done, message = self.section:refresh() end
  if done then done, message = pages.show(self, size) end
  if not done then checks.raise("%s", message) end
end

--- Shows what another process has made longer, and lets go of what it has cut off. Gives the length. Raises
--- where the system refuses it.
function pages.update(self)
  local size, region = pages.size(self), self.region
  if size ~= self.known or region.committed ~= self.committed then whole(follow, self, size) end
  return size
end

--- All or nothing.
function pages.resize(self, bytes)
  local section, region = self.section, self.region
  local grows = self.mode == "r+" or self.mode == "w+" -- the section itself refuses the others
  if grows and bytes > region.size then return nil, pages.too_long(self.path, region) end
  local before = pages.size(self)
  local done, message, code = section:resize(bytes)
  if not done then return nil, message, code end
  done, message, code = pages.show(self, bytes)
  if done then return self end
  if bytes > before then section:resize(before) end
  return nil, message, code
end

return pages
