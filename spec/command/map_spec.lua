-- vmem map: any width, lists, and what smaps tells.

local columns = require "vmem.draw.columns"
local helpers = require "helpers"
local json = require "dkjson"
local kit = require "command_kit"

local shell = kit.shell

local it = helpers.tells_areas and helpers.unix_it or helpers.proc_it

--- Runs a line of shell in which $p is a process that sleeps.
local function beside_sleeper(line)
  return shell(("asleep\n%s\nkill $p"):format(line))
end

describe("vmem map in any width", function()
  local ways = {
    "map $$", "map $$ --all", "map $$ --sort ram", "map $$ --sort name", "map $$ --filter image --all",
  }
  if helpers.has_proc then ways[#ways + 1] = "map $$ --pss --sort swapped" end
  for _, way in ipairs(ways) do
    it(("has no line that is too long: vmem " .. way), function()
      for _, width in ipairs { 20, 21, 30, 39, 40, 41, 48, 49, 50, 58, 59, 60, 67, 68, 80, 131, 400 } do
        local output, errors, code = shell(("COLUMNS=%d vmem %s"):format(width, way))
        assert.equal("", errors)
        assert.equal(0, code)
        assert.is_nil(output:find("(takes", 1, true))
        for line in output:gmatch "[^\n]+" do
          if columns.of(line) > width then error(("%d: %s"):format(width, line)) end
        end
      end
    end)
  end

  it("takes 80 columns where nothing tells, as in a pipe, and where COLUMNS is no width", function()
    local usual = shell "unset COLUMNS; vmem map $$ | cat"
    for _, value in ipairs { "", "0", "-5", "x", "1e9", "99999999999999999999", "10001" } do
      local output = shell(("COLUMNS=%s vmem map $$ | cat"):format(value))
      assert.equal(#usual:match "├[^\n]+\n", #output:match "├[^\n]+\n", value)
    end
    assert.equal(80, columns.of(usual:match "\n( +├[^\n]+)\n"))
  end)

  it("shows the address of each row also where it needs a line of its own", function()
    local wide, narrow = shell "COLUMNS=80 vmem map $PPID", shell "COLUMNS=20 vmem map $PPID"
    for address in wide:gmatch "0x%x+ │ [a-z]" do
      assert.truthy(narrow:find("│" .. address:match "^0x%x+", 1, true), address)
    end
  end)
end)

describe("vmem map, as a list", function()
  it("sorts by size and by what is in RAM, the largest first", function()
    for _, key in ipairs { "size", "ram" } do
      local told = assert(json.decode((shell(("vmem map $$ --json --sort %s"):format(key)))))
      local field = key == "ram" and "resident" or "size"
      local last = math.huge
      for _, area in ipairs(told.areas) do
        local value = area[field] or -1
        if area.kind ~= "kernel" then -- more bytes than an integer holds
          assert.is_true(value <= last)
          last = value
        end
      end
    end
  end)

  it("sorts by name and by address, ascending", function()
    for _, key in ipairs { "name", "address" } do
      local told = assert(json.decode((shell(("vmem map $$ --json --sort %s --filter image"):format(key)))))
      assert.is_true(#told.areas > 1)
      for i = 2, #told.areas do
        local one, other = told.areas[i - 1][key], told.areas[i][key]
        assert.is_true((tonumber(one) or one) <= (tonumber(other) or other))
      end
    end
  end)

  it("has the areas alone that a filter names: by kind, by access, by a part of the name", function()
    local filters = "--filter stack --filter rx --filter libc"
    local both = shell("vmem map $$ --json; vmem map $$ --json " .. filters) -- of one shell
    local all, at = json.decode(both)
    local some, count = json.decode(both, at), 0
    for _, area in ipairs(all.areas) do
      if area.kind == "stack" or area.protection == "rx" or (area.name or ""):find("libc", 1, true) then
        count = count + 1
      end
    end
    assert.is_true(#some.areas > 1)
    assert.equal(count, #some.areas)
    assert.equal(count, some.totals.all.count)
    assert.is_true(#all.areas > #some.areas)
  end)

  it("does not add up gaps, or what lies between the areas of a filter", function()
    local filters = "--filter private --filter image"
    local both = shell(("vmem map $$ --json %s; vmem map $$ %s"):format(filters, filters))
    local told, at = json.decode(both)
    local output = both:sub(at)
    local rows = 0
    for _ in output:gmatch "\n +0x%x+ " do rows = rows + 1 end
    assert.is_true(rows > 0 and rows <= #told.areas)
    assert.is_nil(output:find("free", 1, true))
    local size = 0
    for _, area in ipairs(told.areas) do size = size + area.size end
    assert.equal(size, told.totals.all.size)
  end)

  it("says when no area fits", function()
    local output, errors, code = shell "vmem map $$ --filter 'no such area'"
    assert.equal("", output)
    assert.equal("vmem: map: no area fits no such area\n", errors)
    assert.equal(1, code)
  end)
end)

describe("vmem map --pss", function()
  if not helpers.has_proc then
    helpers.unix_it("says that this system does not tell", function()
      local _, errors, code = shell "vmem map $$ --pss"
      assert.matches("^vmem: map: [^\n]+\n$", errors)
      assert.equal(1, code)
    end)
    return
  end

  it("has the figures of smaps: proportional, dirty and swapped", function()
    local output = beside_sleeper [[vmem map $p --pss --json; echo ----; cat /proc/$p/smaps]]
    local text, smaps = output:match "^(.-)%-%-%-%-\n(.*)$"
    local told = assert(json.decode(text))
    local function kib(...)
      local sum = 0
      for _, name in ipairs { ... } do
        for value in smaps:gmatch("\n" .. name .. ": +(%d+) kB") do sum = sum + tonumber(value) end
      end
      return sum * 1024
    end
    local all = told.totals.all
    assert.equal(kib("Private_Dirty", "Shared_Dirty"), all.dirty)
    assert.equal(kib "Swap", all.swapped)
    assert.is_true(all.pss > 0 and all.pss <= all.resident) -- others that share it come and go
    for _, area in ipairs(told.areas) do
      if area.kind ~= "kernel" then assert.equal("number", type(area.pss)) end
    end
  end)

  it("shows them, and is what sorting by them asks for", function()
    local output = shell "COLUMNS=120 vmem map $$ --pss"
    assert.matches("\n  kind +areas +size +committed +in RAM +PSS +dirty +swapped\n", output)
    for _, key in ipairs { "pss", "dirty", "swapped" } do
      output = shell("COLUMNS=120 vmem map $$ --sort " .. key)
      assert.matches("\n +address kind +access +size +in RAM +PSS +dirty +swapped name\n", output)
    end
    assert.is_nil((shell "COLUMNS=120 vmem map $$"):find("PSS", 1, true))
  end)
end)

describe("vmem map, wrongly used", function()
  local cases = {
    { "--sort x", "argument for option '%-%-sort' must be one of 'address', .*" },
    { "--filter", "option '%-%-filter' requires an argument.*" },
    { "--watch 1", "%-%-watch wants the number of a process .*" },
    { "$$ --watch 0", "%-%-watch wants seconds, from 0.01 to 86400, not '0' .*" },
    { "$$ --watch nan", "%-%-watch wants seconds, .*" }, { "$$ --watch x", "%-%-watch wants seconds, .*" },
    { "$$ --watch -1", "unknown option '%-1'.*" },
    { "$$ --watch 1 --json", "%-%-watch and %-%-json cannot go together .*" },
    { "$$ --watch 1 --svg -", "%-%-watch and %-%-svg cannot go together .*" },
    { "$$ --watch 1 --diff x", "%-%-watch and %-%-diff cannot go together .*" },
    { "--svg - --sort size", "%-%-svg and %-%-sort cannot go together .*" },
    { "--svg - --filter heap", "%-%-svg and %-%-filter cannot go together .*" },
    { "--diff x --json", "%-%-diff and %-%-json cannot go together .*" },
    { "$$ --diff x y", "%-%-diff with two moments wants no process .*" },
  }
  for _, case in ipairs(cases) do
    helpers.unix_it("says what is wrong: vmem map " .. case[1], function()
      local output, errors, code = shell("vmem map " .. case[1])
      assert.equal("", output)
      assert.matches("^vmem: map: " .. case[2] .. "\n$", errors)
      assert.equal(2, code)
    end)
  end
end)
