-- The vmem command, as a shell runs it.

local helpers = require "helpers"
local interpreter = require "interpreter"
local json = require "dkjson"
local kit = require "command_kit"
local vmem = require "vmem"

local it = helpers.unix_it -- needs a shell

local build, lua, version = interpreter.build, interpreter.command, interpreter.version

local read, shell, with_script = kit.read, kit.shell, kit.with_file

describe("the vmem command", function()
  -- Each: arguments, exit code, pattern of the output, pattern of the one line of errors.
  local cases = {
    { "--version", 0, "^vmem %d+%.%d+%.%d+\n$" },
    { "--help", 0, "^Usage: vmem .*info.*map.*run.*example.*bench.*completion.*man.*\n$" },
    { "info --help", 0, "^Usage: vmem info" },
    { "map --help", 0, "^Usage: vmem map .*%-%-svg FILE.*%-%-json" },
    { "run --help", 0, "^Usage: vmem run .*%-%-record FILE.*%-%-reads.*%-%-writes.*%-%-bytes.*%-%-open" },
    { "example --help", 0, "^Usage: vmem example .*%-%-show" },
    { "bench --help", 0, "^Usage: vmem bench .*%-%-results FOLDER" },
    { "", 2, "^$", "vmem: a command is required %(vmem %-%-help says more%)" },
    { "frob", 2, "^$", "vmem: unknown command 'frob' %(vmem %-%-help says more%)" },
    { "--frob", 2, "^$", "vmem: .*unknown option '%-%-frob'.*" },
    { "map --frob", 2, "^$", "vmem: map: unknown option '%-%-frob' %(vmem map %-%-help says more%)" },
    { "map 1 2", 2, "^$", "vmem: map: too many arguments .*" },
    { "map x", 2, "^$", "vmem: map: the number of a process is wanted, not 'x' .*" },
    { "map 0", 2, "^$", "vmem: map: the number of a process is wanted, not '0' .*" },
    { "map -5", 2, "^$", "vmem: map: unknown option '%-5'.*" },
    { "map 99999999999999999999", 2, "^$", "vmem: map: the number of a process .*" },
    { "map --svg", 2, "^$", "vmem: map: option '%-%-svg' requires an argument .*" },
    { "run", 2, "^$", "vmem: run: missing argument 'script' .*" },
    { "run --reads x.lua", 2, "^$", "vmem: run: %-%-reads wants %-%-record FILE .*" },
    { "run --writes x.lua", 2, "^$", "vmem: run: %-%-writes wants %-%-record FILE .*" },
    { "run --bytes x.lua", 2, "^$", "vmem: run: %-%-bytes wants %-%-record FILE .*" },
    { "run --open x.lua", 2, "^$", "vmem: run: %-%-open wants %-%-record FILE .*" },
    { "run --open --record - x.lua", 2, "^$", "vmem: run: %-%-open wants a page in a file.*" },
    { "run /no/such.lua", 1, "^$", "vmem: run: cannot open /no/such%.lua.*" },
    { "run --record /no/such.html examples/d02_win32.lua", 1, "^$",
      "vmem: run: cannot write /no/such%.html: No such file or directory" },
    { "example nothing", 1, "^$", "vmem: example: no such example: nothing .*" },
    { "example d0", 1, "^$", "vmem: example: 'd0' fits several: d01_address_space, .*" },
    { "example --show", 2, "^$", "vmem: example: say which one to show .*" },
    { "example d02 --show", 0, "^%-%- D2: Reserving at an address of your own\n" },
    { "example d02_win32", 0, "Reserved Addr" },
    { "example d08", 0, "." },
    { "example record", 0, "events, 0 of them faults" },
    { "completion", 2, "^$", "vmem: completion: missing argument 'shell' .*" },
    { "completion fish", 2, "^$", "vmem: completion: argument 'shell' must be one of 'bash' .*" },
    { "bench nothing", 2, "^$", "vmem: bench: argument 'topics' must be one of 'access', .*" },
  }
  for _, case in ipairs(cases) do
    local arguments, code, output, errors = table.unpack(case)
    it(("answers 'vmem %s' with exit code %d"):format(arguments, code), function()
      local out, err, got = shell("vmem " .. arguments)
      assert.equal(code, got, err)
      assert.matches(output, out)
      assert.matches(errors and "^" .. errors .. "\n$" or "^$", err)
      assert.is_true(select(2, err:gsub("\n", "")) <= 1, err)
    end)
  end

  it("is silent when nobody reads on, even where the system does not end it", function()
    local _, errors = shell("vmem example | head -1; { trap '' PIPE; vmem info; vmem info; } | true")
    assert.equal("", errors)
  end)

  it("says when what it prints could not be written", function()
    if not io.open("/dev/full") then return pending("no /dev/full") end
    local _, errors, code = shell("vmem info >/dev/full")
    assert.equal(1, code)
    assert.equal("vmem: info: cannot write: No space left on device\n", errors)
  end)

  it("says which package it is that it misses", function()
    local hide = "%s -e 'package.preload.%s = function() error \"gone\" end' bin/vmem %s"
    local _, errors, code = shell(hide:format(lua, "argparse", "info"))
    assert.equal(1, code)
    assert.matches("^vmem: needs the Lua module argparse: apt%-get install lua%-argparse, or [^\n]+\n$",
      errors)
    if not helpers.tells_areas then return end
    _, errors, code = shell(hide:format(lua, "dkjson", "map --json"))
    assert.equal(1, code)
    assert.matches("^vmem: map: needs the Lua module dkjson: apt%-get install lua%-dkjson, or [^\n]+\n$",
      errors)
  end)

  it("leaves the library alone: it loads without what the command needs", function()
    local output, ok = helpers.run_script [[
      require "vmem" require "vmem.win32" require "vmem.layout" require "vmem.map" require "vmem.pagetable"
      require "vmem.recorder"
      print(package.loaded.argparse, package.loaded.dkjson)]]
    assert.equal("nil\tnil\n", output)
    assert.is_true(ok)
  end)
end)

