-- Arguments of the simulations of vmem.paging, vmem.replacement and pictures: each is accepted, or refused at
-- once with a message that names it and the line of the script.

local helpers = require "helpers"
local layout = require "vmem.layout"
local map = require "vmem.map"
local pagetable = require "vmem.pagetable"
local paging = require "vmem.paging"
local replacement = require "vmem.replacement"
local vmem = require "vmem"

local HUGE, NAN = math.huge, 0 / 0
local HERE <const> = debug.getinfo(1, "S").short_src

--- Fails unless call(...) raises an error that begins with a line of this file, and says this.
local function refused(pattern, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "taken, but should have been refused: " .. pattern)
  assert.equal(HERE .. ":", message:sub(1, #HERE + 1), message)
  assert.matches(pattern, message)
end

local function mmu(options)
  return function() return paging.new(options) end
end

--- A call, and a pattern of its message; without one the call must succeed.
local cases = {
  { "an access past the last address", function() paging.trace { 0, { -1, "read", 2 } } end,
    "size of access 2 must end at the last address, 2%^64 %- 1, or before, and not be 2" },
  { "the last address, and one with its upper bit set", function() paging.trace { -1, 1 << 63 } end },
  { "address 2^64", function() paging.trace { 2.0 ^ 64 } end, "address of access 1 " },
  { "address 1.5", function() paging.trace { 1, 1.5 } end, "address of access 2 .*1%.5" },
  { "address NaN", function() paging.trace { NAN } end, "address of access 1 " },
  { "address inf", function() paging.trace { { HUGE } } end, "address of access 1 " },
  { "a string", function() paging.trace { 1, 2, "3" } end, "access 3 must be" },
  { "an address that is a string", function() paging.trace { { "3" } } end, "address of access 1 " },
  { "a kind", function() paging.trace { { 1, "move" } } end, "kind of access 1 " },
  { "size 0", function() paging.trace { 1, { 1, "read", 0 } } end, "size of access 2 .*not 0" },
  { "size NaN", function() paging.trace { { 1, "read", NAN } } end, "size of access 1 " },
  { "a size past the last address", function() paging.trace { { -4096, "read", 4097 } } end,
    "size of access 1 " },
  { "a float that is an integer", function() paging.trace { 4096.0, { 4096.0, "read", 2.0 } } end },
  { "an access up to the last address", function() paging.trace { { -4096, "read", 4096 } } end },
  { "replay of 2^34 bytes", function() paging.new():replay(paging.trace { 0, { 0, "read", 1 << 34 } }) end,
    "#1 to 'replay' %(access 2 is to 16 GiB, in more than 1048576 pages of 4 KiB" },
  { "misses of 2^48 bytes", function() paging.misses(paging.trace { { 0, "read", 1 << 48 } }) end,
    "#1 to 'misses' %(access 1 is to " },
  { "optimal of 2^48 bytes", function() paging.optimal(paging.trace { { 0, "read", 1 << 48 } }) end,
    "#1 to 'optimal' %(access 1 is to " },
  { "a working set of 2^48 bytes",
    function() paging.working_set(paging.trace { { 0, "read", 1 << 48 } }, { window = 3 }) end,
    "#1 to 'working_set' %(access 1 is to " },
  { "a fault frequency of 2^48 bytes",
    function() paging.fault_frequency(paging.trace { { 0, "read", 1 << 48 } }, { interval = 3 }) end,
    "#1 to 'fault_frequency' %(access 1 is to " },
  { "2^48 bytes in large pages",
    function() paging.new { page_size = 1 << 30 }:replay(paging.trace { { 0, "read", 1 << 47 } }) end },
  { "pages of 0 bytes", function() paging.trace({ 1 }):pages(0) end, "#1 to 'pages' %(page_size" },
  { "references without a size", function() paging.trace({ 1 }):references() end,
    "#1 to 'references' %(page_size must be a power of two, not nil" },
  { "each page of NaN bytes", function() paging.trace({ 1 }):each(NAN, print) end, "#1 to 'each' %(page" },
  { "each page for nothing", function() paging.trace({ 1 }):each(1) end, "#2 to 'each' %(f must be" },
  { "frames -1", mmu { frames = -1 }, "frames" },
  { "frames NaN", mmu { frames = NAN }, "frames" },
  { "frames 1.5", mmu { frames = 1.5 }, "frames" },
  { "frames 2^62", mmu { frames = 1 << 62 } },
  { "TLB -1", mmu { tlb = -1 }, "tlb" },
  { "TLB of 2^40 entries", mmu { tlb = { entries = 1 << 40, ways = 1 } }, "tlb%.entries" },
  { "TLB NaN", mmu { tlb = NAN }, "tlb" },
  { "TLB '16'", mmu { tlb = "16" }, "tlb" },
  { "page size -4096", mmu { page_size = -4096 }, "page_size" },
  { "page size 2^62", mmu { page_size = 1 << 62 }, "address_bits" },
  { "address bits 65", mmu { address_bits = 65 }, "address_bits" },
  { "a node of 2^62 entries", mmu { address_bits = 62, page_size = 1, levels = 1 } and
    function() paging.new { address_bits = 62, page_size = 1, bits = { 62 } } end, "too large" },
  { "address bits 64", mmu { address_bits = 64 } },
  { "address bits 64 for pages of 1 byte", mmu { address_bits = 64, page_size = 1 }, "from 1 to 62, not 64" },
  { "canonical 5", mmu { canonical = 5 }, "option canonical must be true or false" },
  { "a TLB by no policy", mmu { tlb = { entries = 4, policy = "best" } },
    "tlb%.policy must be one of fifo, lru, .*, not 'best'" },
  { "a TLB with sets", mmu { tlb = { entries = 4, sets = 2 } },
    "tlb%.'sets' is unknown; there are entries, policy" },
  { "a table of no kind", mmu { table = "tree" },
    "table must be one of levels, hashed, inverted, not 'tree'" },
  { "a hashed table without buckets", mmu { table = "hashed" }, "needs a number of buckets" },
  { "an inverted table without frames", mmu { table = "inverted" }, "say how many frames there are" },
  { "an inverted table of 2^62 frames", mmu { table = "inverted", frames = 1 << 62 },
    "frames of an inverted table must be an integer from 1 to" },
  { "a hashed table with levels", mmu { table = "hashed", buckets = 4, levels = 2 }, "hashed has no levels" },
  { "levels with buckets", mmu { buckets = 4 }, "buckets are for hashed and inverted tables" },
  { "buddies that are not joined", function() paging.allocator("buddy", 4096, { coalesce = false }) end,
    "option coalesce is for first, next, best and worst fit, not for buddy" },
  { "an access time without memory's", function() paging.access_time { tlb = 20 } end,
    "option memory must be a time of 0 or more, not nil" },
  { "a time of NaN", function() paging.access_time { memory = NAN } end, "option memory" },
  { "a hit ratio of 80", function() paging.access_time { memory = 1, hit_ratio = 80 } end,
    "hit_ratio must be a number from 0 to 1, not 80" },
  { "a working set without a window", function() paging.working_set(paging.trace { 1 }, {}) end,
    "option window must be an integer of 1 or more, not nil" },
  { "a working set of a list", function() paging.working_set({ 1 }, { window = 1 }) end,
    "a trace is wanted" },
  { "a fault frequency with a window",
    function() paging.fault_frequency(paging.trace { 1 }, { window = 1 }) end,
    "option 'window' is unknown; there are interval and page_size" },
  { "entry 0", mmu { entry = 0 }, "entry" },
  { "memory of 2^49 bytes", function() paging.allocator("first", 1 << 49) end, "size" },
  { "memory NaN", function() paging.allocator("first", NAN) end, "size" },
  { "paged memory of 2^48 bytes", function() paging.allocator("paged", 1 << 48) end,
    "in more than 4194304 pages of 4096" },
  { "buddies of 2^48 bytes", function() paging.allocator("buddy", 1 << 48):alloc("a", 1 << 47) end },
  { "unit -1", function() paging.allocator("first", 4096, { unit = -1 }) end, "unit" },
  { "a request of NaN", function() paging.allocator("first", 4096):alloc("a", NAN) end, "size" },
  { "a request of 2^62", function() paging.allocator("best", 4096):alloc("a", 1 << 61) end },
  { "misses: NaN frames", function() paging.misses(paging.trace { 1 }, { frames = { NAN } }) end, "frames" },
  { "misses of 2^62", function() paging.misses(paging.trace { 1 }, { frames = { 1 << 62 } }) end },
  { "an allocation of -1", function() paging.page_sizes { -1 } end, "allocation" },
  { "an allocation of inf", function() paging.page_sizes { HUGE } end, "allocation" },
}

describe("vmem.paging", function()
  for _, case in ipairs(cases) do
    local name, call, pattern = table.unpack(case)
    it((pattern and "refuses " or "takes ") .. name, function()
      if pattern then
        refused(pattern, call)
      else
        call()
      end
    end)
  end

  it("takes a float that is an integer wherever there is an address", function()
    local one = paging.new()
    assert.equal("fault", one:read(4096.0))
    assert.equal("hit", one:write(4097.0))
    assert.equal("hit", one:access(4098.0, "write"))
    assert.equal(4096, one:translate(4096.0).address)
    assert.equal("integer", math.type(one:translate(4096.0).address))
    for _, bad in ipairs { 0.5, NAN, HUGE, -1, -1.0, "4096", {}, 1 << 48 } do
      for _, call in ipairs { "read", "write", "access", "translate" } do
        refused("address", function() one[call](one, bad) end)
      end
    end
    assert.equal(3, one:counts().accesses)
  end)

  it("has done nothing of a trace of which one access is too long", function()
    local one = paging.new()
    assert.has_error(function() one:replay(paging.trace { 0, 1, { 0, "read", 1 << 40 } }) end)
    assert.equal(0, one:counts().accesses)
  end)
end)

-- {====== Policies ======

local POLICIES <const> = { "fifo", "lru", "aging", "clock", "enhanced", "nru", "random" }
local NEEDS_FRAMES <const> = { clock = true, enhanced = true, nru = true }

--- Three pages in frames; the second one was referenced again.
local function three(name)
  local policy = replacement[name](3)
  for page = 1, 3 do policy:insert(page) end
  policy:touch(2)
  return policy
end

--- The pages in the order in which they become victims.
local function order(policy)
  local pages = {}
  for page in function() return policy:victim() end do
    pages[#pages + 1] = math.type(page) == "integer" and page or "no integer"
    policy:remove(page)
  end
  return table.concat(pages, " ")
end

local no_integers = {
  nan = NAN, inf = HUGE, ["-inf"] = -HUGE, ["1.5"] = 1.5, ["2^63"] = 2.0 ^ 63, ["'1'"] = "1",
  table = {}, ["true"] = true, ["function"] = print,
}

describe("vmem.replacement", function()
  for _, name in ipairs(POLICIES) do
    it("makes no " .. name .. " for frames that cannot be", function()
      for _, frames in pairs(no_integers) do
        refused("bad argument #1 to '" .. name .. "' %(frames must be an integer of 1 or more", function()
          replacement[name](frames)
        end)
      end
      for _, frames in ipairs { 0, -1, math.mininteger, { bits = 8 } } do
        refused("'" .. name .. "' %(frames must", function() replacement[name](frames) end)
      end
      assert.truthy(replacement[name](3.0))
      if not NEEDS_FRAMES[name] then assert.truthy(replacement[name]()) end
    end)

    it(name .. " refuses what is no page, and goes on as before", function()
      local policy, expected = three(name), order(three(name))
      for _, page in pairs(no_integers) do
        refused("'insert' %(page must be an integer, not ", function() policy:insert(page) end)
        for _, method in ipairs { "touch", "remove" } do
          refused("'" .. method .. "' %(page .* is in no frame", function() policy[method](policy, page) end)
        end
      end
      for _, method in ipairs { "insert", "touch", "remove" } do
        refused("'" .. method .. "' %(page ", function() policy[method](policy) end)
      end
      for _, page in ipairs { 0, -1, 4, math.maxinteger, math.mininteger } do
        refused("'touch' %(page .* is in no frame", function() policy:touch(page) end)
        refused("'remove' %(page .* is in no frame", function() policy:remove(page) end)
      end
      refused("'insert' %(page 3 is in a frame already", function() policy:insert(3) end)
      refused("'insert' %(page 3.0 is in a frame already", function() policy:insert(3.0) end)
      assert.equal(expected, order(policy))
    end)

    it(name .. " asks nobody but a function who stays, and goes on as before", function()
      local policy, expected = three(name), order(three(name))
      for _, stays in ipairs { false, true, 1, NAN, "x", {} } do
        refused("bad argument #1 to 'victim' %(function expected, got", function() policy:victim(stays) end)
      end
      assert.is_nil(policy:victim(setmetatable({}, { __call = function() return true end })))
      assert.has_error(function() policy:victim(function() error "an error" end) end)
      assert.equal(expected, order(policy))
    end)

    it(name .. " is called with a colon", function()
      local policy = three(name)
      for _, method in ipairs { "insert", "remove", "victim" } do
        for _, self in ipairs { 1, "x", {}, three(name == "fifo" and "lru" or "fifo"), false } do
          refused("calling '" .. method .. "' on bad self %(vmem.replacement." .. name .. " expected, got ",
            function() policy[method](self, 1) end)
        end
      end
    end)

    it(name .. " takes every integer for a page, and gives it back as one", function()
      local policy = replacement[name](4)
      for _, page in ipairs { 1.0, -1, math.mininteger, math.maxinteger } do policy:insert(page) end
      policy:touch(1.0)
      policy:touch(-1.0)
      for _ = 1, 4 do
        local page = policy:victim()
        assert.equal("integer", math.type(page))
        policy:remove(page)
      end
      assert.is_nil(policy:victim())
    end)
  end

  it("finds a victim among few pages at once, however many frames there are", function()
    local policy = replacement.clock(1 << 62)
    assert.is_true(helpers.steps(function()
      assert.is_nil(policy:victim())
      for page = 1, 3 do policy:insert(page) end
      assert.is_nil(policy:victim(function() return true end))
      assert.equal("1 2 3", order(policy))
    end) < 100)
  end)

  it("makes no policy with options that cannot be", function()
    local function made(name, options) return function() replacement[name](3, options) end end
    for _, name in ipairs { "clock", "second_chance", "enhanced" } do
      refused("#2 to '" .. name .. "' %(option at_load must be 'referenced' or 'clear', not 'set'",
        made(name, { at_load = "set" }))
      refused("#1 to '" .. name .. "' %(frames must be", function() replacement[name]() end)
    end
    refused("#2 to 'nru' %(option tick must be an integer of 1 or more, not 0", made("nru", { tick = 0 }))
    refused("#2 to 'random' %(option seed must be an integer, not 'x'", made("random", { seed = "x" }))
    for _, name in ipairs { "nru", "enhanced" } do
      local policy = replacement[name](3)
      refused("'clean' %(page 7 is in no frame", function() policy:clean(7) end)
    end
  end)

  it("makes no aging with options that cannot be", function()
    local function made(options) return function() replacement.aging(3, options) end end
    for _, wrong in pairs(no_integers) do
      for _, option in ipairs { "bits", "tick" } do
        refused("bad argument #2 to 'aging' %(option " .. option .. " must be an integer",
          made { [option] = wrong })
      end
      if type(wrong) ~= "table" then refused("#2 to 'aging' %(options must be a table", made(wrong)) end
    end
    for _, bits in ipairs { 0, -1, 63, 1 << 62 } do refused("option bits must", made { bits = bits }) end
    for _, tick in ipairs { 0, -1 } do refused("option tick must", made { tick = tick }) end
    refused("option 'ticks' is unknown; there are bits and tick", made { ticks = 1 })
    made { bits = 62, tick = math.maxinteger }()
    made { bits = 1.0 }()
  end)
end)

-- ====== }

-- {====== Pictures ======

local COUNT <const> = { 0, -1, 1.5, NAN, HUGE, -HUGE, "16", {}, true }
local WORD <const> = { 1, 0, "yes", "", {}, NAN }

--- Wrong values of each option, and the message for them.
local wrong = {
  width = { "an integer from 1 to 10000", 1 << 40, math.maxinteger, table.unpack(COUNT) },
  cells = { "an integer of 1 or more", table.unpack(COUNT) },
  entries = { "an integer of 1 or more", table.unpack(COUNT) },
  colour = { "true or false", table.unpack(WORD) },
  ascii = { "true or false", table.unpack(WORD) },
  all = { "true or false", table.unpack(WORD) },
  scheme = { "light or dark", "lihgt", "Dark", "", 1, true, {} },
}

local function replayed()
  return paging.new():replay(paging.trace { 0x5000, 0x1000, 0x3000 })
end

--- Pictures: how to make one, and whether the system may refuse.
local drawn = {
  ["an address space"] = { function() return layout.of() end, helpers.areas_it },
  ["a region's map"] = { function(kit) return kit.region:map() end },
  ["a page table"] = { function(kit) return pagetable.of(kit.region) end },
  ["a made up page table"] = { function() return pagetable.simulated(12) end },
  ["an MMU's figure"] = { function() return replayed():figure() end },
  ["a translation"] = { function() return replayed():translate(0x5678) end },
  ["memory"] = { function() return paging.allocator("first", 4096) end },
  ["memories"] = { function()
    return paging.compare({ { "a", 4096 }, { "d", 8192 } }, { "first", "paged" }, 16384)
  end },
  ["curves"] = { function() return paging.misses(paging.trace { 0, 4096, 0 }) end },
  ["costs of pages"] = { function() return paging.page_sizes { 5000 } end },
}

--- Functions that take a picture's options along: the argument's place, its name, and a call.
local makers = {
  { 1, "map", function(options, kit) return kit.region:map(options) end },
  { 2, "of", function(options, kit) return map.of(kit.region, options) end },
  { 2, "of", function(options, kit) return pagetable.of(kit.region, options) end },
  { 2, "simulated", function(options) return pagetable.simulated(12, options) end },
  { 5, "made", function(options) return pagetable.made("x", 4096, { 3 }, { [3] = 1 }, options) end },
  { 1, "figure", function(options, kit) return kit.mmu:figure(options) end },
}

--- Calls draw(options) with all that it should refuse.
local function check_options(position, name, draw)
  local start = ("bad argument #%d to '%s' %%(option"):format(position, name)
  for _, options in ipairs { 7, NAN, "x", true, false, print } do
    refused(start .. "s must be a table, not ", function() draw(options) end)
  end
  for option, values in pairs(wrong) do
    for i = 2, #values do
      refused(("%s %s must be %s"):format(start, option, values[1]),
        function() draw { [option] = values[i] } end)
    end
  end
  for _, unknown in ipairs { "widht", "color", "Width", 1, true, 1.5 } do
    refused(start .. ".* is unknown; there are all, ascii, cells, colour, entries, scheme and width",
      function() draw { [unknown] = true } end)
  end
end

describe("a picture's options", function()
  helpers.no_regions_left()
  local kit

  before_each(function()
    kit = { region = vmem.allocate(3 * vmem.page_size), mmu = replayed() }
  end)

  after_each(function() kit.region:release() end)

  for name, case in pairs(drawn) do
    (case[2] or it)("of " .. name .. " are taken, or refused and named", function()
      local what = case[1](kit)
      for _, method in ipairs { "text", "svg" } do
        local function draw(options) return what[method](what, options) end
        local good = {
          width = 60, colour = false, ascii = true, all = true, scheme = "dark", cells = 16, entries = 4,
        }
        local before = draw(good)
        check_options(1, method, draw)
        assert.equal(before, draw(good))
        draw { width = 10000, cells = math.maxinteger, entries = math.maxinteger, colour = false }
        draw { width = 60.0 }
        draw {}
      end
    end)
  end

  for i, maker in ipairs(makers) do
    it(("are looked at by '%s' (%d), which takes them along"):format(maker[2], i), function()
      local position, name, make = table.unpack(maker)
      check_options(position, name, function(options) return make(options, kit) end)
      local options = { width = 70, ascii = true, colour = false, cells = math.maxinteger, entries = 1 << 62 }
      local what = make(options, kit)
      local text = tostring(what)
      assert.is_nil(text:find "[\x80-\xff]")
      options.ascii, options.width = 5, "x" -- it has its own
      assert.equal(text, tostring(what))
    end)
  end

  it("may come from another table", function()
    local options = setmetatable({}, { __index = { ascii = true, width = 60, colour = false } })
    assert.is_nil(pagetable.simulated(3):text(options):find "[\x80-\xff]")
  end)

  helpers.unix_it("are not taken from COLUMNS where that is no width", function()
    local script = "io.write(require('vmem.pagetable').simulated(3):text { ascii = true, colour = false })"
    local expected = helpers.run_script(script, "unset COLUMNS;")
    for _, columns in ipairs { "0", "-5", "10001", "99999999999", "1e300", "0x1p70", "nan", "x", "80.5" } do
      assert.equal(expected, (helpers.run_script(script, ("export COLUMNS=%s;"):format(columns))), columns)
    end
  end)
end)

describe("a page table that is made up", function()
  it("has as many pages as there can be", function()
    for _, pages in pairs { 0, -1, 1.5, NAN, HUGE, "8", {}, true, (1 << 60) + 1, math.maxinteger } do
      refused("bad argument #1 to 'simulated' %(pages must be an integer",
        function() pagetable.simulated(pages) end)
    end
    refused("pages must be an integer", function() pagetable.simulated() end)
    assert.equal((1 << 48) - 16, pagetable.simulated(1 << 48).left)
  end)

  it("is as told, or refused", function()
    local count, title, size = "must be an integer of 0 or more, not ", "x", 4096
    local bad = {
      { "#1 to 'made' %(title must be a string", nil, size, {}, {} },
      { "#2 to 'made' %(page_size must be an integer", title, 0, {}, {} },
      { "#2 to 'made' %(page_size must be an integer", title, NAN, {}, {} },
      { "#3 to 'made' %(a list of pages is wanted, not nil", title, size, nil, {} },
      { "#4 to 'made' %(a table of frames is wanted, not 5", title, size, {}, 5 },
      { "#3 to 'made' %(page number 1 " .. count .. "%-1", title, size, { -1 }, { 1 } },
      { "#3 to 'made' %(page number 2 " .. count .. "'a'", title, size, { 1, "a" }, { 1 } },
      { "#3 to 'made' %(the pages must ascend, and 1 comes after 2", title, size, { 2, 1 }, { 1, 1 } },
      { "#4 to 'made' %(the frame of page 2 " .. count .. "nil", title, size, { 2 }, {} },
      { "#4 to 'made' %(the frame of page 2 " .. count .. "0.5", title, size, { 2 }, { [2] = 0.5 } },
    }
    for _, case in ipairs(bad) do
      refused(case[1], function() pagetable.made(table.unpack(case, 2, 5)) end)
    end
    assert.equal(0, #pagetable.made("x", 1, {}, {}).entries)
  end)

  it("is drawn as text where that has a size, and as an SVG", function()
    local many = pagetable.simulated(1001, { entries = 1001 })
    refused("1001 entries are too many for a picture as text, which takes 1000", function() many:text() end)
    refused("1001 entries are too many", function() tostring(many) end)
    assert.equal(1001, #many.entries)
    assert.matches("^<svg", many:svg())
  end)
end)

-- ====== }
