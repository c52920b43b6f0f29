--- A recording as one HTML page: its events as compact JSON, the lines of the scripts, and JavaScript that
--- shows them.

local core = require("vmem.core").recorder
local lines = require "vmem.recorder.lines"
local plain = require "vmem.internal.plain"

local report = {}

-- {====== JSON ======

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\t"] = "\\t" }

local function escape(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end

--- Text fit for a page: see internal/plain.lua. Tabs stay, for lines of scripts.
local function clean(text)
  return plain.text(text, function(c) return c ~= "\t" and plain.character(c) or nil end)
end

--- "<" never appears, so nothing in a string can end the script element around it.
local function quote(text)
  return '"' .. clean(text):gsub('[\t"\\<]', escape) .. '"'
end

local EXACT <const> = 1 << 53 -- beyond, JavaScript's numbers have holes

local function number(n)
  return n > -EXACT and n < EXACT and n or ('"0x%x"'):format(n)
end

local function list(values) return "[" .. table.concat(values, ",") .. "]" end

local function strings(values)
  local quoted = {}
  for i, value in ipairs(values) do quoted[i] = quote(value) end
  return list(quoted)
end

-- ====== }

-- {====== Data ======

local COLUMNS <const> = {
  "what", "time", "region", "offset", "size", "byte", "source", "line", "committed", "count", "access",
  "detail", "error",
}

--- The `c`th value of all events; of times, the difference to the one before. A column that is the same
--- all the way is one number.
local function column(handle, count, c)
  local values, last, alike = {}, 0, true
  for i = 1, count do
    local value = select(c, core.event(handle, i))
    if COLUMNS[c] == "time" then
      value, last = value - last, value
    end
    values[i] = number(value)
    alike = alike and values[i] == values[1]
  end
  return alike and (values[1] or 0) or list(values)
end

--- One column after the other, so that a million events need no more memory than their text.
local function events_of(handle, count)
  local parts = {}
  for c, name in ipairs(COLUMNS) do parts[c] = quote(name) .. ":" .. column(handle, count, c) end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- All rows of one of the core's getters, one behind the other.
local function rows_of(handle, count, get)
  local values = {}
  for i = 1, count do
    for _, value in ipairs { get(handle, i) } do values[#values + 1] = number(value) end
  end
  return list(values)
end

local function regions_of(handle, count)
  local regions = {}
  for i = 1, count do
    local base, size, page_size, _, before, name = core.region(handle, i)
    regions[i] = ('{"base":%s,"size":%s,"page":%d,"before":%s,"name":%s}'):format(number(base), number(size),
      page_size, before, name and quote(name) or "null")
  end
  return list(regions)
end

local function hex(bytes)
  return '"' .. (bytes or ""):gsub(".", function(c) return ("%02x"):format(c:byte()) end) .. '"'
end

--- [[event from 0 on, offset, before, after], …], of writes.
local function bytes_of(handle)
  local all, i = {}, 1
  local event, offset = core.shown(handle, i)
  while event do
    local before, after = core.bytes(handle, event)
    all[i] = ("[%d,%s,%s,%s]"):format(event - 1, number(offset), hex(before), hex(after))
    i = i + 1
    event, offset = core.shown(handle, i)
  end
  return list(all)
end

--- [[moment, text], …]: a chapter begins behind its event.
local function notes_of(handle)
  local notes = {}
  for i = 1, core.chapters(handle) do
    local event, text = core.chapter(handle, i)
    notes[i] = ("[%d,%s]"):format(event, quote(text))
  end
  return list(notes)
end

--- The codes of errors, behind a word for number 0, which is none.
local function codes() return { "", table.unpack(core.codes) } end

-- ====== }

-- {====== The scripts ======

local LONGEST <const> = 400 -- bytes of a line that are shown
local AROUND <const> = 2 -- lines beside one that an event names, in a script too long to be shown whole

--- source -> line -> true, for each line that an event names and those around it.
local function wanted_lines(handle, events)
  local wanted = {}
  for event = 1, events do
    local _, _, _, _, _, _, source, line = core.event(handle, event)
    local numbers = wanted[source] or {}
    wanted[source] = numbers
    if not numbers[line] or not numbers[line + AROUND] or not numbers[line - AROUND] then
      for i = line - AROUND, line + AROUND do numbers[i] = true end
    end
  end
  return wanted
end

--- Those of a source, as far as its file has them.
local function lines_of(handle, i, wanted)
  local parts = {}
  for k, line in ipairs(lines.of(handle, i, wanted)) do
    parts[k] = ('"%d":%s'):format(line[1], quote(line[2]:sub(1, LONGEST)))
  end
  return parts
end

--- Names of the sources, and of each its lines: {"12": "text"}. `wanted` is source -> line -> true.
local function scripts(handle, count, wanted)
  local names, texts = {}, {}
  for i = 1, count do
    local source = core.source(handle, i)
    local name = source:match("^@(.*)")
    names[i] = name or source
    texts[i] = "{" .. table.concat(lines_of(handle, i, wanted[i] or {}), ",") .. "}"
  end
  return names, list(texts)
end

-- ====== }

local function whats()
  local words = {}
  for i = 0, #core.whats do words[i + 1] = core.whats[i] end
  return words
end

local function data_of(handle, title)
  local events, regions, runs, samples, sources, looks, ended, duration, writes = core.counts(handle)
  local names, texts = scripts(handle, sources, wanted_lines(handle, events))
  title = title or (names[1] and names[1]:match("[^/\\]*$")) or "A recording"
  return title, ([[{"title":%s,"writes":%s,"ended":%s,"duration":%s,"count":%d,
"whats":%s,"codes":%s,"events":%s,
"regions":%s,"runs":%s,"samples":%s,"looks":%s,"bytes":%s,"notes":%s,"sources":%s,"lines":%s}]]):format(
    quote(title), tostring(writes), quote(ended or "recording"), number(duration), events, strings(whats()),
    strings(codes()), events_of(handle, events), regions_of(handle, regions), rows_of(handle, runs, core.run),
    rows_of(handle, samples, core.sample), rows_of(handle, looks, core.look), bytes_of(handle),
    notes_of(handle), strings(names), texts)
end

local function escape_html(text)
  return (clean(text):gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

---@param handle userdata what the core has of a recording
---@param title? string
---@return string html
function report.html(handle, title)
  local data
  title, data = data_of(handle, title)
  local script = {}
  for i, part in ipairs {
    "table", "story", "words", "teach", "draw", "show", "one", "script", "quiz", "frames", "move", "begin",
  } do
    script[i] = require("vmem.recorder.js_" .. part)
  end
  local parts = {
    title = escape_html(title), data = data, style = require("vmem.recorder.css"),
    script = table.concat(script, "\n"),
  }
  return (require("vmem.recorder.html"):gsub("{{(%a+)}}", parts))
end

return report
