-- Each step of a lesson has what a reader needs: what a paragraph says, lines to run, a change, its outcome.
-- pages_spec runs the lines.

local function contents(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

--- What a step lacks: a list of words.
local function missing(step)
  local list = {}
  if not step:find("**It says:**", 1, true) and not step:find("**They say again:**", 1, true) then
    list[1] = "what it says"
  end
  if not step:find("**Run:**", 1, true) then list[#list + 1] = "run" end
  if not step:find("**Change:**", 1, true) then list[#list + 1] = "change" end
  -- Behind lines to run there is what they print, or a sentence that says what to expect.
  for after in step:gmatch "\n```lua[^\n]*\n.-\n```\n\n([^\n]*)" do
    local tells <const> = after == "```" or after:find("**Expect:**", 1, true)
    if not tells then list[#list + 1] = "expect: " .. after end
  end
  return list
end

describe("lessons", function()
  local steps, paths = 0, 0
  local documents <const> = contents "docs/documents.md"
  for name in documents:gmatch "%]%(lessons/([%w-]+)%.md%)" do
    paths = paths + 1
    local text <const> = contents("docs/lessons/" .. name .. ".md")
    for title, step in (text:gsub("\n## ", "\n\0")):gmatch "%z([^\n]+)\n(%Z*)" do
      steps = steps + 1
      it(("say, run, change and expect something: %s, %s"):format(name, title), function()
        assert.same({}, missing(step))
      end)
    end
  end

  it("are six, with more than thirty steps", function()
    assert.equal(6, paths)
    assert.is_true(steps > 30, steps)
  end)

  it("would be found to lack something", function()
    local whole <const> = "**It says:** a\n\n**Run:**\n\n```lua\nb\n```\n\n```\nc\n```\n\n**Change:** d\n"
    assert.same({}, missing(whole))
    assert.same({ "run", "change" }, missing "**It says:** a\n")
    assert.same({ "expect: **Change:** d" },
      missing((whole:gsub("```\nc\n```\n\n", ""))))
  end)
end)
