-- What Windows refuses of sections, by name, and what it does all the same.

local helpers = require "helpers"
local vmem = require "vmem"

local U <const>, P <const> = vmem.allocation_granularity, vmem.page_size
local it = helpers.windows_it

--- The end of the message, and the code.
local function refusal(...)
  local result, message, code = ...
  assert.is_nil(result)
  return ("%s (%s)"):format(message:match ": (.*)", code)
end

describe("on Windows, a section", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = assert(vmem.reserve(16 * U + 5 * P)) end)
  after_each(function() region:release() end)

  it("is attached and detached at multiples of 64 KiB", function()
    local section <close> = assert(vmem.section(4 * U))
    local sentence = "at multiples of 64 KiB only, .*%(not_supported%)$"
    assert.matches(sentence, refusal(region:attach(section, P)))
    assert.matches(sentence, refusal(region:attach(section, 0, P, U)))
    assert(region:attach(section)):write(U, "kept")
    assert.matches(sentence, refusal(region:decommit(U, P)))
    assert.matches(sentence, refusal(region:decommit(U - P, 2 * P)))
    assert.matches(sentence, refusal(region:attach(section, U, 2 * U, P)))
    assert.equal("kept", region:read(U, 4))
    assert.equal(4 * U, region.committed)
    assert(region:decommit(U, U))
    assert.equal("reserved", region:query(U).state)
  end)

  it("is attached while no page of the reservation around is committed", function()
    local section <close> = assert(vmem.section(U))
    -- From here on what lies before and behind are reservations of their own.
    assert(region:attach(section, 4 * U))
    assert(region:commit(0, P)):write(0, "mine")
    local sentence = "attach first, commit afterwards %(not_supported%)$"
    assert.matches("placeholders", refusal(region:attach(section, 2 * U)))
    assert.matches(sentence, refusal(region:attach(section, 0)))
    assert.equal("mine", region:read(0, 4))
    assert(region:attach(section, 8 * U))
    assert(region:attach(section, 4 * U))
    assert(region:decommit(0, P))
    assert(region:attach(section, 2 * U))
  end)

  it("leaves pages behind its end that cannot be used until it is detached", function()
    local section <close> = assert(vmem.section(U + 5))
    assert(region:attach(section, 2 * U)):write(3 * U, "end")
    assert.equal("reserved", region:query(3 * U + P).state)
    local sentence = "next multiple of 64 KiB cannot be used .*%(not_supported%)$"
    assert.matches(sentence, refusal(region:commit(3 * U + P, P)))
    assert.matches(sentence, refusal(region:commit()))
    assert.equal("end", region:read(3 * U, 3))
    assert.equal(U + P, region.committed)
    assert(region:commit(4 * U, P))
    assert(region:decommit(3 * U, P))
    assert(region:commit()):fill(2 * U + P, 4 * U, 1)
    assert.equal(16 * U + 5 * P, region.committed)
    assert.is_true(region:release())
    region = assert(vmem.reserve(16 * U + 5 * P))
    local tail <close> = assert(vmem.section(5 * P))
    assert(region:attach(tail, 16 * U)) -- where the region ends
    assert(region:commit())
  end)

  it("keeps its size", function()
    local section <close> = assert(vmem.section(U, { growable = true }))
    local sentence = "sections of Windows keep their size: .*%(not_supported%)$"
    assert.matches(sentence, refusal(section:resize(2 * U)))
    assert.equal(section, section:resize(U))
    assert.matches("%(permission_denied%)$", refusal(section:resize(P)))
    assert.equal(U, section.size)
  end)

  it("has no path", function()
    local section <close> = assert(vmem.section(U, { name = "shown" }))
    assert.is_nil(section.path)
  end)

  it("is replaced in parts by another, and keeps its contents", function()
    local a <close> = assert(vmem.section(4 * U))
    local b <close> = assert(vmem.section(4 * U))
    local other <close> = assert(vmem.reserve(8 * U))
    assert(other:attach(a)):attach(b, 4 * U)
    for unit = 0, 7 do other:write(unit * U, tostring(unit)) end
    local function seen(pages)
      local list = {}
      for unit = 0, pages.size // U - 1 do list[#list + 1] = pages:read(unit * U, 1) end
      return table.concat(list)
    end
    local four <close> = assert(vmem.reserve(4 * U))
    assert(four:attach(a))
    assert(four:attach(b, U, 0, 2 * U))
    assert.equal("0453", seen(four))
    assert(four:attach(a, 2 * U, 0, U))
    assert.equal("0403", seen(four))
    assert.equal("01234567", seen(other))
  end)

  it("is a mirror at any number of places", function()
    local section <close> = assert(vmem.section(U))
    for place = 0, 15 do assert(region:attach(section, place * U)) end
    region:write(8 * U - 2, "seam")
    for place = 1, 15 do assert.equal("seam", region:read(place * U - 2, 4)) end
  end)

  it("keeps private copies of the pages that stay when others are detached or replaced", function()
    local section <close> = assert(vmem.section(4 * U))
    assert(region:attach(section, 0, 0, 4 * U, "rw+copy"))
    for unit = 0, 3 do region:write(unit * U, tostring(unit)) end
    assert(region:decommit(U, U))
    assert(region:attach(section, 2 * U, 0, U))
    assert.equal("0", region:read(0, 1))
    assert.equal("\0", region:read(2 * U, 1))
    assert.equal("3", region:read(3 * U, 1))
  end)

  it("is locked, discarded and asked for residency across its parts", function()
    local section <close> = assert(vmem.section(3 * U))
    assert(region:attach(section, U))
    assert(region:commit()):fill(0, 16 * U, 1)
    assert(region:lock(0, 6 * U))
    assert(region:unlock(0, 6 * U))
    assert(region:prefetch(0, 6 * U))
    assert(region:discard(U, 3 * U))
    assert.equal(("\1"):rep(3 * U), region:read(U, 3 * U))
    assert.is_true(region:resident() >= 3 * U)
    assert.equal("rw", region:protect(0, 6 * U, "r"))
    helpers.fault(region.write, region, 2 * U, "x")
  end)
