--- Miss curves: how often a trace misses, by policy, size of a page, and frames.

local checks = require "vmem.internal.checks"
local contract = require "vmem.replacement.contract"
local frames = require "vmem.paging.frames"
local of_traces = require "vmem.paging.trace"
local lru_misses = require "vmem.paging.lru_misses"
local optimal = require "vmem.paging.optimal"
local picture = require "vmem.draw.picture"
local units = require "vmem.internal.units"

--- A function has a name in { name, function }; without one it is "own".
---@alias vmem.paging.misses.policy
---| vmem.paging.policy
---| "optimal"
---| { [1]: string, [2]: fun(frames: integer): vmem.replacement }

---@class vmem.paging.misses.options
---@field page_sizes? integer[] powers of two. Default: 4096 alone
---@field policies? vmem.paging.misses.policy[] Default: fifo, lru, clock, optimal
---@field frames? integer[] how many there are. Default, with one size of page: powers of two, up to enough
---@field memory? integer[] the same in bytes, fewer frames of larger pages. Default with several sizes

---@class vmem.paging.misses.curve
---@field trace string? its name, where several were given
---@field policy string
---@field page_size integer
---@field references integer
---@field pages integer different ones: what must miss at least
---@field misses (integer | false)[] one for each of the list's frames or memory; false: not even a frame

--- tostring(misses) is a table and a plot.
---@class vmem.paging.misses: vmem.draw.picture
---@field by "frames"|"memory"
---@field x integer[] frames, or bytes
---@field curves vmem.paging.misses.curve[]
local misses = {}
misses.__index = misses
misses.__name = "vmem.paging.misses"

-- {====== Counting ======

-- With these, a page that is referenced again at once changes nothing.
local STEADY <const> = { fifo = true, lru = true, clock = true, second_chance = true, random = true }

--- Misses of a policy with so many frames: of pages without repeats in a row.
local function simulate(pages, count, policy)
  local memory, missed = frames.new(count, policy), 0
  for i = 1, #pages do
    if not memory:refer(pages[i]) then missed = missed + 1 end
  end
  return missed
end

--- The same for a policy that has to hear of every reference, and which are writes.
local function simulate_all(s, count, policy)
  local memory, missed = frames.new(count, policy), 0
  s.source:each(s.page_size, function(page, write, times)
    for _ = 1, times do
      if not memory:refer(page, write) then missed = missed + 1 end
    end
  end)
  return missed
end

--- A function from frames to misses.
local function counter(policy, s)
  if policy == "lru" then return lru_misses(s.pages) end
  if policy == "optimal" or STEADY[policy] then
    local make = policy == "optimal" and optimal(s.pages) or policy
    return function(count) return simulate(s.pages, count, make) end
  end
  return function(count) return simulate_all(s, count, policy) end
end

-- ====== }

