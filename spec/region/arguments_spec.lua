local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local SIZE = 4 * P

-- {====== Bad values ======

local function no_number() end

local TYPES = { "1", "", true, {}, no_number, io.stdout }
local FRACTIONS = { 0.5, 1e300, 0 / 0, math.huge, -math.huge, 2.0 ^ 63 }
local NEGATIVE = { -1, -4096, math.mininteger }

local function all(...)
  local values = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #values + 1, values) end
  return values
end

local NO_COUNT = all(TYPES, FRACTIONS, NEGATIVE)
local NO_OFFSET = all(NO_COUNT, { SIZE + 1, SIZE * 2, math.maxinteger })
local NO_SIZE = NO_OFFSET
local NO_RANGE = all(NO_SIZE, { 0 }) -- for verbs that change pages
local NO_STRING = { 1, 1.5, true, {}, no_number, io.stdout }
local NO_PROTECTION = all(NO_STRING, {
  "", "R", "w", "wx", "read", "rw ", "rw+", "+guard", "none+guard", "guard", "rw+guard+guard", "xr",
})
local NO_TYPE = all(NO_STRING, { "", "u128", "U8", "int", "u8 " })
local NO_FUNCTION = { 1, "print", true, {}, io.stdout }
local NO_TABLE = { 1, "rw", true, no_number, io.stdout }
local NO_FILE = { 1, "name", true, {}, no_number }
local NO_REGION = { 1, "region", true, {}, no_number, io.stdout }

-- ====== }

--- Tables in which the option has one of these values.
local function with(name, values)
  local tables = {}
  for i, value in ipairs(values) do tables[i] = { [name] = value } end
  return tables
end

-- Method, good arguments, and for one argument: its place, its name in the message, bad values. NIL stands
-- for nil.
local NIL = {}
local METHODS = {
  { "commit", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_RANGE },
    { 3, "protection", NO_PROTECTION } },
  { "decommit", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_RANGE } },
  { "protect", { 0, P, "rw" }, { 1, "offset", all(NO_OFFSET, { NIL }) },
    { 2, "size", all(NO_RANGE, { NIL }) },
    { 3, "protection", all(NO_PROTECTION, { NIL }) } },
  { "lock", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_RANGE } },
  { "unlock", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_RANGE } },
  { "prefetch", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_RANGE } },
  { "discard", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_RANGE } },
  { "locked", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_COUNT } },
  { "resident", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_SIZE } },
  { "is_committed", { 0, P }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_SIZE } },
  { "query", { 0 }, { 1, "offset", all(NO_OFFSET, { SIZE }) } },
  { "pointer", { 0 }, { 1, "offset", NO_OFFSET } },
  { "on_fault", { no_number }, { 1, "handler", NO_FUNCTION } },
  { "read", { 0, 1 }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_SIZE } },
  { "write", { 0, "" }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "bytes", all(NO_STRING, { NIL }) } },
  { "cstring", { 0, 1 }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "limit", NO_COUNT } },
  { "fill", { 0, 1, 1 }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "size", all(NO_SIZE, { NIL }) },
    { 3, "byte", all(NO_COUNT, { 256, -1, NIL }) } },
  { "copy", { 0, 0, 1 }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "source offset", NO_OFFSET },
    { 3, "size", all(NO_SIZE, { NIL }) }, { 4, "vmem.region expected", NO_REGION } },
  { "compare", { 0, 0, 1 }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "source offset", NO_OFFSET },
    { 3, "size", all(NO_SIZE, { NIL }) }, { 4, "vmem.region expected", NO_REGION } },
  { "find", { "x", 0, 1 }, { 1, "needle", all(NO_STRING, { NIL }) }, { 2, "offset", NO_OFFSET },
    { 3, "size", NO_SIZE } },
  { "nonzero", { 0, 1 }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_SIZE } },
  { "dump", { 0, 1 }, { 1, "offset", NO_OFFSET }, { 2, "size", NO_SIZE } },
  { "pack", { 0, "" }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "format", all(NO_STRING, { NIL }) } },
  { "unpack", { 0, "" }, { 1, "offset", all(NO_OFFSET, { NIL }) }, { 2, "format", all(NO_STRING, { NIL }) } },
  { "load", { io.stdin, 0, 0 }, { 1, "file", all(NO_FILE, { NIL }) }, { 2, "offset", NO_OFFSET },
    { 3, "size", NO_SIZE } },
  { "save", { io.stdout, 0, 0 }, { 1, "file", all(NO_FILE, { NIL }) }, { 2, "offset", NO_OFFSET },
    { 3, "size", NO_SIZE } },
  { "view", { "u8", 0, 1, 1, {} }, { 1, "type", all(NO_TYPE, { NIL }) }, { 2, "offset", NO_OFFSET },
    { 3, "count", NO_SIZE }, { 4, "stride", all(NO_COUNT, { 0, 1 << 32 }) },
    { 5, "option", all(NO_TABLE, { { form = 0 }, { [1] = 0 }, { ["from\0"] = 0 }, { stride = 2 } }) },
    { 5, "option from", with("from", all(NO_COUNT, { 1 << 32 })) } },
  { "view", { "u8", 0, 1, nil, {} }, { 5, "option stride", with("stride", all(NO_COUNT, { 0 })) },
    { 5, "stride is 4294967296", { { stride = 1 << 32 } } } },
}

