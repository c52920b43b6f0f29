-- D8: What a page allows
local vmem = require "vmem"

local rows = {
  { page = "reserved", windows = "MEM_RESERVE" },
  { page = "none", windows = "PAGE_NOACCESS" },
  { page = "r", windows = "PAGE_READONLY" },
  { page = "rw", windows = "PAGE_READWRITE" },
  { page = "x", windows = "PAGE_EXECUTE" },
  { page = "rx", windows = "PAGE_EXECUTE_READ" },
  { page = "rwx", windows = "PAGE_EXECUTE_READWRITE" },
  { page = "rw+guard", windows = "PAGE_READWRITE | PAGE_GUARD", touch = 1 },
  { page = "rw+guard", windows = "PAGE_READWRITE | PAGE_GUARD", touch = 2 },
}

local function read(region) return region:read(0, 1) end
local function write(region) return region:write(0, "A") end

-- Tries it on a new page; the answer is the one to the last touch.
local function try(row, access)
  local region <close> = assert(vmem.reserve(vmem.page_size))
  if row.page ~= "reserved" then
    local done, _, code = region:commit(0, region.size, row.page)
    if not done then return code end -- a strict system may refuse executable pages
  end
  local ok, fault
  for _ = 1, row.touch or 1 do
    ok, fault = pcall(access, region)
  end
  return ok and "works" or fault.kind
end

local line = "%-9s %-5s %-28s %-16s  %s"
print(line:format("page", "touch", "name on Windows", "read", "write"))
for _, row in ipairs(rows) do
  print(line:format(row.page, row.touch or "", row.windows, try(row, read), try(row, write)))
end

print [[

The first row is address space without memory (MEM_RESERVE), all others are committed pages
(MEM_COMMIT) with a protection. A guard page faults once, then it is an ordinary page.
What may be executed may be read as well: most processors make no difference there.]]
