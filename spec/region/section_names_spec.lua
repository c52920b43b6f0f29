-- vmem.section(name, size): what other processes find by the name, how long it lasts, and what is not taken
-- for it. Numbers are rows of the project's list of cases for sections. make test-names kills more holders.

local fork_kit = require "fork_kit"
local helpers = require "helpers"
local interpreter = require "interpreter"
local vmem = require "vmem"

local U <const> = helpers.attach_unit

local function new_name() return helpers.new_name "spec" end

--- Where an object is that others see, as on Linux; nil elsewhere.
local function path_of(name)
  local path = "/dev/shm/vmem." .. name
  local file <close> = io.open(path)
  return file and path
end

local lacks, in_folder -- why nothing of this can be tried; whether a folder shows the names
do
  local name = new_name()
  local region <close> = assert(vmem.reserve(U))
  local section <close>, message, code = vmem.section(name, 1)
  assert(section or code == "not_supported", message)
  lacks = message or region.sparse and "small regions are sparse here"
  in_folder = path_of(name) ~= nil
end

--- A function like `usual`, or it(), where the condition holds; elsewhere specs are pending, and say why.
local function where(condition, why, usual)
  if condition and not lacks then return usual or it end
  return function(text) pending(("%s (%s)"):format(text, lacks or why)) end
end

local named_it = where(true)
--- The size that those see who open a name later: Windows keeps whole pages.
local function later_size(bytes)
  local page <const> = helpers.on_windows and vmem.page_size or 1
  return (bytes + page - 1) // page * page
end

local unix_it = where(not helpers.on_windows, "needs a Unix")
local folder_it = where(in_folder, "no folder shows names here")

--- Part of a script, too.
local opener <const> = [[
  local U = ...
  return function(name, size)
    local section, region = assert(vmem.section(name, size)), assert(vmem.reserve(4 * U))
    assert(region:attach(section))
    return section, region
  end
]]
local open = assert(load("local vmem = require 'vmem' " .. opener))(U)

--- Sections that nothing refers to keep their descriptors until then.
local function collect()
  collectgarbage()
  collectgarbage()
end

local refusal = helpers.refusal

--- Runs a script in another process, which has `name`, and `open` as above. Any output is an error.
local function elsewhere(name, script, before)
  local output = helpers.run_script(([[
    local vmem = require "vmem"
    local name, U = %q, %d
    local open = (function(...) %s end)(U) -- luacheck: ignore
    %s
    io.write "done"
  ]]):format(name, U, opener, script), before)
  assert.equal("done", output)
end

