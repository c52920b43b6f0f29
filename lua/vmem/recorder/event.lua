--- An event of a recording, as a table, made from the numbers that the core has of it.

local checks = require "vmem.internal.checks"
local core = require("vmem.core").recorder

local events = {}

local hows = { [0] = "call", "close", "collection" }
local READ <const>, GUARD <const>, COMMITTED <const> = 1, 8, 16
local TRAPS <const> = { "r", "w", "rw" } -- by their bits
local HAS_COUNT <const> = { read = true, write = true, answer = true }
local HAS_PROTECTION <const> = { reserve = true, commit = true, protect = true, attach = true }

--- The name of a source as Lua shows it.
local function shown(name) return (name:gsub("^@", "")) end

local sources = setmetatable({}, { __mode = "k" }) -- handle -> names, as far as they have been read

local function source_of(handle, i)
  local names = sources[handle]
  if not names then
    names = {}
    sources[handle] = names
  end
  names[i] = names[i] or shown(core.source(handle, i))
  return names[i]
end

local function set_page(event, byte)
  local committed = byte & COMMITTED ~= 0
  event.state = committed and "committed" or "reserved"
  event.protection = committed and core.protection(byte) or nil
end

--- Fields that only some events have.
local function set_details(event, byte, access, detail, code)
  local what = event.what
  if HAS_PROTECTION[what] then
    event.protection = core.protection(byte)
    if what == "attach" then event.copy = detail == 1 end
  elseif what == "fault" then
    event.access = access == READ and "read" or "write"
    event.kind = byte & GUARD ~= 0 and "guard_page" or "access_violation"
    if event.region then set_page(event, byte) end
  elseif what == "mend" then
    set_page(event, byte)
  elseif what == "answer" then
    event.access = access == READ and "read" or "write"
    set_page(event, byte)
  elseif what == "trap" then
    event.trap = TRAPS[byte]
  elseif what == "release" then
    event.by = hows[detail]
  elseif what == "refused" then
    event.verb = core.whats[detail]
    event.code = core.codes[code]
  end
end

local event_class = { __name = "vmem.event" }

--- print(event) is a sentence.
function event_class:__tostring() return require("vmem.recorder.event_text")(self) end

checks.methods(event_class, "__tostring")

--- The text of the note that is event `i`: notes are in the order of their events.
local function text_at(handle, i)
  local low, high = 1, core.chapters(handle)
  while low < high do
    local middle = (low + high) // 2
    if core.chapter(handle, middle) < i then low = middle + 1 else high = middle end
  end
  return select(2, core.chapter(handle, low))
end

---@param handle userdata the core's recording
---@param i integer from 1 on
---@return vmem.event
function events.at(handle, i)
  local what, time, region, offset, size, byte, source, line, committed, count, access, detail, code,
    resident =
    core.event(handle, i)
  local event = { what = core.whats[what], time = time / 1e9, size = size }
  if region > 0 then
    event.region, event.offset, event.committed, event.resident = region, offset, committed, resident
    event.address = core.region(handle, region) + offset
  elseif offset ~= 0 or event.what == "fault" then
    event.address = offset
  end
  if source > 0 then
    event.source, event.line = source_of(handle, source), line
    event.where = event.source .. ":" .. line
  end
  if event.what == "write" then event.before, event.after = core.bytes(handle, i) end
  if event.what == "note" then event.text, event.size = text_at(handle, i), nil end
  if HAS_COUNT[event.what] then event.count = count end
  set_details(event, byte, access, detail, code)
  return setmetatable(event, event_class)
end

return events