describe("vmem info", function()
  it("says what this system offers", function()
    local output, errors, code = shell("vmem info")
    assert.equal("", errors)
    assert.equal(0, code)
    for _, line in ipairs {
      vmem._VERSION:gsub(" ", " +"),
      "page size +" .. vmem.page_size, "granularity +" .. vmem.allocation_granularity,
      "system +" .. vmem.system, "commits by +%w+", "frames +%w+",
    } do
      assert.matches("%f[^\n\0]" .. line .. "[^\n]*\n", "\n" .. output)
    end
  end)

  it("says the same as JSON", function()
    local output, errors, code = shell("vmem info --json")
    assert.equal("", errors)
    assert.equal(0, code)
    local told = assert(json.decode(output))
    assert.equal(vmem._VERSION:match "%S+$", told.vmem)
    assert.equal(version, told.lua)
    assert.equal(vmem.system, told.system)
    assert.equal(vmem.page_size, told.page_size)
    assert.equal(vmem.allocation_granularity, told.granularity)
    assert.equal(vmem.lowest_address, math.tointeger(tonumber(told.lowest_address)))
    assert.equal(vmem.highest_address, math.tointeger(tonumber(told.highest_address)))
    for name in pairs(told.offers) do assert.matches("\n[^\n]*" .. name, (shell "vmem info")) end
    assert.matches("%a", told.commits_by)
    assert.equal("table", type(told.limits))
  end)

  helpers.bare_linux_it("gives limits in bytes, and null for none", function()
    local told = assert(json.decode((shell "ulimit -v 4194304; vmem info --json")))
    assert.equal(4194304 * 1024, told.limits["ulimit -v"])
    assert.equal("number", type(told.limits["vm.max_map_count"]))
    if helpers.ulimit "d" == "unlimited" then assert.is_nil(told.limits["ulimit -d"]) end
  end)

  helpers.bare_linux_it("says why there are no guard markers", function()
    assert.matches("\ncommits by +mprotect; no guard markers: VMEM_COMMIT=plain is in the environment\n",
      (shell("VMEM_COMMIT=plain vmem info")))
    assert.matches(
      "\ncommits by +mprotect[%a ,]*; no guard markers: VMEM_COMMIT=unmarked is in the environment\n",
      (shell("VMEM_COMMIT=unmarked vmem info")))
    if (os.getenv("VMEM_COMMIT") or "") == "plain" then return end
    assert.matches("\ncommits by +mprotect; no guard markers: ulimit %-d is in force[^\n]*\n",
      (shell("ulimit -d 1000000; vmem info")))
  end)

  helpers.bare_linux_it("shows the limits that matter", function()
    local output = shell("ulimit -v 4194304; vmem info")
    for _, line in ipairs { "vm.max_map_count +%d+", "vm.overcommit_memory +[012]: [^\n]+",
      "ulimit %-v +4 GiB %(addresses%)", "ulimit %-d +[^\n]+", "ulimit %-l +[^\n]+" } do
      assert.matches("\n" .. line .. "\n", output)
    end
  end)
end)

