local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local UNIT <const> = helpers.attach_unit

--- A file that is gone when it is closed.
local file_of <const> = helpers.file_of
local contents <const> = helpers.contents

local text = ("0123456789abcdef"):rep(P // 8) -- two pages

describe("region:load", function()
  file_kit.leaves_nothing()
  local region

  before_each(function() region = vmem.allocate(4 * P) end)
  after_each(function() region:release() end)

  it("reads a file to its end", function()
    local file <close> = file_of(text)
    assert.equal(2 * P, region:load(file))
    assert.equal(text .. ("\0"):rep(2 * P), region:read())
  end)

  it("starts where the file is, and leaves it behind the last byte", function()
    local file <close> = file_of(text)
    file:seek("set", 10)
    assert.equal(6, region:load(file, 1, 6))
    assert.equal("\0abcdef\0", region:read(0, 8))
    assert.equal(16, file:seek())
    assert.equal("012", file:read(3))
    assert.equal(2 * P - 19, region:load(file))
    assert.equal("345", region:read(0, 3))
  end)

  it("does not mind an error that the file had before", function()
    local name = os.tmpname()
    local written <close> = assert(io.open(name, "w"))
    written:write("hello")
    written:flush()
    local file <close> = assert(io.open(name))
    assert.is_nil((file:write("x")))
    file:seek("set")
    assert.equal(5, region:load(file, 0, 10))
    file:seek("set")
    assert.equal(5, region:load(file))
    os.remove(name)
  end)

  it("notes in a watched region what has been read, not what might have been", function()
    local watched <close> = vmem.allocate(4 * P, { watch = true })
    local file <close> = file_of("abc")
    assert.equal(3, watched:load(file, 0, 4 * P))
    for offset, size in watched:written() do assert.same({ 0, P }, { offset, size }) end
  end)

  it("takes a size without an offset", function()
    local file <close> = file_of(text)
    assert.equal(4, region:load(file, nil, 4))
    assert.equal("0123\0", region:read(0, 5))
  end)

  for _, size in ipairs { 3 * P, 4 * P } do
    it("of " .. size .. " bytes from a shorter file reads what there is", function()
      local file <close> = file_of(text)
      region:fill(0, 4 * P, 255)
      assert.equal(2 * P, region:load(file, 0, size))
      assert.equal(text .. ("\255"):rep(2 * P), region:read())
    end)
  end

  it("from a file larger than the region leaves the rest in the file", function()
    local file <close> = file_of(text .. text .. text)
    assert.equal(4 * P, region:load(file))
    assert.equal(text .. text, region:read())
    assert.equal(text, file:read("a"))
  end)

  it("from an empty file reads nothing, and touches nothing", function()
    local file <close> = file_of("")
    region:decommit()
    assert.equal(0, region:load(file))
    assert.equal(0, region:load(file, 4 * P))
    assert.equal(0, region:load(file, 0, 0))
  end)

  it("with a size checks all of the range before it reads a byte", function()
    local file <close> = file_of(text)
    region:decommit(2 * P, P)
    assert.equal(3, helpers.fault(region.load, region, file, 0, 2 * P + 1).page)
    assert.equal(0, file:seek())
    assert.equal(("\0"):rep(2 * P), region:read(0, 2 * P))
  end)

  it("without a size needs only the pages that the file fills", function()
    local file <close> = file_of(text)
    region:decommit():commit(0, 2 * P)
    assert.equal(2 * P, region:load(file))
    region:decommit(P, P)
    file:seek("set")
    assert.equal(2, helpers.fault(region.load, region, file).page)
    assert.equal(text:sub(1, P), region:read(0, P))
    assert.equal(P, file:seek())
  end)

  it("fetches one page after the other with a handler, and no page too many", function()
    local file <close> = file_of(text)
    region:decommit()
    region:on_fault(function(fault) return region[fault.page]:commit() end)
    assert.equal(2 * P, region:load(file))
    assert.equal("2 rw, 2 reserved", helpers.runs(region))
    assert.equal(text, region:read(0, 2 * P))
  end)

  it("with a size that goes beyond the file's end cannot be answered there, and says so", function()
    local file <close> = file_of(text) -- of two pages
    region:decommit():commit(0, P)
    local bytes = {}
    region:on_fault(function(fault)
      bytes[#bytes + 1] = fault.bytes or "none"
      return fault:answer()
    end)
    for _, size in ipairs { 2 * P + 1, 3 * P, 4 * P } do
      assert.error_matches(function() region:load(file, 0, size) end,
        "cannot answer: the file has fewer bytes than are to be loaded here", 1, true)
    end
    assert.equal(0, file:seek())
    assert.equal(("\0"):rep(P), region:read(0, P))
    assert.same({ text:sub(P + 1), "none" }, { bytes[1], bytes[2] })
    assert.equal(2 * P, region:load(file, 0, 2 * P)) -- what it has can be answered
    assert.equal(text:sub(1, P), region:read(0, P))
  end)

  file_kit.it("is answered beyond 2 GiB, which a long of 32 bits does not reach", function()
    local path, size <const> = file_kit.path_of(), (2 << 30) + 64
    local section = vmem.section(path, "w+", { size = size, sparse = true })
    if not section then return pending "files of more than 2 GiB cannot be made here" end
    do
      local last <close> = assert(vmem.reserve(2 * UNIT)):attach(section, 0, (2 << 30) - UNIT, UNIT + 64)
      last:write(UNIT, "beyond")
    end
    section:close()
    local file <close> = assert(io.open(path, "rb"))
    file:seek("end", -64) -- Lua may be unable to say where that is
    region:decommit()
    local seen
    region:on_fault(function(fault)
      seen = fault.bytes
      return fault:answer()
    end)
    assert.equal(6, region:load(file, 0, 6))
    assert.equal("beyond", seen)
    assert.equal(("\0"):rep(58), file:read "a")
  end)

  helpers.unix_it("a pipe cannot be answered, and says that the file cannot go back", function()
    local pipe <close> = assert(io.popen("printf 12345"))
    region:decommit()
    region:on_fault(function(fault) return fault:answer() end)
    assert.error_matches(function() region:load(pipe, 0, 2) end, "cannot answer: the file cannot go back", 1,
      true)
  end)

  helpers.unix_it("reads from a pipe", function()
    local pipe <close> = assert(io.popen("printf 12345; sleep 0.1; printf 678"))
    assert.equal(2, region:load(pipe, 0, 2))
    assert.equal(6, region:load(pipe, P - 1))
    assert.equal("345678\0", region:read(P - 1, 7))
  end)

  helpers.unix_it("from a file that cannot be read says why", function()
    local name = os.tmpname()
    local file <close> = assert(io.open(name, "w"))
    for _, size in ipairs { 5, false } do
      local done, message, code = region:load(file, 0, size or nil)
      assert.is_nil(done)
      assert.is_string(message)
      assert.equal("integer", math.type(code))
    end
    os.remove(name)
  end)

  helpers.heap_it("of which only a part has room for its snapshot is recorded as far as it came", function()
    local output = helpers.run_script([[
      local vmem, recorder = require "vmem", require "vmem.recorder"
      local SIZE <const> = 64 << 20
      local region, file = assert(vmem.allocate(SIZE)):fill(0, SIZE, 65), assert(io.tmpfile())
      for _ = 1, 64 do file:write(("1"):rep(1 << 20)) end
      file:seek "set"
      local recording = recorder.start { writes = true }
      local snapshot = assert(region:snapshot()) -- keeps a copy of each page that is written
      local ok, problem = pcall(region.load, region, file, 0, SIZE)
      snapshot:close()
      local loaded, event = region:find "A", recording[#recording]
      print(ok, problem, loaded > 0, event.what, event.size == loaded)
    ]], "ulimit -v 120000;")
    assert.matches("^false\t[^\t]*not enough memory\ttrue\twrite\ttrue\n$", output)
  end)
end)

describe("region:save", function()
  helpers.no_regions_left()
  local region

  before_each(function()
    region = vmem.allocate(4 * P)
    region:write(0, text)
  end)
  after_each(function() region:release() end)

  for _, case in ipairs {
    { "all", nil, nil, text .. ("\0"):rep(2 * P) },
    { "the rest from an offset on", 4 * P - 3, nil, "\0\0\0" },
    { "a range", P - 1, 3, text:sub(P, P + 2) },
    { "a size from the start", nil, 2, "01" },
    { "nothing", P, 0, "" },
    { "nothing at the end", 4 * P, nil, "" },
  } do
    local what, offset, size, expected = table.unpack(case, 1, 4)
    it("writes " .. what, function()
      local file <close> = file_of("")
      assert.equal(#expected, region:save(file, offset, size))
      assert.equal(expected, contents(file))
    end)
  end

  it("writes where the file is", function()
    local file <close> = file_of("<      >")
    file:seek("set", 2)
    region:save(file, 10, 4)
    assert.equal("< abcd >", contents(file))
  end)

  it("writes nothing when a page of the range refuses", function()
    local file <close> = file_of("")
    region:protect(3 * P, P, "none")
    assert.equal(4, helpers.fault(region.save, region, file).page)
    assert.equal("", contents(file))
  end)

  helpers.unix_it("writes to a pipe", function()
    local name = os.tmpname()
    local pipe = assert(io.popen("cat >" .. name, "w"))
    assert.equal(2 * P, region:save(pipe, 0, 2 * P))
    pipe:close()
    local file <close> = assert(io.open(name))
    assert.equal(text, file:read("a"))
    os.remove(name)
  end)

  it("to a file that cannot be written says why", function()
    local file <close> = assert(io.open("/dev/null", "r"))
    local done, message, code = region:save(file)
    assert.is_nil(done)
    assert.is_string(message)
    assert.equal("integer", math.type(code))
  end)
end)

describe("region:load and region:save", function()
  helpers.no_regions_left()

  it("carry memory from one region to another unchanged", function()
    local from <close> = vmem.allocate(3 * P)
    local to <close> = vmem.allocate(3 * P)
    local view = from:view("u16")
    for i = 1, #view do view[i] = i * 7 % 65536 end
    local file <close> = file_of("")
    from:save(file)
    file:seek("set")
    to:load(file)
    assert.equal(0, from:compare(0, 0, 3 * P, to))
  end)

  it("want an open file", function()
    local region <close> = vmem.allocate(P)
    local file = file_of("x")
    file:close()
    for _, name in ipairs { "load", "save" } do
      for _, sizes in ipairs { {}, { 0, 1 } } do
        helpers.raises("file is closed", region[name], region, file, table.unpack(sizes))
        for _, wrong in ipairs { "name", 3, {}, region, false } do
          helpers.raises("file expected", region[name], region, wrong, table.unpack(sizes))
        end
      end
    end
    helpers.raises("file expected", region.load, region)
  end)

  it("stop when a handler closes the file", function()
    local region <close> = vmem.reserve(P)
    local file = file_of("x")
    region:on_fault(function()
      if io.type(file) == "file" then file:close() end
      return region:commit()
    end)
    helpers.raises("file is closed", region.load, region, file)
  end)
end)