local FUNCTIONS = {
  { "reserve", { P, {} }, { 1, "size", all(NO_COUNT, { 0, NIL }) }, { 2, "options", NO_TABLE } },
  { "allocate", { P, {} }, { 1, "size", all(NO_COUNT, { 0, NIL }) }, { 2, "options", NO_TABLE } },
  { "query", { 0 }, { 1, "address", all(NO_COUNT, { NIL }) } },
  { "at", { 0 }, { 1, "address", all(NO_COUNT, { NIL }) } },
  { "areas", { 1 }, { 1, "pid", all(NO_COUNT, { 0, 1 << 40 }) } },
  { "read", { 0, 0 }, { 1, "address", all(NO_COUNT, { NIL }) }, { 2, "size", all(NO_COUNT, { NIL }) } },
  { "write", { 0, "" }, { 1, "address", all(NO_COUNT, { NIL }) }, { 2, "bytes", all(NO_STRING, { NIL }) } },
  { "peek", { 0, 0 }, { 1, "address", all(NO_COUNT, { NIL }) }, { 2, "size", all(NO_COUNT, { NIL }) } },
  { "on_fault", { no_number }, { 1, "handler", NO_FUNCTION } },
}

local PAGES = {
  { "commit", {}, { 1, "protection", NO_PROTECTION } },
  { "protect", { "rw" }, { 1, "protection", all(NO_PROTECTION, { NIL }) } },
  { "write", { "" }, { 1, "bytes", all(NO_STRING, { NIL, ("x"):rep(P + 1) }) } },
}

local NO_INDEX = all(TYPES, FRACTIONS)
local VIEWS = {
  { "get", { 1 }, { 1, "index", all(NO_INDEX, { NIL }) }, { 2, "last index", NO_INDEX } },
  { "set", { 1, 1 }, { 1, "index", all(NO_INDEX, { NIL, 0, -1, P + 1, math.maxinteger, math.mininteger }) },
    { 2, "value", all(TYPES, FRACTIONS, NEGATIVE, { 256 }) } },
  { "fill", { 1 }, { 1, "value", all(TYPES, FRACTIONS, NEGATIVE, { 256, NIL }) } },
  { "copy", {}, { 1, "vmem.view expected", all(NO_REGION, { NIL }) } },
  { "slice", { 1, 2 }, { 1, "index", all(NO_INDEX, { NIL }) }, { 2, "last index", NO_INDEX },
    { 1, "elements", { 0, -1, 4, P + 2, math.maxinteger, math.mininteger } },
    { 2, "elements", { -1, P + 1, math.maxinteger, math.mininteger } } },
  { "sum", {} },
  { "minmax", {} },
}

-- Of a view of u32.
local NO_PLACE = all(NO_INDEX, { NIL, 0, -1, P + 1 })
local NO_U32 = all(TYPES, FRACTIONS, NEGATIVE, { NIL, 1 << 32 })
local ATOMICS = {
  { "add", { 1, 1 }, { 1, "index", NO_PLACE }, { 2, "n ", all(TYPES, FRACTIONS, { NIL, 1 << 32 }) } },
  { "exchange", { 1, 1 }, { 1, "index", NO_PLACE }, { 2, "value", NO_U32 } },
  { "compare_exchange", { 1, 1, 1 }, { 1, "index", NO_PLACE }, { 2, "value", NO_U32 },
    { 3, "value", NO_U32 } },
  { "wait", { 1, 1, 0 }, { 1, "index", NO_PLACE }, { 2, "value", NO_U32 },
    { 3, "seconds", all(TYPES, { 0 / 0 }) } },
  { "wake", { 1, 1 }, { 1, "index", NO_PLACE }, { 2, "n ", all(TYPES, FRACTIONS, NEGATIVE) } },
}

