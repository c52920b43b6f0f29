-- Linux without guard markers (before 6.13): a region that meets the limit of mappings goes on as a sparse
-- one. VMEM_COMMIT=unmarked makes any Linux such a system.

local helpers = require "helpers"

local unmarked = "VMEM_COMMIT=unmarked; export VMEM_COMMIT;"

--- Lua text in front of the scripts here.
local tools = [[
  local vmem = require "vmem"
  local P = vmem.page_size
  local most = io.open("/proc/sys/vm/max_map_count"):read "n"
]] .. helpers.count_mappings

local function run(script) return helpers.run_script(tools .. script, unmarked) end

describe("without guard markers, at the limit of mappings,", function()
  helpers.no_regions_left()

  helpers.bare_sparse_it("commits of every second page go on, and give mappings back", function()
    assert.equal("false\ntrue\ttrue\ttrue\ntrue\n0\ttrue\n", run [[
      local pages = math.max(2 * most, 100000)
      local region <close> = vmem.reserve(2 * pages * P)
      print(region.sparse)
      for i = 0, pages - 1 do
        assert(region:commit(2 * i * P, 1))
        if i % 7 == 0 then region:write(2 * i * P, string.pack("j", i)) end
      end
      print(region.committed == pages * P, region.sparse, mappings() < most * 3 // 4)
      local good = true
      for i = 0, pages - 1 do
        good = good and region:unpack(2 * i * P, "j") == (i % 7 == 0 and i or 0)
        good = good and (i % 97 > 0 or not vmem.peek(region.base + (2 * i + 1) * P, 1))
      end
      print(good)
      for i = 0, pages - 1 do assert(region:decommit(2 * i * P, 1)) end
      print(region.committed, region:query().size == region.size)
    ]])
  end)

  helpers.bare_sparse_it("commits of pages far from each other go on", function()
    assert.equal("true\ttrue\ntrue\n", run [[
      local far, count = 520 * P, most * 3 // 4
      local region <close> = vmem.reserve(count * far)
      for i = 0, count - 1 do
        assert(region:commit(i * far, 1))
        if i % 16 == 0 then region:write(i * far, string.pack("j", i)) end
      end
      print(region.committed == count * P, region.sparse)
      local good = true
      for i = 0, count - 1 do good = good and region:unpack(i * far, "j") == (i % 16 == 0 and i or 0) end
      print(good and vmem.peek(region.base + P, 1) == nil)
    ]])
  end)

  helpers.bare_sparse_it("decommits go on", function()
    assert.equal("false\ntrue\ttrue\nnil\tA\tA\ttrue\n", run([[
      local region <close> = vmem.allocate(1000 * P)
      region:fill(0, region.size, 65)
      ]] .. helpers.take_mappings .. [[
      print(region.sparse)
      for page = 100, 300, 2 do assert(region:decommit(page * P, P)) end
      print(region.sparse, region.committed == 899 * P)
      local open = vmem.peek(region.base + 100 * P, 1)
      assert(region:commit(300 * P, P))
      print(open, region:read(99 * P, 1), region:read(101 * P, 1), region:read(300 * P, 1) == "\0")
    ]]))
  end)

  helpers.bare_sparse_it("all pages keep state, protection, contents, locks and watch", function()
    assert.equal("true\tfalse\ttrue\n", run([[
      local sizes, long = { 1, 3, 600, 1, 40 }, 512 * 512 -- pages
      local protections = { "rw", "r", "rx", "rw+guard", "none", "rw", "rw" }
      local region <close> = vmem.reserve((3 * long + 20000) * P, { watch = true })
      local at, expected = 1, {}
      for _, size in ipairs(sizes) do
        for i, protection in ipairs(protections) do
          assert(region:commit(at * P, size * P))
          if i % 2 == 0 then region:fill(at * P, size * P, 64 + i) end
          assert(region:protect(at * P, size * P, protection))
          at = at + size + i
        end
      end
      assert(region:lock(P, P))
      assert(region:commit((at + long) * P, long * P, "r"))
      local function picture()
        local text = {}
        for offset, size, state, protection in region:runs() do
          text[#text + 1] = ("%d %d %s %s"):format(offset, size, state, protection)
          if protection and protection:find "^r[wx]?$" then
            text[#text + 1] = region:read(offset, math.min(size, 700 * P))
          end
        end
        for offset, size in region:written() do text[#text + 1] = ("%d %d written"):format(offset, size) end
        text[#text + 1] = region:locked()
        return table.concat(text, "\n")
      end
      local before, was = picture(), region.sparse
      ]] .. helpers.take_mappings .. [[
      assert(region:commit(19000 * P, P)):decommit(19000 * P, P)
      print(picture() == before, was, region.sparse)
    ]]))
  end)

  helpers.bare_sparse_it("a region whose pages cannot be filled stays as it was", function()
    assert.equal("too_many_mappings\tfalse\tkept\tnil\nnew\n", run([[
      local probe = require "probe"
      local other <close> = vmem.reserve(P, { sparse = true }) -- opens the userfaultfd, which tries this call
      local region <close> = vmem.reserve(100 * P)
      region:commit(2 * P, P):write(2 * P, "kept")
      ]] .. helpers.take_mappings .. [[
      if not probe.refuse("ioctl", 1, 1, 0xffffffff, probe.UFFDIO_ZEROPAGE) then
        return io.write "too_many_mappings\tfalse\tkept\tnil\nnew\n" -- this system has no seccomp
      end
      local code = select(3, region:commit(50 * P, P))
      print(code, region.sparse, region:read(2 * P, 4), (vmem.peek(region.base + 50 * P, 1)))
      filler:release()
      print(region:commit(50 * P, P):write(50 * P, "new") and region:read(50 * P, 3))
    ]]))
  end)

  for what, options in pairs { ["other protections are"] = "{ protection = 'r' }",
    ["wiped regions are"] = "{ wipe = true }", ["concealed regions are"] = "{ conceal = true }" } do
    helpers.bare_sparse_it(what .. " refused", function()
      assert.equal("too_many_mappings\tfalse\n", run("local options = " .. options .. [[
        local region <close> = vmem.reserve(100 * P, options)
        region:commit(0, P)
      ]] .. helpers.take_mappings .. [[
        local page, code = 10, nil
        while page < 100 and not code do
          code = select(3, region:commit(page * P, P))
          page = page + 2
        end
        print(code, region.sparse)
      ]]))
    end)
  end
end)
