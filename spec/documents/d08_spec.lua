local example = require "documents.example"

describe("D8, what a page allows", function()
  local output, ok = example.run("d08_state_and_protection")
  local violation, guard = "access_violation", "guard_page"

  local function row(start)
    for line in output:gmatch("[^\n]+") do
      if line:find("^" .. start:gsub("%p", "%%%0") .. " ") then
        return line:match("%s(%S+)%s+(%S+)$")
      end
    end
  end

  it("ends well", function()
    assert.is_true(ok, output)
  end)

  for start, expected in pairs {
    ["reserved        MEM_RESERVE"] = { violation, violation },
    ["none            PAGE_NOACCESS"] = { violation, violation },
    ["r               PAGE_READONLY"] = { "works", violation },
    ["rw              PAGE_READWRITE"] = { "works", "works" },
    ["rw+guard  1     PAGE_READWRITE | PAGE_GUARD"] = { guard, guard },
    ["rw+guard  2     PAGE_READWRITE | PAGE_GUARD"] = { "works", "works" },
  } do
    it("is right about " .. start:gsub("%s+", " "), function()
      assert.same(expected, { row(start) }, output)
    end)
  end

  for start, expected in pairs {
    ["x               PAGE_EXECUTE"] = { "works", violation },
    ["rx              PAGE_EXECUTE_READ"] = { "works", violation },
    ["rwx             PAGE_EXECUTE_READWRITE"] = { "works", "works" },
  } do
    it("is right about " .. start:gsub("%s+", " "), function()
      local read, write = row(start)
      if read == "permission_denied" then pending("this system refuses executable pages") end
      assert.same(expected, { read, write }, output)
    end)
  end

  it("names the document's flags for both states", function()
    assert.truthy(output:find("(MEM_RESERVE)", 1, true))
    assert.truthy(output:find("(MEM_COMMIT)", 1, true))
  end)
end)
