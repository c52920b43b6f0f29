-- docs/manual/in-c-and-here.md: every call of vmem.win32 is in its table, with what it is in C and here.

local w = require "vmem.win32"

local PATH <const> = "docs/manual/in-c-and-here.md"

--- The rows of the page's table: name -> { in C, here, the differences }.
local function rows()
  local found = {}
  for line in io.lines(PATH) do
    local name, in_c, here, differs = line:match "^| `([%w_]+)` | (.-) | (.-) | (.*)|$"
    if name then
      assert(not found[name], name .. " is there twice")
      found[name] = { in_c, here, differs }
    end
  end
  return found
end

describe("the page In C, and here", function()
  it("has every call of vmem.win32, and no other", function()
    local missing, left = {}, rows()
    for name, value in pairs(w) do
      if type(value) == "function" then
        if not left[name] then missing[#missing + 1] = name end
        left[name] = nil
      end
    end
    table.sort(missing)
    assert.same({}, missing)
    assert.is_nil(next(left))
  end)

  it("says that a call fails where it does, and only there", function()
    for name, row in pairs(rows()) do
      local fails = row[2] == "fails with `ERROR_NOT_SUPPORTED`"
      local is_offered = not package.loaded["vmem.win32.not_offered"][name]
      assert.equal(is_offered, not fails, name)
      if is_offered then assert.truthy(row[2]:find("w." .. name .. "(", 1, true), name) end
    end
  end)

  it("uses constants that there are", function()
    for _, row in pairs(rows()) do
      for name in row[2]:gmatch "w%.([%u_]+)%f[^%w_]" do assert.truthy(w[name], name) end
    end
  end)
end)
