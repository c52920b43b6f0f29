-- What Windows refuses of sections of files, and what it does all the same in pieces of 64 KiB.

local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local U <const>, P <const> = vmem.allocation_granularity, vmem.page_size
local it = helpers.windows_it
local path_of <const>, contents <const> = file_kit.path_of, file_kit.contents
local refusal <const> = helpers.refusal

describe("on Windows, a section of a file", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = assert(vmem.reserve(16 * U)) end)
  after_each(function()
    region:release()
    file_kit.remove_all()
  end)

  it("is found by a path in UTF-8", function()
    local path = path_of() .. "-ä-日本-𝄞"
    do
      local section <close> = assert(vmem.section(path, "w+", { size = 3 }))
      assert.same({ path, true }, { section.path, section.created })
    end
    do
      local section <close> = assert(vmem.section(path, "r+"))
      assert(region:attach(section)):write(0, "abc")
    end
    local section <close> = assert(vmem.section(path, "r"))
    region:decommit()
    assert(region:attach(section, 0, 0, 3, "r"))
    assert.equal("abc", region:read(0, 3))
    os.execute(('del "%s*"'):format(path:match "^[^-]*"))
  end)

  it("has no path that is not UTF-8", function()
    for _, bytes in ipairs { "\xff", "\xc3", "a\xed\xa0\x80b" } do
      local path = path_of() .. bytes
      assert.equal("no_file", refusal(vmem.section(path, "w+")))
      local _, message, code = vmem.section(path, "r+")
      assert.equal("no_file", code)
      assert.is_truthy(message:find("the path is not UTF-8", 1, true))
    end
  end)

  local UNFIT <const> = { ["a folder"] = os.getenv "TEMP" or "", ["a device"] = "NUL", ["a console"] = "CON" }
  for what, name in pairs(UNFIT) do
    for _, mode in ipairs { "r", "r+", "w+", "copy" } do
      it(("is not made of %s with %s"):format(what, mode), function()
        assert.equal("bad_file", refusal(vmem.section(name, mode)))
      end)
    end
  end

  it("cannot become shorter, or empty, while another section has pages attached", function()
    local path = path_of(("x"):rep(2 * U + 5))
    local section <close> = assert(vmem.section(path, "r+"))
    local other <close> = assert(vmem.section(path, "r+"))
    assert(region:attach(section)):write(P, "y"):protect(0, P, "r")
    assert(region:attach(section, 4 * U, U, U, "rw+copy")):write(4 * U, "own")
    local theirs <close> = assert(vmem.reserve(3 * U))
    assert(theirs:attach(other))
    for _, size in ipairs { 0, 5, U, 2 * U + 4 } do
      assert.equal("in_use", refusal(section:resize(size)))
      assert.equal("in_use", refusal(other:resize(size)))
    end
    assert.equal("in_use", refusal(vmem.section(path, "w+")))
    assert.equal("in_use", refusal(vmem.section(path, "w+", { size = 5 * U })))
    assert.equal(2 * U + 5, section.size)
    assert.equal("xy", region:read(P - 1, 2))
    assert.equal("own", region:read(4 * U, 3))
    assert.equal("r", region:query(0).protection)
    assert.equal(2 * U + 5, #contents(path))
    theirs:decommit()
    assert(section:resize(U))
  end)

  it("that becomes shorter keeps protections, and what was written to private copies", function()
    local path = path_of(("x"):rep(4 * U))
    local section <close> = assert(vmem.section(path, "r+"))
    assert(region:attach(section)):protect(P, P, "r")
    region:write(0, "shared")
    assert(region:attach(section, 8 * U, 0, 4 * U, "rw+copy"))
    region:write(8 * U + U + P, "own")
    assert(region:protect(8 * U + U + P, P, "none"))
    assert(section:resize(U + 2 * P + 1))
    assert.equal("shared", region:read(0, 6))
    assert.same({ "rw", P }, { region:query(0).protection, region:query(0).size })
    assert.same({ "r", P }, { region:query(P).protection, region:query(P).size })
    assert.equal(U + P, region:query(2 * P).size)
    assert.same({ "none", P }, { region:query(9 * U + P).protection, region:query(9 * U + P).size })
    assert.equal("reserved", region:query(9 * U + 3 * P).state)
    assert(region:protect(8 * U + U + P, P, "rw"))
    assert.equal("own", region:read(9 * U + P, 3))
    region:write(9 * U + 2 * P, "new")
    assert.equal("xxx", contents(path):sub(U + 2 * P - 2, U + 2 * P))
  end)

  it("is attached further by pages, behind what is attached", function()
    local section <close> = assert(vmem.section(path_of("first"), "r+"))
    assert(region:attach(section)):protect(0, P, "r")
    assert(region:attach(section, 4 * U, 0, P, "rw+copy")):write(4 * U, "own")
    assert(section:resize(3 * P))
    assert(region:attach(section, P, P)):write(P, "second")
    assert(region:attach(section, 4 * U + P, P, P, "rw+copy"))
    assert.same({ "r", "rw" }, { region:query(0).protection, region:query(P).protection })
    assert.equal("first", region:read(0, 5))
    assert.equal("own", region:read(4 * U, 3))
    assert.equal("second", region:read(4 * U + P, 6))
    assert(section:resize(2 * U + P))
    assert(region:attach(section, 3 * P, 3 * P))
    assert.equal(2 * U + P + 2 * P, region.committed)
    region:write(2 * U, "third")
    assert.equal("third", contents(section.path):sub(2 * U + 1, 2 * U + 5))
    -- But not with a place left out, nor of another part, nor of another file.
    assert.equal("not_supported", refusal(region:attach(section, 4 * U + 3 * P, 3 * P, P, "rw+copy")))
    assert.equal("not_supported", refusal(region:attach(section, 4 * U + 2 * P, 3 * P, P, "rw+copy")))
    assert.equal("not_supported", refusal(region:attach(section, 4 * U + 2 * P, 2 * P, P)))
    local other <close> = assert(vmem.section(path_of(("x"):rep(U)), "r+"))
    assert.equal("not_supported", refusal(region:attach(other, 4 * U + 2 * P, 2 * P, P, "rw+copy")))
  end)

  it("gives up its last pages, which can be attached again, and nothing else meanwhile", function()
    local section <close> = assert(vmem.section(path_of(("x"):rep(2 * U)), "r+"))
    assert(region:attach(section)):write(U, "kept")
    assert(region:protect(U, P, "r"))
    assert.equal("not_supported", refusal(region:decommit(P, P)))
    assert(region:decommit(U + P, U))
    assert.same({ U + P, "kept", "r" }, { region.committed, region:read(U, 4), region:query(U).protection })
    assert.equal("not_supported", refusal(region:commit(U + P, P)))
    assert(region:attach(section, U + P, U + P))
    assert.equal("xxx", region:read(2 * U - 3, 3))
    assert(region:decommit(P, 2 * U))
    assert.equal(P, region.committed)
    assert.equal("reserved", region:query(P).state)
  end)

  it("with private copies shows pages of the file again, others stay", function()
    local section <close> = assert(vmem.section(path_of(("x"):rep(U)), "copy"))
    assert(region:attach(section))
    for page = 0, 3 do region:write(page * P, tostring(page)) end
    assert(region:discard(P, 2 * P))
    for page, byte in pairs { [0] = "0", "x", "x", "3" } do assert.equal(byte, region:read(page * P, 1)) end
  end)

  it("that this user may only read is refused for writing", function()
    local path = path_of("hello")
    os.execute(('attrib +r "%s"'):format(path))
    local writable <close> = io.open(path, "r+")
    local answers = {}
    for _, mode in ipairs { "r+", "w+" } do answers[#answers + 1] = select(3, vmem.section(path, mode)) end
    os.execute(('attrib -r "%s"'):format(path))
    if writable then return pending "this user can write any file" end
    assert.same({ "permission_denied", "permission_denied" }, answers)
    assert.equal("hello", contents(path))
  end)

  it("is too large beyond what the file system can have, and stays as it was", function()
    local section <close> = assert(vmem.section(path_of("hello"), "r+"))
    assert.equal("file_too_large", refusal(section:resize(math.maxinteger, true)))
    assert.equal(5, section.size)
    assert.equal("hello", contents(section.path))
    local path = path_of()
    assert.equal("file_too_large", refusal(vmem.section(path, "w+", { size = math.maxinteger })))
    assert.is_nil(io.open(path))
  end)

  it("may be renamed and removed while it is open", function()
    local path, new = path_of("hello"), path_of()
    local section <close> = assert(vmem.section(path, "r+"))
    assert(os.rename(path, new))
    assert.equal(5, section.size)
    section:resize(6)
    assert.equal("hello\0", contents(new))
  end)
end)
