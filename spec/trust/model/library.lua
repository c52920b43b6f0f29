--- Makes an operation with the library, and describes its outcome in words that the model uses, too.
---
--- An operation is a list of arguments with .on ("vmem", "r1", "v2", "s3"), .call (a method, or one of the
--- names below), .n, and .into, the slot for its result. Arguments that are tables stand for values known
--- only during the run: { region = "r1" }, { view = "v1" }, { snapshot = "s1" }, { section = "m1" },
--- { handler = {…} }, { at = "r1", plus = 17 } for an address, { file = "content" }, { options = {…} }.

local actions = require "model.actions"
local answers = require "model.answers"
local files = require "model.files"
local model = require "model.model"
local vmem = require "vmem"

local Library = {}
Library.__index = Library

local function new()
  return setmetatable({
    slots = {}, names = setmetatable({}, { __mode = "k" }), log = {}, depth = 0, excused = 0,
  }, Library)
end

-- {====== Handlers ======

local function size_of(region)
  local ok, size = pcall(function() return region.size end)
  return ok and size
end

--- A function that does what the data say, at once or in a coroutine, where it waits.
local function handler_of(self, handler)
  if handler == nil then return nil end
  return function(fault)
    model.note(self, self:facts(fault))
    if self.depth >= 2 or handler.is_pager and self.unpacks then return false end
    self.depth = self.depth + 1
    local function obey()
      model.obey(handler.does, fault, size_of, function(name, ...) pcall(actions[name], ...) end)
    end
    if handler.yields and coroutine.isyieldable() then coroutine.yield(obey) else obey() end
    self.depth = self.depth - 1
    if handler.answer == "raise" then error("a handler has raised this", 0) end
    if not handler.answers then return handler.answer end
    if not answers.can(fault) then return false end
    fault:answer((answers.of(fault)))
    table.insert(self.log, answers.line("handler", fault.access, fault.offset, fault.bytes or fault.value,
      fault.type))
    return handler.answer
  end
end

local function nothing() end

--- Functions of a trap that answer each access, or leave it to the handlers; at once or in a coroutine, where
--- they wait.
local function functions_of(self, functions)
  local function has_answer(need, offset, wanted, kind)
    if functions.yields and coroutine.isyieldable() then coroutine.yield(nothing) end
    if functions[need] ~= "answer" then return false end
    table.insert(self.log, answers.line("trap", need, offset, wanted, kind))
    return true
  end
  local function read(offset, size, kind)
    if not has_answer("read", offset, size, kind) then return nil end
    return (answers.of({ access = "read", offset = offset, size = size, type = kind }, true))
  end
  local function write(offset, wanted, kind)
    if not has_answer("write", offset, wanted, kind) then return false end
    return nil
  end
  return { read = functions.read and read, write = functions.write and write }
end

--- Calls f in a coroutine, and does what that yields.
local function wait_for(f, ...)
  local thread = coroutine.create(f)
  local results = table.pack(coroutine.resume(thread, ...))
  while coroutine.status(thread) == "suspended" do
    results[2]()
    results = table.pack(coroutine.resume(thread))
  end
  return table.unpack(results, 1, results.n)
end

-- ====== }

-- {====== What came of it ======

--- The properties of a fault, as the model's faults have them.
function Library:facts(fault)
  return {
    reason = fault.reason, kind = fault.kind, access = fault.access,
    address = fault.address, offset = fault.offset,
    page = fault.page, state = fault.state, protection = fault.protection,
    slot = fault.region and self.names[fault.region], text = tostring(fault),
    size = fault.size, type = fault.type, value = fault.value, bytes = fault.bytes,
    atomic = fault.atomic,
  }
end

--- Refusals that the system may give at any time.
local excuses = { out_of_memory = true, too_many_mappings = true }

--- What is called so has no name of its own: pages, and sections whose object nobody has kept.
local function without_name(object)
  return debug.getmetatable(object).__name == "vmem.section" and "another section" or "page"
end

--- { "returned", … }, { "refused", code }, { "raised", message } or { "fault", facts }; objects by their
--- names.
function Library:outcome(into, ok, first, ...)
  if not ok then
    if type(first) == "userdata" then return { "fault", self:facts(first), n = 2 } end
    return { "raised", tostring(first), n = 2 }
  end
  local results = table.pack(first, ...)
  if first == nil and results.n == 3 and type(results[2]) == "string" and type(results[3]) == "string" then
    return { "refused", results[3], n = 2, excused = excuses[results[3]] }
  end
  if into and type(first) == "userdata" then
    if self.slots[into] then self.names[self.slots[into]] = nil end
    self.slots[into], self.names[first] = first, into
  end
  for i = 1, results.n do
    if type(results[i]) == "userdata" then results[i] = self.names[results[i]] or without_name(results[i]) end
  end
  return { "returned", n = results.n + 1, table.unpack(results, 1, results.n) }
end

-- ====== }

