--- Records what a script does to its regions, with the line that did it, and writes it as a page to
--- step through:
---
---   local recorder = require "vmem.recorder"
---   local recording = recorder.start { writes = true }
---   recorder.note "the table is filled" -- a chapter of the page
---   …
---   recording:stop()
---   for i, event in ipairs(recording) do print(i, event.what, event.where) end
---   assert(recording:save("run.html"))

local checks = require "vmem.internal.checks"
local whole = require("vmem.core").whole
local core = require("vmem.core").recorder
local events = require "vmem.recorder.event"
local plain = require "vmem.internal.plain"
local units = require "vmem.internal.units"
local public = require "vmem.internal.public"

local recorder = {}

--- Reads as a sequence of its events: #recording, recording[i], ipairs(recording). As a <close>
--- variable it stops at the end of the block.
---@class vmem.recording
---@field regions vmem.recorded_region[] the regions that it met, in that order; event.region is an index here
---@field ended "stopped"|"limit"|"out_of_memory"|nil why it has ended; nil while it goes on
---@field duration number? seconds; nil while it goes on
---@field [integer] vmem.event
---@operator len: integer

--- One event. A refused call is an event, too. tostring(event) is a sentence.
---@class vmem.event
---@field what vmem.what
---@field time number seconds since the start
---@field where string? "script.lua:12": the line of Lua that was running; for a collected region, any
---@field source string? "script.lua": the file, or what Lua calls a script that is none
---@field line integer?
---@field region integer? index in recording.regions; nil for an address outside, and a refused reserve
---@field offset integer? first byte, as it was asked for; nil without a region
---@field address integer? where it was; of a refused reserve, where it should have been
---@field size integer? bytes, as asked for; nil for a note. fault: of the whole access
---@field committed integer? bytes of the region that are committed afterwards
---@field resident integer? bytes of the region in RAM, at the last look before the next event; nil: not known
---@field protection vmem.protection? asked for; fault, mend, answer: the page's
---@field state vmem.state? fault, mend, answer: the page's
---@field access "read"|"write"|nil fault, answer
---@field kind "access_violation"|"guard_page"|nil fault
---@field trap vmem.trap? trap: which accesses it answers; nil: none from now on
---@field copy boolean? attach: whether what is written stays in the region
---@field count integer? read, write, answer: how many in a row, of one line in one page, this stands for
---@field by "call"|"close"|"collection"|nil release
---@field text string? note
---@field before string? write, with the option bytes: the first bytes, at most 64, before it; nil: not known
---@field after string? the same after it, before the next event
---@field verb string? refused: what has been refused
---@field code vmem.code? refused: why

---@alias vmem.what
---| "reserve" # vmem.allocate makes two events, this and commit
---| "commit"
---| "decommit" # attached pages are detached
---| "attach"
---| "protect"
---| "release"
---| "lock"
---| "unlock"
---| "prefetch"
---| "discard"
---| "rearm"
---| "snapshot"
---| "restore" # commit, decommit and protect events follow, for the pages whose state it has changed
---| "read" # if asked for
---| "write" # if asked for
---| "fault"
---| "mend" # a handler has mended the fault
---| "answer" # a trap or a handler has answered an access
---| "trap" # pages are trapped, or are not any more
---| "note" # recording:note or recorder.note: a chapter begins
---| "refused" # the system said no

---@class vmem.recorded_region
---@field base integer
---@field size integer bytes
---@field page_size integer
---@field protection vmem.protection what commit applies by default
---@field name string?
---@field before boolean whether it was there when the recording began

-- {====== Starting ======

---@class vmem.recorder.options
---@field reads? boolean record every read, too; costs a part of a microsecond each. Default: false
---@field writes? boolean record every write, too; as costly. Default: false
---@field bytes? boolean record each write, with its first 64 bytes before and after; not of regions that are
--- wiped or concealed. Default: false
---@field merge? boolean accesses of one line to one page, in a row, are one event. Default: true
---@field residency? boolean look now and then at what is resident. Default: true
---@field limit? integer events; the recording ends with the last one. Default: 1,000,000

local known = {
  reads = checks.boolean, writes = checks.boolean, bytes = checks.boolean, merge = checks.boolean,
  residency = checks.boolean,
  limit = checks.count(1, nil, 1000000),
}

-- ====== }

