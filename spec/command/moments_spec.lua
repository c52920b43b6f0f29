-- vmem map --diff and --watch: several moments of an address space.

local helpers = require "helpers"
local kit = require "command_kit"

local shell = kit.shell
local file_it = helpers.unix_it
local it = helpers.tells_areas and helpers.unix_it or helpers.proc_it

local K <const> = 1024

--- A file of vmem map --json with these areas: { kind, address, KiB, KiB in RAM, name, protection }.
local function saved(folder, name, pid, areas)
  local lines = {}
  for i, area in ipairs(areas) do
    local kind, address, size, resident, file, protection = table.unpack(area, 1, 6)
    local cells = ('"address":"0x%x","last":"0x%x","kind":"%s","state":"committed","resident":%d%s'):format(
      address, address + size * K - 1, kind, resident * K, file and (',"name":"%s"'):format(file) or "")
    lines[i] = ('{%s,"protection":"%s"}'):format(cells, protection or "rw")
  end
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
  file:write(('{"vmem":"0.1.0","pid":%d,"time":"2026-01-01T00:00:00Z","areas":[%s]}'):format(pid,
    table.concat(lines, ",")))
  return folder .. "/" .. name
end

--- The lines of changes, each with one space between its cells.
local function changes_of(output)
  local list = {}
  for line in output:gmatch "[^\n]+" do
    if line:find "^  [+~-] " then list[#list + 1] = line:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "") end
  end
  return list
end

describe("vmem map --diff", function()
  local before <const> = {
    { "heap", 0x100000, 64, 32, "[heap]" }, { "private", 0x200000, 16, 16 },
    { "image", 0x300000, 100, 50, "/lib/libx.so", "rx" }, { "mapped", 0x400000, 40, 8, "/gone" },
    { "stack", 0x800000, 8, 8, "[stack]" },
  }
  local after <const> = {
    { "heap", 0x100000, 128, 96, "[heap]" }, { "private", 0x200000, 16, 16, nil, "r" },
    { "image", 0x300000, 100, 40, "/lib/libx.so", "rx" }, { "private", 0x500000, 20, 4 },
    { "stack", 0x7ff000, 12, 8, "[stack]" },
  }

  file_it("tells what is new, what is gone, and what has changed, and adds it up", function()
    kit.with_folder(function(folder)
      local one, other = saved(folder, "1", 7, before), saved(folder, "2", 7, after)
      local output, errors, code = shell(("vmem map --diff %s %s"):format(one, other))
      assert.equal("", errors)
      assert.equal(0, code)
      local moment = "process 7, 2026%-01%-01T00:00:00Z\n"
      assert.matches("^From " .. moment .. "to   " .. moment, output)
      assert.same({
        "~ 0x100000 heap rw +64 KiB +64 KiB [heap]", "~ 0x200000 private rw→r",
        "~ 0x300000 image rx -10 KiB libx.so", "- 0x400000 mapped rw -40 KiB -8 KiB /gone",
        "+ 0x500000 private rw +20 KiB +4 KiB", "~ 0x7ff000 stack rw +4 KiB [stack]",
      }, changes_of(output))
      assert.matches("\n  all +%+48 KiB +%+50 KiB\n$", output)
      assert.matches("\n  private +%+20 KiB +%+4 KiB\n", output)
    end)
  end)

  file_it("sorts by how much has changed, and filters", function()
    kit.with_folder(function(folder)
      local one, other = saved(folder, "1", 7, before), saved(folder, "2", 7, after)
      local list = changes_of((shell(("vmem map --diff %s %s --sort ram"):format(one, other))))
      assert.matches("^~ 0x100000 ", list[1])
      assert.matches("^~ 0x300000 ", list[2])
      assert.matches("^%- 0x400000 ", list[3])
      list = changes_of((shell(("vmem map --diff %s %s --filter libx --filter stack"):format(one, other))))
      assert.same({ "~ 0x300000 image rx -10 KiB libx.so", "~ 0x7ff000 stack rw +4 KiB [stack]" }, list)
    end)
  end)

  file_it("compares two processes by the names of their areas, since addresses say nothing then", function()
    kit.with_folder(function(folder)
      local one = saved(folder, "1", 7, { { "image", 0x300000, 100, 50, "/lib/libx.so" },
        { "image", 0x319000, 8, 8, "/lib/libx.so" } })
      local other = saved(folder, "2", 8, { { "image", 0x900000, 120, 60, "/lib/libx.so" } })
      assert.same({ "~ 0x900000 image +12 KiB +2 KiB libx.so" },
        changes_of((shell(("vmem map --diff %s %s"):format(one, other)))))
    end)
  end)

  file_it("reads standard input, fits any width, and says when nothing has changed", function()
    kit.with_folder(function(folder)
      local one, other = saved(folder, "1", 7, before), saved(folder, "2", 7, after)
      assert.matches("\n  nothing has changed\n$", (shell(("vmem map --diff - %s <%s"):format(one, one))))
      for _, width in ipairs { 20, 33, 47, 60, 200 } do
        for line in shell(("COLUMNS=%d vmem map --diff %s %s"):format(width, one, other)):gmatch "[^\n]+" do
          assert.is_true(utf8.len(line) <= width, line)
        end
      end
    end)
  end)

  it("compares with a process of today: the one of the file, or another", function()
    kit.with_folder(function(folder)
      local output, errors = shell(([[
        asleep
        vmem map $p --json >%s/1; vmem map --diff %s/1; vmem map $$ --diff %s/1; vmem map --diff %s/1 $p
        kill $p; wait $p 2>/dev/null; vmem map --diff %s/1]]):format(folder, folder, folder, folder, folder))
      local _, count = output:gsub("to   process %d+, now\n", "")
      assert.equal(3, count)
      assert.matches("^vmem: map: no such process: %d+\n$", errors)
    end)
  end)

  local wrong = {
    { "no JSON", "is not what vmem map %-%-json writes" }, { "{}", "is not what" }, { "", "is not what" },
    { ("["):rep(100000), "is not what" }, { '{"vmem":"1","areas":7}', "is not what" },
    { '{"vmem":"1","areas":[7]}', "is damaged: area 1 is none" },
    { '{"vmem":"1","areas":[{"address":"0x10","last":"0x5","kind":"heap"}]}', "is damaged: area 1" },
    { '{"vmem":"1","areas":[{"address":"16","last":"0x50","kind":"heap"}]}', "is damaged: area 1" },
    { '{"vmem":"1","areas":[{"address":"0x0","last":"0xffffffffffffffff","kind":"heap"}]}', "is damaged" },
    { '{"vmem":"1","areas":[{"address":"0x0","last":"0xfff","kind":"\\u001b[2J"}]}', "is damaged" },
    { '{"vmem":"1","areas":[]}', "names no process: say which one, or a second file", 2 },
  }
  for _, case in ipairs(wrong) do
    local text, message, expected = table.unpack(case)
    file_it(("says what is wrong with a file: %s"):format(text:sub(1, 60)), function()
      kit.with_file(text, function(path)
        local output, errors, code = shell("vmem map --diff " .. path)
        assert.equal("", output)
        assert.matches("^vmem: map: " .. path:gsub("%p", "%%%0") .. " " .. message .. "[^\n]*\n$", errors)
        assert.equal(expected or 1, code)
      end)
    end)
  end

  file_it("says which file cannot be read", function()
    local _, errors, code = shell "vmem map --diff /no/such.json"
    assert.equal("vmem: map: cannot read /no/such.json: No such file or directory\n", errors)
    assert.equal(1, code)
  end)
end)

describe("vmem map --watch", function()
  --- Starts a watch over process $p, $watcher, and waits until it has drawn. `then_do` follows.
  local function watch(then_do, how)
    local output, errors, code
    kit.with_folder(function(folder)
      output, errors, code = shell(([[
        asleep
        %s bin/vmem map $p --watch 0.05 %s >%s/out & watcher=$!
        until_ok grep -q '  all ' %s/out
        %s
        wait $watcher; code=$?; cat %s/out; kill $p 2>/dev/null; exit $code]]):format(
        require("interpreter").command, how or "", folder, folder, then_do, folder))
    end)
    return output, errors, code
  end

  it("ends when the process does, and says so", function()
    local output, errors, code = watch "kill $p"
    assert.equal("", errors)
    assert.matches("^Address space of process %d+\n.*\nprocess %d+ has ended\n$", output)
    assert.equal(0, code)
  end)

  it("ends by Ctrl-C, without a word", function()
    local output, errors, code = watch("kill -INT $watcher", "--sort ram")
    assert.equal("", errors)
    assert.equal(0, code)
    assert.matches("^Process %d+\n.*\n  all [^\n]+\n\n$", output)
  end)

  it("says what is wrong with the first look", function()
    local _, errors, code = shell "vmem map 2147483647 --watch 1"
    assert.equal("vmem: map: no such process: 2147483647\n", errors)
    assert.equal(1, code)
  end)

  it("writes what has changed where nobody sees it redrawn", function()
    kit.with_folder(function(folder)
      local output = shell((([[
        mkfifo FOLDER/in; LUA spec/support/grow.lua <FOLDER/in & p=$!
        exec 5>FOLDER/in
        LUA bin/vmem map $p --watch 0.05 >FOLDER/out 5>&- & watcher=$!
        until_ok grep -q '  all ' FOLDER/out
        echo >&5; until_ok grep -q '^  [~+] ' FOLDER/out
        exec 5>&-; wait $p $watcher; cat FOLDER/out]]):gsub("%u%u%u%u*", {
        FOLDER = folder, LUA = require("interpreter").command })))
      assert.matches("\n%d%d:%d%d:%d%d\n +address +kind [^\n]+\n[^\n]*[~+] 0x%x+ ", output)
      assert.matches("\nprocess %d+ has ended\n$", output)
    end)
  end)

  local has_script = helpers.on_linux and os.execute "script --version 2>/dev/null | grep -q util-linux"
  local terminal_it = has_script and it or function(title) pending(title .. " (there is no script)") end
  terminal_it("draws on a terminal only the lines that have changed, and leaves the cursor below", function()
    kit.with_folder(function(folder)
      local output = shell(([[
        asleep
        (until_ok grep -aq 1H %s/out; sleep 1; kill $p) &
        unset COLUMNS; export TERM=xterm
        script -qefc "stty rows 30 cols 70; %s bin/vmem map $p --watch 0.05" %s/out >/dev/null </dev/null
        cat %s/out]]):format(folder, require("interpreter").command:gsub('"', ''), folder, folder))
      local function count(text) return select(2, output:gsub(text, "")) end
      assert.equal(1, count "\27%[2J")
      assert.equal(1, count "\27%[1;1HAddress space of process %d+")
      assert.is_true(count "\27%[30;1H" > 3) -- looked so often
      assert.equal(0, count "\27%[3[1-9];1H")
      assert.matches("\27%[30;1Hprocess %d+ has ended", output)
    end)
  end)
end)
