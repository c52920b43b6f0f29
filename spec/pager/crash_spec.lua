-- The content of a file store after its process was killed, and after the disk was full, with real processes
-- and disks. VMEM_SEED=n repeats the moments of the kills, VMEM_KILLS=n says how many there are.

local file = require "vmem.pager.file"
local helpers = require "helpers"
local interpreter = require "interpreter"
local kit = require "pager_kit"
local vmem = require "vmem"

local P = vmem.page_size

local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local kills = tonumber(os.getenv("VMEM_KILLS")) or (os.getenv "LD_PRELOAD" or "") == "" and 100 or 20

-- {====== Killed ======

local PAGES <const> = 24
local MOST_OF_A_TRY <const> = #"try 24 1000000000\n"

--- Saves random pages repeatedly. A version is a number that fills its page. The journal has the pages to be
--- saved, and those that have been saved; it is written without a buffer, so that no line of it is lost.
local writer <const> = [[
  local path, journal, round, seed = table.unpack(arg)
  local vmem, file = require "vmem", require "vmem.pager.file"
  math.randomseed(seed)
  local store = assert(file.open(path))
  local log = assert(io.open(journal, "ab"))
  log:setvbuf "no"
  local words = vmem.page_size // 8
  for n = 1, math.huge do
    local page, version = math.random(]] .. PAGES .. [[), round * 1000000 + n
    log:write(("try %d %d\n"):format(page, version))
    assert(store:save(page, ("j"):pack(version):rep(words)))
    log:write(("saved %d %d\n"):format(page, version))
  end
]]

--- Starts the writer, and kills it some seconds after its journal has passed `bytes` bytes, so that a slow
--- writer has started, too.
local function kill_writer(script, journal, bytes, seconds)
  local command = ("%s %s %s & said=$(wc -c <%s); "
    .. "while [ $(wc -c <%s) -le $((said + %d)) ] && kill -0 $!; do :; done; "
    .. "sleep %.4f; kill -9 $!; wait $!"):format(interpreter.variables, interpreter.command, script, journal,
      journal, bytes, seconds)
  local pipe <close> = assert(io.popen("{ " .. command .. "; } 2>&1"))
  return pipe:read "a"
end

--- The version that fills a page; 0 for one that was never saved.
local function version_of(store, page)
  local bytes, message = store:load(page)
  if not bytes then
    assert.is_nil(message, page)
    return 0
  end
  local version = ("j"):unpack(bytes)
  assert.equal(("j"):pack(version):rep(P // 8), bytes)
  return version
end

--- Reads new lines of the journal: notes the saved version of each page in `saved`, and returns the other
--- attempted versions, and how many saves there were.
local function read_journal(handle, saved)
  local tried, count = {}, 0
  for what, page, version in handle:read("a"):gmatch "(%a+) (%d+) (%d+)\n" do
    page, version = math.tointeger(page), math.tointeger(version)
    if what == "saved" then
      saved[page], tried[page], count = version, nil, count + 1
    else
      tried[page] = version
    end
  end
  return tried, count
end

describe(("a file store whose process is killed (VMEM_SEED=%d VMEM_KILLS=%d)"):format(seed, kills), function()
  helpers.no_regions_left()

  helpers.unix_it("holds of every page what was saved last, or what was being saved", function()
    math.randomseed(seed)
    local path, journal, script = kit.temporary(), kit.temporary(), kit.temporary()
    finally(function() for _, name in ipairs { path, journal, script } do os.remove(name) end end)
    assert(file.open(path)):close()
    assert(io.open(journal, "wb")):close()
    local said <close> = assert(io.open(journal, "rb"))
    local saved, saves = {}, 0
    for round = 1, kills do
      local handle <close> = assert(io.open(script, "wb"))
      local chance = math.random(1 << 30)
      handle:write(("local arg = { %q, %q, %d, %d }\n"):format(path, journal, round, chance), writer)
      handle:close()
      -- Half of the kills come after a save was attempted, the others after one was done.
      local bytes = round % 2 * MOST_OF_A_TRY
      assert.equal("", (kill_writer(script, journal, bytes, math.random() * 0.02):gsub("^Killed\n$", "")))
      local tried, count = read_journal(said, saved)
      assert.is_true(count > 0 or bytes == 0)
      saves = saves + count
      local store <close> = assert(file.open(path))
      for page = 1, PAGES do
        local version = version_of(store, page)
        if version ~= (saved[page] or 0) and version ~= tried[page] then
          error(("round %d: page %d holds %d, not %s or %s"):format(
            round, page, version, saved[page], tried[page]))
        end
        -- Once found, the page has been saved: a later kill must not lose it.
        if version > 0 then saved[page] = version end
      end
    end
    print(("\npager: %d processes killed; %d saves"):format(kills, saves))
  end)
end)

-- ====== }

-- {====== No room ======

describe("a file store on a full disk", function()
  helpers.no_regions_left()

  --- Fills an array until the store fails, makes room, continues, and checks everything.
  local filler <const> = [[
    local path, make_room = table.unpack(arg)
    local vmem, pager, file = require "vmem", require "vmem.pager", require "vmem.pager.file"
    local P = vmem.page_size
    local store = assert(file.open(path))
    local array = assert(pager.new {
      store = store, type = "u8", count = 200 * P, frames = 4, policy = "fifo",
    })
    local function fill(from)
      for page = from, 200 do
        local ok, message = pcall(function() array[page * P] = page % 251 + 1 end)
        if not ok then return page, message end
      end
    end
    local page, message = fill(1)
    print(message:match "page %d+ cannot be saved to vmem.pager.file .*: (.*)")
    local again, same = fill(page)
    print(again == page and same == message, array.dirty)
    print(array.faults == page - 1, array.saves == page - 5)
    local ok, problem = array:close()
    print(ok, problem and problem:find "cannot be saved" ~= nil)
    for i = math.max(1, page - 4), page - 1 do assert(array[i * P] == i % 251 + 1) end
    make_room()
    print(fill(page))
    print(array:close(), store:close())
    store = assert(file.open(path))
    array = assert(pager.new { store = store, type = "u8", count = 200 * P, frames = 4 })
    for i = 1, 200 do assert(array[i * P] == i % 251 + 1, i) end
    print "nothing is lost"
  ]]

  --- The file with the script, after a line that makes its arguments.
  local function script_file(arguments)
    local name = kit.temporary()
    finally(function() os.remove(name) end)
    local handle <close> = assert(io.open(name, "wb"))
    handle:write("local arg = { ", arguments, " }\n", filler)
    return name
  end

  -- A limit for this process, in blocks of 512 bytes; the signal that comes with it is ignored. The limit
  -- cannot be raised again, so the array stays as it is, and all that was saved before must be whole.
  helpers.unix_it("loses nothing, where the size of files is limited", function()
    local path = kit.temporary()
    finally(function() os.remove(path) end)
    local name = script_file(("%q, function() os.exit(true, false) end"):format(path))
    local output = helpers.run_script(("dofile %q"):format(name), ("trap '' XFSZ; ulimit -f %d;"):format(
      100 * vmem.page_size // 512))
    assert.equal("File too large\ntrue\t4\ntrue\ttrue\nnil\ttrue\n", output)
    local store <close> = assert(file.open(path))
    local page = 1
    while store:load(page) do
      assert.equal(page % 251 + 1, store:load(page):byte(-1))
      page = page + 1
    end
    assert.is_true(page > 20)
  end)

  -- A disk of our own, in a namespace of our own: it is gone with the process.
  helpers.linux_it("loses nothing, and goes on when there is room again", function()
    local folder = kit.temporary()
    local mount = ("unshare -m sh -c 'mkdir %s && mount -t tmpfs -o size=%d none %s"):format(folder,
      128 * vmem.page_size, folder)
    finally(function() os.execute("rmdir " .. folder .. " 2>/dev/null") end)
    if not os.execute(mount .. "' 2>/dev/null") then pending "needs the right to mount" end
    os.execute("rmdir " .. folder)
    local name = script_file(("%q, function() os.execute 'mount -o remount,size=%d %s' end"):format(
      folder .. "/pages", 2048 * vmem.page_size, folder))
    local pipe <close> = assert(io.popen(("export %s; LUA=%s; export LUA; %s && \"$LUA\" %s' 2>&1"):format(
      interpreter.variables, interpreter.command, mount, name)))
    assert.equal("No space left on device\ntrue\t4\ntrue\ttrue\nnil\ttrue\n"
      .. "\ntrue\ttrue\nnothing is lost\n", pipe:read "a")
  end)
end)

-- ====== }
