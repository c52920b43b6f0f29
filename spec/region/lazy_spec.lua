-- vmem.allocate with lazy = true: all pages are committed, and the system counts each when it is touched, by
-- whatever code.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

local trial <close>, why, code = vmem.allocate(P, { lazy = true })

--- it(), where the system has such regions. That it says why elsewhere is a spec below.
local function lazy_it(name, run, it_there)
  if trial then return (it_there or it)(name, run) end
  pending(("%s (%s)"):format(name, code or why))
end

local function conceal_it(name, run) helpers.advice_it("DONTDUMP", name, run, helpers.linux_it) end

local function word_in(name)
  local file <close> = io.open("/sys/kernel/mm/transparent_hugepage/" .. name)
  return file and file:read "a" or ""
end

--- How much one touch may bring in, as the system says: more than a page where it always takes huge ones.
local huge <const> = word_in "enabled":find("[always]", 1, true) and tonumber(word_in "hpage_pmd_size") or P

local function allocate(size, options)
  options = options or {}
  options.lazy = true
  return assert(vmem.allocate(size, options))
end

describe("a lazy region", function()
  lazy_it("is committed, and takes no memory before it is touched", function()
    local region <close> = allocate(1000 * P)
    assert.is_true(region.lazy)
    assert.equal(1000 * P, region.committed)
    assert.equal("1000 rw", helpers.runs(region))
    local resident = region:resident()
    assert.is_true(resident == nil or resident == 0)
    region:write(500 * P, "x")
    assert.equal("x\0", region:read(500 * P, 2))
    resident = region:resident() or P
    assert.is_true(resident == P or resident == huge, resident)
  end)

  helpers.vast_it("can be larger than all memory", function()
    if helpers.ulimit "d" ~= "unlimited" then return pending "ulimit -d counts every writable page" end
    local region <close> = allocate(helpers.vast_size // 4)
    region:write(region.size - 1, "x")
    region:decommit()
    assert(region:commit())
    region:write(region.size // 2, "x")
    assert.equal(region.size, region.committed)
  end, function(name, run) lazy_it(name, run, helpers.linux_it) end)

  it("an ordinary region is not lazy", function()
    local region <close> = assert(vmem.allocate(P))
    assert.is_false(region.lazy)
  end)

  lazy_it("takes what read(2) writes, also where no page has been touched", function()
    local found, trap = pcall(require, "trap") -- a build for valgrind or coverage has none of its own
    if not found then trap = assert(package.loadlib("./build/trap.so", "luaopen_trap"))() end
    local region <close> = allocate(100 * P)
    local name = os.tmpname()
    local file = assert(io.open(name, "w"))
    file:write(("lazy"):rep(P))
    file:close()
    local done, got = pcall(trap.read_file, name, region.base + 50 * P - 2, 2 * P)
    region:decommit(0, 4 * P)
    local refused, errno = trap.read_file(name, region.base, P)
    os.remove(name)
    assert.same({ true, 2 * P }, { done, got })
    assert.equal("lazylazy", region:read(50 * P - 2, 8))
    assert.same({ nil, 14 }, { refused, errno }) -- EFAULT: a reserved page is none that the kernel brings in
  end, helpers.unix_it)

  -- Each leaves some pages reserved or of another protection, commits them, and has the contents of "after".
  local changes = {
    { "a decommit and a commit of one page", function(r) r:decommit(7 * P, P):commit(7 * P, P) end },
    { "a decommit and a commit of many pages", function(r) r:decommit(0, 900 * P):commit(0, 900 * P) end },
    { "a decommit of many pages, and commits one by one", function(r)
      r:decommit(100 * P, 600 * P)
      for i = 700, 101, -1 do r[i]:commit() end
    end },
    { "decommits and commits of every second page", function(r)
      for i = 1, 999, 2 do r[i]:decommit() end
      for i = 1, 999, 2 do r[i]:commit() end
    end },
    { "protections", function(r)
      r:protect(10 * P, 100 * P, "none")
      r:protect(10 * P, 100 * P, "rw")
    end },
    { "a commit as read-only, and rw again", function(r)
      r:decommit(0, 100 * P):commit(0, 100 * P, "r")
      r:commit(0, 100 * P, "rw")
    end },
    { "a guard", function(r)
      r:protect(0, P, "rw+guard")
      helpers.fault(r.read, r, 0, 1)
    end },
    { "discard", function(r) r:discard(0, 500 * P) end },
    { "prefetch", function(r) r:prefetch(0, 10 * P) end },
  }
  local kinds = {
    plain = {}, watched = { watch = true }, wiped = { wipe = true }, concealed = { conceal = true },
    ["one that asked to be sparse"] = { sparse = true }, ["one that touches commit"] = { touch = "commit" },
  }
  for kind, options in pairs(kinds) do
    for _, change in ipairs(changes) do
      lazy_it(("stays so after %s: %s"):format(change[1], kind), function()
        local region <close> = allocate(1000 * P, options)
        region:fill(999 * P, P, 65)
        assert.is_false(region.sparse)
        change[2](region)
        assert.equal("1000 rw", helpers.runs(region))
        for _, i in ipairs(helpers.has_proc and { 1, 8, 101, 500, 700, 1000 } or {}) do
          local flags = helpers.flags_at(region[i].address)
          assert.is_true(flags.nr, "page " .. i .. " has reserved swap space")
          assert.is_nil(flags.ac, "page " .. i .. " is counted before it is touched")
        end
        assert.equal("\0", region:read(7 * P, 1))
        assert.equal("A", region:read(1000 * P - 1, 1))
      end, options.conceal and conceal_it or it)
    end
  end

  lazy_it("is one mapping, like any that is committed as a whole", function()
    local region <close> = allocate(1000 * P)
    local area = vmem.query(region.base)
    assert.equal(1000 * P, area.size)
  end)

  lazy_it("takes the other options", function()
    local region <close> = allocate(10 * P, { protection = "r", name = "lazy", watch = true })
    assert.equal("10 r", helpers.runs(region))
    assert.equal("lazy", region.name)
    assert.equal("\0", region:read(0, 1))
    local high <close> = allocate(10 * P, { top_down = true })
    assert.equal("10 rw", helpers.runs(high))
  end)

  it("comes by vmem.allocate, not by vmem.reserve", function()
    helpers.raises("option lazy is for vmem.allocate", vmem.reserve, P, { lazy = true })
    helpers.raises("option lazy must be true or false", vmem.allocate, P, { lazy = "yes" })
    local region <close> = assert(vmem.reserve(P, { lazy = false }))
    assert.is_false(region.lazy)
  end)
end)

describe("where the system counts every writable page", function()
  -- /proc of a namespace of its own says so. The kernel does not do it, which vmem does not see.
  local namespace = os.execute "unshare -m true 2>/dev/null" and "unshare -m " or "unshare -rm "

  helpers.bare_proc_it("a lazy region is refused, and the setting is named", function()
    local strict = os.tmpname()
    local file = assert(io.open(strict, "w"))
    file:write "2\n"
    file:close()
    local shell = ("%s sh -c 'mount --bind %s /proc/sys/vm/overcommit_memory && exec env \"$@\"' sh "):format(
      namespace, strict)
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region, message, code = vmem.allocate(1 << 20, { lazy = true })
      print(region, message, code)
      print(vmem.allocate(1 << 20).committed)
    ]], shell)
    os.remove(strict)
    if output:find "unshare:" or output:find "mount:" then return pending("no namespace: " .. output) end
    assert.equal("nil\tcannot allocate 1048576 bytes: vm.overcommit_memory is 2, which counts every writable "
      .. "page, touched or not; with 'sysctl -w vm.overcommit_memory=0' pages count when they are touched\t"
      .. "not_supported\n1048576\n", output)
  end)

  if not trial then
    it("a lazy region is refused, in words", function()
      assert.equal("not_supported", code)
      assert.matches("^cannot allocate %d+ bytes: .", why)
    end)
  end
end)