describe("a section with a name", function()
  helpers.no_regions_left()
  after_each(collect)

  named_it("is made where no process has it, with zeros and its exact size", function() -- 331
    local name = new_name()
    local section, region <close> = open(name, U + 5)
    assert.is_true(section.created)
    assert.equal(U + 5, section.size)
    assert.equal(name, section.name)
    assert.is_nil(section.path)
    assert.is_nil(region:nonzero(0, U + 5))
    assert.equal(('vmem.section "%s": %d bytes'):format(name, U + 5), tostring(section))
  end)

  named_it("is the same memory for all that open it, with the size of the first", function() -- 332, 342
    local name = new_name()
    local section, region <close> = open(name, U + 5)
    local other, there <close> = open(name, 3 * U)
    assert.is_false(other.created)
    assert.equal(later_size(U + 5), other.size)
    region:write(U - 2, "here")
    assert.equal("here", there:read(U - 2, 4))
    assert.is_true(section.created)
    elsewhere(name, [[
      local section, region <close> = open(name, 1)
      local exact = vmem.system == "windows" and U + vmem.page_size or U + 5
      assert(section.created == false and section.size == exact)
      assert(region:read(U - 2, 4) == "here")
      region:write(0, "from elsewhere")
    ]])
    assert.equal("from elsewhere", region:read(0, 14))
  end)

  named_it("is opened with a size of 0 only if a process has it", function() -- 335
    local name = new_name()
    local none, message, code = vmem.section(name, 0)
    assert.same({ nil, "no_file" }, { none, code })
    assert.matches("no process has it, and of a size of 0 none is made", message, 1, true)
    local section, region <close> = open(name, U + 5)
    assert.is_true(section.created)
    local same <close> = assert(vmem.section(name, 0))
    assert.same({ false, later_size(U + 5) }, { same.created, same.size })
    region:write(0, "here")
    elsewhere(name, [[
      local same <close> = assert(vmem.section(name, 0))
      local region <close> = assert(vmem.reserve(same.size))
      assert(region:attach(same):read(0, 4) == "here")
    ]])
    section:close()
    region:release()
    same:close()
    assert.equal("no_file", select(3, vmem.section(name, 0)))
  end)

  named_it("has a name in which case matters, and every byte but '/', '\\' and zero", function() -- 334
    local odd = new_name() .. "\1\n\t 'A'\"$x`%s\195\164\255.."
    local section <close> = assert(vmem.section(odd, 7))
    assert.same({ true, odd }, { section.created, section.name })
    for size, name in ipairs { odd:lower(), odd .. " ", odd .. ("x"):rep(200 - #odd) } do
      local other <close> = assert(vmem.section(name, size))
      assert.same({ true, size, name }, { other.created, other.size, other.name })
    end
    local again <close> = assert(vmem.section(odd, 1))
    assert.same({ false, later_size(7) }, { again.created, again.size })
  end)

  named_it("has no path, and cannot become larger", function()
    local section <close> = assert(vmem.section(new_name(), U))
    assert.is_nil(section.path)
    for _, size in ipairs { 1, 2 * U } do
      local none, message, code = section:resize(size)
      assert.same({ nil, "permission_denied" }, { none, code })
      assert.matches("long: a section with a name keeps its size", message, 1, true)
    end
    assert.equal(U, section.size)
  end)

  it("has no options", function()
    for _, options in ipairs { {}, { growable = true }, { executable = true }, "rw" } do
      helpers.raises("bad argument #3 to 'vmem.section' (a section with a name has no options)",
        vmem.section, new_name(), U, options)
    end
  end)

  named_it("lasts until the last one has closed it and detached its pages, and is new then", function() -- 338
    local name = new_name()
    local section, region = open(name, U)
    region:write(0, "old")
    section:close()
    assert.equal("old", region:read(0, 3))
    elsewhere(name, "local section = open(name, 2 * U) assert(not section.created and section.size == U)")
    region:release()
    assert.is_nil(path_of(name))
    local fresh, clean <close> = open(name, 2 * U)
    assert.is_true(fresh.created)
    assert.equal(2 * U, fresh.size)
    assert.is_nil(clean:nonzero(0, 2 * U))
  end)

  named_it("goes on when the one that made it lets go", function()
    local name = new_name()
    local first = assert(vmem.section(name, U))
    local second <close> = assert(vmem.section(name, 2 * U))
    first:close()
    elsewhere(name, "local section = open(name, 1) assert(not section.created and section.size == U)")
    assert.equal(U, second.size)
  end)

  named_it("is refused if there is no memory for it, and nothing is left of the name", function()
    local name = new_name()
    assert.is_string(refusal(vmem.section(name, 1 << 50)))
    assert.is_nil(path_of(name))
    local section <close> = assert(vmem.section(name, U))
    assert.is_true(section.created)
  end)
end)

-- {====== Processes that are killed ======

--- Starts a process that runs a script and goes on; to be killed by what this returns. It starts no other
--- process, which would have the section for a moment longer.
local function start(name, script)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(([[
    local vmem = require "vmem"
    local name, U = %q, %d
    %s
    print "there"
    io.stdout:flush()
    while true do end
  ]]):format(name, U, script))
  file:close()
  local pipe = assert(io.popen(("echo $$; export %s; exec %s %s 2>&1"):format(interpreter.variables,
    interpreter.command, path)))
  local id, said = pipe:read "l", pipe:read "l"
  os.remove(path)
  assert.equal("there", said)
  return function()
    assert(os.execute("kill -9 " .. id))
    pipe:close()
  end
end

local holds <const> = [[
  local section = assert(vmem.section(name, U + 1))
  local region = assert(vmem.reserve(2 * U))
  assert(region:attach(section)):write(0, "killed")
]]

describe("when a process is killed that has the section", function()
  helpers.no_regions_left()
  after_each(collect)

  unix_it("the next one makes it anew, with zeros and its own size", function() -- 529
    local name = new_name()
    start(name, holds)()
    local section, region <close> = open(name, 3 * U)
    assert.is_true(section.created)
    assert.equal(3 * U, section.size)
    assert.is_nil(region:nonzero(0, 3 * U))
  end)

  unix_it("another one that has it goes on, and the name is there until it lets go", function() -- 530
    local name = new_name()
    local kill = start(name, holds)
    local section, region = open(name, 3 * U)
    assert.is_false(section.created)
    kill()
    assert.equal("killed", region:read(0, 6))
    elsewhere(name, "local section = open(name, 1) assert(not section.created and section.size == U + 1)")
    section:close()
    region:release()
    assert.is_nil(path_of(name))
  end)

  folder_it("its memory is given back when a process next opens any name", function()
    local name = new_name()
    local kill = start(name, holds)
    assert.is_string(path_of(name))
    kill()
    elsewhere(new_name(), "assert(vmem.section(name, 1)):close()")
    assert.is_nil(path_of(name))
  end)

  folder_it("its memory is not used again, so whoever still has pages of it keeps them", function()
    local name = new_name()
    local kill = start(name, holds)
    local old <close> = assert(io.open(path_of(name), "rb"))
    kill()
    local section, region <close> = open(name, 3 * U)
    region:write(0, "new")
    assert.is_true(section.created)
    assert.equal("killed", old:read(6))
    assert.equal(U + 1, old:seek "end")
  end)
end)

-- ====== }

describe("a child of fork", function()
  helpers.no_regions_left()
  after_each(collect)

  local fork_it = where(not helpers.under_valgrind, "not under valgrind", fork_kit.it)

  local function forks(text, script)
    fork_it(text, function()
      fork_kit.run(([[
        local vmem = require "vmem"
        local name, U = %q, %d
        local section, region = assert(vmem.section(name, U)), assert(vmem.reserve(U))
        assert(region:attach(section))
        local flag = assert(vmem.reserve(U)) -- shared, so that a child waits
        assert(flag:attach(assert(vmem.section(U))))
        local function wait_for_flag() -- luacheck: ignore
          local last = os.time() + 20
          repeat until flag:read(0, 1) == "x" or os.time() > last
        end
        local function is_made()
          local again <close> = assert(vmem.section(name, 2 * U))
          return again.created
        end
      ]]):format(new_name(), U) .. script)
    end)
  end

  forks("has the memory of its parent, and each sees what the other writes", [[
    region:write(0, "parent")
    in_child(function()
      assert(region:read(0, 6) == "parent" and section.name == name and not is_made())
      region:write(0, "child.")
    end)
    assert(region:read(0, 6) == "child.")
  ]])

  forks("has private copies for itself", [[
    local copy = assert(vmem.reserve(U))
    assert(copy:attach(section, 0, 0, U, "rw+copy")):write(0, "mine")
    in_child(function()
      assert(copy:read(0, 4) == "mine")
      copy:write(0, "hers")
    end)
    assert(copy:read(0, 4) == "mine" and not region:nonzero(0, U))
  ]])

  forks("takes nothing from its parent by closing, and by its end", [[
    in_child(function() section:close() region:release() assert(not is_made()) end)
    assert(not is_made())
    in_child(function() end)
    assert(not is_made() and section.size == U)
  ]])

  forks("keeps the section when its parent lets go, until it ends", [[
    local child = fork()
    if child == 0 then
      wait_for_flag()
      leave(section.size == U and 0 or 1)
    end
    section:close()
    region:release()
    assert(not is_made())
    flag:write(0, "x")
    assert(wait(child) == 0)
    assert(is_made())
  ]])
end)

-- {====== What is not vmem's ======

describe("what has the name, and is not vmem's,", function()
  helpers.no_regions_left()
  after_each(collect)

  --- { what makes it: PATH is its path, and OTHER another file, whether root alone can }. It is never what a
  --- killed process might have left: a process that runs at the same time would remove that.
  local cases <const> = {
    ["a link to a file"] = { "echo text >OTHER; chmod 600 OTHER; ln -s OTHER PATH" },
    ["a link to nothing"] = { "ln -s OTHER PATH" },
    ["a hard link"] = { "echo text >OTHER; chmod 600 OTHER; ln OTHER PATH" },
    ["a file that others may read"] = { "echo text >OTHER; chmod 604 OTHER; mv OTHER PATH" },
    ["an empty file of other rights"] = { ": >OTHER; chmod 700 OTHER; mv OTHER PATH" },
    ["a folder"] = { "mkdir PATH" },
    ["a pipe"] = { "mkfifo -m 600 PATH" },
    ["another user's file"] = {
      "echo text >OTHER; chmod 600 OTHER; chown 65432 OTHER; mv OTHER PATH", true },
    ["another user's file, for all"] = {
      "echo text >OTHER; chmod 666 OTHER; chown 65432 OTHER; mv OTHER PATH", true },
  }

  local function output_of(command)
    local pipe <close> = assert(io.popen(command))
    return pipe:read "a"
  end

  local can_give = not helpers.on_windows
    and output_of "file=$(mktemp); chown 65432 $file 2>/dev/null && echo yes; rm -f $file" == "yes\n"

  for what, case in pairs(cases) do
    local it_there = where(in_folder and (can_give or not case[2]), "needs root")
    it_there("is refused, and stays as it is: " .. what, function()
      local name = new_name()
      local fill = { PATH = "'/dev/shm/vmem." .. name .. "'", OTHER = "'/dev/shm/other " .. name .. "'" }
      local function shell(text) return output_of((text:gsub("%u%u%u%u+", fill))) end
      local look = "ls -ld PATH; test -f PATH && cat PATH; ls -l OTHER 2>&1"
      shell(case[1])
      finally(function() shell "rm -rf PATH OTHER" end)
      local before = shell(look)
      local section, message, code = vmem.section(name, U)
      assert.same({ nil, "permission_denied" }, { section, code })
      assert.matches("another user has it, or a file that is no section", message)
      assert.equal(before, shell(look))
    end)
  end
end)

-- ====== }

-- {====== Limits ======

describe("names of sections", function()
  helpers.no_regions_left()
  after_each(collect)

  local namespace = helpers.on_linux and "unshare -m " or ""
  if helpers.on_linux and not os.execute "unshare -m true 2>/dev/null" then namespace = "unshare -rm " end
  local can_mount = helpers.on_linux and os.execute(namespace .. "true 2>/dev/null")
  local namespace_it = where(in_folder and can_mount, "needs a namespace for mounts")

  local function mounted(what)
    return namespace .. ([[sh -c 'mount -t tmpfs %s && exec "$@"' sh env ]]):format(what)
  end

  --- { what is mounted, what is refused there, whether smaller ones work }
  local places <const> = {
    ["in a full file system"] = { "-o size=65536 none /dev/shm", "disk_full", true },
    ["in a file system without room for names"] = { "-o nr_inodes=1 none /dev/shm", "disk_full" },
    ["in one that is read only"] = { "-o ro none /dev/shm", "permission_denied" },
    ["where there is none"] = { "none /dev", "not_supported" },
  }

  for place, case in pairs(places) do
    namespace_it("are refused, and leave nothing, " .. place, function()
      elsewhere(new_name(), ([[
        local section, message, code = vmem.section(name, 1 << 20)
        assert(not section and code == %q, message)
        assert(not io.open("/dev/shm/vmem." .. name))
        if %s then
          local small, region = open(name, 4096)
          assert(small.created and not region:nonzero(0, 4096))
        end
      ]]):format(case[2], case[3] or false), mounted(case[1]))
    end)
  end

  unix_it("do not depend on the umask", function()
    elsewhere(new_name(), [[
      local section = open(name, U)
      local again, region <close> = open(name, U)
      assert(section.created and not again.created)
      region:write(0, "x")
      local pipe <close> = io.popen("ls -l /dev/shm 2>/dev/null")
      local rights = pipe:read "a":match("(%S+)[^\n]*vmem%." .. name:gsub("%p", "%%%0"))
      assert(not rights or rights:find "^%-rw%-%-%-%-%-%-%-", rights)
    ]], "umask 0777;")
  end)

  unix_it("leave the number of a closed standard descriptor alone", function()
    elsewhere(new_name(), [[
      local section = open(name, U)
      assert(section.created and not io.read(1))
    ]], "exec <&-;")
  end)

  unix_it("are refused where descriptors are missing, and leave nothing", function()
    elsewhere(new_name(), helpers.take_descriptors .. [[
      for free = 0, 8 do
        for i = 1, free > 0 and 1 or 0 do files[#files]:close() files[#files] = nil end
        local section, message, code = vmem.section(name, U)
        if section then
          assert(free >= 2 and section.created)
          section:close()
          assert(not io.open("/dev/shm/vmem." .. name))
          break
        end
        assert(free < 4 and code == "too_many_files", message)
      end
      for _, each in ipairs(files) do each:close() end
      assert(not io.open("/dev/shm/vmem." .. name))
    ]], "ulimit -n 40;")
  end)

  where(true, nil, helpers.no_sanitizer_it)("are refused beyond ulimit -f, without its signal", function()
    elsewhere(new_name(), [[
      local section, message, code = vmem.section(name, 1 << 24)
      assert(not section and code == "file_too_large", message)
      assert(assert(vmem.section(name, 512)).created)
    ]], "ulimit -f 2000;")
  end)

  local few = math.tointeger(helpers.ulimit "n") or 40
  local many_it = where(not helpers.on_windows and few >= 40, "ulimit -n")
  many_it("take two descriptors, which closing gives back", function()
    elsewhere(new_name(), [[
      for _ = 1, 100 do assert(vmem.section(name, 1)):close() end
      local sections = {}
      for i = 1, 16 do sections[i] = assert(vmem.section(name .. i, 1)) end
      sections = nil -- abandoned ones are collected when descriptors are missing
      collectgarbage "stop"
      for i = 1, 100 do assert(vmem.section(name .. i, 1)) end
    ]], "ulimit -n 40;")
  end)
end)

-- ====== }
