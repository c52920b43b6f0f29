-- The examples of files: mapped, kept, cut_file.

local example = require "documents.example"
local file_it = require("file_kit").it
local helpers = require "helpers"

describe("the example of a mapped file", function()
  file_it("finds again what it has written, and keeps its draft to itself", function()
    local output, ok = example.run "mapped"
    assert.is_true(ok, output)
    assert.equal([[
temperatures of a year: 365 days, from -5.0 to 24.9 degrees
The file has 2984 bytes now, and has not moved
The view of the first year has 365 days, a new one has 730
The draft differs in 1 page, from byte 0 on
In the file, the first day still has -1.3 degrees
]], (output:gsub("\r", "")))
  end)
end)

describe("the example of arrays that are kept", function()
  file_it("finds again what it has stored, and nothing else", function()
    local output, ok = example.run "kept"
    assert.is_true(ok, output)
    assert.equal([[
68719476736 numbers, of which 8000000 is not known
          7: 33
  123456789: 70.5
34359738368: 18
The sum of all is 121.5; the log begins with 7 and 123456789
192 KiB are in use
its type is 'f64', not 'f32'	type
it is a file of vmem.sparse, not of vmem.file.array	not_ours
]], (output:gsub("\r", "")))
  end)
end)

describe("the example of a file that is cut off", function()
  file_it("meets a fault, and mends it, or says why it cannot be", function()
    local output, ok = example.run("cut_file", nil, "")
    assert.is_true(ok, output)
    if helpers.on_windows then
      return assert.equal("Not on this system: Windows lets nobody cut off a file that is mapped\n", output)
    end
    local pages = require("vmem").page_size
    assert.equal(([[
false	in_page_error	truncated
The file has 100 bytes, and %d are attached
page 2 is reserved; the file becomes 1048576 bytes long
Sum of what is left: 6500, which is 100 times 65
]]):format(pages), (output:gsub("\r", "")))
  end)
end)