-- {====== Regions ======

local region_class = { __name = "vmem.recorded_region" }

function region_class:__tostring()
  local place = units.field_address(self.base)
  if self.name then place = ("'%s' at %s"):format(plain.text(tostring(self.name)), place) end
  return ("vmem.recorded_region %s: %s bytes"):format(place, tostring(self.size))
end

checks.methods(region_class, "__tostring")

local function regions_of(handle)
  local regions = {}
  local _, count = core.counts(handle)
  for i = 1, count do
    local base, size, page_size, protection, before, name = core.region(handle, i)
    regions[i] = setmetatable({
      base = base, size = size, page_size = page_size, protection = core.protection(protection),
      before = before, name = name,
    }, region_class)
  end
  return regions
end

-- ====== }

-- {====== A recording ======

---@class vmem.recording
local recording = {} -- its methods
local class = { __name = "vmem.recording" }
local handles = setmetatable({}, { __mode = "k" }) -- recording -> its handle in the core
local running -- the recording under way, which is kept until it is stopped

local function handle_of(self)
  local handle = handles[self]
  if not handle then
    checks.raise("bad argument #1 (vmem.recording expected, got %s)", type(self))
  end
  return handle
end

local fields = {
  regions = regions_of,
  ended = function(handle) return (select(7, core.counts(handle))) end,
  duration = function(handle)
    local _, _, _, _, _, _, ended, duration = core.counts(handle)
    return ended and duration / 1e9
  end,
}

function class:__index(key)
  if math.type(key) == "integer" then
    local handle = handle_of(self)
    if key < 1 or key > (core.counts(handle)) then return nil end
    return events.at(handle, key)
  end
  local field = fields[key]
  if field then return field(handle_of(self)) end
  return recording[key]
end

local function next_event(self, i)
  local event = self[i + 1]
  if event then return i + 1, event end
end

function class:__pairs() return next_event, self, 0 end

function class.__newindex()
  checks.raise "a recording cannot be assigned to"
end

function class:__len() return (core.counts(handle_of(self))) end

function class:__tostring()
  local count, regions, _, _, _, _, ended = core.counts(handle_of(self))
  return ("vmem.recording: %s of %s, %s"):format(units.of(count, "event"), units.of(regions, "region"),
    ended == "limit" and "ended at its limit"
    or ended == "out_of_memory" and "ended for want of memory"
    or ended or "recording")
end

class.__close = function(self) recording.stop(self) end

--- Ends the recording, if it has not ended yet.
---@return vmem.recording self
function recording:stop()
  core.stop(handle_of(self))
  if running == self then running = nil end
  return self
end

--- Begins a chapter: an event `note`. Does nothing once the recording has ended.
---@param text string
---@return vmem.recording self
function recording:note(text)
  local handle = handle_of(self)
  checks.string(1, "note", "text", text)
  core.note(handle, text)
  return self
end

--- The recording as one HTML page that needs nothing else. It has the lines of scripts that can still
--- be read: everyone who gets the page sees those.
---@param title? string Default: the name of the first script
---@return string html
function recording:html(title)
  local handle = handle_of(self)
  if title ~= nil then checks.string(1, "html", "title", title) end
  return require("vmem.recorder.report").html(handle, title)
end

--- Writes that page to a file.
---@param path string
---@param title? string Default: the name of the first script
---@return vmem.recording? self
---@return string? message
---@return integer? errno
function recording:save(path, title)
  handle_of(self)
  checks.string(1, "save", "path", path)
  local html = self:html(title)
  local file <close>, message, code = io.open(path, "wb")
  if not file then return nil, message, code end
  local done
  done, message, code = file:write(html)
  if done then done, message, code = file:close() end
  if not done then return nil, message, code end
  return self
end

public.keep_callers(recording)

-- ====== }

--- The recording under way.
---@return vmem.recording?
function recorder.running()
  if running and running.ended then running = nil end
  return running
end

--- Begins a chapter in the recording under way; does nothing without one, so a script may keep its notes.
---@param text string
function recorder.note(text)
  checks.string(1, "note", "text", text)
  local self = recorder.running()
  if self then core.note(handles[self], text) end
end

local function begin(options)
  local self = setmetatable({}, class)
  handles[self] = false -- a place, so that nothing can fail once there is a recording
  handles[self] = core.start(options.writes or options.bytes or false, options.residency ~= false,
    options.limit, options.reads or false, options.merge == false, options.bytes or false)
  running = self
  return self
end

--- Begins to record all regions of this Lua state, those that are there and those to come. One at a time:
--- a second start is an error.
---@param options? vmem.recorder.options
---@return vmem.recording
function recorder.start(options)
  options = checks.options(1, "start", options, known)
  if recorder.running() then checks.raise "a recording is under way: stop it first" end
  return whole(begin, options)
end

return public.module("vmem.recorder", "records what a script does to its regions", recorder)
