--- Which pages of a file that was opened with "copy" differ from the file. Pages that vmem has not written
--- are not looked at; the others are compared with the file, of which a few pages at a time are attached
--- elsewhere.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local up = require("vmem.internal.pages").up

local module = core.module
local attach, compare = core.region_methods.attach, core.region_methods.compare
local decommit, written = core.region_methods.decommit, core.region_methods.written

local PAGE <const> = module.page_size
local UNIT <const> = module.system == "windows" and module.allocation_granularity or PAGE
local WINDOW <const> = up(math.max(16 * PAGE, UNIT)) -- bytes of the file that are shown at a time

local changes = {}

--- Shows the file's bytes around `offset`, and gives where they begin.
local function show(window, section, offset, size)
  local from = offset - offset % WINDOW
  decommit(window) -- Windows does not replace a part of what is attached
  local done, message = attach(window, section, 0, from, math.min(WINDOW, size - from), "r")
  if not done then checks.raise("%s", message) end
  return from
end

--- Walks the runs of a file of `size` bytes.
function changes.of(self, size)
  local region, section = self.region, self.section
  local window = assert(module.reserve(WINDOW))
  local next_run = size > 0 and written(region, 0, math.min(up(size), region.size)) or function() end
  local shown -- where the window begins in the file
  local at, run_end = 0, 0 -- of pages that vmem has written, what is still to be looked at

  --- The next page that differs, or nil.
  local function next_page()
    while true do
      if at >= run_end then
        local offset, length = next_run()
        if not offset then return nil end
        at, run_end = offset, offset + length
      end
      local page = at
      at = at + PAGE
      if page >= size then return nil end
      if shown ~= page - page % WINDOW then shown = show(window, section, page, size) end
      if compare(region, page, page - shown, math.min(PAGE, size - page), window) ~= 0 then return page end
    end
  end

  local ahead = next_page()
  return function()
    if not ahead then return nil end
    local first, last = ahead, ahead
    ahead = next_page()
    while ahead == last + PAGE do
      last = ahead
      ahead = next_page()
    end
    return first, math.min(last + PAGE, size) - first
  end, nil, nil, window -- which the loop closes
end

return changes
