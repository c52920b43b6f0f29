--- The cost of pages of several sizes for the same allocations: small pages make the page table big, large
--- ones waste memory.

local checks = require "vmem.internal.checks"
local picture = require "vmem.draw.picture"
local units = require "vmem.internal.units"

local ENTRY <const> = 8 -- bytes that a page table spends on a page

---@class vmem.paging.size
---@field page_size integer
---@field entries integer of the table: pages of all allocations
---@field table_bytes integer
---@field wasted integer bytes: what the last page of each allocation has too much
---@field cost integer table_bytes and wasted
---@field own boolean whether this system's pages are of that size

--- tostring(sizes) is a table.
---@class vmem.paging.sizes: vmem.draw.picture
---@field allocations integer[] bytes
---@field total integer
---@field best vmem.paging.size that costs least
---@field own vmem.paging.size? this system's
---@field [integer] vmem.paging.size
local sizes = {}
sizes.__index = sizes
sizes.__name = "vmem.paging.sizes"

--- The cost when every allocation gets whole pages of its own.
local function cost_of(page, allocations, total)
  local entries = 0
  for _, size in ipairs(allocations) do entries = entries + (size + page - 1) // page end
  local size = { page_size = page, entries = entries, table_bytes = entries * ENTRY,
    wasted = entries * page - total,
    own = page == require("vmem.core").module.page_size }
  size.cost = size.table_bytes + size.wasted
  return size
end

local function defaults()
  local list = {}
  for shift = 9, 21 do list[#list + 1] = 1 << shift end
  return list
end

---@param allocations integer[] bytes
---@param page_sizes? integer[] powers of two, ascending. Default: 512 to 2 MiB
---@return vmem.paging.sizes
function sizes.of(allocations, page_sizes)
  local self = setmetatable({ total = 0 }, sizes)
  self.allocations = checks.list(1, "page_sizes", "the allocations", allocations, function(size)
    self.total = self.total + checks.integer(1, "page_sizes", "an allocation", size, 1, 1 << 50)
    return math.tointeger(size)
  end)
  for i, page in ipairs(checks.list(2, "page_sizes", "the sizes", page_sizes or defaults())) do
    page = checks.power_of_two(2, "page_sizes", "the size of a page", page)
    checks.that(i == 1 or page > self[i - 1].page_size, 2, "page_sizes", "the sizes must ascend")
    self[i] = cost_of(page, self.allocations, self.total)
    if self[i].own then self.own = self[i] end
    if not self.best or self[i].cost < self.best.cost then self.best = self[i] end
  end
  return self
end

---@param options? vmem.picture
---@return string
function sizes:text(options)
  picture.check(1, "text", options)
  local lines = { "page size  table entries  table bytes  wasted bytes  table + waste" }
  for _, size in ipairs(self) do
    lines[#lines + 1] = ("%9s  %13d  %11d  %12d  %13d%s"):format(units.size(size.page_size), size.entries,
      size.table_bytes, size.wasted, size.cost, size.own and "  <- this system" or "")
  end
  return table.concat(lines, "\n")
end

--- Both costs as curves, and their sum.
picture.add(sizes, "plot", function(self)
  local plot = {
    title = ("What pages cost for %s"):format(units.of(#self.allocations, "allocation")),
    x_title = "size of a page", y_title = "bytes", x_word = units.size, y_word = units.size, y_log = 16,
      x = {},
    curves = { { name = "table", values = {} }, { name = "wasted", values = {} }, { name = "both",
      values = {} } },
  }
  for i, size in ipairs(self) do
    plot.x[i] = size.page_size
    plot.curves[1].values[i], plot.curves[2].values[i], plot.curves[3].values[i] = size.table_bytes,
      size.wasted,
      size.cost
    if size.own then plot.mark = { x = size.page_size, text = "this system" } end
  end
  return plot
end)

checks.methods(sizes, "text svg __tostring")

return sizes
