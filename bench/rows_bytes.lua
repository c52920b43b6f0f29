--- Bytes and elements in bulk, on the same memory for both sides.

local baseline = require "baseline"
local measure = require "bench.measure"
local vmem = require "vmem"

local MiB = 1 << 20
local ROUNDS, TIMES = 41, 100 -- short rounds, and many: a few percent count

local region = assert(vmem.allocate(2 * MiB)) -- its second half is what bytes are copied to and compared with
local pointer = region:pointer()
local bytes = ("\0"):rep(MiB)
local file = io.tmpfile()

local u32, second = region:view("u32", 0, MiB // 4), region:view("u32", MiB, MiB // 4)
local f64 = region:view("f64", 0, MiB // 8)

local function timed(body)
  body() -- pages that have never been touched cost something else
  local start = baseline.now()
  for _ = 1, TIMES do body() end
  return measure.each(start, TIMES)
end

local function zero() region:fill(0, 2 * MiB, 0) end

--- Fields: theirs, the function of baseline.c; argument, its last argument. Both sides find zeros.
local function row(name, fields, body)
  fields.name, fields.rounds = name, ROUNDS
  function fields.vmem()
    zero()
    return timed(body)
  end
  fields.c = fields.c or function()
    zero()
    return baseline[fields.theirs](pointer, MiB, TIMES, fields.argument)
  end
  return fields
end

--- A row for a method that older versions of the library do not have.
local function row_method(name, view, method, fields, ...)
  local arguments = table.pack(...)
  local result = row(name, fields, function() view[method](view, table.unpack(arguments)) end)
  if not view[method] then
    result.vmem = function() return nil, ("no view:%s()"):format(method) end
  end
  return result
end

return {
  title = "Bytes and elements, 1 MiB each",
  row("fill, against memset", { theirs = "fill", target = 1.05, peer = "fill" },
    function() region:fill(0, MiB, 0x5a) end),
  row("copy, against memcpy", { theirs = "copy", target = 1.05, peer = "copy" },
    function() region:copy(MiB, 0, MiB) end),
  row("compare, against memcmp", { theirs = "compare" },
    function() region:compare(0, MiB, MiB) end),
  row("find what is not there, against memmem", { theirs = "find", argument = "needle", peer = "find" },
    function() region:find("needle", 0, MiB) end),
  row("nonzero, where all is zero, against memcmp", { theirs = "compare" },
    function() region:nonzero(0, MiB) end),
  row("read into a string, against lua_pushlstring",
    { c = function() return timed(function() baseline.string(pointer, MiB) end) end, peer = "read_bytes" },
    function() region:read(0, MiB) end),
  row("write a string, against memcpy", { theirs = "write", argument = bytes, peer = "write_bytes" },
    function() region:write(0, bytes) end),
  row("save to a file, against fwrite", { theirs = "save", argument = file }, function()
    file:seek "set"
    region:save(file, 0, MiB)
  end),
  row("load from a file, against fread", { theirs = "load", argument = file }, function()
    file:seek "set"
    region:load(file, 0, MiB)
  end),
  row_method("v:fill, u32, against a loop", u32, "fill", { theirs = "fill_u32" }, 0x12345678),
  row_method("v:sum, u32, against a loop", u32, "sum", { theirs = "sum_u32" }),
  row_method("v:sum, f64, against a loop", f64, "sum", { theirs = "sum_f64" }),
  row_method("v:minmax, u32, against a loop", u32, "minmax", { theirs = "minmax_u32" }),
  row_method("v:copy, u32, against memcpy", second, "copy", { theirs = "copy" }, u32),
}
