--- vmem info: what this system and its kernel offer, and the limits that matter.

local output = require "vmem.command.output"
local units = require "vmem.internal.units"
local vmem = require "vmem"

local info = { summary = "Tell what this system offers, and the limits that matter." }

function info.add(parser)
  parser:flag("--json", "As JSON: addresses are strings, sizes bytes; null is no limit, or not known.")
end

local function first_line(path)
  local file <close> = io.open(path)
  return file and file:read()
end

-- {====== The kernel ======

local PLAIN_WAY <const> = { linux = "mprotect", posix = "mprotect", windows = "VirtualAlloc" }

--- How commits work here, in words.
local function way_to_commit(offers)
  local missing = {}
  for _, offer in ipairs(offers) do missing[offer[1]] = offer[2] end
  if #offers == 0 then return PLAIN_WAY[vmem.system] end
  if not missing["guard markers"] then return "guard markers; scattered pages cut no mappings" end
  local at_limit = missing.userfaultfd and "" or ", and userfaultfd at the limit of mappings"
  return ("%s%s; no guard markers: %s"):format(PLAIN_WAY[vmem.system], at_limit, missing["guard markers"])
end

--- Whether frames can be seen: tried with a page. Gives that, or nil where it is not known, and words.
local function frames()
  local region <close> = vmem.allocate(1)
  if not region then return nil, "not known: the system has no page to try" end
  region:write(0, "A")
  if region[1].frame then return true, "visible" end
  if vmem.system ~= "linux" then return false, "this system does not tell" end
  if not first_line("/proc/self/maps") then return nil, "not known: /proc/self/pagemap cannot be opened" end
  return false, "hidden: only root sees them (CAP_SYS_ADMIN)"
end

-- ====== }

-- {====== Limits ======

local OVERCOMMIT <const> = {
  [0] = "0: refuses what is obviously too much",
  [1] = "1: never refuses",
  [2] = "2: counts every writable page",
}

local ULIMITS <const> = {
  { "ulimit -v", "Max address space", "addresses" },
  { "ulimit -d", "Max data size", "writable pages" },
  { "ulimit -l", "Max locked memory", "pages kept in RAM" },
}

--- The limits that this system tells: a list of { name, text, value }. No value is no limit.
local function limits()
  local list = {}
  local function setting(name, path, words)
    local line = first_line(path)
    if not line then return end
    local value = math.tointeger(tonumber(line))
    list[#list + 1] = { name, words and words[value] or line, value }
  end
  setting("vm.max_map_count", "/proc/sys/vm/max_map_count")
  setting("vm.overcommit_memory", "/proc/sys/vm/overcommit_memory", OVERCOMMIT)
  local file <close> = io.open("/proc/self/limits")
  local text = file and file:read("a") or ""
  for _, limit in ipairs(ULIMITS) do
    local name, title, what = table.unpack(limit)
    local soft = text:match(title .. "%s+(%S+)")
    local bytes = math.tointeger(tonumber(soft))
    if soft then
      list[#list + 1] = { name, ("%s (%s)"):format(bytes and units.size(bytes) or soft, what), bytes }
    end
  end
  return list
end

-- ====== }

-- {====== As text and as JSON ======

local function as_text(kernel, offers)
  local rows = {}
  local function list(name, ...)
    rows[#rows + 1] = ("%-22s%s"):format(name, table.concat({ ... }))
  end
  list("vmem", vmem._VERSION:match("%S+$"))
  list("Lua", _VERSION:match("%S+$"))
  list("system", vmem.system, kernel and ", kernel " .. kernel or "")
  list("page size", vmem.page_size)
  list("granularity", vmem.allocation_granularity)
  list("addresses", units.address(vmem.lowest_address), " to ",
    vmem.highest_address and units.address(vmem.highest_address) or "where the system does not tell")
  list("commits by", way_to_commit(offers))
  for _, offer in ipairs(offers) do
    local name, reason = offer[1], offer[2]
    if name ~= "guard markers" then list(name, reason and "no: " .. reason or "yes") end
  end
  list("frames", (select(2, frames())))
  for _, limit in ipairs(limits()) do list(limit[1], limit[2]) end
  return table.concat(rows, "\n")
end

local KEYS <const> = {
  "vmem", "lua", "system", "kernel", "page_size", "granularity", "lowest_address", "highest_address",
  "commits_by", "offers", "frames", "limits",
}

local function as_json(kernel, offers)
  local json, message = output.need("dkjson")
  if not json then return nil, message end
  local offered, limited, order = {}, {}, table.move(KEYS, 1, #KEYS, 1, {})
  for _, offer in ipairs(offers) do
    local name, reason = offer[1], offer[2]
    offered[name] = { offered = not reason, reason = reason }
    order[#order + 1] = name
  end
  for _, limit in ipairs(limits()) do
    local name, value = limit[1], limit[3]
    limited[name] = value or json.null
    order[#order + 1] = name
  end
  local visible = frames()
  if visible == nil then visible = json.null end
  local highest = vmem.highest_address
  return json.encode({
    vmem = vmem._VERSION:match("%S+$"), lua = _VERSION:match("%S+$"), system = vmem.system,
    kernel = kernel or json.null, page_size = vmem.page_size, granularity = vmem.allocation_granularity,
    lowest_address = units.address(vmem.lowest_address),
    highest_address = highest and units.address(highest) or json.null,
    commits_by = way_to_commit(offers), offers = setmetatable(offered, { __jsontype = "object" }),
    frames = visible, limits = setmetatable(limited, { __jsontype = "object" }),
  }, { indent = true, keyorder = order })
end

-- ====== }

function info.run(chosen)
  local kernel, offers = first_line("/proc/sys/kernel/osrelease"), require("vmem.core").offers()
  local text, message = (chosen.json and as_json or as_text)(kernel, offers)
  if not text then return nil, message end
  return output.write(text)
end

return info
