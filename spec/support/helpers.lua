--- Functions that the specs share; no specs.

local busted = require "busted"
local interpreter = require "interpreter"
local vmem = require "vmem"

local helpers = {}

-- {====== Where the specs run ======

helpers.on_linux = vmem.system == "linux"
helpers.on_windows = vmem.system == "windows"

local EPERM <const>, EINVAL <const>, ENOSYS <const> = 1, 22, 38

local preloaded = os.getenv("LD_PRELOAD") or ""

--- A function like it(), for specs that only run where the condition holds. Elsewhere they are pending, and
--- say why. `it` is called instead of busted's.
local function only(condition, why, it)
  return function(name, run)
    if condition then
      (it or busted.it)(name, run)
    else
      busted.pending(("%s (%s)"):format(name, why))
    end
  end
end

local untold <const> = vmem.system .. " does not tell"

--- For specs that only Linux can answer.
helpers.linux_it = only(helpers.on_linux, untold)

local function can_be_read(path)
  local file <close> = io.open(path)
  return file ~= nil
end

--- Whether Linux tells about this process in /proc, as it does not in every container.
helpers.has_proc = helpers.on_linux and can_be_read "/proc/self/maps"
helpers.proc_it = only(helpers.has_proc, helpers.on_linux and "needs /proc/self" or untold)

--- Whether the system reports addresses outside regions.
helpers.tells_areas = helpers.on_windows or helpers.has_proc
helpers.areas_it = only(helpers.tells_areas, helpers.on_linux and "needs /proc/self" or untold)

--- Where there are a shell and processes as Unix has them.
helpers.unix_it = only(not helpers.on_windows, "needs a Unix")

helpers.windows_it = only(helpers.on_windows, "needs Windows")

--- For specs with Unix's limits, without sanitizers: these need more address space than the spec leaves them.
helpers.no_sanitizer_it = only(not preloaded:find("[atu]b?san"), "not under a sanitizer", helpers.unix_it)

--- On Linux, and not under a sanitizer, whose memory and mappings are its own.
helpers.bare_linux_it = helpers.on_linux and helpers.no_sanitizer_it or helpers.linux_it
helpers.bare_proc_it = helpers.has_proc and helpers.bare_linux_it or helpers.proc_it

helpers.under_valgrind = os.getenv "VMEM_VALGRIND" ~= nil

--- The value of one of the shell's limits, or "unlimited".
function helpers.ulimit(letter)
  if helpers.on_windows then return "unlimited" end
  local pipe <close> = assert(io.popen("ulimit -" .. letter))
  return pipe:read "a":match "%S+"
end

--- For specs with a region of 32 GiB and more, committed or not. Valgrind keeps everything below 128 GiB.
--- `it` is it() or a similar function.
function helpers.vast_it(name, run, it)
  local limit = helpers.under_valgrind and "valgrind has addresses for less"
    or helpers.ulimit "v" ~= "unlimited" and "ulimit -v is in force"
  only(not limit, limit, it)(name, run)
end

--- Whether a sandbox, or an old kernel, refuses a system call (see c/probe.c), which must be without effect.
--- Where there is no probe, nothing is taken for refused.
function helpers.is_refused(call, ...)
  local built, probe = pcall(require, "probe")
  local errno = helpers.on_linux and built and probe.errno_of(call, ...)
  return errno == EPERM or errno == EINVAL or errno == ENOSYS
end

local ADVICE <const> = { DONTNEED = 4, DONTDUMP = 16, GUARD_INSTALL = 102 }

--- For specs of what takes an advice of madvise on Linux. `it` is it() or a similar function.
function helpers.advice_it(advice, name, run, it)
  local refused = helpers.is_refused("madvise", 0, 0, ADVICE[advice])
  only(not refused, "madvise refuses MADV_" .. advice, it)(name, run)
end

--- What vmem does not use on this system: its name -> the reason.
helpers.lacks = {}
for _, offer in ipairs(helpers.on_linux and require("vmem.core").offers() or {}) do
  helpers.lacks[offer[1]] = offer[2]
end

local has_sparse_regions
do
  local region <close> = vmem.reserve(1, { sparse = true })
  has_sparse_regions = region.sparse
end

--- For specs of regions that are, or become, sparse; and the same, not under a sanitizer, whose memory and
--- mappings are its own.
helpers.sparse_it = only(has_sparse_regions, "this system has no sparse regions")
helpers.bare_sparse_it = only(has_sparse_regions, "this system has no sparse regions", helpers.bare_linux_it)

--- Pages of sections are attached at multiples of this, in bytes.
helpers.attach_unit = helpers.on_windows and vmem.allocation_granularity or vmem.page_size

--- For specs of sections: not where small regions are sparse (VMEM_COMMIT=missing), or there are none.
do
  local region <close> = vmem.reserve(helpers.attach_unit)
  local section <close> = vmem.section(1)
  helpers.has_sections = section ~= nil and not region.sparse
  helpers.section_it = only(section and not region.sparse,
    section and "small regions are sparse here" or "this system has no sections")
end

--- The same for sections that grow.
helpers.grow_it = only(not helpers.on_windows, "sections do not grow here", helpers.section_it)

--- The size of a region for vast_it, in bytes. Wine takes a byte of RAM for each page of a reservation, and
--- keeps it: 16 GiB for 64 TiB.
helpers.vast_size = helpers.on_windows and 1 << 40 or 1 << 46

--- Whether each of the processor's page tables takes a page. On POWER they are smaller.
function helpers.tables_are_pages()
  local pipe <close> = io.popen "uname -m"
  return not pipe:read("a"):find "^ppc"
end

--- Whether all pages of zeros that were only read share one page, which counts for no process. Some kernels
--- have no shared page: there a page of a sparse region is in RAM from its commit on.
function helpers.zeros_are_shared(region)
  local page <close> = assert(vmem.allocate(vmem.page_size))
  assert(page:view("u8")[1] == 0)
  return page:resident() == 0 or not region.sparse
end

-- ====== }

