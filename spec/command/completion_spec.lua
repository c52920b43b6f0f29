-- What the command prints of itself: completion for bash, and the manual page. Both are made of the options
-- that the parser has.

local helpers = require "helpers"
local kit = require "command_kit"

local shell = kit.shell

local function has(program)
  return not helpers.on_windows and os.execute(("command -v %s >/dev/null 2>&1"):format(program)) or false
end

--- it(), where there is such a program.
local function with(program)
  return function(title, run)
    if has(program) then return it(title, run) end
    pending(("%s (there is no %s)"):format(title, program))
  end
end

local COMMANDS <const> = { "info", "map", "run", "example", "bench", "completion", "man" }

--- The options that `vmem COMMAND --help` lists, sorted.
local function options_of(command)
  local listed = {}
  for line in shell(("vmem %s --help"):format(command)):gmatch "\n   (%-[^\n]+)" do
    for name in line:match "^[%-%a, ]+":gmatch "%-%-?%l[%l-]*" do listed[#listed + 1] = name end
  end
  table.sort(listed)
  return listed
end

describe("vmem completion bash", function()
  local bash_it = with "bash"
  local script

  setup(function()
    if not has "bash" then return end
    script = os.tmpname()
    local _, errors, code = shell("vmem completion bash >" .. script)
    assert(code == 0, errors)
  end)

  teardown(function()
    if script then os.remove(script) end
  end)

  --- What bash has for the last of these words.
  local function completed(...)
    local words = {}
    for i, word in ipairs { ... } do words[i] = "'" .. word .. "'" end
    local output, errors = shell(([[bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _vmem; printf "%%s\n" "${COMPREPLY[@]}"' bash %s vmem %s]]):format(script, table.concat(words, " ")))
    assert.equal("", errors)
    local list = {}
    for word in output:gmatch "[^\n]+" do list[#list + 1] = word end
    return list
  end

  bash_it("is a script that bash accepts and that defines the completion of vmem", function()
    local output, errors, code = shell(("bash -n %s && bash --norc -c '. %s; complete -p vmem'"):format(
      script, script))
    assert.equal("", errors)
    assert.equal(0, code)
    assert.matches("%-F _vmem vmem\n$", output)
  end)

  bash_it("knows the commands, and the options of each", function()
    assert.same(COMMANDS, completed "")
    assert.same({ "map", "man" }, completed "m")
    assert.same({ "--help", "--version" }, completed "--")
    for _, command in ipairs(COMMANDS) do
      local options = completed(command, "-")
      table.sort(options)
      assert.same(options_of(command), options)
    end
  end)

  local cases = {
    { { "example", "d06" }, { "d06_commit_on_fault", "d06_win32" } },
    { { "example", "--show", "d06_w" }, { "d06_win32" } },
    { { "example", "d06", "d0" }, {} },
    { { "bench", "spa" }, { "sparse" } },
    { { "bench", "access", "spa" }, { "sparse" } },
    { { "bench", "--results", "spa" }, {} }, -- a folder
    { { "bench", "--results", "=", "spa" }, {} },
    { { "bench", "--results", "=", "x", "spa" }, { "sparse" } },
    { { "bench", "--results", "x", "--h" }, { "--help" } },
    { { "completion", "" }, { "bash" } },
    { { "map", "--svg", "--a" }, {} },
    { { "map", "4711", "--al" }, { "--all" } },
    { { "run", "--record", "x", "--w" }, { "--writes" } },
    { { "run", "x.lua", "--w" }, {} }, -- options of the script
    { { "run", "-", "--w" }, {} },
    { { "info", "x" }, {} },
    { { "nothing", "x" }, {} },
    { { "$(touch pwned)", "--" }, {} },
  }
  for _, case in ipairs(cases) do
    local words, expected = table.unpack(case)
    bash_it(("completes: vmem %s"):format(table.concat(words, " ")), function()
      assert.same(expected, completed(table.unpack(words)))
      assert.is_nil(io.open "pwned")
    end)
  end
end)

describe("the folder share, for make install and the rock", function()
  local kept = { ["vmem man"] = "share/man/man1/vmem.1",
    ["vmem completion bash"] = "share/bash-completion/completions/vmem" }
  for command, path in pairs(kept) do
    helpers.unix_it(("has what `%s` prints: if not, `make share` writes it"):format(command), function()
      local file <close> = assert(io.open(path, "rb"))
      assert.equal(shell(command), file:read "a")
    end)
  end
end)

describe("vmem man", function()
  helpers.unix_it("tells every command, and every option that its help lists", function()
    local page, errors, code = shell "vmem man"
    assert.equal("", errors)
    assert.equal(0, code)
    local text = page:gsub("\\f.", ""):gsub("\\(.)", "%1")
    for _, command in ipairs(COMMANDS) do
      local part = text:match(('\n%%.SS "vmem %s"\n(.-)\n%%.S[SH] '):format(command))
      assert.is_string(part, command)
      for _, option in ipairs(options_of(command)) do
        local told = part:find("\n" .. option, 1, true) or option:find "^%-%-?h"
        assert.truthy(told, command .. " " .. option)
      end
    end
  end)

  helpers.unix_it("has examples whose options exist", function()
    local page = shell "vmem man":gsub("\\f.", ""):gsub("\\(.)", "%1")
    local examples, count = assert(page:match "\n%.SH EXAMPLES\n(.-)\n%.SH "), 0
    for command, rest in examples:gmatch "\nvmem (%l+) ([^\n]+)" do
      local options = " " .. table.concat(options_of(command), " ") .. " "
      for option in rest:gmatch "%-%-%l+" do
        assert.truthy(options:find(" " .. option .. " ", 1, true), command .. " " .. option)
        count = count + 1
      end
    end
    assert.is_true(count > 3)
  end)

  with "man"("is a page about which man has nothing to complain", function()
    kit.with_folder(function(folder)
      local show = "vmem man >%s/x.1; MANWIDTH=80 env -u LD_PRELOAD man --warnings=w -l %s/x.1"
      local output, errors, code = shell(show:format(folder, folder))
      if output:find "minimized" then return pending "man is no more than a note here" end
      assert.equal("", errors)
      assert.equal(0, code)
      for _, title in ipairs { "NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "EXIT STATUS" } do
        assert.matches("\n" .. title .. "\n", "\n" .. output)
      end
    end)
  end)
end)