-- {====== Options ======

local function powers_of_two(first, enough)
  local list = { first }
  while list[#list] < enough do list[#list + 1] = list[#list] * 2 end
  return list
end

--- The unit of the curves' x axis, and its values.
local function scale(options, strings)
  if options.frames then return "frames", options.frames end
  if options.memory then return "memory", options.memory end
  local largest, enough, distinct, same = 0, 0, 0, true
  for _, s in ipairs(strings) do
    largest, enough = math.max(largest, s.page_size), math.max(enough, s.distinct * s.page_size)
    distinct, same = math.max(distinct, s.distinct), same and s.page_size == strings[1].page_size
  end
  if same then return "frames", powers_of_two(1, distinct) end
  return "memory", powers_of_two(largest, enough)
end

local function check_policies(policies)
  local words = { "optimal", table.unpack(contract.names) }
  return checks.list(2, "misses", "policies", policies, function(policy)
    if type(policy) == "table" then
      checks.that(type(policy[1]) == "string" and type(policy[2]) == "function", 2, "misses",
        "a policy with a name must be { name, function }")
      return { name = policy[1], policy = policy[2] }
    end
    policy = frames.check_policy(2, "misses", "a policy", policy, words)
    return { name = type(policy) == "string" and policy or "own", policy = policy }
  end)
end

local function check_numbers(list, name)
  if not list then return end
  local before = 0
  return checks.list(2, "misses", name, list, function(number)
    number = checks.integer(2, "misses", "each of " .. name, number, 1)
    checks.that(number > before, 2, "misses", "%s must ascend", name)
    before = number
    return number
  end)
end

local known = {
  frames = checks.anything, memory = checks.anything, page_sizes = checks.anything,
  policies = checks.anything,
}

local function check_options(options)
  options = checks.options(2, "misses", options, known)
  options.page_sizes = checks.list(2, "misses", "page_sizes", options.page_sizes or { 4096 }, function(size)
    return (checks.power_of_two(2, "misses", "each of page_sizes", size))
  end)
  options.frames = check_numbers(options.frames, "frames")
  options.memory = check_numbers(options.memory, "memory")
  checks.that(not (options.frames and options.memory), 2, "misses", "frames and memory exclude each other")
  return options, check_policies(options.policies or { "fifo", "lru", "clock", "optimal" })
end

-- ====== }

local function curve(s, policy, by, x)
  local count, values = counter(policy.policy, s), {}
  for i, value in ipairs(x) do
    local number = by == "frames" and value or value // s.page_size
    values[i] = number > 0 and count(number)
  end
  return {
    trace = s.trace, policy = policy.name, page_size = s.page_size,
      references = s.references,
    pages = s.distinct, misses = values,
  }
end

--- One trace, or several with names.
local function check_traces(traces)
  if of_traces.is_trace(traces) then return { { nil, traces } } end
  for _, pair in ipairs(checks.list(1, "misses", "what to count misses of, unless it is a trace,", traces)) do
    checks.that(
      type(pair) == "table" and type(pair[1]) == "string" and of_traces.is_trace(pair[2]),
      1, "misses", "a trace is wanted, or a list of { name, trace }: see vmem.paging.trace")
  end
  return traces
end

--- The references of every trace, as pages, for every size of a page.
local function strings_of(traces, page_sizes)
  local strings = {}
  for _, pair in ipairs(traces) do
    for _, size in ipairs(page_sizes) do
      local s = { trace = pair[1], source = pair[2], page_size = size }
      local pages, _, references, distinct = of_traces.pages_of(pair[2], "misses", 2, size)
      s.pages, s.references, s.distinct = pages, references, distinct
      strings[#strings + 1] = s
    end
  end
  return strings
end

---@param traces vmem.paging.trace | { [1]: string, [2]: vmem.paging.trace }[]
---@param options? vmem.paging.misses.options
---@return vmem.paging.misses
function misses.of(traces, options)
  traces = check_traces(traces)
  local self, checked, policies = { curves = {} }, check_options(options)
  options = checked
  local strings = strings_of(traces, options.page_sizes or { 4096 })
  self.by, self.x = scale(options, strings)
  for _, s in ipairs(strings) do
    for _, policy in ipairs(policies) do self.curves[#self.curves + 1] = curve(s, policy, self.by, self.x) end
  end
  return setmetatable(self, misses)
end

--- Misses of one policy with so many frames, or so much memory, as were asked for; nil where that was not.
---@param policy string
---@param x integer
---@param page_size? integer Default: the first one
---@param trace? string Default: the first one
---@return integer?
function misses:at(policy, x, page_size, trace)
  for _, one in ipairs(self.curves) do
    if one.policy == policy and (page_size or one.page_size) == one.page_size
      and (trace or one.trace) == one.trace then
      for i, value in ipairs(self.x) do
        if value == x then return one.misses[i] or nil end
      end
    end
  end
end

-- {====== Pictures ======

--- A curve's name has what differs between the curves, and if nothing does, the policy.
local function name_of(self, one)
  local function differs(key)
    for _, other in ipairs(self.curves) do
      if other[key] ~= one[key] then return true end
    end
  end
  local words = {}
  if differs "trace" then words[1] = one.trace end
  if differs "page_size" then words[#words + 1] = units.size(one.page_size) end
  if #words == 0 or differs "policy" then words[#words + 1] = one.policy end
  return table.concat(words, ", ")
end

--- "6 pages of 4 KiB"; a trace of page numbers has pages of one address.
local function pages_in_words(one)
  local pages = units.of(one.pages, "page")
  return one.page_size == 1 and pages or ("%s of %s"):format(pages, units.size(one.page_size))
end

local function title_of(self)
  local first, sizes, seen = self.curves[1], {}, {}
  for _, one in ipairs(self.curves) do
    if one.trace ~= first.trace then
      return self.by == "memory" and "Misses" or "Misses, pages of " .. units.size(first.page_size)
    end
    local size = pages_in_words(one)
    if not seen[size] then sizes[#sizes + 1] = size end
    seen[size] = true
  end
  return ("Misses of %s to %s"):format(units.of(first.references, "reference"),
    #sizes > 2 and ("pages of %d sizes"):format(#sizes) or table.concat(sizes, " or "))
end

--- The curves for vmem.draw.plot_text and vmem.draw.plot_svg.
---@return vmem.draw.plot
function misses:plot()
  local curves = {}
  for i, one in ipairs(self.curves) do curves[i] = { name = name_of(self, one), values = one.misses } end
  return {
    title = title_of(self),
    x_title = self.by == "frames" and "frames" or "memory", y_title = "misses",
    x_word = self.by == "frames" and units.count or units.size,
    x = self.x, curves = curves,
  }
end

picture.add(misses, "plot", misses.plot)

-- ====== }

checks.methods(misses, "at plot text svg __tostring")

return misses