--- How many steps of Lua's virtual machine fn() takes, in hundreds: the same on a fast machine and on a slow
--- one.
function helpers.steps(fn)
  local steps = 0
  debug.sethook(function() steps = steps + 1 end, "", 100)
  fn()
  debug.sethook()
  return steps
end

-- {====== Nothing is left behind ======

local running = "nobody"
busted.subscribe({ "test", "start" }, function(element) running = element.name end)

local function live_regions()
  local count = 0
  for _ in vmem.regions() do count = count + 1 end
  return count
end

--- The live regions, after all garbage has been collected.
function helpers.count_regions()
  collectgarbage()
  collectgarbage()
  return live_regions()
end

--- To be called in describe, before anything else: after each spec there must be as many live regions
--- as before the first.
function helpers.no_regions_left()
  local before

  --- Collecting takes long in a process that runs all specs: only where it could make a difference.
  local function check(collects)
    vmem.on_fault(nil) -- a spec that fails may have left its own
    local count = not collects and live_regions()
    if count ~= before then count = helpers.count_regions() end
    local left = count - (before or count)
    before = count
    if left ~= 0 then error(("%q left %d regions behind"):format(running, left), 0) end
  end

  -- Not after_each: the spec file's own after_each, which releases, would run later.
  busted.before_each(function() check(before == nil) end)
  busted.teardown(function() check(true) end)
end

-- ====== }

