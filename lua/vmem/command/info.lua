--- vmem info: what this system and its kernel offer, and the limits that matter.

local output = require "vmem.command.output"
local units = require "vmem.internal.units"
local vmem = require "vmem"

local info = { summary = "What this system offers, and the limits that matter." }

function info.add() end

local function first_line(path)
  local file <close> = io.open(path)
  return file and file:read()
end

local function list(rows, name, ...)
  rows[#rows + 1] = ("%-22s%s"):format(name, table.concat({ ... }))
end

-- {====== The kernel ======

local PLAIN_WAY = { linux = "mprotect", posix = "mprotect", windows = "VirtualAlloc" }

local function add_offers(rows)
  local others, missing = {}, {}
  for _, offer in ipairs(require("vmem.core").offers()) do
    local name, reason = offer[1], offer[2]
    missing[name] = reason
    if name ~= "guard markers" then others[#others + 1] = { name, reason and "no: " .. reason or "yes" } end
  end
  local commits = PLAIN_WAY[vmem.system]
  if #others > 0 and not missing["guard markers"] then
    commits = "guard markers; scattered pages cut no mappings"
  elseif #others > 0 then
    local at_limit = missing.userfaultfd and "" or ", and userfaultfd at the limit of mappings"
    commits = ("%s%s; no guard markers: %s"):format(commits, at_limit, missing["guard markers"])
  end
  list(rows, "commits by", commits)
  for _, other in ipairs(others) do list(rows, table.unpack(other)) end
end

--- Whether frames can be seen: tried with a page.
local function frames()
  local region <close> = vmem.allocate(1)
  if not region then return "not known: the system has no page to try" end
  region:write(0, "A")
  if region[1].frame then return "visible" end
  if vmem.system ~= "linux" then return "this system does not tell" end
  if not first_line("/proc/self/maps") then return "not known: /proc/self/pagemap cannot be opened" end
  return "hidden: only root sees them (CAP_SYS_ADMIN)"
end

-- ====== }

-- {====== Limits ======

local OVERCOMMIT = {
  ["0"] = "0: refuses what is obviously too much",
  ["1"] = "1: never refuses",
  ["2"] = "2: counts every writable page",
}

local ULIMITS = {
  { "ulimit -v", "Max address space", "addresses" },
  { "ulimit -d", "Max data size", "writable pages" },
  { "ulimit -l", "Max locked memory", "pages kept in RAM" },
}

local function add_limits(rows)
  local mappings = first_line("/proc/sys/vm/max_map_count")
  if mappings then list(rows, "vm.max_map_count", mappings) end
  local mode = first_line("/proc/sys/vm/overcommit_memory")
  if mode then list(rows, "vm.overcommit_memory", OVERCOMMIT[mode] or mode) end
  local file <close> = io.open("/proc/self/limits")
  local text = file and file:read("a") or ""
  for _, limit in ipairs(ULIMITS) do
    local name, title, what = table.unpack(limit)
    local soft = text:match(title .. "%s+(%S+)")
    local bytes = math.tointeger(tonumber(soft))
    if soft then list(rows, name, bytes and units.size(bytes) or soft, " (", what, ")") end
  end
end

-- ====== }

function info.run()
  local rows = {}
  local kernel = first_line("/proc/sys/kernel/osrelease")
  list(rows, "vmem", vmem._VERSION:match("%S+$"))
  list(rows, "Lua", _VERSION:match("%S+$"))
  list(rows, "system", vmem.system, kernel and ", kernel " .. kernel or "")
  list(rows, "page size", vmem.page_size)
  list(rows, "granularity", vmem.allocation_granularity)
  list(rows, "addresses", units.address(vmem.lowest_address), " to ",
    vmem.highest_address and units.address(vmem.highest_address) or "where the system does not tell")
  add_offers(rows)
  list(rows, "frames", frames())
  add_limits(rows)
  return output.write(table.concat(rows, "\n"))
end

return info
