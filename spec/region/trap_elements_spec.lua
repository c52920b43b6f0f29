-- Elements on pages that are trapped: what a read function gives, and what a write function gets, is what
-- memory would have given, in every type of element.
local helpers = require "helpers"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P = vmem.page_size

local TYPES = { "i8", "u8" }
for _, number in ipairs { "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64" } do
  for _, order in ipairs { "", "be", "le" } do TYPES[#TYPES + 1] = number .. order end
end

-- Numbers at the edges of the types: whole, with a point, and such as an f32 has not.
local VALUES = { 3.0, -3.0, 0.5, 0.1, -0.0, 1e30, 1e300, 2.0 ^ 63, 1 / 0, -1 / 0, 0 / 0, 1 << 24 | 1 }
for _, bits in ipairs { 7, 8, 15, 16, 31, 32, 63 } do
  for _, value in ipairs { (1 << bits) - 1, 1 << bits, -(1 << bits), -(1 << bits) - 1 } do
    VALUES[#VALUES + 1] = value
  end
end

--- A number with its kind: 3, 3.0, -0.0 and nan are four.
local function shown(value)
  if value == nil then return "nothing" end
  if value ~= value then return "nan" end
  return math.type(value) == "integer" and ("%d"):format(value) or ("%a"):format(value)
end

--- What the call gives, or that it raises.
local function outcome(call, ...)
  local ok, value = pcall(call, ...)
  return ok and shown(value) or "does not fit"
end

local function read(view) return view[1] end

local function write(view, value)
  view[1] = value
  return view[1]
end

describe("an element on a trapped page", function()
  helpers.no_regions_left()

  local function in_a_coroutine(call, ...)
    local run = coroutine.wrap(call)
    local value = run(...)
    if value ~= "waits" then return value end
    return run()
  end

  for way, wait in pairs { ["at once"] = function() end, ["after a yield"] = coroutine.yield } do
    for _, recorded in ipairs { false, true } do
      local how = way .. (recorded and ", in a recording" or "")
      it("is read and written as memory is, " .. how, function()
        local region <close> = assert(vmem.reserve(2 * P))
        assert(region:commit(P, P))
        local answer, got
        local findings, fitting = {}, 0
        assert(region:trap(0, P, {
          read = function()
            wait "waits"
            return answer
          end,
          write = function(_, value)
            wait "waits"
            got = value
          end,
        }))
        local recording <close> = recorded and recorder.start() or nil
        for _, name in ipairs(TYPES) do
          local trapped, memory = region:view(name, 0, 1), region:view(name, P, 1)
          for _, value in ipairs(VALUES) do
            answer = value
            local expected = outcome(write, memory, value)
            local is_read = outcome(in_a_coroutine, read, trapped)
            local is_written = outcome(in_a_coroutine, function()
              trapped[1] = value
              return got
            end)
            if expected ~= "does not fit" then fitting = fitting + 1 end
            if is_read ~= expected or is_written ~= expected then
              findings[#findings + 1] = ("%s in %s: read %s, written %s, memory has %s"):format(shown(value),
                name, is_read, is_written, expected)
            end
          end
        end
        assert.same({}, findings)
        if recording then
          local answers = 0
          for _, event in ipairs(recording) do
            if event.what == "answer" then answers = answers + 1 end
          end
          assert.equal(2 * fitting, answers)
        end
      end)
    end
  end
end)