-- {====== Regions, files and modules that several specs use ======

--- What a rockspec says: package, dependencies, build and the rest.
---@param rock "vmem"|"vmem-command"
function helpers.rockspec(rock)
  local values = {}
  assert(loadfile(("rockspec/%s-scm-1.rockspec"):format(rock), "t", values))()
  return values
end

--- module -> its Lua file, of those that scripts require.
function helpers.public_modules()
  local modules = {}
  for name, path in pairs(helpers.rockspec("vmem").build.modules) do
    if type(path) == "string" then modules[name] = path end -- else it is written in C
  end
  return modules
end

--- module -> its Lua file, of all modules of the library and the command, as the rockspecs list them.
function helpers.modules()
  local modules = helpers.public_modules()
  for _, rock in ipairs { "vmem", "vmem-command" } do
    for name, path in pairs(helpers.rockspec(rock).build.install.lua) do
      if not path:find "^examples/" then modules[name] = path end
    end
  end
  return modules
end

--- Part of a script: takes every descriptor that the process may have. They stay in `files`: a collection
--- would close them otherwise.
helpers.take_descriptors = [[
  local files, file = {}
  repeat
    file = io.open "/dev/null"
    files[#files + 1] = file
  until not file
]]

--- Part of a script: mappings() is how many the process has.
helpers.count_mappings = [[
  local function mappings()
    local count = 0
    for _ in io.lines("/proc/self/maps") do count = count + 1 end
    return count
  end
]]

--- The limit of mappings of a process, or, where Linux does not tell it, more than is usual.
helpers.most_mappings = 1 << 20
do
  local file <close> = io.open "/proc/sys/vm/max_map_count"
  if file then helpers.most_mappings = file:read "n" end
end

--- The size of a region in which the mappings of every second page are more than a process may have.
helpers.many_pages = 2 * (helpers.most_mappings + 1000) * vmem.page_size

--- Part of a script: takes every mapping that the process may have, into `filler`. A page by itself takes
--- two; one beside another page takes the last.
helpers.take_mappings = ("local filler = assert(vmem.reserve(%d, { sparse = false }))"):format(
  helpers.many_pages) .. [[
  do
    local page, before = 1
    repeat -- what is collected gives mappings back where malloc is musl's
      collectgarbage()
      before = page
      while filler:commit(page * P, P, "r") do page = page + 2 end
      while filler:commit((page - 1) * P, P, "rx") do page = page + 2 end
    until page == before
  end
]]

--- Part of a script: `mapped` says whether malloc keeps its memory in mappings without a name, which come and
--- go at any time, and not in a heap. Musl's does, whose heap is small and begins with an inaccessible page,
--- and so does a sanitizer's.
helpers.knows_malloc = [[
  local file <close> = io.open "/proc/self/maps"
  local maps = file and file:read "a" or ""
  local mapped = os.getenv "LD_PRELOAD" or maps:find "%-%-%-p[^\n]*%[heap%]" or not maps:find "%[heap%]"
]]

--- For specs that only hold where malloc has a heap.
helpers.heap_it = only(not load(helpers.knows_malloc .. "return mapped")(), "malloc has no heap here",
  helpers.bare_linux_it)

--- The file that a function's debug information names, with slashes on Windows, too.
function helpers.source_of(info) return (info.source:gsub("^@", ""):gsub("\\", "/"):gsub("^%./", "")) end

--- A region with a reserved page, two of rw, one of r+guard, and a reserved one.
function helpers.mixed_region()
  local region = vmem.reserve(5 * vmem.page_size, { protection = "rwx" })
  region:commit(vmem.page_size, 2 * vmem.page_size, "rw")
  region:commit(3 * vmem.page_size, vmem.page_size, "r+guard")
  return region
end

--- A file with this text, to be read from its start.
function helpers.file_of(text)
  local file = assert(io.tmpfile())
  file:write(text)
  file:seek("set")
  return file
end

--- All that is in a file.
function helpers.contents(file)
  file:seek("set")
  return file:read("a")
end

--- A module loaded anew over regions whose verbs are refused where refuses(verb) says so.
function helpers.over_refusals(name, verbs, refuses)
  local methods, loaded, real = require("vmem.core").region_methods, package.loaded[name], {}
  for _, verb in ipairs(verbs) do
    local does = methods[verb]
    real[verb] = does
    methods[verb] = function(...)
      if not refuses(verb) then return does(...) end
      return nil, "cannot " .. verb, "too_many_mappings"
    end
  end
  package.loaded[name] = nil
  local module = require(name)
  package.loaded[name] = loaded
  for verb, does in pairs(real) do methods[verb] = does end
  return module
end

-- ====== }

-- {====== Errors and faults ======

--- Fails unless fn(...) raises an error that says this, somewhere.
function helpers.raises(text, fn, ...)
  local ok, problem = pcall(fn, ...)
  if ok then error(("nothing was raised, but should have been: %s"):format(text), 2) end
  if not tostring(problem):find(text, 1, true) then
    error(("this was raised: %s\nand should have been: %s"):format(problem, text), 2)
  end
end

--- The code of a call that the system has refused: given nil, a message and the code.
function helpers.refusal(result, message, code)
  if result ~= nil or type(message) ~= "string" then
    error(("not refused, but this was given: %s, %s"):format(result, message), 2)
  end
  return code
end

function helpers.is_fault(value)
  return type(value) == "userdata" and debug.getmetatable(value).__name == "vmem.fault"
end

--- The fault that fn(...) raises. Fails if there is none, or another error.
function helpers.fault(fn, ...)
  local ok, fault = pcall(fn, ...)
  if ok then error("no fault was raised", 2) end
  if not helpers.is_fault(fault) then error("not a fault: " .. tostring(fault), 2) end
  return fault
end

-- ====== }

-- {====== Pages ======

--- The pages of a small region, a word for each: "reserved rw r+guard".
function helpers.pages(region)
  local words = {}
  for i, page in ipairs(region) do words[i] = page.protection or page.state end
  return table.concat(words, " ")
end

--- The same, as region:runs reports it.
function helpers.runs(region)
  local words = {}
  for _, size, state, protection in region:runs() do
    words[#words + 1] = ("%d %s"):format(size // vmem.page_size, protection or state)
  end
  return table.concat(words, ", ")
end

--- The words of VmFlags that Linux shows for the mapping at an address: { dd = true, … }.
function helpers.flags_at(address)
  local inside, flags = false, {}
  for line in io.lines("/proc/self/smaps") do
    local first, last = line:match("^(%x+)%-(%x+) ")
    if first then inside = tonumber(first, 16) <= address and address < tonumber(last, 16) end
    local words = inside and line:match("^VmFlags: (.*)")
    for word in (words or ""):gmatch("%a+") do flags[word] = true end
  end
  return flags
end

-- ====== }

-- {====== Accesses ======

--- Every way to touch a region's memory, over the border of its first two pages or in the second
--- alone: functions of the region, another one, and a file.
local function accesses()
  local P = vmem.page_size
  local from = P - 4
  return {
    { "view[i]", "read", function(r) return r:view("u64", from)[1] end },
    { "view:get", "read", function(r) return r:view("u16", from):get(1, 4) end },
    { "view:sum", "read", function(r) return r:view("u16", from, 4):sum() end },
    { "view:minmax", "read", function(r) return r:view("u16", from, 4):minmax() end },
    { "view:copy, from", "read", function(r, other) other:view("u16"):copy(r:view("u16", from, 4)) end },
    { "view[i] of f64be", "read", function(r) return r:view("f64be", from, { from = 0 })[0] end },
    { "view:get of u16be", "read", function(r) return r:view("u16be", from):get(1, 4) end },
    { "view:get with a stride", "read", function(r) return r:view("u16", from, 3, 3):get(1, 3) end },
    { "view:sum with a stride", "read", function(r) return r:view("u16be", from, 3, 3):sum() end },
    { "view:copy, from u16be", "read", function(r, other)
      other:view("u16"):copy(r:view("u16be", from, 4)) end },
    { "view:copy, from a stride", "read", function(r, other)
      other:view("u16le"):copy(r:view("u16be", from, 3, 3)) end },
    { "region:read", "read", function(r) return r:read(from, 8) end },
    { "region:cstring", "read", function(r) return r:cstring(from, 8) end },
    { "region:find", "read", function(r) return r:find("AA", from, 8) end },
    { "region:nonzero", "read", function(r) return r:nonzero(from, 8) end },
    { "region:copy, from", "read", function(r, other) other:copy(0, from, 8, r) end },
    { "region:compare", "read", function(r, other) return r:compare(from, 0, 8, other) end },
    { "region:compare, with", "read", function(r, other) return other:compare(0, from, 8, r) end },
    { "region:unpack", "read", function(r) return r:unpack(from, "I2 I2 I4") end },
    { "region:unpack of a string", "read", function(r) return r:unpack(from + 3, "s1") end },
    { "region:save", "read", function(r, _, file) return r:save(file, from, 8) end },
    { "page:read", "read", function(r) return r[2]:read() end },
    { "vmem.read", "read", function(r) return vmem.read(r.base + from, 8) end },
    { "view[i] =", "write", function(r) r:view("f64", from)[1] = 1.5 end },
    { "view:set", "write", function(r) r:view("u16", from):set(1, 1, 2, 3, 4) end },
    { "view:fill", "write", function(r) r:view("u16", from, 4):fill(7) end },
    { "view:copy, to", "write", function(r, other) r:view("u16", from):copy(other:view("u16", 0, 4)) end },
    { "view[i] = of u64be", "write", function(r) r:view("u64be", from)[1] = 77 end },
    { "view:set of f32be", "write", function(r) r:view("f32be", from):set(1, 1.5, 2) end },
    { "view:set with a stride", "write", function(r) r:view("u16", from, 3, 3):set(1, 1, 2, 3.0) end },
    { "view:fill with a stride", "write", function(r) r:view("i16be", from, 3, 3):fill(-7) end },
    { "view:copy, to u16be", "write", function(r, other)
      r:view("u16be", from):copy(other:view("u16", 0, 4)) end },
    { "view:copy, to a stride", "write", function(r, other)
      r:view("u16be", from, 3, 3):copy(other:view("u16", 5, 3, 7)) end },
    { "region:write", "write", function(r) r:write(from, "12345678") end },
    { "region:fill", "write", function(r) r:fill(from, 8, 66) end },
    { "region:copy, to", "write", function(r, other) r:copy(from, 0, 8, other) end },
    { "region:pack", "write", function(r) return r:pack(from, "z", "1234567") end },
    { "region:load", "write", function(r, _, file) return r:load(file, from, 8) end },
    { "region:load to the file's end", "write", function(r, _, file) return r:load(file, from) end },
    { "page:write", "write", function(r) r[2]:write("1234") end },
    { "vmem.write", "write", function(r) vmem.write(r.base + from, "12345678") end },
  }
end

--- A list of { name, kind, touch, when_released }: touch gets an access_kit, when_released is its message
--- after the release of the kit's region.
helpers.accesses = {}
for i, case in ipairs(accesses()) do
  local name, kind, touch = table.unpack(case)
  helpers.accesses[i] = {
    name = name,
    kind = kind,
    -- an address alone does not show that it was in a region
    when_released = name:find("^vmem") and "no live region holds this address" or "region is released",
    touch = function(kit) return touch(kit.region, kit.other, kit.file) end,
  }
end

local kit = {}

function kit:__close()
  self.file:close()
  if vmem.at(self.base) == self.region then self.region:release() end
  self.other:release()
end

--- What an access needs: a region of four pages full of "A", another page, and a file that holds
--- "12345678". To be closed; the region may have been released.
function helpers.access_kit(options)
  local region, other = vmem.allocate(4 * vmem.page_size, options), vmem.allocate(vmem.page_size)
  region:fill(0, region.size, 65)
  local file = assert(io.tmpfile())
  file:write("12345678")
  file:seek("set")
  return setmetatable({ region = region, base = region.base, other = other, file = file }, kit)
end

--- What an access gives and leaves behind.
function helpers.outcome(access, used)
  local results = table.pack(access.touch(used))
  used.file:seek("set")
  return { results, used.region:read(), used.other:read(), used.file:read("a") }
end

--- A handler that gives a page the state that it has in the access_kit.
function helpers.mend(fault)
  local region, offset = fault.region, (fault.page - 1) * vmem.page_size
  region:commit(offset, vmem.page_size):fill(offset, vmem.page_size, 65)
  return true
end

-- ====== }

-- {====== Processes ======

-- Lua prefers the names with its version, so the built files run whatever else is set. The scripts may end
-- early and remove finalizers: their leaks prove nothing.
local unix_command = "export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0:allocator_may_return_null=1;"
  .. "%s %s %s %s 2>&1"

--- The shell's command. The shell of Windows cannot set variables before a command; there the environment of
--- the specs has them.
local function command_for(name, before)
  if helpers.on_windows then return ("%s %s 2>&1"):format(arg[-1]:gsub("/", "\\"), name) end
  return unix_command:format(before or "", interpreter.variables, interpreter.command, name)
end

--- Shell text before a command, for run_script: root may lock any number of pages, unless it gives up that
--- right. Its other rights stay: another user might not find the interpreter.
helpers.NO_RIGHT_TO_LOCK = "$(command -v setpriv >/dev/null && test $(id -u) = 0"
  .. " && echo setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock) env"

local names = 0

--- A name for a section that no other process has, nor an earlier call.
function helpers.new_name(what)
  names = names + 1
  return ("%s %d %d %d"):format(what, os.time(), require "vmem.core".process_id(), names)
end

--- Runs a script in a separate process. Returns its output, whether it succeeded, and the name of its file.
--- `before` is shell text to put before the command, not on Windows.
function helpers.run_script(text, before)
  local name = os.tmpname()
  if helpers.on_windows then name = os.getenv("TEMP") .. name:gsub("%.$", "") end
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
  local pipe = io.popen(command_for(name, before))
  for _ = 1, helpers.on_windows and not pipe and 3 or 0 do -- Wine sometimes fails to start a process
    pipe = pipe or io.popen(command_for(name, before))
  end
  local output = assert(pipe, "no process was started"):read("a")
  local ok = pipe:close()
  os.remove(name)
  return output, ok or false, name
end

-- ====== }

return helpers
