--- What the specs share. Nothing here tests anything.

local busted = require "busted"
local vmem = require "vmem"

local helpers = {}

-- {====== Where the specs run ======

helpers.on_linux = vmem.system == "linux"

local preloaded = os.getenv("LD_PRELOAD") or ""

--- it(), where only Linux can say what the spec asks.
function helpers.linux_it(name, run)
  if helpers.on_linux then
    busted.it(name, run)
  else
    busted.pending(name .. " (" .. vmem.system .. " does not tell)")
  end
end

--- it(), except under a sanitizer, which needs more address space than such a spec leaves it.
function helpers.no_sanitizer_it(name, run)
  if preloaded:find("[atu]b?san") then
    busted.pending(name .. " (not under a sanitizer)")
  else
    busted.it(name, run)
  end
end

-- ====== }

-- {====== Nothing is left behind ======

local running = "nobody"
busted.subscribe({ "test", "start" }, function(element) running = element.name end)

--- The live regions, after everything that nobody holds has been collected.
function helpers.count_regions()
  collectgarbage()
  collectgarbage()
  local count = 0
  for _ in vmem.regions() do count = count + 1 end
  return count
end

--- To be called in describe, before anything else: after each spec there must be as many live regions
--- as before the first, and no handler.
function helpers.no_regions_left()
  local before

  local function check()
    local handler, count = vmem.on_fault(nil), helpers.count_regions()
    local left = count - (before or count)
    before = count
    if handler then error(("%q left its handler behind"):format(running), 0) end
    if left ~= 0 then error(("%q left %d regions behind"):format(running, left), 0) end
  end

  -- Not after_each: a spec file's own after_each, which releases, would run later than ours.
  busted.before_each(check)
  busted.teardown(check)
end

-- ====== }

-- {====== Faults ======

function helpers.is_fault(value)
  return type(value) == "userdata" and debug.getmetatable(value).__name == "vmem.fault"
end

--- The fault that fn(...) raises. Fails if it raises none, or something else.
function helpers.fault(fn, ...)
  local ok, fault = pcall(fn, ...)
  if ok then error("no fault was raised", 2) end
  if not helpers.is_fault(fault) then error("not a fault: " .. tostring(fault), 2) end
  return fault
end

-- ====== }

-- {====== Pages ======

--- What the pages of a small region are, a word for each: "reserved rw r+guard".
function helpers.pages(region)
  local words = {}
  for i, page in ipairs(region) do words[i] = page.protection or page.state end
  return table.concat(words, " ")
end

--- The same, as the region's runs tell it.
function helpers.runs(region)
  local words = {}
  for _, size, state, protection in region:runs() do
    words[#words + 1] = ("%d %s"):format(size // vmem.page_size, protection or state)
  end
  return table.concat(words, ", ")
end

-- ====== }

-- {====== Processes ======

local command = "LUA_PATH='./lua/?.lua;./lua/?/init.lua;;' LUA_CPATH='%s/?.so;;' lua5.4 %s 2>&1"

--- Runs a script in a process of its own. Gives what it wrote, whether it ended well, and the name of
--- the file it was in. `before` is shell text that goes in front.
function helpers.run_script(text, before)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
  local pipe = assert(io.popen((before or "") .. command:format(os.getenv("VMEM_BUILD") or "build", name)))
  local output = pipe:read("a")
  local ok = pipe:close()
  os.remove(name)
  return output, ok or false, name
end

-- ====== }

return helpers
