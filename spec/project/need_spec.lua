-- tools/need, which installs what is missing on Debian, and says what it is elsewhere.

local helpers = require "helpers"

--- What it says where a folder with these programs is all that there is. They are never run.
local function said(programs, needs)
  local folder = os.tmpname()
  os.remove(folder)
  local script <const> = [[
    mkdir %s && cd %s && touch %s && chmod +x * && cd - >/dev/null
    PATH=%s /bin/sh tools/need '%s' 'a-package' 2>&1; echo $?; rm -r %s]]
  local pipe <close> = assert(io.popen(script:format(folder, folder, programs, folder, needs, folder)))
  return pipe:read "a"
end

describe("tools/need", function()
  helpers.unix_it("is content with what is there", function()
    assert.equal("0\n", said("one two", "one two"))
  end)

  helpers.unix_it("names what is missing, where there is no apt-get", function()
    local text = said("one", "one none lua5.4-headers-of-none")
    assert.matches("^vmem needs: none lua5.4%-headers%-of%-none\n.*1\n$", text)
    assert.is_nil(text:find "apk")
  end)

  helpers.unix_it("names the packages of Alpine Linux there", function()
    local text = said("apk", "none")
    assert.matches("^vmem needs: none\n.*apk add [%w .-]*lua5.4%-dev linux%-headers\n.*1\n$", text)
  end)
end)