end)

describe("on Windows, a section with a name", function()
  helpers.no_regions_left()

  local script = [[
    local vmem = require "vmem"
    local section = assert(vmem.section(%q, 5))
    local region = assert(vmem.reserve(vmem.allocation_granularity))
    assert(region:attach(section))
    print(section.created, section.size, (region:read(0, 5):gsub("%%z", "0")))
    region:write(0, "child")
  ]]

  --- What another process prints that opens the section.
  local function child(name)
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    file:write(script:format(name))
    file:close()
    local pipe <close> = assert(io.popen(('%s "%s"'):format(arg[-1]:gsub("/", "\\"), path)))
    local line = pipe:read "a"
    os.remove(path)
    return (line:gsub("%s+", " "))
  end

  it("is one in two processes, and gone with the last", function()
    local name <const> = helpers.new_name "a name"
    assert.equal(("true 5 %s "):format(("0"):rep(5)), child(name))
    do
      local section <close> = assert(vmem.section(name, 5))
      assert.is_true(section.created)
      assert.equal(name, section.name)
      local region <close> = assert(vmem.reserve(U))
      assert(region:attach(section)):write(0, "mine.")
      assert.equal(("false %d mine. "):format(P), child(name)) -- Windows keeps whole pages
      assert.equal("child", region:read(0, 5))
      local again <close> = assert(vmem.section(name, 77))
      assert.is_false(again.created)
    end
    assert.equal(("true 5 %s "):format(("0"):rep(5)), child(name))
  end)

  it("is another one for each name, in any bytes", function()
    local names <const> = { "h\xc3\xa9", "h\xe9", "h\xef\xbf\xbd", "h", "H" }
    local sections = {}
    for i, name in ipairs(names) do
      sections[i] = assert(vmem.section(name, U))
      assert.is_true(sections[i].created, i)
    end
    for _, section in ipairs(sections) do section:close() end
  end)
end)
