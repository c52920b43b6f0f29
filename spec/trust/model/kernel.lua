--- The kernel's view of a region's pages: whether protection is real. On Linux it reads the lists of mappings
--- and markers; on every system it checks whether a byte can be read.

local vmem = require "vmem"
local pages = require "model.pages"

local P <const> = vmem.page_size
local on_linux <const> = vmem.system == "linux"

local kernel = {}

--- The access that the processor must allow: "rw", "r", "rx", "rwx" or "".
function kernel.expected(page)
  if not page or page.protection:find("guard", 1, true) then return "" end
  return ({ none = "", x = "rx" })[page.protection] or page.protection
end

--- Why no page is marked, but for what VMEM_COMMIT says.
local function lack_of_markers()
  for _, offer in ipairs(require("vmem.core").offers()) do
    if offer[1] == "guard markers" and offer[2] and not offer[2]:find "VMEM_COMMIT" then return offer[2] end
  end
end

--- Whether there are guard markers (since Linux 6.13, unless a limit or a sandbox is against them), and the
--- kernel reports them (since 6.15). It does not report missing pages that trap.
local function tells_markers()
  if not on_linux or lack_of_markers() then return false end
  local file = on_linux and io.open("/proc/sys/kernel/osrelease")
  if not file then return false end
  local major, minor = file:read("a"):match("^(%d+)%.(%d+)")
  file:close()
  return tonumber(major) * 1000 + tonumber(minor) >= 6015
end

kernel.tells_markers = tells_markers()
  and os.getenv "VMEM_COMMIT" ~= "missing"

--- ["rw"] and so on for each page of a range of the region, as the mappings say it.
local function mapped(base, size)
  local rights = {}
  for line in io.lines("/proc/self/maps") do
    local from, to, bits = line:match("^(%x+)%-(%x+) (....)")
    from, to = math.max(tonumber(from, 16), base), math.min(tonumber(to, 16), base + size)
    for i = (from - base) // P + 1, (to - base) // P do rights[i] = bits:sub(1, 3):gsub("-", "") end
  end
  return rights
end

--- Takes away what guard markers forbid. Returns how many there are.
local function subtract_markers(rights, base, count)
  local file = assert(io.open("/proc/self/pagemap", "rb"))
  file:setvbuf("no")
  file:seek("set", base // P * 8)
  local entries = file:read(count * 8)
  file:close()
  local markers = 0
  for i = 1, count do
    if ("<I8"):unpack(entries, (i - 1) * 8 + 1) & 1 << 58 ~= 0 then
      rights[i], markers = "", markers + 1
    end
  end
  return markers
end

--- Compares the pages first to last of a region with the model's. Returns a problem, or nil, and the number
--- of markers.
function kernel.compare(region, model, first, last)
  local base = region.base + (first - 1) * P
  local rights, markers = nil, 0
  if on_linux then
    rights = mapped(base, (last - first + 1) * P)
    markers = subtract_markers(rights, base, last - first + 1)
  end
  for i = first, last do
    local page = model.pages[i]
    local wanted = kernel.expected(page)
    local byte = vmem.peek(region.base + (i - 1) * P, 1)
    if pages.is_lost(page) then
      if byte then return ("the system reads %q from page %d, which is lost"):format(byte, i), markers end
    elseif wanted:find "r" and byte ~= page.bytes:sub(1, 1) then
      return ("the system reads %q from page %d, not %q"):format(byte, i, page.bytes:sub(1, 1)), markers
    elseif not wanted:find "r" and byte then
      return ("page %d can be read"):format(i), markers
    end
    if rights and (page or kernel.tells_markers and not model.sparse) and rights[i - first + 1] ~= wanted then
      return ("the system allows %q on page %d, not %q"):format(rights[i - first + 1], i, wanted), markers
    end
  end
  return nil, markers
end

return kernel
