--- What the specs of vmem.pager share: stores in memory that fail and wait as told, and arrays on them.

local pager = require "vmem.pager"
local vmem = require "vmem"

local kit = {}

local P <const> = vmem.page_size

-- {====== Stores ======

local store = {}
store.__index = store

--- What is to happen before a method does its work: nothing, or an error, or nil, message, code.
local function before(self, method, page)
  if self.wait then self.wait(method, page) end
  if self.fails then return self.fails(method, page) end
end

local function call(self, method, page, work)
  self.asked[#self.asked + 1] = ("%s %s"):format(method, page)
  local message, code = before(self, method, page)
  if message then return nil, message, code end
  local result = work()
  if self.wait then self.wait(method, page) end
  return result
end

function store:load(page)
  return call(self, "load", page, function() return self.kept[page] end)
end

function store:save(page, bytes)
  assert(#bytes == P)
  return call(self, "save", page, function()
    self.kept[page] = bytes
    return true
  end)
end

function store:__tostring() return "the spec's " .. self.name end

--- kept: bytes by page. asked: what was called, as "load 1". Set `fails` to a function (method, page) that
--- gives a message, or raises, where it is to fail, and `wait` to one that yields, before and after the work.
function kit.store()
  return setmetatable({ kept = {}, asked = {}, name = "store" }, store)
end

-- ====== }

--- An array of u8 on a new store in memory, unless `options` says otherwise; and the store.
function kit.array(options)
  local all = { store = kit.store(), type = "u8", count = 8 * P, frames = 3, policy = "lru" }
  for name, value in pairs(options or {}) do all[name] = value end
  return assert(pager.new(all)), all.store
end

--- The name of a file that is not there.
function kit.temporary()
  local name = os.tmpname()
  os.remove(name)
  if vmem.system == "windows" then name = os.getenv "TEMP" .. name:gsub("%.$", "") end
  return name
end

--- The index of the first element of a page, in an array of u8.
function kit.first(page) return (page - 1) * P + 1 end

--- "hits faults loads saves" of an array.
function kit.counts(array)
  return ("%d %d %d %d"):format(array.hits, array.faults, array.loads, array.saves)
end

--- Which pages are committed, and how: "1 rw, 3 r".
function kit.frames(array)
  local words = {}
  for offset, size, state, protection in array.region:runs() do
    for page = offset // P + 1, (offset + size) // P do
      if state == "committed" then words[#words + 1] = page .. " " .. protection end
    end
  end
  return table.concat(words, ", ")
end

return kit
