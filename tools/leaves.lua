-- leaves.lua OBJECTS: checks the C files named *_guarded.c: a signal may leave them in the middle
-- (csrc/os/guard.h), so they call each other, and of all other functions only those listed here. The
-- argument is the folder of the object files.

local objects = dofile "tools/objects.lua"

local folder <const> = ...

local LEAVES <const> = { "memcpy", "memmove", "memset", "memchr", "memcmp" }

-- What the files call outside of leaves, before or after one runs.
local AROUND <const> = {
  ["core/bytes_guarded.o"] = { "os_get_limits" },
  ["os/touch_guarded.o"] = { "os_get_limits" },
  ["os/unix_guarded.o"] = {
    "__sigsetjmp", "sigsetjmp", "_setjmp", "setjmp", "siglongjmp", "sigaction", "sigemptyset", "raise",
    "pthread_atfork", "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_once", "pthread_sigmask",
    "dladdr", "dlopen", "getauxval", "os_get_limits",
  },
}

-- What compilers add.
local ADDED <const> = { "__stack_chk_fail", "__tls_get_addr", "_GLOBAL_OFFSET_TABLE_" }

local allowed <const> = {} -- by every file: functions of guarded files, and all data
local asked <const> = {}   -- file -> symbols
local count = 0

for _, file in ipairs(objects.files_in(folder, ".o")) do
  local is_guarded = file:find("_guarded%.o$") ~= nil
  if is_guarded then asked[file], count = {}, count + 1 end
  for symbol, kind in objects.symbols(folder, file) do
    if kind == "U" and is_guarded then
      table.insert(asked[file], symbol)
    elseif kind ~= "U" and (is_guarded or not kind:find("[Tt]")) then
      allowed[symbol] = true
    end
  end
end
assert(count > 0, "no guarded files in " .. folder)
for _, list in ipairs { LEAVES, ADDED } do
  for _, symbol in ipairs(list) do allowed[symbol] = true end
end

local found = {}
for file, symbols in pairs(asked) do
  local around = {}
  for _, symbol in ipairs(AROUND[file] or {}) do around[symbol] = true end
  for _, symbol in ipairs(symbols) do
    local may = allowed[symbol] or around[symbol]
    if not may then found[#found + 1] = ("%s calls %s"):format(file, symbol) end
  end
end
table.sort(found)
if #found > 0 then
  io.stderr:write("a leaf may call nothing that a signal must not leave:\n", table.concat(found, "\n"), "\n")
  os.exit(1)
end
print(("leaves: %d guarded files call nothing else"):format(count))