describe("vmem map", function()
  if not helpers.tells_areas then
    it("says where the system does not tell", function()
      local output, errors, code = shell("vmem map")
      assert.equal("", output)
      assert.matches("^vmem: map: [^\n]+\n$", errors)
      assert.equal(1, code)
    end)
    return
  end

  it("draws this process, and another one", function()
    local output = shell("vmem map")
    assert.matches("^Address space of this process\n", output)
    assert.matches("\n  kind +areas +size +committed +in RAM\n", output)
    assert.matches("^Address space of process %d+\n.*%[stack%]", (shell("vmem map $$")))
  end)

  it("fits the columns it is given, without colour where nobody sees it", function()
    for line in shell("COLUMNS=60 vmem map"):gmatch("[^\n]+") do
      assert.is_true(utf8.len(line) <= 60, line)
      assert.is_nil(line:find("\27", 1, true))
    end
  end)

  it("gives areas and totals as JSON, whose areas follow each other", function()
    local all = assert(json.decode((shell("vmem map $$ --json"))))
    assert.equal(vmem.page_size, all.page_size)
    assert.equal("number", math.type(all.pid) and "number")
    local next_address, count = 0, 0
    for _, area in ipairs(all.areas) do
      local address, last = math.tointeger(tonumber(area.address)), math.tointeger(tonumber(area.last))
      assert.equal(next_address, address)
      next_address = last + 1
      if area.size then assert.equal(last - address + 1, area.size) end
      if area.kind == "stack" then count = count + 1 end
    end
    assert.equal(count, all.totals.stack.count)
  end)

  it("writes SVG into a file, and nothing else", function()
    local path = os.tmpname()
    local output, errors, code = shell("vmem map --svg " .. path)
    local text = read(path)
    os.remove(path)
    assert.equal("", output .. errors)
    assert.equal(0, code)
    assert.matches("^<svg .*</svg>\n?$", (text:gsub("^<%?xml.-%?>\n", "")))
  end)

  it("writes SVG to standard output where the file is -", function()
    local output, errors, code = shell("vmem map --svg -; test -e ./- && echo a file >&2")
    assert.equal("", errors)
    assert.equal(1, code)
    assert.matches("^<svg .*</svg>\n$", output)
    output, errors, code = shell("vmem map --svg - --json")
    assert.equal("", output)
    assert.matches("^vmem: map: %-%-svg %- and %-%-json want the same output [^\n]+\n$", errors)
    assert.equal(2, code)
  end)

  it("says so of a process that is not there, and of a file that cannot be", function()
    local _, errors, code = shell("vmem map 2147483647")
    assert.equal("vmem: map: no such process: 2147483647\n", errors)
    assert.equal(1, code)
    _, errors, code = shell("vmem map --svg /no/such.svg")
    assert.equal("vmem: map: cannot write /no/such.svg: No such file or directory\n", errors)
    assert.equal(1, code)
  end)
end)