--- The good arguments, with one of them replaced by a bad one.
local function spoil(good, place, bad)
  local arguments = table.move(good, 1, math.max(#good, place), 1, {})
  if bad == NIL then bad = nil end
  arguments[place] = bad
  return table.unpack(arguments, 1, math.max(#good, place))
end

describe("bad arguments:", function()
  helpers.no_regions_left()
  local region, before

  --- All that can be seen of the region, and of the module's handler.
  local function picture()
    local last = 3 * P
    return {
      region.size, region.committed, helpers.runs(region), vmem.on_fault(nil), region:on_fault(nil),
      contents = region:read(0, 2 * P) .. region:read(last),
    }
  end

  before_each(function()
    region = vmem.allocate(SIZE)
    for i = 1, SIZE - 1, 7 do region:fill(i, 1, i % 256) end
    region:protect(0, P, "r")
    region:decommit(2 * P, P)
    before = picture()
  end)

  after_each(function()
    local after = picture()
    region:release()
    assert.is_true(before.contents == after.contents, "the contents have changed")
    before.contents, after.contents = nil, nil
    assert.same(before, after)
  end)

  local function refuse(prefix, list, object)
    for _, case in ipairs(list) do
      local method, good = case[1], case[2]
      for i = 3, #case do
        local place, name, values = table.unpack(case[i])
        it(prefix .. method .. " names its argument " .. name, function()
          local on = object()
          for _, bad in ipairs(values) do
            if on == vmem then
              helpers.raises(name, vmem[method], spoil(good, place, bad))
            else
              helpers.raises(name, on[method], on, spoil(good, place, bad))
            end
          end
        end)
      end
    end
  end

  refuse("region:", METHODS, function() return region end)
  refuse("vmem.", FUNCTIONS, function() return vmem end)
  refuse("page:", PAGES, function() return region[2] end)
  refuse("view:", VIEWS, function() return region:view("u8", 0, P) end)
  refuse("view:", ATOMICS, function() return region:view("u32", 0, P // 4) end)

  it("methods name the object that they want, with a dot for the colon too", function()
    local view, fault = region:view("u8"), helpers.fault(region.read, region, 2 * P)
    local objects = { ["vmem.region"] = region, ["vmem.page"] = region[1], ["vmem.view"] = view }
    local methods = { ["vmem.region"] = METHODS, ["vmem.page"] = PAGES, ["vmem.view"] = all(VIEWS, ATOMICS) }
    for class, list in pairs(methods) do
      for _, case in ipairs(list) do
        local method, good = objects[class][case[1]], case[2]
        for _, wrong in ipairs { 1, "region", {}, io.stdout, fault, region, region[1], view } do
          if wrong ~= objects[class] then
            helpers.raises(class .. " expected", method, wrong, table.unpack(good))
          end
        end
        helpers.raises(class .. " expected", method, table.unpack(good))
      end
    end
  end)

  it("a zero byte is a part of a word like others, and makes it unknown", function()
    helpers.raises("protection", region.commit, region, 0, P, "r\0")
    helpers.raises("protection", region.protect, region, 0, P, "r\0")
    helpers.raises("protection", vmem.reserve, P, { protection = "rw\0" })
    helpers.raises("is unknown", vmem.reserve, P, { ["name\0"] = "x" })
    helpers.raises("type", region.view, region, "u8\0")
  end)

  local options = {
    { "option 'adress' is unknown; there are address, alignment, around, conceal", { adress = 1 << 30 } },
    { "option names are strings, not number", { "rw" } },
    { "option names are strings, not boolean", { [true] = 1 } },
    { "option address must be an integer", { address = "65536" } },
    { "option address must be an integer", { address = 65536.5 } },
    { "option address must be an integer", { address = -65536 } },
    { "option alignment must be a power of two, not 0", { alignment = 0 } },
    { "option alignment must be a power of two, not 3", { alignment = 3 } },
    { "option alignment must be a power of two, not 2.0", { alignment = "2.0" } },
    { "option alignment must be a power of two, not ", { alignment = math.mininteger } },
    { "option lowest must be an integer of 0 or more, not -1", { lowest = -1 } },
    { "option lowest must be an integer of 0 or more, not true", { lowest = true } },
    { "option highest must be an integer of 1 or more, not 0", { highest = 0 } },
    { "option highest must be an integer of 1 or more, not 1.5", { highest = 1.5 } },
    { "option lowest is 0x20000, above highest, which is 0x1ffff", { lowest = 0x20000, highest = 0x1ffff } },
    { "option address says where the region begins; alignment,", { address = 1 << 30, alignment = 1 } },
    { "option address says where the region begins; alignment,", { address = 1 << 30, lowest = 1 } },
    { "option address says where the region begins; alignment,", { address = 1 << 30, highest = 1 << 40 } },
    { "option top_down must be true or false", { top_down = 1 } },
    { "option sparse must be true or false", { sparse = "yes" } },
    { "option conceal must be true or false", { conceal = "yes" } },
    { "option lazy must be true or false", { lazy = 1 } },
    { "option touch must be \"commit\", not fault", { touch = "fault" } },
    { "option around must be a number of pages, 1 or more, not 0", { touch = "commit", around = 0 } },
    { "option around says how many pages a touch commits", { around = 16 } },
    { "option wipe must be true or false", { wipe = 1 } },
    { "option protection", { protection = "w" } },
    { "option protection", { protection = 7 } },
    { "option name must be a string", { name = 5 } },
    { "option name must be a string without zero bytes", { name = "a\0b" } },
  }
  for _, case in ipairs(options) do
    it(("options are all looked at: %q"):format(case[1]), function()
      helpers.raises(case[1], vmem.reserve, P, case[2])
      helpers.raises(case[1], vmem.allocate, P, case[2])
    end)
  end

  local texts = {
    { "offset must be an integer, not string", "read", "0" },
    { "offset must be an integer, not 0.5", "read", 0.5 },
    { "offset must not be negative, it is -1", "read", -1 },
    { "offset must be an integer, not no value", "write" },
    { "size must be at least 1", "commit", 0, 0 },
    { ("offset %d is outside the region, which has %d bytes"):format(SIZE, SIZE), "commit", SIZE },
    { ("size %d runs past the region's end: %d bytes are left"):format(SIZE, SIZE - 1), "read", 1, SIZE },
    { "2 bytes run past the region's end: 1 are left", "write", SIZE - 1, "xx" },
    { "byte is 256, but must be at most 255", "fill", 0, 1, 256 },
    { "protection \"wx\" is unknown: say none, r, rw, x, rx or rwx; +guard may follow all but none",
      "protect", 0, 1, "wx" },
    { "protection must be a string such as \"rw\", not number", "commit", 0, 1, 7 },
  }
  for _, case in ipairs(texts) do
    it(("a message says %q"):format(case[1]), function()
      helpers.raises(case[1], region[case[2]], region, table.unpack(case, 3))
    end)
  end
end)

-- {====== Where ======

describe("an error that one of vmem's own files has met", function()
  local arena = require "vmem.arena"
  local layout = require "vmem.layout"
  local map = require "vmem.map"
  local pager = require "vmem.pager"
  local sparse = require "vmem.sparse"
  local stack = require "vmem.stack"

  --- An object whose region was released.
  local function without_region(object)
    object.region:release()
    return object
  end

  local store = { load = function() end, save = function() return true end }

  local cases = {
    { "vmem.map", "region is released", function()
      local region = vmem.reserve(P)
      region:release()
      return map.of, region
    end },
    { "vmem.sparse", "region is released", function()
      local cells = without_region(sparse.new("i4", 10))
      return cells.set, cells, 1, 7
    end },
    { "vmem.stack", "region is released", function()
      local object = without_region(stack.new(P))
      return object.push, object, "i4", 7
    end },
    { "vmem.arena", "region is released", function()
      local object = without_region(arena.new(P))
      return object.alloc, object, 8
    end },
    { "vmem.layout", "bad argument #1 to 'of' (pid must be an integer from 1 to 2147483647", function()
      return layout.of, "x"
    end },
    { "vmem.layout", "bad argument #2 to 'of' (option pss must be true or false", function()
      return layout.of, nil, { pss = 1 }
    end },
    { "vmem.pager", "bad argument #2 to 'set' (value 300 does not fit u8)", function()
      local array = assert(pager.new { store = store, type = "u8", count = 10, frames = 1 })
      finally(function() array:close() end)
      return array.set, array, 1, 300
    end },
  }
  for _, case in ipairs(cases) do
    it(("names the line of the script that has called %s"):format(case[1]), function()
      local fn, self, a, b = case[3]()
      local line = debug.getinfo(1, "l").currentline + 1
      local function call() fn(self, a, b) end
      helpers.raises(("arguments_spec.lua:%d: %s"):format(line, case[2]), call)
    end)
  end

  it("has none where C has called", function()
    local region = vmem.reserve(P)
    region:release()
    local _, message = pcall(region.commit, region)
    assert.equal("region is released", message)
  end)
end)

-- ====== }
