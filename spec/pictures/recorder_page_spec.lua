-- The HTML page of a recording.

local helpers = require "helpers"
local recorder = require "vmem.recorder"
local recordings = require "recording_kit"
local vmem = require "vmem"

local P = vmem.page_size
local record = recordings.record

describe("a recording's page", function()
  helpers.no_regions_left()

  it("needs nothing from elsewhere, and says so to the browser", function()
    local html = record(function(region) region:commit() end):html()
    assert.matches("^<!DOCTYPE html>\n", html)
    html = html:gsub('<script type="application/json".-</script>', "") -- it has no "<"
    assert.is_nil(html:find("https?://"))
    assert.truthy(html:find("default-src 'none'", 1, true))
    assert.is_nil(html:find("{{", 1, true))
  end)

  it("has a word for every error", function()
    local words = { '""' }
    for line in io.lines "docs/manual/errors.md" do
      local word = line:match "^| `(%l[%l_]+)` |"
      if word then words[#words + 1] = ('"%s"'):format(word) end
    end
    table.sort(words)
    local html = record(function(region) region:commit() end):html()
    local given = {}
    for word in html:match('"codes":%[([^%]]*)%]'):gmatch "[^,]+" do given[#given + 1] = word end
    assert.equal('""', given[1]) -- no error
    table.sort(given)
    assert.same(words, given)
  end)

  it("has the pages that were committed before", function()
    local region <close> = vmem.reserve(4 * P)
    region:commit(P, P, "r"):commit(2 * P, P, "rw")
    local html = recorder.start():stop():html()
    local runs = assert(html:match('"runs":(%b[])'))
    assert.truthy(runs:find(("%d,%d"):format(P, P), 1, true), runs)
    assert.truthy(runs:find(("%d,%d"):format(2 * P, P), 1, true), runs)
  end)

  it("has the pages that were trapped before", function()
    local region <close> = vmem.reserve(4 * P)
    region:commit(0, P, "r"):trap(0, P, { write = print }):trap(2 * P, P, { read = print, write = print })
    local html = recorder.start():stop():html()
    assert.truthy(html:find(('"runs":[1,0,%d,17,2,0,1,%d,%d,0,3,0]'):format(P, 2 * P, P), 1, true))
  end)

  helpers.section_it("has what was attached before", function()
    local U <const> = helpers.attach_unit
    local region <close> = vmem.reserve(4 * U)
    local section <close> = assert(vmem.section(U))
    assert(region:attach(section, U, 0, U, "r"))
    assert(region:attach(section, 2 * U, 0, U, "r+copy"))
    local html = recorder.start():stop():html()
    assert.truthy(html:find(('"runs":[1,%d,%d,17,0,1,1,%d,%d,17,0,2]'):format(U, U, 2 * U, U), 1, true))
  end)

  it("has the lines of the script, and those around them", function()
    local html = record(function(region)
      region:commit() -- here
    end):html()
    assert.truthy(html:find('"      region:commit() -- here"', 1, true))
  end)

  it("does without the lines of a script that is gone", function()
    local region <close> = vmem.reserve(P)
    local recording = recorder.start()
    load("(...):commit()", "@no/such/file.lua")(region)
    load("(...):commit()", "@.")(region)
    assert.truthy(recording:stop():html():find('"no/such/file.lua"', 1, true))
  end)

  it("takes any text as text: titles, names of regions and of scripts", function()
    local evil = '</script><!-- "\\ %1 {{data}} \xff\0\n'
    local region <close> = vmem.reserve(P, { name = evil:gsub("%z", "") })
    local recording = recorder.start()
    load("(...):commit()", "@" .. evil)(region)
    local html = recording:stop():html(evil)
    assert.equal(2, select(2, html:gsub("</script>", "")))
    assert.is_nil(html:find("<!--", 1, true))
    assert.truthy(utf8.len(html))
    assert.truthy(html:find("<title>&lt;/script&gt;", 1, true))
  end)

  it("is called after the script, unless it is told otherwise", function()
    local recording = record(function(region) region:commit() end)
    assert.truthy(recording:html():find("<h1>recorder_page_spec.lua</h1>", 1, true))
    assert.truthy(recording:html("Mine"):find("<h1>Mine</h1>", 1, true))
    helpers.raises("title must be a string, not 5", recording.html, recording, 5)
  end)

  it("can be had while the recording goes on", function()
    local recording <close> = recorder.start()
    assert.truthy(recording:html():find('"ended":"recording"', 1, true))
  end)

  it("is saved to a file, or the system's no is given back", function()
    local recording = record(function(region) region:commit() end)
    local name = os.tmpname()
    assert.equal(recording, recording:save(name))
    local file <close> = assert(io.open(name, "rb"))
    assert.equal(recording:html(), file:read("a"))
    os.remove(name)
    local done, message, code = recording:save("no/such/folder/page.html")
    assert.is_nil(done)
    assert.matches("no/such/folder/page.html", message)
    assert.equal("integer", math.type(code))
    helpers.raises("path must be a string, not nil", recording.save, recording)
  end)

  helpers.unix_it("is not saved when there is no room", function()
    local full = io.open("/dev/full", "w")
    if not full then pending("needs /dev/full") end
    full:close()
    local done, message = record(function() end):save("/dev/full")
    assert.is_nil(done)
    assert.matches("No space left", message)
  end)
end)
