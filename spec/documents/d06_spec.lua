local example = require "documents.example"
local interpreter = require "interpreter"

local CELL = example.cell()
local NO_CELL = "There is no such cell: an index is a whole number from 0 to 9\n"

local first = "index >> 0\ndata >> hello\n0 CELL Commit\nindex >> 1\ndata >> aaa\n"
local second = "index >> 0\ndata >> hello\n0 CELL Commit\n" ..
  "index >> 1\ndata >> hello!!\n1 CELL Commit\n"
local third = "index >> 1\ndata >> hello\n1 CELL Commit\nindex >> 0\ndata >> world\n"

for _, script in ipairs { "d06_commit_on_fault", "d06_win32" } do
  local function run(input, arguments)
    local output, ok = example.run(script, input, arguments)
    assert.is_true(ok, output)
    local note = example.other_cell()
    assert.equal(note, output:sub(1, #note))
    return output:sub(#note + 1)
  end

  describe(script .. ", committing on the fault", function()
    it("prints the document's first dialogue exactly", function()
      assert.equal(first, run(example.read("examples/input/d06_first.txt")))
    end)

    it("prints the document's second dialogue exactly", function()
      assert.equal(second, run(example.read("examples/input/d06_second.txt")))
    end)

    it("prints the document's third dialogue exactly", function()
      assert.equal(third, run(example.read("examples/input/d06_third.txt")))
    end)

    it("commits nothing for aaa and its zero byte, but for one byte more", function()
      assert.is_nil(run("0\nhello\n1\naaaa\n"):find("1 CELL Commit", 1, true))
      assert.truthy(run("0\nhello\n1\naaaaa\n"):find("1 CELL Commit", 1, true))
    end)

    it("commits every cell on its own when each second one is filled", function()
      local output = run("1\nx\n3\nx\n5\nx\n7\nx\n9\nx\n")
      for _, i in ipairs { 1, 3, 5, 7, 9 } do
        assert.truthy(output:find("\n" .. i .. " CELL Commit\n"), output)
      end
    end)

    it("stores again without a commit, spaces and an empty string too", function()
      assert.equal("index >> 4\ndata >> two words\n4 CELL Commit\nindex >> 4\ndata >> \n" ..
        "index >> 4\ndata >> again\n", run("4\ntwo words\n4\n\n4\nagain\n"))
    end)

    it("takes the string with a terminating zero that lies on the next page", function()
      -- 4 bytes and the zero end exactly at the page's edge; of 5 bytes only the zero is on the next page.
      assert.equal("index >> 0\ndata >> x\n0 CELL Commit\n" ..
        "index >> 1\ndata >> 12345\n1 CELL Commit\n", run("0\nx\n1\n12345\n"))
    end)
  end)

  describe(script .. ", input it cannot use", function()
    for name, index in pairs {
      ["10"] = "10", ["a negative number"] = "-1", ["a fraction"] = "1.5", ["text"] = "one",
      ["a number and text"] = "1x", ["an empty line"] = "", ["two numbers"] = "1 2",
      ["a hexadecimal number"] = "0x1", ["a number too large for an integer"] = ("9"):rep(30),
    } do
      it("asks again after " .. name .. " as an index", function()
        assert.equal("index >> " .. index .. "\n" .. NO_CELL .. first,
          run(index .. "\n0\nhello\n1\naaa\n"))
      end)
    end

    it("takes an index with spaces around it", function()
      assert.equal("index >>  9 \ndata >> x\n9 CELL Commit\n", run(" 9 \nx\n"))
    end)

    it("refuses 4091 bytes, stores nothing, and the array lives on", function()
      local long = ("x"):rep(CELL)
      local refusal = "This has %d bytes: a cell holds at most %d, and the zero byte that ends them\n"
      assert.equal("index >> 0\ndata >> " .. long .. "\n" ..
        refusal:format(CELL, CELL - 1) .. first, run("0\n" .. long .. "\n0\nhello\n1\naaa\n"))
    end)

    it("takes 4090 bytes in the first and in the last cell", function()
      local longest = ("x"):rep(CELL - 1)
      assert.equal("index >> 0\ndata >> " .. longest .. "\n0 CELL Commit\nindex >> 9\ndata >> " ..
        longest .. "\n9 CELL Commit\n", run("0\n" .. longest .. "\n9\n" .. longest .. "\n"))
    end)
  end)

  describe(script .. ", the end of the input", function()
    it("prints nothing when there is none", function()
      assert.equal("", run(""))
    end)

    it("may come between index and data", function()
      assert.equal("index >> 0\n", run("0\n"))
    end)

    it("may come without a line end", function()
      assert.equal(first, run("0\nhello\n1\naaa"))
    end)

    it("may come after a bad index", function()
      assert.equal("index >> ten\n" .. NO_CELL, run("ten\n"))
    end)

    it("does not need to be that of a Unix file: lines may end in CR LF", function()
      assert.equal(first, run("0\r\nhello\r\n1\r\naaa\r\n"))
    end)
  end)

  describe(script .. ", at a terminal", function()
    local it = require("helpers").unix_it
    -- script(1) of util-linux runs a command on its own terminal.
    local function at_terminal(input, arguments)
      local _, works = example.shell("script -qec true /dev/null < /dev/null")
      if not works then pending("needs script(1) of util-linux and a terminal to give") end
      local command = ("%s examples/%s.lua %s"):format(interpreter.command, script, arguments or "")
      local output = example.shell(("printf '%s' | script -qec %s /dev/null"):format(
        input:gsub("\n", "\\n"), example.quote(command)))
      return output:gsub("\r", "")
    end

    local function count(text, part)
      return select(2, text:gsub(part, ""))
    end

    it("prompts, and ends with a new line", function()
      local output = at_terminal("0\nhello\n1\naaa\n")
      assert.equal(3, count(output, "index >> "), output)
      assert.equal(2, count(output, "data >> "), output)
      assert.equal(1, count(output, "0 CELL Commit\n"), output)
      assert.equal("index >> \n", output:sub(-10), output)
    end)

    it("prints what was typed behind the prompt with --echo", function()
      local output = at_terminal("0\nhello\n1\naaa\n", "--echo")
      assert.equal(first, output:sub(-#first))
    end)
  end)
end
