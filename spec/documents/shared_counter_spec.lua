local example = require "documents.example"

describe("the counter of two processes", function()
  it("loses none of what they count", function()
    local output, ok = example.run("shared_counter", nil, "")
    assert.is_true(ok, output)
    assert.equal([[
First process: made the section, and counted 100000 times
Second process: found the section, and counted 100000 times
Together: 200000
]], (output:gsub("\r", "")))
  end)
end)
