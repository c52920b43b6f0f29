--- What print shows of events: one sentence each. Loaded when the first of them is printed.

local plain = require "vmem.internal.plain"
local units = require "vmem.internal.units"

--- "4096 bytes"; nil of what has no size.
local function bytes_of(event)
  if event.size == nil then return nil end
  return event.size == 1 and "1 byte" or ("%s bytes"):format(tostring(event.size))
end

--- "read of 1 byte", "commit of 4096 bytes as rw", "refused: commit of …"
local function deed_of(event)
  local what = tostring(event.what)
  if what == "refused" then what = "refused: " .. tostring(event.verb) end
  if what == "fault" then what = "fault: " .. tostring(event.access) end
  if what == "answer" then what = "answer: " .. tostring(event.access) end
  if event.text then what = ("%s: %s"):format(what, plain.text(tostring(event.text))) end -- a script's words
  local bytes = bytes_of(event)
  local deed = bytes and ("%s of %s"):format(what, bytes) or what
  if event.count and event.count ~= 1 then deed = ("%s, %s times"):format(deed, tostring(event.count)) end
  return deed
end

local function place_of(event)
  if event.region and event.offset then
    return (" at offset %s of region %s"):format(tostring(event.offset), tostring(event.region))
  end
  return math.type(event.address) == "integer" and (" at 0x%x"):format(event.address) or ""
end

--- What the page is, or becomes; why the system refused.
local function more_of(event)
  if event.code then return ", " .. tostring(event.code) end
  if event.what == "trap" then return event.trap and ", trap " .. tostring(event.trap) or ", no trap" end
  if event.what == "release" and event.by then return ", by " .. tostring(event.by) end
  if event.state then
    return ", " .. tostring(event.state) .. (event.protection and " " .. tostring(event.protection) or "")
  end
  return event.protection and ", " .. tostring(event.protection) or ""
end

--- "vmem.event: fault: write of 5 bytes at offset 4096 of region 1, reserved (script.lua:12)"
---@param event vmem.event
---@return string
return function(event)
  local time = type(event.time) == "number" and units.format("%.6f s", event.time) or tostring(event.time)
  local where = event.where and (" (%s)"):format(plain.text(tostring(event.where))) or ""
  return ("vmem.event at %s: %s%s%s%s"):format(time, deed_of(event), place_of(event), more_of(event), where)
end
