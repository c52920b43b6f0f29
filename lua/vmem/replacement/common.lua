--- What all policies of vmem.replacement share: their classes, and what none of them can do.

local checks = require "vmem.internal.checks"

local common = {}

function common.class(name)
  local methods = { __name = "vmem.replacement." .. name }
  methods.__index = methods
  return methods
end

-- {====== What no policy can do ======

--- The page as an integer, where it should not be in a frame; `is_in` says whether it is.
function common.check_new(page, is_in)
  checks.that(not is_in, 1, "insert", "page %s is in a frame already", page)
  return checks.integer(1, "insert", "page", page)
end

function common.refuse_unknown(name, page)
  checks.refuse(1, name, "page %s is in no frame: insert it first", checks.shown(page))
end

function common.check_stays(stays)
  if stays == nil or checks.is_callable(stays) then return end
  checks.refuse(1, "victim", "function expected, got %s", type(stays))
end

--- For policies that do not use the number of frames; pager.new and paging.new pass it to all.
function common.check_frames(name, frames)
  if frames ~= nil then checks.integer(1, name, "frames", frames, 1) end
end

-- ====== }

return common