-- {====== Operations that are not methods ======

local function collect(step, state, control)
  local list = {}
  while true do
    local results = table.pack(step(state, control))
    control = results[1]
    if control == nil then return table.unpack(list, 1, #list) end
    for i = 1, results.n do list[#list + 1] = results[i] or false end
  end
end

--- A run as the model gives it.
local function run_of(run)
  if not run then return nil end
  if run.state == "free" or not run.offset then return nil end
  return run.address, run.offset, run.size, run.state, run.protection or false, run.allocation_base,
    run.allocation_size, run.allocation_protection, run.trap or false, run.type, run.section or false
end

local page_calls = {}

function page_calls.fields(page)
  return page.index, page.address, page.offset, page.size, page.state, page.protection or false, page.region,
    page.trap or false
end

page_calls.tostring = tostring

function page_calls.is(page, other) return page == page.region[other] end

local special = {}

function special.length(object) return #object end
function special.index(object, i) return object[i] end
function special.newindex(object, i, value) object[i] = value end

--- Nobody wakes the test.
function special.wait(view, i, value) return view:wait(i, value, 0) end

function special.field(object, name) return object[name] end
special.tostring = tostring
--- The last result, the trap, is nil for most runs.
function special.runs(region)
  local list = {}
  for offset, size, state, protection, trap in region:runs() do
    table.move({ offset, size, state, protection or false, trap or false }, 1, 5, #list + 1, list)
  end
  return table.unpack(list)
end

function special.written(region, ...) return collect(region:written(...)) end
function special.attachments(region) return collect(region:attachments()) end
function special.changed(snapshot) return collect(snapshot:changed()) end
function special.regions() return collect(vmem.regions()) end

function special.areas()
  local list, next_area, message, code = {}, vmem.areas()
  if not next_area then return nil, message, code end
  for area in next_area do
    if area.offset then table.move({ run_of(area) }, 1, 8, #list + 1, list) end
  end
  return table.unpack(list)
end

--- Only some systems write 0x in front.
function special.pointer(region, offset)
  return tonumber(("%p"):format(region:pointer(offset)):match "%x+$", 16)
end

--- By the path that other processes would have; only Linux has one.
function special.section_again(_, section, mode)
  local path = section.path
  if not path then return "no path" end
  return vmem.section(path, mode == "r+" and mode or "r") -- the shrinker may have changed the mode
end

function special.file(_, number, mode, size)
  number, mode, size = files.sensible(number, mode, size)
  assert(io.open(files.path(number), "ab")):close()
  return vmem.section(files.path(number), mode, size and { size = size })
end

--- As another process would do it.
function special.set_file_length(_, asked, length)
  local number, _, size = files.sensible(asked, "r+", length)
  assert(io.open(files.path(number), "ab")):close()
  local section <close> = assert(vmem.section(files.path(number), "r+"))
  return assert(section:resize(size)) ~= nil
end

function special.on_fault(object, handler)
  if object == vmem then return vmem.on_fault(handler) ~= nil end
  return object:on_fault(handler) ~= nil
end

function special.query(object, ...)
  if object ~= vmem then return run_of(object:query(...)) end
  return run_of((vmem.query(...))) -- outside regions the result is not known
end

function special.page(region, name, i, ...)
  local page = region[i]
  if not page then return "none" end
  return (page_calls[name] or page[name])(page, ...)
end

function special.load(region, content, offset, size)
  local file <close> = assert(io.tmpfile())
  assert(file:write(content))
  file:seek("set")
  return region:load(file, offset, size)
end

function special.save(region, _, offset, size)
  local file <close> = assert(io.tmpfile())
  local count, message, errno = region:save(file, offset, size)
  if not count then return nil, message, tostring(errno) end
  file:seek("set")
  return count, file:read("a")
end

-- ====== }

-- {====== Arguments ======

local resolve = {}

function resolve.region(self, argument) return self.slots[argument.region] end
function resolve.view(self, argument) return self.slots[argument.view] end
function resolve.section(self, argument) return self.slots[argument.section] end
function resolve.snapshot(self, argument) return self.slots[argument.snapshot] end
function resolve.at(self, argument) return self.bases[argument.at] + argument.plus end
function resolve.handler(self, argument) return handler_of(self, argument.handler) end
function resolve.functions(self, argument) return functions_of(self, argument.functions) end
function resolve.file(_, argument) return argument.file end
function resolve.options(_, argument) return argument.options end

--- The arguments as the library takes them.
function Library:arguments(op)
  local list = { n = op.n }
  for i = 1, op.n do
    local argument = op[i]
    if type(argument) == "table" then
      for kind, fn in pairs(resolve) do
        if argument[kind] ~= nil then list[i] = fn(self, argument) break end
      end
    else
      list[i] = argument
    end
  end
  return table.unpack(list, 1, list.n)
end

-- ====== }

--- Does it. `bases` are the addresses of the model's regions, by slot.
function Library:perform(op, bases)
  self.bases, self.unpacks = bases, op.call == "unpack"
  local object = op.on == "vmem" and vmem or self.slots[op.on]
  local arguments = table.pack(self:arguments(op))
  local function call()
    if special[op.call] then return special[op.call](object, table.unpack(arguments, 1, arguments.n)) end
    if object == vmem then return vmem[op.call](table.unpack(arguments, 1, arguments.n)) end
    return object[op.call](object, table.unpack(arguments, 1, arguments.n))
  end
  return self:outcome(op.into, (op.waits and wait_for or pcall)(call))
end

--- Drops the last reference to the object, and collects it.
function Library:drop(slot)
  self.slots[slot] = nil
  collectgarbage()
  collectgarbage()
end

function Library:close()
  vmem.on_fault(nil)
  for _, object in pairs(self.slots) do
    local meta = debug.getmetatable(object)
    if meta.__name == "vmem.region" or meta.__name == "vmem.section" then meta.__close(object) end
  end
  self.slots = {}
  for number = 1, files.COUNT do os.remove(files.path(number)) end
end

return { new = new }
