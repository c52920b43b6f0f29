--- portable.lua CALLS DONE ANSWERS LEFT_OUT: makes the calls with vmem.win32. Writes those that it made (all
--- but the ones left out by rule), an answer a line, and how often each rule applied.

local calls = require "calls"
local rules = require "rules"
local vmem = require "vmem"
local w32 = require "vmem.win32"

local POISON <const> = 0xDEAD -- no call leaves this error

local function failure() return ("fails %d"):format(w32.GetLastError()) end

--- An address relative to the window, as native.c prints it.
local function relative(address) return ("%x"):format(address - calls.WINDOW) end

local answer = {}

function answer.A(call)
  local address = w32.VirtualAlloc(call.address, call.size, call.type, call.protect)
  if not address then return failure() end
  if call.address ~= 0 then return "ok " .. relative(address) end
  -- Where the system puts it is the system's business.
  assert(w32.VirtualFree(address, 0, w32.MEM_RELEASE))
  return "ok"
end

function answer.F(call)
  return w32.VirtualFree(call.address, call.size, call.type) and "ok" or failure()
end

function answer.P(call)
  local done, old = w32.VirtualProtect(call.address, call.size, call.protect)
  return done and ("ok %x"):format(old) or failure()
end

function answer.Q(call)
  local info = w32.VirtualQuery(call.address)
  if not info then return failure() end
  local is_inside = info.BaseAddress + info.RegionSize <= calls.WINDOW_END
  return ("ok base=%s allocation=%s allocation_protect=%x size=%s state=%x protect=%x type=%x"):format(
    relative(info.BaseAddress), info.AllocationBase == 0 and "none" or relative(info.AllocationBase),
    info.AllocationProtect, is_inside and ("%x"):format(info.RegionSize) or "-", info.State, info.Protect,
    info.Type)
end

--- The page of a fault, not its address: nobody says which byte of a copy comes first.
local function attempt(address, size, act)
  local fault
  w32.try(act, w32.EXCEPTION_EXECUTE_HANDLER, function()
    fault = w32.GetExceptionInformation().ExceptionRecord
  end)
  if fault then
    local information = fault.ExceptionInformation
    return ("faults %x %d %s"):format(fault.ExceptionCode, information[0], relative(information[1] & -0x1000))
  end
  local sum = 0
  for i = 1, size do sum = sum * 31 + vmem.read(address + i - 1, 1):byte() & 0xFFFFFFFF end
  return ("ok %x"):format(sum)
end

function answer.M(call)
  return attempt(call.address, call.size, function()
    w32.MoveMemory(call.address, calls.base(call.slot) + call.source, call.size)
  end)
end

function answer.B(call)
  return attempt(call.address, call.size, function() w32.FillMemory(call.address, call.size, call.byte) end)
end

function answer.Z(call)
  return attempt(call.address, call.size, function() w32.ZeroMemory(call.address, call.size) end)
end

-- Their handles stay open.
local sections = {}
for i = 0, #calls.sections do
  local protect, size = table.unpack(calls.sections[i])
  sections[i] = assert(w32.CreateFileMapping(w32.INVALID_HANDLE_VALUE, nil, protect, 0, size, nil))
end

function answer.V(call)
  local address = w32.MapViewOfFileEx(sections[call.section], call.access, call.from >> 32,
    call.from & 0xFFFFFFFF, call.size, call.address)
  return address and "ok " .. relative(address) or failure()
end

function answer.U(call) return w32.UnmapViewOfFile(call.address) and "ok" or failure() end

function answer.L(call) return w32.FlushViewOfFile(call.address, call.size) and "ok" or failure() end

local around = w32.VirtualQuery(calls.WINDOW - calls.SLOT_SIZE)
if around.State ~= w32.MEM_FREE or around.RegionSize < (calls.SLOTS + 2) * calls.SLOT_SIZE then
  error("the window of addresses is not free")
end

local done, answers = assert(io.open(arg[2], "w")), assert(io.open(arg[3], "w"))
local applied = {}
for line in io.lines(arg[1]) do
  local call = calls.parse(line)
  local leaves_out, hiding = rules.judge(call)
  if leaves_out then
    applied[leaves_out] = (applied[leaves_out] or 0) + 1
  else
    w32.SetLastError(POISON)
    local ok, text = pcall(answer[call.op], call)
    if not ok then text = "raises " .. tostring(text):match("[^\n]*") end
    for _, rule in ipairs(hiding) do
      local less = rules.hide(rule, text)
      if less ~= text then applied[rule] = (applied[rule] or 0) + 1 end
      text = less
    end
    done:write(line, "\n")
    answers:write(text, "\n")
  end
end
assert(done:close() and answers:close())

local left_out = assert(io.open(arg[4], "w"))
for _, rule in ipairs(rules) do
  left_out:write(("%s %s %d %s\n"):format(rule.hides and "part" or "call", rule.name,
    applied[rule] or 0, rule.why))
end
assert(left_out:close())
