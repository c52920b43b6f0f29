--- vmem.sparse: storing and reading records, against a Lua table that holds the same ones; and a terabyte of
--- it, against plain C that touches the same pages of one writable mapping.

local baseline = require "baseline"
local measure = require "bench.measure"
local offsets = require "bench.offsets"
local ours = require "bench.ours"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local page = vmem.page_size

local TIMES, SOME = 200000, 1024
local FAR = 20000 -- records far apart: plain mappings would do for 30,000
local TiB = 1 << 40

local function reading(records)
  local start, x = baseline.now(), nil
  for i = 1, TIMES do x = records[(i & SOME - 1) + 1] end
  return measure.each(start, TIMES), nil, x
end

local function writing(records, value)
  local start = baseline.now()
  for i = 1, TIMES do records[(i & SOME - 1) + 1] = value end
  return measure.each(start, TIMES)
end

--- Rows for records of this type; all records exist.
local function access(name, type, value)
  local cells, list = assert(sparse.new(type, SOME)), {}
  for i = 1, SOME do cells[i], list[i] = value, value end
  return {
    name = ("x = cells[i], %s, against a Lua table"):format(name),
    vmem = function() return reading(cells) end,
    c = function() return reading(list) end,
  }, {
    name = ("cells[i] = x, %s, against a Lua table"):format(name),
    vmem = function() return writing(cells, value) end,
    c = function() return writing(list, value) end,
  }
end

local read_number, write_number = access("f64", "f64", 1.5)
local read_string, write_string = access("a word in 4091 bytes", 4091, "hello")

local nothing = assert(sparse.new("f64", SOME))

--- Rows for numbers, beside a view of them.
local numbers = assert(sparse.new("f64", SOME))
local view = assert(vmem.allocate(SOME * 8)):view "f64"
for i = 1, SOME do numbers[i] = 1.5 end

local read_cell = {
  name = "x = cells[i], f64, against v[i]", target = 1.6, rounds = 25,
  vmem = function() return reading(numbers) end,
  c = function() return reading(view) end,
}
local write_cell = {
  name = "cells[i] = x, f64, against v[i] = x", target = 1.6, rounds = 25,
  vmem = function() return writing(numbers, 1.5) end,
  c = function() return writing(view, 1.5) end,
}

-- {====== Far apart ======

local places, far = {}, {} -- indices of f64 records, and offsets
math.randomseed(24)
for i = 1, FAR do
  places[i] = math.random(TiB // 8)
  far[i] = (places[i] - 1) * 8
end

local function store(records)
  local start = baseline.now()
  for i = 1, FAR do records[places[i]] = 1.5 end
  return measure.each(start, FAR)
end

local function walk(walker, state, control)
  local count, start = 0, baseline.now()
  for _ in walker, state, control do count = count + 1 end
  return measure.each(start, count)
end

local function forget(cells)
  local start = baseline.now()
  for i = 1, FAR do cells[places[i]] = nil end
  return measure.each(start, FAR)
end

-- ====== }

-- {====== In files ======

local KEPT <const> = 1 << 20 -- elements

--- An array in a file that is removed at once, full of ones; nil and a word where that is not supported.
local function in_file(module, fill)
  local found, arrays = pcall(require, module)
  if not found or not arrays.open then return nil, "no " .. module .. ".open" end
  local path = os.tmpname()
  os.remove(path)
  local array, _, code = arrays.open(path, "r+", "f64", KEPT)
  os.remove(path)
  if not array then return nil, code end
  fill(array)
  return array
end

local function fill(array) array:fill(1) end

local kept, why_not = in_file("vmem.file.array", fill)
local stored = in_file("vmem.sparse", fill)
local plain = assert(vmem.allocate(KEPT * 8)):view "f64"
plain:fill(1)

local function file_row(name, array, body, target)
  return {
    name = name, target = target, rounds = 25,
    vmem = function()
      if not array then return nil, why_not end
      return body(array)
    end,
    c = function() return body(plain) end,
  }
end

local function summing(array)
  local start = baseline.now()
  for _ = 1, 10 do array:sum() end
  return measure.each(start, 10)
end

--- What another process would find: opening, and the first look at a record.
local function reopening()
  local path = os.tmpname()
  os.remove(path)
  local made = sparse.open and sparse.open(path, "r+", "f64", TiB // 8)
  if not made then return nil, why_not end
  made[1 << 30] = 1
  made:close()
  local start, value = baseline.now(), 0
  for _ = 1, 20 do
    local again <close> = assert(sparse.open(path))
    value = value + again[1 << 30]
  end
  local each = measure.each(start, 20)
  os.remove(path)
  return each, nil, value
end

-- ====== }

--- One record on each page in turn: measures how a missing page is noticed.
local function first_stores()
  local cells <close> = assert(sparse.new(page, FAR))
  local start = baseline.now()
  for i = 1, FAR do cells[i] = "hello" end
  return measure.each(start, FAR)
end

return {
  title = "Sparse arrays, against Lua tables and one writable mapping in C",
  read_cell, write_cell, read_number, write_number, read_string, write_string,
  {
    name = "x = cells[i], which nobody has stored, and a table",
    vmem = function() return reading(nothing) end,
    c = function() return reading {} end,
  },
  file_row("x = a[i], f64 in a file, against v[i]", kept, reading, 2),
  file_row("a[i] = x, f64 in a file, against v[i] = x", kept, function(a) return writing(a, 1.5) end, 2),
  file_row("a:sum() of 8 MiB in a file, against v:sum()", kept, summing, 1.3),
  file_row("x = cells[i], f64, sparse in a file, against v[i]", stored, reading, 2),
  file_row("cells:sum() of 8 MiB, sparse in a file", stored, summing, 1.3),
  { name = "open a sparse terabyte in a file, and read a number", vmem = reopening },
  {
    name = "first store, page after page, against on_fault", vmem = first_stores,
    c = function() return ours.fault(FAR * page, offsets.every(FAR, 1)) end,
  },
  {
    rounds = 5,
    setup = {
      vmem = function() return assert(sparse.new("f64", TiB // 8)) end,
      c = function() return baseline.writable(TiB) end,
    },
    teardown = {
      vmem = function(cells) cells:close() end,
      c = function(address) baseline.unmap(address, TiB) end,
    },
    rows = {
      { name = "store at 20,000 places of 1 TiB, against C", vmem = store,
        c = function(address) return baseline.touch(address, far) end },
      { name = "walk them, each", vmem = function(cells) return walk(cells:filled()) end },
      { name = "forget them one by one", vmem = forget },
    },
  },
  {
    rounds = 5,
    setup = {
      vmem = function() return assert(sparse.new("f64", TiB // 8)) end,
      c = function() return {} end,
    },
    teardown = { vmem = function(cells) cells:close() end },
    rows = {
      { name = "store at 20,000 places, against a Lua table", vmem = store, c = store },
      { name = "walk them, against pairs of the table",
        vmem = function(cells) return walk(cells:filled()) end,
        c = function(list) return walk(pairs(list)) end },
    },
  },
}
