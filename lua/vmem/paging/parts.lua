--- Checks the options of paging.new, and makes the parts of a simulated MMU from them.

local checks = require "vmem.internal.checks"
local contract = require "vmem.replacement.contract"
local frames = require "vmem.paging.frames"
local hashed = require "vmem.paging.hashed"
local page_table = require "vmem.paging.page_table"
local tlb = require "vmem.paging.tlb"

---@class vmem.paging.options
---@field page_size? integer a power of two. Default: 4096
---@field address_bits? integer of a virtual address. Default: 48
---@field levels? integer of the page table. Default: as many as it takes when a node fills a page
---@field bits? integer[] the same in detail: bits of an address for each level
---@field table? "levels"|"hashed"|"inverted" kind of page table. Default: "levels"
---@field buckets? integer of a hashed table; of an inverted one, which is searched entry by entry without
---@field entry? integer bytes of an entry of the table. Default: 8, without levels 16
---@field frames? integer of physical memory. Default: as many as it takes
---@field policy? vmem.paging.policy who goes when there is none left. Default: "clock"
---@field tlb? integer | vmem.paging.tlb.options 0: none. Default: 16, any page in any entry
---@field canonical? boolean the bits above those used must be as the highest of these. Default: false

---@class vmem.paging.tlb.options
---@field entries integer
---@field ways? integer entries of a set. Default: all of them
---@field policy? vmem.replacement.name which entry of a set goes. Default: "lru"

local known = {}
for _, name in ipairs { "address_bits", "bits", "entry", "levels", "page_size", "policy", "table", "tlb" } do
  known[name] = checks.anything
end
known.buckets = checks.optional(checks.count(1, 1 << 40))
known.frames, known.canonical = checks.optional(checks.count(1)), checks.boolean

local function check_tlb(option)
  if option == nil then option = 16 end
  if type(option) == "number" then option = { entries = option } end
  checks.that(type(option) == "table", 1, "new",
    "tlb must be a number of entries, or { entries = …, ways = …, policy = … }")
  local entries = checks.integer(1, "new", "tlb.entries", option.entries, 0, 1 << 20)
  local ways = checks.integer(1, "new", "tlb.ways", option.ways or math.max(entries, 1), 1)
  checks.that(entries % ways == 0, 1, "new", "%d entries of the TLB cannot be in sets of %d", entries, ways)
  local policy = checks.word(1, "new", "tlb.policy", option.policy or "lru", contract.names)
  for key in pairs(option) do
    checks.that(key == "entries" or key == "ways" or key == "policy", 1, "new",
      "tlb.%s is unknown; there are entries, policy and ways", checks.shown(key))
  end
  return tlb.new(entries, ways, policy)
end

--- Bits of an address for each level.
local function check_bits(options, width, page_size, entry)
  if options.bits then
    local sum = 0
    local all = checks.list(1, "new", "bits", options.bits, function(bits)
      sum = sum + checks.integer(1, "new", "bits of a level", bits, 1, 62)
      return math.tointeger(bits)
    end)
    checks.that(sum == width, 1, "new", "bits of all levels must be %d together, not %d", width, sum)
    return all
  end
  local levels = options.levels and checks.integer(1, "new", "levels", options.levels, 1, width)
  return page_table.split(width, levels, page_size, entry)
end

--- The page table, and bits for each of its levels.
local function new_table(options, width, page_size, memory)
  local kind = checks.word(1, "new", "table", options.table or "levels", { "levels", "hashed", "inverted" })
  local entry = checks.integer(1, "new", "entry", options.entry or kind == "levels" and 8 or 16, 1, 4096)
  if kind == "levels" then
    checks.that(not options.buckets, 1, "new", "buckets are for hashed and inverted tables: see option table")
    local bits = check_bits(options, width, page_size, entry)
    for _, width_of in ipairs(bits) do
      checks.that(width_of <= 48, 1, "new", "a node of 2^%d entries is too large: at most 2^48", width_of)
    end
    return page_table.new(bits, entry), bits, kind
  end
  checks.that(not (options.levels or options.bits), 1, "new", "a table that is %s has no levels", kind)
  checks.that(kind ~= "hashed" or options.buckets, 1, "new", "a hashed table needs a number of buckets")
  checks.that(kind ~= "inverted" or options.frames, 1, "new",
    "an inverted table has an entry for each frame: say how many frames there are")
  local inverted = kind == "inverted"
    and checks.integer(1, "new", "frames of an inverted table", options.frames, 1, 1 << 40) or nil
  return hashed.new(entry, options.buckets, inverted, memory.frame_of), {}, kind
end

local function check_policy(policy)
  policy = frames.check_policy(1, "new", "policy", policy or "clock", contract.names)
  return policy, type(policy) == "function" and "a policy of its own" or policy
end

--- The fields of an MMU that the options decide.
---@param options? vmem.paging.options
---@return table
return function(options)
  options = checks.options(1, "new", options, known)
  local page_size, shift = checks.power_of_two(1, "new", "page_size", options.page_size or 4096)
  local width = checks.integer(1, "new", "address_bits", options.address_bits or 48, shift + 1,
    math.min(64, shift + 62)) -- page numbers are not negative
  local policy, name = check_policy(options.policy)
  local memory = frames.new(options.frames, policy)
  local tree, bits, kind = new_table(options, width - shift, page_size, memory)
  return {
    page_size = page_size, address_bits = width, shift = shift, canonical = options.canonical or false,
    kind = kind, levels = #bits, bits = bits, buckets = options.buckets, tree = tree,
    frames = options.frames, policy = name, memory = memory, may_repeat = type(policy) == "string",
    tlb = check_tlb(options.tlb),
  }
end
