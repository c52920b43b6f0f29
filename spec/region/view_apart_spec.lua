-- Views whose elements are more than a page apart: pages in between are left alone.
local device = require "device"
local helpers = require "helpers"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P = vmem.page_size

-- Elements two pages apart, on pages 2, 4, 6 and 8 of ten: every way to touch all of them.
local ACCESSES = {
  { "view:get", "read", function(view) return view:get(1, 4) end },
  { "view:sum", "read", function(view) return view:sum() end },
  { "view:minmax", "read", function(view) return view:minmax() end },
  { "view:copy, from", "read", function(view, other) other:copy(view) end },
  { "view:set", "write", function(view) view:set(1, 1, 2, 3, 4) end },
  { "view:fill", "write", function(view) view:fill(7) end },
  { "view:copy, to", "write", function(view, other) view:copy(other) end },
}

local FORMATS = { u8 = "B", u32 = "=I4", u32be = ">I4", u32le = "<I4" }

for _, access in ipairs(ACCESSES) do
  local name, kind, touch = table.unpack(access)
  for type in pairs(FORMATS) do
    describe(("%s of %s with pages in between"):format(name, type), function()
      helpers.no_regions_left()
      local region, other, view, beside

      before_each(function()
        region, other = vmem.reserve(10 * P, { watch = true }), vmem.allocate(P)
        for _, page in ipairs { 2, 4, 6, 8 } do region[page]:commit() end
        view = region:view(type, P + 8, 4, 2 * P)
        beside = other:view(type, 0, 4):set(1, 1, 2, 3, 4)
      end)

      after_each(function()
        region:release()
        other:release()
      end)

      local function written()
        local runs = {}
        for offset, size in region:written() do runs[#runs + 1] = offset // P + 1 .. "+" .. size // P end
        return table.concat(runs, " ")
      end

      it("leaves them alone: they are reserved", function()
        touch(view, beside)
        assert.equal(4 * P, region.committed)
        if kind == "write" then assert.is_true(region[4]:read() ~= ("\0"):rep(P)) end
      end)

      it("notes no page of theirs as written", function()
        region:commit()
        region:rearm()
        touch(view, beside)
        assert.equal(kind == "write" and "2+1 4+1 6+1 8+1" or "", written())
      end)

      it("is recorded element by element", function()
        local recording = recorder.start { reads = true, writes = true }
        touch(view, beside)
        recording:stop()
        local seen = {}
        for _, event in ipairs(recording) do
          if event.what == kind and recording.regions[event.region].base == region.base then
            seen[#seen + 1] = ("%d+%d"):format(event.offset, event.size)
          end
        end
        local size, expected = type == "u8" and 1 or 4, {}
        for k = 1, 4 do expected[k] = ("%d+%d"):format(P + 8 + (k - 1) * 2 * P, size) end
        assert.same(expected, seen)
      end)

      it("faults before the first byte, at the element that may not be touched", function()
        for _, page in ipairs { 2, 6, 8 } do
          region[page]:protect "none"
          local fault = helpers.fault(touch, view, beside)
          assert.same({ page, kind, (page - 1) * P + 8 }, { fault.page, fault.access, fault.offset })
          region[page]:protect "rw"
          assert.is_true(region:read(P, P) == ("\0"):rep(P))
          assert.equal("", written())
          assert.same({ 1, 2, 3, 4 }, { beside:get(1, 4) })
        end
      end)

      it("asks a device for the elements that lie on its page, and for nothing else", function()
        for _, stride in ipairs { 2 * P, 7 } do
          local page = device.new(3 * P, ("\0"):rep(P))
          region:decommit(3 * P, P)
          assert(region:trap(3 * P, P, page:functions()))
          touch(region:view(type, stride == 7 and 3 * P + 1 or P + 8, 4, stride), beside)
          local calls = stride == 7 and 4 or 1
          assert.same(kind == "read" and { calls, 0 } or { 0, calls }, { page.reads, page.writes })
          if kind == "write" then
            local value = name == "view:fill" and 7 or stride == 7 and 1 or 2
            local packed = FORMATS[type]:pack(value)
            assert.equal(packed, page.bytes:sub(stride == 7 and 2 or 9):sub(1, #packed))
            assert.is_nil(page.bytes:sub(stride == 7 and 2 + #packed or 9 + #packed):match "^[^%z]")
          end
          assert(region:trap(3 * P, P, nil))
        end
      end)

      it("goes on when a handler mends one page after the other, yielding or not", function()
        for _, yields in ipairs { false, true } do
          local many <close> = vmem.reserve(400 * P)
          local far, faults = many:view(type, 4, 200, 2 * P), 0
          many:on_fault(function(fault)
            faults = faults + 1
            if yields then coroutine.yield() end
            return many:commit(fault.offset, 1)
          end)
          local source <close> = vmem.allocate(P)
          local task = coroutine.wrap(function()
            if name == "view:get" then
              far:get(1, 200)
            elseif name == "view:set" then
              far:set(1, source:view(type, 0, 200):get(1, 200))
            else
              touch(far, source:view(type, 0, 200))
            end
            return true
          end)
          repeat local done = task() until done
          assert.same({ 200, 200 * P }, { faults, many.committed })
        end
      end)
    end)
  end
end
