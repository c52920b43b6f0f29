-- If a process may not read its own /proc files, vmem reports nothing false.

local helpers = require "helpers"
local interpreter = require "interpreter"
local vmem = require "vmem"

local probe = [==[
  local vmem, pagetable = require "vmem", require "vmem.pagetable"
  local P = vmem.page_size
  local region = vmem.allocate(4 * P)
  region:write(0, "A"):write(3 * P, "A")
  local bytes = region:resident()
  print("resident", bytes and bytes // P)
  print("page", region[1].resident, region[2].resident)
  local words = {}
  for i, entry in ipairs(pagetable.of(region).entries) do
    local state = entry.state == "mapped" and "hidden" or entry.state
    for _ = 1, entry.count do words[#words + 1] = state end
  end
  print("page table", table.concat(words, " "))
  print("map", (region:map().resident or -P) // P)
  print("nonzero", region:nonzero())
  print("found", region:find("\0A"), (region:read():find("\0A", 1, true)))
  region:decommit(0, P):commit(0, P)
  print("again", region:nonzero())
  local big <close> = vmem.allocate(1024 * P, { wipe = true })
  big:write(1000 * P, "A")
  print("far", big:nonzero())
  print("blames", require("vmem.core").offers()[4][2])
]==]

local P = vmem.page_size
local right = ([[
resident	2
page	true	false
page table	hidden absent absent hidden
map	2
nonzero	0	%d
found	%d	%d
again	%d	%d
far	%d	%d
]]):format(3 * P, 3 * P - 1, 3 * P, 3 * P, 3 * P, 1000 * P, 1000 * P)

-- { what goes before the program, whether pagemap is surely unreadable, what is done to the program }
local namespace = "unshare -m "
if not os.execute "unshare -m true 2>/dev/null" then namespace = "unshare -rm " end
local not_mounted = namespace .. "sh -c 'mount -t tmpfs none /proc && exec \"$@\"' sh "
local environments = {
  ["/proc not mounted"] = { not_mounted, true },
  ["hidepid=2"] = {
    namespace .. "-pf sh -c 'mount -t proc -o hidepid=2 none /proc && exec \"$@\"' sh ", false },
  -- On most kernels, a program that may not be read is not dumpable, and root owns its files in /proc.
  ["not dumpable"] = {
    "$(test $(id -u) = 0 && echo setpriv --reuid=65534 --regid=65534 --clear-groups) ", nil, "chmod 111 %s" },
  ["refused, for tests"] = { "env VMEM_RESIDENT=mincore ", true },
  ["as before Linux 6.7"] = { "env VMEM_RESIDENT=smaps ", nil },
}

-- VMEM_COMMIT=missing brings in a page of zeros for every committed page, and without /proc vmem cannot tell
-- these pages from others.
local it_there = os.getenv "VMEM_COMMIT" == "missing" and pending or helpers.bare_linux_it

describe("where /proc does not tell", function()
  helpers.no_regions_left()

  for name, environment in pairs(environments) do
    it_there("all is well: " .. name, function()
      local before, hidden, change = table.unpack(environment, 1, 3)
      local folder, core = os.tmpname(), interpreter.build
      os.remove(folder) -- so that all users can read the copy
      local prepare = [[umask 022; mkdir -p FOLDER/c/vmem && cp "$(command -v INTERPRETER)" FOLDER/program
        cp -r lua FOLDER/lua && cp CORE/vmem/core.so FOLDER/c/vmem/ && chmod -R a+rX FOLDER]]
      assert(os.execute((prepare:gsub("%u%u%u%u+", { FOLDER = folder, CORE = core,
        INTERPRETER = interpreter.command }))))
      local program = folder .. "/program"
      if change then assert(os.execute(change:format(program))) end
      local file = assert(io.open(folder .. "/probe.lua", "w"))
      file:write(probe)
      file:close()
      local made = os.execute(("%s %s -e '' >/dev/null 2>&1"):format(before, program))
      local paths = ("export %s='%s/lua/?.lua;%s/lua/?/init.lua' %s='%s/c/?.so';"):format(
        interpreter.variable "LUA_PATH", folder, folder, interpreter.variable "LUA_CPATH", folder)
      local command = ("%s %s %s %s/probe.lua 2>/dev/null"):format(paths, before, program, folder)
      local pipe = assert(io.popen(command))
      local output = pipe:read "a"
      pipe:close()
      os.execute("rm -rf " .. folder)
      if not made then return pending("this machine cannot make it: " .. name) end
      if hidden and helpers.is_refused("mincore", 0, 0, 0) then return pending "mincore is refused, too" end
      local told, blamed = output:match "^(.*)blames\t([^\n]*)\n$"
      assert.equal(right, told or output)
      if hidden then assert.equal("/proc/self/pagemap cannot be opened", blamed) end
    end)
  end

  helpers.bare_linux_it("what only /proc tells is refused in words, and nothing else", function()
    if not os.execute(not_mounted .. "true 2>/dev/null") then return pending "needs the right to mount" end
    local output = helpers.run_script([[
      local vmem, layout, P = require "vmem", require "vmem.layout", require "vmem".page_size
      print(select(2, vmem.areas()))
      print(vmem.areas() or select(3, vmem.areas()), select(3, vmem.query(1)), select(3, layout.of()))
      print(vmem.query(assert(vmem.reserve(P, { top_down = true })).base).state)
      ]] .. helpers.take_mappings .. [[
      print(select(3, filler:commit(filler.size - P, P, "r")))
      filler:release()
      print(vmem.peek(vmem.allocate(P).base, 1) == "\0")
    ]], "export VMEM_COMMIT=plain; " .. not_mounted .. "env")
    assert.equal("cannot list the areas of this process: this system cannot do it\tnot_supported\n"
      .. "not_supported\tnot_supported\tnot_supported\nreserved\ntoo_many_mappings\ntrue\n", output)
  end)

  it_there("the page table and the map know that they do not know", function()
    local output = helpers.run_script([[
      local vmem, pagetable = require "vmem", require "vmem.pagetable"
      local draw = require "vmem.draw.pagetable_text" -- files are read while there may be any
      local region = vmem.allocate(4 * vmem.page_size)
      region:write(0, "A")
      region:map()
      tostring(pagetable.of(region))
      local files, file = {}, nil
      repeat -- none may be collected, which would leave room for another
        file = io.open "/dev/null"
        files[#files + 1] = file
      until not file
      local told = pagetable.of(region)
      print(#told.entries, told.entries[1].state, told.note ~= nil, region:map().resident)
    ]], "ulimit -n 40;")
    assert.equal("1\tunknown\ttrue\tnil\n", output)
  end)
end)
