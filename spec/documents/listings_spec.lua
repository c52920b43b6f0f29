local example = require "documents.example"
local helpers = require "helpers"
local it = helpers.unix_it -- it needs a shell

describe("the run of all listings", function()
  local output, ok = example.script("examples/listings.lua")

  it("runs every example, each under its heading and in order", function()
    assert.is_true(ok, output)
    local headings = {}
    local pattern = "\n(D%d+): [^\n]+\n=+\n%[examples/(d%d%d_[%w_]+)%.lua%]\n\n"
    for title, name in output:gmatch(pattern) do
      assert.equal(("D%d"):format(name:match("^d(%d%d)")), title)
      headings[#headings + 1] = name
    end
    assert.same({
      "d02_reserve_at_address", "d02_win32",
      "d03_reserve_elsewhere", "d03_win32",
      "d04_commit_one_page", "d04_win32",
      "d05_cells_reserved_only", "d05_win32",
      "d06_commit_on_fault", "d06_win32",
      "d07_cell_sizes",
      "d08_state_and_protection",
      "d09_page_sizes",
      "d10_page_table",
      "d11_fragmentation",
      "d12_allocate", "d12_win32",
      "d13_demand_paging", "d14_terabyte",
      "d01_address_space",
    }, headings)
  end)

  it("runs the examples of helpers, under headings of theirs", function()
    for _, name in ipairs { "alias", "arena", "banks", "kept", "machine", "mapped", "ring", "stack" } do
      local title = name:gsub("^%l", string.upper)
      assert.matches(("\n%s: [^\n]+\n=+\n%%[examples/%s%%.lua%%]\n\n[^\n]"):format(title, name), output)
    end
  end)

  it("has what an example prints right below its heading", function()
    local heading = "%[examples/d02_reserve_at_address.lua%]\n\n"
    assert.truthy(output:find(heading .. "Asked for     : 0x56781234\n"), output)
  end)

  it("shows the array's three dialogues, in both forms", function()
    local note = example.other_cell():gsub("%p", "%%%0")
    for i, word in ipairs { "First", "Second", "Third" } do
      local first = i == 3 and 1 or 0
      local lines = "\n" .. word .. " dialogue: [^\n]+\n" .. note .. "index >> " .. first .. "\n"
      assert.equal(2, select(2, output:gsub(lines, "")), output)
    end
  end)

  helpers.no_sanitizer_it("ends with a picture of the address space", function()
    local picture = output:match("%[examples/d01_address_space.lua%]\n\n(.-)\nWhere to go next\n")
    assert.truthy(picture:find("NULL p", 1, true) or not helpers.tells_areas, picture)
    assert.is_true(select(2, picture:gsub("\n", "")) <= 60, picture)
  end)

  it("names a page that plays what one of them did", function()
    local name = output:match("to step through in a browser:\n([^\n]+)\n")
    local page = assert(io.open(name, "rb"), output)
    assert.truthy(page:read("a"):find("</html>", 1, true))
    page:close()
    os.remove(name)
  end)

  it("says at the end where to go next", function()
    local tail = output:match("\nWhere to go next\n.*$")
    assert.truthy(tail, output)
    for _, hint in ipairs { "README.md", "make test", "make run SCRIPT=examples/" } do
      assert.truthy(tail:find(hint, 1, true), tail)
    end
    for path in tail:gmatch("examples/[%w_]+%.lua") do
      assert.truthy(example.read(path), path)
    end
  end)

  it("stops with an error when an example fails", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert.is_true(os.execute("mkdir '" .. folder .. "'"))
    local function put(name, text)
      local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
      file:write(text)
    end
    put("listings.lua", example.read("examples/listings.lua"))
    put("d02_reserve_at_address.lua", "-- D2: fails\nprint('so far') os.exit(3)\n")
    put("d03_reserve_elsewhere.lua", "-- D3: never runs\n")
    local failed, well = example.script(folder .. "/listings.lua")
    os.execute("rm -r '" .. folder .. "'")
    assert.is_false(well)
    assert.truthy(failed:find("so far\n.*d02_reserve_at_address.lua failed %(exit 3%)\n$"), failed)
    assert.is_nil(failed:find("D3: never runs", 1, true))
  end)
end)
