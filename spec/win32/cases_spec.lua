-- How VirtualAlloc and its family behave, case by case. The rows are data; cases.lua says how to read them.

local helpers = require "helpers"
local cases = require "win32.cases"

local tables = {
  "reservation", "arguments", "protection", "commit", "asking", "contents", "sections", "views", "copies",
  "placeholders", "placeholder_views",
}

local needs_sections = { sections = true, views = true, copies = true, placeholder_views = true }

describe("vmem.win32 does as Windows does:", function()
  helpers.no_regions_left()

  for _, name in ipairs(tables) do
    for _, row in ipairs(require("win32." .. name)) do
      local title = ("%d %s"):format(row[1], row[2])
      local reason = cases.reason_against(row)
      if reason then
        pending(("%s (%s)"):format(title, reason))
      else
        local run = needs_sections[name] and helpers.section_it or row.vast and helpers.vast_it or it
        run(title, function() cases.run(row) end)
      end
    end
  end

  it("no row is both told and left out, and none twice", function()
    local seen = {}
    for number, reason in pairs(require "win32.not_applicable") do seen[number] = reason end
    for _, name in ipairs(tables) do
      for _, row in ipairs(require("win32." .. name)) do
        assert.is_nil(seen[row[1]], "row " .. row[1])
        seen[row[1]] = true
      end
    end
  end)
end)