describe("vmem run", function()
  it("runs a script as the interpreter does: arg, ..., and the exit code", function()
    with_script("print(arg[0], #arg, arg[1], arg[2], ...) print(arg[-1]) os.exit(7)", function(path)
      local output, errors, code = shell(("vmem run %s --record -x"):format(path))
      assert.equal(path .. "\t2\t--record\t-x\t--record\t-x\n" .. interpreter.name .. "\n", output)
      assert.equal("", errors)
      assert.equal(7, code)
    end)
  end)

  it("passes on everything behind the script, '--' as well", function()
    with_script("print(...)", function(path)
      assert.equal("--\t--help\t-h\n", (shell(("vmem run %s -- --help -h"):format(path))))
      assert.equal("a\n", (shell(("vmem run -- %s a"):format(path))))
      assert.equal("\n", (shell(("vmem run %s"):format(path))))
    end)
  end)

  -- How scripts end. Output and exit code are those of the interpreter, except the name at the start.
  local endings = {
    "local function f() error 'no' end\nf()", "error('no', 0)", "error('no', 2)", "error 'two\\nlines'",
    "error(7)", "error(7.5)",
    "error()", "error(nil)", "error(true)", "error {}", "error(print)", "error(coroutine.create(print))",
    "error(setmetatable({}, { __tostring = function() return 'told' end }))",
    "error(setmetatable({}, { __tostring = function() return 7 end }))",
    "error(setmetatable({}, { __name = 'mine' }))", "error(setmetatable({}, { __metatable = 'locked' }))",
    "local t = nil\nlocal x = t.field", "local x = 1 + {}", "assert(false)", "assert(nil, 'why')",
    "assert(false, {})",
    "local function f(n) if n == 0 then error 'deep' end f(n - 1) return 1 end\nf(5)",
    "coroutine.wrap(function() error 'in a coroutine' end)()",
    "local ok = pcall(error, 'caught')", "xpcall(error, print, 'caught')", "return 5", "return nil, 'x'", "",
    "os.exit()", "os.exit(true)", "os.exit(false)", "os.exit(0)", "os.exit(3)", "os.exit(300)", "os.exit(-1)",
    "os.exit(7, true)",
    "local x <close> = setmetatable({}, { __close = function() print 'closed' end }) error 'no'",
    "setmetatable({}, { __gc = function() print 'collected' end })", "print(...)",
    "print(#arg, arg[0] ~= nil)",
    "io.stdout:write 'no newline' error 'no'", "warn '@on' warn 'careful'",
  }
  for _, text in ipairs(endings) do
    it(("ends as the interpreter does: %s"):format(text:gsub("\n", " ")), function()
      with_script(text, function(path)
        local output, errors, code = shell(("vmem run %s a b"):format(path))
        local plain, plain_errors, plain_code = shell(("%s %s a b"):format(lua, path))
        assert.equal(plain_errors, (errors:gsub("^vmem", function() return interpreter.name end)))
        assert.equal(plain, output)
        assert.equal(plain_code, code)
      end)
    end)
  end

  -- The same for faults, which name their line; the interpreter has no traceback for objects.
  local faults = {
    { "local r = require 'vmem'.reserve(1)\nr:write(0, 'A')", 2 },
    { "local r = require 'vmem'.reserve(1)\nlocal v = r:view 'u8'\n\nv[1] = 5", 4 },
    { "local r = require 'vmem'.reserve(1)\nlocal function f() return r:read() end\nf()", 2 },
    { "require 'vmem'.write(4711, 'A')", 1 },
    { "local s = require 'vmem.stack'.new(1 << 20)\nlocal function f() s:push('i8', 1) return f() end\nf()",
      2 },
    { "local r = require 'vmem'.reserve(1)\nlocal _, fault = pcall(r.read, r)\nerror(fault)", 2 },
    { "local r = require 'vmem'.reserve(1)\ncoroutine.wrap(function()\n r:read() end)()", 3 },
  }
  for _, case in ipairs(faults) do
    local text, line = table.unpack(case)
    it(("tells the line of a fault, and the way to it: %s"):format(text:gsub("\n", " ")), function()
      with_script(text, function(path)
        local _, errors, code = shell("vmem run " .. path)
        assert.equal(1, code)
        local start = ("vmem: %s:%d: "):format(path, line)
        assert.equal(start, errors:sub(1, #start))
        assert.matches("^[^\n]+\nstack traceback:\n\t[^\n]+\n.*in main chunk\n\t%[C%]: in %?\n$", errors)
        assert.is_nil(errors:find("vmem/command", 1, true))
        assert.is_nil(errors:find("traceback:\n\t[C]: in ?\n\t[C]", 1, true)) -- no function of vmem's own
        assert.is_nil(errors:find(start:sub(7) .. start:sub(7), 1, true))
      end)
    end)
  end

  it("says what is wrong with a script that is none", function()
    with_script("x = = 1", function(path)
      local _, errors, code = shell("vmem run " .. path)
      assert.matches("^vmem: run: " .. path:gsub("%p", "%%%0") .. ":1: unexpected symbol near '='\n$", errors)
      assert.equal(1, code)
    end)
  end)

  it("writes the recording to standard output where the file is -, and runs standard input",
    function()
    with_script("require 'vmem'.reserve(1) print 'mine'", function(path)
      local output, errors, code = shell(
        ("vmem run --record - %s; test -e ./- && echo a file >&2"):format(path))
      assert.matches("^mine\n<!DOCTYPE html>\n.*</html>\n$", output)
      assert.equal("vmem: -: 1 event of 1 region\n", errors:gsub("%d+ events?", "1 event"))
      assert.equal(1, code)
      assert.equal("a\n", (shell "echo 'print(...)' | vmem run - a"))
    end)
  end)

  it("records reads, and writes, where it is asked for", function()
    with_script("local r = require 'vmem'.allocate(1) r:write(0, 'A') r:read(0, 1)", function(path)
      local counts = {}
      for _, options in ipairs { "", "--reads", "--writes", "--reads --writes" } do
        local _, errors = shell(("vmem run %s --record /dev/null %s"):format(options, path))
        counts[#counts + 1] = tonumber(errors:match "/dev/null: (%d+) events? of 1 region\n$") or errors
      end
      local least = counts[1]
      assert.same({ least, least + 1, least + 1, least + 2 }, counts)
    end)
  end)

  it("records the bytes of writes where it is asked for", function()
    with_script("local r = require 'vmem'.allocate(1) r:write(0, 'only these')", function(path)
      local bytes = ("only these"):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
      for options, expected in pairs { ["--writes"] = false, ["--bytes"] = true } do
        local page = shell(("vmem run %s --record - %s"):format(options, path))
        assert.equal(expected, page:find(bytes, 1, true) ~= nil, options)
      end
    end)
  end)

  it("opens the page with the system's program for that, by a path that is good everywhere", function()
    kit.with_folder(function(folder)
      local names = { "page.html", "a b.html", "a'b$HOME.html", '"a" `b`;&c\\.html', "-x.html" }
      for _, name in ipairs(names) do
        local quoted = "'" .. name:gsub("'", "'\\''") .. "'"
        local _, errors, code = shell(([[
          for i in xdg-open open; do
            printf '#!/bin/sh\nprintf "%%%%s" "$1" >%s/opened\n' >%s/$i; chmod +x %s/$i
          done
          top=$PWD; cd %s; PATH=%s:$PATH; vmem() { %s "$top/bin/vmem" "$@"; }
          export VMEM_BUILD=$(cd "$top"; cd "$VMEM_BUILD"; pwd)
          vmem run --open --record=%s "$top/examples/d02_win32.lua"
          ]]):format(folder, folder, folder, folder, folder, interpreter.command, quoted))
        assert.matches(": %d+ events? of 1 region\n$", errors)
        assert.equal(0, code)
        local path = read(folder .. "/opened")
        assert.matches("^/", path)
        assert.matches("^<!DOCTYPE html>", read(path))
        assert.equal(name, path:match "[^/]+$")
      end
    end)
  end)

  it("says when nothing can open the page, or the program cannot, and keeps the page", function()
    kit.with_folder(function(folder)
      local run = [[
        for i in sh %s; do ln -s "$(command -v $i)" %s/; done
        PATH=%s; vmem run --open --record %s/page.html examples/d02_win32.lua]]
      run = run:format(interpreter.command, folder, folder, folder)
      local _, errors, code = shell(run)
      local no_program = "\nvmem: run: %-%-open takes [^\n]+, which is not installed[^\n]*: "
      assert.matches(no_program .. "open /[^\n]+ in a browser\n$", errors)
      assert.equal(1, code)
      assert.matches("^<!DOCTYPE html>", read(folder .. "/page.html"))
      local opener = "for i in xdg-open open; do printf '#!%s/sh\nexit 3\n' >%s/$i; chmod +x %s/$i; done\n%s"
      _, errors, code = shell(opener:format(folder, folder, folder, run))
      local refused = "\nvmem: run: [%a-]+ cannot open a page here %(exit code 3%): "
      assert.matches(refused .. "open /[^\n]+ in a browser\n$", errors)
      assert.equal(1, code)
    end)
  end)

  local begin = "local r = require 'vmem'.allocate(4096) r:write(0, 'A') "
  local ends = {
    { "by its end", "", 0 },
    { "by an error", "error 'no'", 1 },
    { "by os.exit", "os.exit(5)", 5 },
    { "by os.exit(true, true)", "os.exit(true, true)", 0 },
    { "by os.exit in a coroutine", "coroutine.wrap(function() os.exit(false) end)()", 1 },
    { "by a fault", "r:decommit() r:write(0, 'B')", 1 },
  }
  for _, case in ipairs(ends) do
    local how, rest, code = table.unpack(case)
    it("writes the recording of a script that ends " .. how, function()
      with_script(begin .. rest, function(path)
        local page = os.tmpname()
        local _, errors, got = shell(("vmem run --record %s --writes %s"):format(page, path))
        local text = read(page)
        os.remove(page)
        assert.equal(code, got, errors)
        assert.matches("^<!DOCTYPE html>\n.*</html>\n$", text)
        assert.matches("vmem: " .. page:gsub("%p", "%%%0") .. ": %d events of 1 region\n", errors)
      end)
    end)
  end
end)

describe("vmem example", function()
  it("lists every example with its first line", function()
    local listed = {}
    for name, title in shell("vmem example"):gmatch("([%w_]+) +([^\n]+)\n") do
      assert.equal(title, read("examples/" .. name .. ".lua"):match("^%-%- ([^\n]+)"))
      listed[#listed + 1] = name
    end
    local files = {}
    for name in shell("ls examples"):gmatch("([%w_]+)%.lua") do
      if name ~= "listings" then files[#files + 1] = name end
    end
    assert.same(files, listed)
  end)

  it("runs one by the beginning of its name, and hands over input and arguments", function()
    assert.matches("index >> 0\ndata >> hello\n0 CELL Commit\n",
      (shell("printf '0\\nhello\\n' | vmem example d06 -- --echo")))
  end)

  it("is installed as a rock with all of them", function()
    local installed = helpers.rockspec("vmem-command").build.install.lua
    for name in shell("vmem example"):gmatch("([%w_]+) +[^\n]+\n") do
      assert.equal(("examples/%s.lua"):format(name), installed["vmem.examples." .. name])
    end
  end)
end)

describe("vmem bench", function()
  --- Runs it with a make that only shows its arguments and VMEM_RESULTS.
  local function with_fake_make(arguments)
    local folder = os.tmpname()
    os.remove(folder)
    local output, errors, code = shell(([[
      mkdir %s; printf '#!/bin/sh\nprintf "<%%%%s>" "$@" "$LUA" "$VMEM_RESULTS"; exit 3\n' >%s/make
      chmod +x %s/make
      PATH=%s:$PATH vmem bench %s; code=$?
      rm -r %s; exit $code]]):format(folder, folder, folder, folder, arguments, folder))
    assert.equal("", errors)
    assert.equal(3, code)
    return output
  end

  it("has make measure, with the same Lua, where the sources are", function()
    local output = with_fake_make [[--results "/a b" access bytes]]
    local asked = ("<bench><TOPICS=access bytes><%s></a b>"):format(interpreter.name)
    assert.matches("^<%-s><%-C><[^>]+>$", output:sub(1, -#asked - 1))
    assert.equal(asked, output:sub(-#asked))
  end)

  -- Names that have a meaning for a shell or make.
  local hostile = {
    "/a b", "/a'b", '/a"b', "/$HOME", "/$(touch pwned)", "/`touch pwned`", "/$(shell touch pwned)",
    "/${PATH}", "/$$", "/$@",
    "/a;b", "/a&b", "/a|b", "/a\\b", "/a\nb", "/#a", "/a*", "/~", "/a=b", "/-a", "/a%b", "/ä",
  }
  local function quoted(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

  for _, name in ipairs(hostile) do
    it(("gives make the folder %q as it is"):format(name), function()
      local output = with_fake_make("--results " .. quoted(name))
      assert.equal("<" .. name .. ">", output:match "<[^<]*>$")
    end)

    it(("has the folder %q made and measured into"):format(name), function()
      local folder = os.tmpname()
      os.remove(folder)
      -- The work of make itself, without the measuring: a program that prints its arguments replaces it.
      local output, errors = shell(([[
        mkdir FOLDER; cat >FOLDER/lua <<'END'
#!/bin/sh
if [ "$1" = -e ]; then echo VERSION; elif [ "$2" ]; then printf "<%s>" "$2"; fi
END
        chmod +x FOLDER/lua
        VMEM_RESULTS=FOLDER/NAME make -s -o tools-bench -o THERE/bench/baseline.so bench LUA=FOLDER/lua \
          BUILD=THERE
        find FOLDER -mindepth 1 -type d; rm -r FOLDER; ls pwned 2>/dev/null]]):gsub("%u%u%u%u+",
        { FOLDER = folder, NAME = quoted(name:sub(2)), THERE = build, VERSION = interpreter.version }))
      assert.equal("", errors)
      assert.truthy(output:find(("<%s%s>"):format(folder, name), 1, true), output)
      assert.truthy(output:find(folder .. name .. "\n", 1, true), output)
      assert.is_nil(output:find "pwned$")
    end)
  end
end)
