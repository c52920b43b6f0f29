--- Runs the rows of the case tables. A row is { number, description, lines }; a line is one of
---   name = call                  the call succeeds
---   call fails [code]            it fails, and GetLastError returns the code
---   call faults AV|GUARD_PAGE [, 0 or 1 [, address]]
---   call gives field=value, …    the result of VirtualQuery has these fields
---   call gives_old value         VirtualProtect succeeds and returns it
---   call finds [address, …]      GetWriteWatch returns exactly these
---   each P in value, …           the rest of the row, for every value
---   expression                   is true
--- NULL, B (an address where nothing is), the short names below and all names of vmem.win32 can be used
--- everywhere.

local row_lines = require "row_lines"
local section_words = require "win32.section_words"
local vmem = require "vmem"
local w32 = require "vmem.win32"

local cases, compile = {}, row_lines.compile

local short = {
  VA = w32.VirtualAlloc, VF = w32.VirtualFree, VP = w32.VirtualProtect, VQ = w32.VirtualQuery,
  VL = w32.VirtualLock, VU = w32.VirtualUnlock, DVM = w32.DiscardVirtualMemory,
  VA2 = w32.VirtualAlloc2, MV3 = w32.MapViewOfFile3, UV = w32.UnmapViewOfFile, UV2 = w32.UnmapViewOfFile2,
  w32 = w32,
  HOLD = w32.MEM_RESERVE_PLACEHOLDER, REPLACE = w32.MEM_REPLACE_PLACEHOLDER,
  PRESERVE = w32.MEM_PRESERVE_PLACEHOLDER, COALESCE = w32.MEM_COALESCE_PLACEHOLDERS,
  GWW = w32.GetWriteWatch, RWW = w32.ResetWriteWatch, SI = w32.GetSystemInfo,
  R = w32.MEM_RESERVE, C = w32.MEM_COMMIT, D = w32.MEM_DECOMMIT, REL = w32.MEM_RELEASE,
  TD = w32.MEM_TOP_DOWN, WW = w32.MEM_WRITE_WATCH, RESET = w32.MEM_RESET,
  PHYSICAL = w32.MEM_PHYSICAL, LARGE = w32.MEM_LARGE_PAGES,
  FREE = w32.MEM_FREE, RES = w32.MEM_RESERVE, COM = w32.MEM_COMMIT,
  PRIVATE = w32.MEM_PRIVATE, MAPPED = w32.MEM_MAPPED, IMAGE = w32.MEM_IMAGE,
  NA = w32.PAGE_NOACCESS, RO = w32.PAGE_READONLY, RW = w32.PAGE_READWRITE, X = w32.PAGE_EXECUTE,
  XR = w32.PAGE_EXECUTE_READ, XRW = w32.PAGE_EXECUTE_READWRITE, GUARD = w32.PAGE_GUARD,
  NOCACHE = w32.PAGE_NOCACHE, WRITECOMBINE = w32.PAGE_WRITECOMBINE,
  WRITECOPY = w32.PAGE_WRITECOPY, EXECUTE_WRITECOPY = w32.PAGE_EXECUTE_WRITECOPY,
  AV = w32.EXCEPTION_ACCESS_VIOLATION, GUARD_PAGE = w32.STATUS_GUARD_PAGE_VIOLATION,
  B = 0x50000000, G = 0x10000, TiB = 1 << 40, MIN = math.mininteger,
  PAGE = vmem.page_size, HIGHEST = vmem.highest_address or 0x7FFFFFFEFFFF,
  CODE = tonumber(("%p"):format(print):gsub("^0x", ""), 16),
  read = vmem.read, write = function(address, bytes) vmem.write(address, bytes) return true end,
  select = select,
  done = function() return true end, -- of a call that gives nothing
  need = function(requirements)
    return { Type = w32.MemExtendedParameterAddressRequirements, Pointer = requirements }
  end,
}
setmetatable(short, { __index = w32 })

for name, value in pairs(section_words.words) do short[name] = value end

local function show(value)
  return math.type(value) == "integer" and ("0x%x"):format(value) or tostring(value)
end

local function expect(truth, line, ...)
  if not truth then
    local words = table.pack(...)
    for i = 1, words.n do words[i] = show(words[i]) end
    error(line .. ": " .. table.concat(words, " "), 0)
  end
end

local function has_failed(result)
  return not result or result == 0xFFFFFFFF or result == w32.INVALID_HANDLE_VALUE
end

-- What each form of line checks: the results of the call, and the text behind the verb.
local verbs = {}

function verbs.fails(line, env, call, rest)
  w32.SetLastError(0)
  local result = call()
  expect(has_failed(result), line, "it gave", result)
  if rest ~= "" then
    local code = compile(rest, env)()
    expect(w32.GetLastError() == code, line, "the error is", w32.GetLastError())
  end
end

function verbs.faults(line, env, call, rest)
  local record
  w32.try(call, w32.EXCEPTION_EXECUTE_HANDLER, function(fault)
    record = w32.GetExceptionInformation(fault)
  end)
  expect(record, line, "no exception")
  local code, access, address = compile(rest, env)()
  local information = record.ExceptionInformation
  expect(record.ExceptionCode == code, line, "the code is", record.ExceptionCode)
  expect(not access or information[0] == access, line, "the access is", information[0])
  expect(not address or information[1] == address, line, "the address is", information[1])
end

function verbs.gives(line, env, call, rest)
  local information = call()
  expect(information, line, "it failed with", w32.GetLastError())
  for field, value in rest:gmatch("(%a+)=([^,]+)") do
    expect(information[field] == compile(value, env)(), line, field, "is", information[field])
  end
end

function verbs.gives_old(line, env, call, rest)
  local done, old = call()
  expect(done and old == compile(rest, env)(), line, "it gave", done, old)
end

function verbs.finds(line, env, call, rest)
  local result, addresses = call()
  expect(result == 0, line, "it gave", result)
  local wanted = { compile(rest, env)() }
  expect(#addresses == #wanted, line, "it found", #addresses)
  for i, address in ipairs(wanted) do expect(addresses[i] == address, line, "it found", addresses[i]) end
end

--- A region can consist of several allocations.
local function release_all()
  section_words.clear()
  for region in vmem.regions() do
    local at, stop = region.base, region.base + region.size
    while at < stop and vmem.at(at) == region do
      local found = w32.VirtualQuery(at)
      if found.Type == w32.MEM_MAPPED then
        w32.UnmapViewOfFile(at)
      elseif found.State ~= w32.MEM_FREE then
        w32.VirtualFree(found.AllocationBase, 0, w32.MEM_RELEASE)
      end
      at = found.BaseAddress + found.RegionSize
    end
  end
end

--- What the lines before an "each" have made is for all its values.
local language = { verbs = verbs }

function language.holds(line, env, name, result)
  expect(result, line, "it gave", result, "and the error", w32.GetLastError())
  if name then env[name] = result end
end

--- Runs one row, and leaves nothing behind. Raises what does not hold.
function cases.run(row)
  local ok, message = pcall(row_lines.run, language, row[3], setmetatable({}, { __index = short }))
  release_all()
  if not ok then error(message, 0) end
end

--- Why the row does not apply here, or nil. Windows has pages of 4 KiB: sizes of a row with `pages` show
--- something only where pages have so many bytes.
function cases.reason_against(row)
  if row.where and not row.where:find(vmem.system, 1, true) then return "this system does not tell" end
  if row.needs and not section_words.has[row.needs] then return "this system has no " .. row.needs end
  if row.pages and row.pages ~= vmem.page_size then
    return ("the sizes are for pages of %d bytes"):format(row.pages)
  end
end

return cases
