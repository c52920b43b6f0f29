-- Linux: small commits by guard markers. Scripts see the same with each way of committing.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

local as_usual = "unset VMEM_COMMIT;"

-- Why there are no markers, in the library's words; nil where there are.
local no_markers = not helpers.on_linux and "this system has none" or helpers.lacks["guard markers"]

--- Lua text in front of the scripts here.
local mappings = [[
  local vmem = require "vmem"
  local P = vmem.page_size
]] .. helpers.count_mappings

describe("many small commits", function()
  helpers.no_regions_left()

  --- it(), if the kernel has markers.
  local function marked_it(name, run)
    if no_markers then
      pending(("%s (guard markers: %s)"):format(name, no_markers))
    else
      helpers.no_sanitizer_it(name, run)
    end
  end

  marked_it("of every second page have no limit", function()
    local output = helpers.run_script(mappings .. [[
      local region = vmem.reserve(200000 * P)
      for page = 0, 199999, 2 do assert(region:commit(page * P, 1)) end
      print(region.committed // P, mappings() < 1000)
      local bytes, runs = region:view("u8"), 0
      for page = 0, 199999, 20 do bytes[page * P + 1] = page & 255 end
      for page = 0, 199999, 20 do assert(bytes[page * P + 1] == page & 255) end
      for _ in region:runs() do runs = runs + 1 end
      print(runs, pcall(region.read, region, P, 1))
      for page = 0, 199999, 2 do assert(region:decommit(page * P, 1)) end
      print(region.committed, region:query().size == region.size)
      region:release()
    ]], as_usual)
    assert.matches("^100000\ttrue\n200000\tfalse\taccess violation reading.-\n0\ttrue\n$", output)
  end)

  marked_it("far from each other go on when there is room for no more mappings", function()
    local output = helpers.run_script(mappings .. [[
      local far = 520 * P -- more than a chunk
      local region = vmem.reserve(34000 * far)
      for i = 0, 33999 do assert(region:commit(i * far, 1)) end
      print(region.committed // P)
      for i = 0, 33999, 100 do region:write(i * far, "here") end
      for i = 0, 33999, 100 do assert(region:read(i * far, 4) == "here") end
      print(pcall(region.read, region, 33000 * far + P, 1))
      print(vmem.peek(region.base + 33000 * far + P, 1))
    ]], as_usual)
    assert.matches("^34000\nfalse\taccess violation reading.-\nnil\t", output)
  end)

  marked_it("leave nothing open that is not committed", function()
    local region <close> = vmem.reserve(1000 * P)
    for page = 0, 99, 2 do region:commit(page * P, 1) end
    for page = 0, 99 do
      assert.equal(page % 2 == 0, vmem.peek(region.base + page * P, 1) ~= nil)
    end
    assert.is_nil(vmem.peek(region.base + 500 * P, 1))
  end)

  it("read as zeros, also where something has been before", function()
    local region <close> = vmem.reserve(100 * P)
    for page = 0, 99, 2 do region:commit(page * P, 1):write(page * P, "old") end
    for page = 0, 99, 2 do region:decommit(page * P, 1) end
    for page = 0, 99, 2 do region:commit(page * P, 1) end
    for page = 0, 99, 2 do assert.equal("\0\0\0", region:read(page * P, 3)) end
  end)

  for _, protection in ipairs { "none", "r", "rx", "rwx", "r+guard", "rw+guard" } do
    it(("keep what is in a page made %s among them"):format(protection), function()
      local region <close> = vmem.reserve(100 * P)
      for page = 0, 50, 2 do region:commit(page * P, 1):write(page * P, "kept") end
      region:protect(20 * P, P, protection)
      region:commit(70 * P, P, protection)
      local first = protection:match("^r") and not protection:find("guard") and "kept" or nil
      assert.equal(first, (vmem.peek(region.base + 20 * P, 4)))
      for page = 1, 60, 2 do region:commit(page * P, 1) end -- the neighbours too
      assert.equal(protection, region[21].protection)
      assert.equal(first, (vmem.peek(region.base + 20 * P, 4)))
      assert.equal(protection, region:protect(20 * P, P, "rw"))
      assert.equal("kept", region:read(20 * P, 4))
      region:protect(70 * P, P, "rw")
      assert.equal("\0\0\0\0", region:read(70 * P, 4))
    end)
  end

  helpers.unix_it("keep what is locked in RAM locked, until it is decommitted", function()
    local region <close> = vmem.reserve(100 * P)
    for page = 0, 20, 2 do region:commit(page * P, 1) end
    region:write(4 * P, "kept")
    assert(region:lock(4 * P, P))
    for page = 1, 9, 2 do region:commit(page * P, 1) end
    assert.equal("kept", region:read(4 * P, 4))
    assert.equal(P, region:locked())
    assert(region:decommit(4 * P, P))
    assert.equal(0, region:locked())
    assert(region:commit(4 * P, P))
    assert.equal("\0\0\0\0", region:read(4 * P, 4))
    assert.equal(0, region:locked())
  end)

  marked_it("make decommits possible when there is room for no more mappings", function()
    local output = helpers.run_script(mappings .. [[
      local large = vmem.allocate(1000 * P)
      large:fill(0, large.size, 65)
      large:protect(500 * P, P, "r")
      ]] .. helpers.take_mappings .. [[
      print(large:decommit(300 * P, 400 * P) == large, large.committed // P)
      print(pcall(large.read, large, 500 * P, 1))
      print(vmem.peek(large.base + 300 * P, 1), vmem.peek(large.base + 500 * P, 1))
      assert(large:commit(300 * P, 400 * P))
      print(large:read(299 * P, 1), large:read(300 * P, 1) == "\0", large:read(700 * P, 1))
    ]], as_usual)
    assert.matches("^true\t600\nfalse\taccess violation.-\nnil.-\nA\ttrue\tA\n$", output)
  end)

  marked_it("do without markers where every writable page counts against a limit", function()
    local pages = math.min(10000, helpers.most_mappings // 4)
    local kib = 65536 + pages * P // 1024
    local output = helpers.run_script(mappings .. ([[
      local pages = %d
      local region = vmem.reserve(2 * pages * P)
      for i = 0, pages - 1 do assert(region:commit(2 * i * P, 1)) end
      print(region.committed // P, mappings() > 2 * pages)
    ]]):format(pages), ("ulimit -d %d;"):format(kib))
    assert.equal(pages .. "\ttrue\n", output)
  end)

  helpers.linux_it("are forced by VMEM_COMMIT to go one way", function()
    for way, many in pairs { plain = "true", marked = "false" } do
      local output = helpers.run_script(mappings .. [[
        local region = vmem.reserve(1 << 30)
        for page = 0, 999, 2 do assert(region:commit(page * P, 1)) end
        print(mappings() > 900)
      ]], ("VMEM_COMMIT=%s; export VMEM_COMMIT;"):format(way))
      if way == "plain" or not no_markers then assert.equal(many .. "\n", output) end
    end
  end)
end)
