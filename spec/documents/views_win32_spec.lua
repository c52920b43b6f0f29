-- The example of views and a mapped file in the Windows calls.

local example = require "documents.example"
local file_kit = require "file_kit"

describe("the example of views", function()
  file_kit.it("prints what Windows would", function()
    local output, ok = example.run "views_win32"
    assert.is_true(ok, output)
    assert.equal([[
Second view   : seen at both
Writing there : exception 0xc0000005
SetEndOfFile  : GetLastError 1224
The file      : 10000 bytes, Hello … World
]], output)
  end)
end)
