--- The environments in which specs of the core run: a list of tables.
---
--- name
--- before: shell text in front of the command. $WORK is a folder for it.
--- prove: runs in the process of the specs before any of them, and raises an error if that process is not in
---   the environment. What a process can do to itself is done here, too.
--- slow: the slow spec files that run there.

local EPERM <const>, EBADF <const>, ENOSPC <const>, ENOSYS <const> = 1, 9, 28, 38

--- It also has output_of, which is no environment.
local list = {}

local function add(name, before, prove, ...)
  list[#list + 1] = { name = name, before = before, prove = prove, slow = { ... } }
end

local function output_of(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read "a":match "^%s*(.-)%s*$"
end

list.output_of = output_of

local function expect(expected, got, what)
  if expected ~= got then error(("%s: %s, not %s"):format(what, got, expected), 0) end
end

local function exists(path)
  local file <close> = io.open(path)
  return file ~= nil
end

--- Lines of the shell, as a program that runs them before the command. They have no single quote.
local function shell(lines) return ("sh -c '%s; exec \"$@\"' sh"):format(lines) end

-- {====== Users and namespaces ======

local is_root = output_of "id -u" == "0"
local as_user = is_root and "setpriv --reuid=65534 --regid=65534 --clear-groups" or ""
local unshare = is_root and "unshare" or "unshare -r"

--- Goes to a copy, in another folder, of what these specs read.
local function copied(folder)
  return ([[mkdir -p FOLDER && tar cf - .busted lua spec "$VMEM_BUILD/vmem" "$VMEM_BUILD"/*.so |
    (umask 022; tar xf - -C FOLDER) && cd FOLDER && chmod -R a+rX . && ]]):gsub("FOLDER", folder)
end

local function is_no_root() assert(output_of "id -u" ~= "0", "this is root") end

add("an ordinary user", copied '"$WORK/user"' .. as_user, is_no_root, "marked", "property")

add("an ordinary user who may lock nothing", copied '"$WORK/locks"' .. "ulimit -l 0;" .. as_user, function()
  is_no_root()
  expect("0", output_of "ulimit -l", "ulimit -l")
end, "noproc")

add("a user namespace", "unshare -Ur", function()
  local file <close> = assert(io.open "/proc/self/uid_map")
  assert(not file:read "a":find "4294967295", "all users are in it")
end, "sparse_region")

add("a PID namespace", unshare .. " -pf --mount-proc", function()
  local file <close> = assert(io.open "/proc/1/cmdline")
  assert(file:read "a":find("run.lua", 1, true), "another program is process 1")
end)

add("a PID namespace that sees the /proc of another one", unshare .. " -pf", function()
  local file <close> = assert(io.open "/proc/self/stat")
  assert(file:read "n" ~= tonumber(output_of "echo $PPID"), "/proc has the process under its own number")
end)

add("no /proc", unshare .. " -m " .. shell "mount -t tmpfs none /proc", function()
  assert(not exists "/proc/self/maps" and not exists "/proc/meminfo", "/proc is there")
end, "areas", "conceal", "sparse_region")

add("a /proc that tells of processes alone",
  unshare .. " -pfm " .. shell "mount -t proc -o subset=pid none /proc", function()
    assert(exists "/proc/self/maps", "there is no /proc")
    assert(not exists "/proc/meminfo" and not exists "/proc/sys/vm/max_map_count", "all of /proc is there")
  end, "limits")

add("a /proc that says that every writable page is counted", unshare .. " -m "
  .. shell 'echo 2 >"$WORK/strict" && mount --bind "$WORK/strict" /proc/sys/vm/overcommit_memory', function()
    local file <close> = assert(io.open "/proc/sys/vm/overcommit_memory")
    expect(2, file:read "n", "vm.overcommit_memory")
  end, "marked")

add("a read-only tree",
  unshare .. " -m " .. shell 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD"', function()
    local file, message = io.open("written", "w")
    if file then os.remove "written" end
    assert(not file and message:find "Read%-only", "it can be written")
  end)

local blank <const> = [[sp ace/v  m]]

add("a path with blanks", copied(('"$WORK/%s"'):format(blank)), function()
  assert(output_of "pwd":find(blank, 1, true), "it has none")
end, "areas")

-- ====== }

-- {====== System calls that a sandbox refuses ======

--- { name, call, its arguments in a trial, where it has no effect; which argument tells (counted from 0),
--- which of its bits, and what they are }
local calls = {
  { "userfaultfd", "userfaultfd", { -1 }, slow = { "limits" } },
  { "the ioctls of userfaultfd", "ioctl", { -1, 0xaa3f }, 1, 0xff00, 0xaa00, slow = { "sparse_region" } },
  { "guard markers", "madvise", { 1, 0, 102 }, 2, 0xfe, 102, slow = { "marked", "turning_sparse" } },
  { "PROCMAP_QUERY", "ioctl", { -1, 0x6611 }, 1, 0xffff, 0x6611, slow = { "areas" } },
  { "PAGEMAP_SCAN", "ioctl", { -1, 0x6610 }, 1, 0xffff, 0x6610, slow = { "backed" } },
  { "process_vm_readv", "process_vm_readv", { -1 }, slow = { "property" } },
  { "mlock", "mlock", { 1 } },
  { "madvise", "madvise", { 1 }, slow = { "conceal", "marked" } },
  { "mremap", "mremap", { 1 } },
  { "mincore", "mincore", { 1 }, slow = { "noproc" } },
  { "names of mappings", "prctl", { 0x53564d41, 1 }, 0, 0xffffffff, 0x53564d41 },
}

for _, case in ipairs(calls) do
  local name, call, trial, argument, bits, value = table.unpack(case, 1, 6)
  for _, errno in ipairs { EPERM, ENOSYS } do
    local word = errno == EPERM and "EPERM" or "ENOSYS"
    add(("%s refused with %s"):format(name, word), "", function()
      local probe = require "probe"
      assert(probe.refuse(call, errno, argument, bits, value))
      expect(errno, probe.errno_of(call, table.unpack(trial)), call)
    end, table.unpack(errno == EPERM and case.slow or {}))
  end
end

-- ====== }

-- {====== Limits ======

--- ulimit's letter, the value in ulimit's units, slow files
for _, limit in ipairs {
  { "v", 8 << 20, "noproc" }, { "d", 1 << 20, "marked" }, { "n", 12, "areas" }, { "s", 256 },
  { "s", "unlimited" },
} do
  local letter, value = table.unpack(limit)
  add(("ulimit -%s %s"):format(letter, value), ("ulimit -%s %s;"):format(letter, value), function()
    expect(tostring(value), output_of("ulimit -" .. letter), "ulimit -" .. letter)
  end, limit[3])
end

-- ====== }

-- {====== Standard descriptors ======

local function fails(errno, act, file)
  local _, _, got = act(file)
  expect(errno, got, "errno")
end

local function read(file) return file:read(1) end

local function write(file)
  local written, message, errno = file:write "x"
  if not written then return nil, message, errno end
  return file:flush()
end

add("standard input closed", shell "exec <&-", function() fails(EBADF, read, io.stdin) end)
add("standard output closed", shell "exec >&-", function() fails(EBADF, write, io.stdout) end)
add("standard error closed", shell "exec 2>&-", function() fails(EBADF, write, io.stderr) end)
add("all standard descriptors closed", shell "exec <&- >&- 2>&-", function()
  fails(EBADF, read, io.stdin)
  fails(EBADF, write, io.stdout)
  fails(EBADF, write, io.stderr)
end)
add("a full standard output", shell "exec >/dev/full", function() fails(ENOSPC, write, io.stdout) end)

-- ====== }

-- {====== Variables of the environment ======

add("hardly a variable, and a narrow dumb terminal",
  'env -i PATH="$PATH" VMEM_ENVIRONMENT="$VMEM_ENVIRONMENT" VMEM_BUILD="$VMEM_BUILD" WORK="$WORK"'
  .. ' VMEM_SEED="$VMEM_SEED" TERM=dumb COLUMNS=20', function()
    expect(nil, os.getenv "HOME" or os.getenv "TMPDIR", "HOME or TMPDIR")
    expect("20", os.getenv "COLUMNS", "COLUMNS")
  end, "formats", "hostile")

--- A host may call setlocale, and so does this process.
local function add_locale(name, number, before)
  add("locale " .. name, before, function()
    assert(os.setlocale "", "there is no such locale")
    expect(name, os.setlocale(nil, "numeric"), "locale")
    expect(number, ("%.1f"):format(1.5), "number")
  end)
end

add_locale("C", "1.5", "export LC_ALL=C;")
for _, case in ipairs { { "ko_KR", "1.5" }, { "de_DE", "1,5" } } do
  local locale, number = table.unpack(case)
  add_locale(locale .. ".UTF-8", number, ([[
    mkdir -p "$WORK/locales"; export LOCPATH="$WORK/locales" LC_ALL=LOCALE.UTF-8
    [ -d "$LOCPATH/$LC_ALL" ] || localedef -c -i LOCALE -f UTF-8 "$LOCPATH/$LC_ALL"
    [ -d "$LOCPATH/$LC_ALL" ] && ]]):gsub("LOCALE", locale))
end

--- What takes these variables as they are finds a vmem that cannot be loaded.
local decoy <const> = [[mkdir -p "$WORK/decoy/vmem"; echo 'error "the decoy"' >"$WORK/decoy/vmem.lua"
  echo no library >"$WORK/decoy/vmem/core.so"; echo no library >"$WORK/decoy/probe.so"
  path="$WORK/decoy/?.lua;${LUA_PATH_5_4:-${LUA_PATH:-;}}"
  cpath="$WORK/decoy/?.so;${LUA_CPATH_5_4:-${LUA_CPATH:-;}}"
  unset LUA_PATH_5_4 LUA_CPATH_5_4 LUA_INIT_5_4
  env LUA_PATH%s="$path" LUA_CPATH%s="$cpath" LUA_INIT%s="INIT_RAN = 1"]]

for _, version in ipairs { "", "_5_4" } do
  add(("LUA_PATH%s, LUA_CPATH%s, LUA_INIT%s"):format(version, version, version),
    decoy:format(version, version, version), function()
      for _, word in ipairs { "path", "cpath" } do
        assert(package[word]:find("decoy", 1, true), word .. " is not taken")
      end
      assert(rawget(_G, "INIT_RAN"), "LUA_INIT did not run")
    end, version == "" and "reload" or "noproc")
end

-- ====== }

return list
