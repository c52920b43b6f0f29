-- What a refusal of a file says: the file, what happened, and what helps.

local array = require "vmem.file.array"
local file_kit = require "file_kit"
local files = require "vmem.file"
local helpers = require "helpers"
local vmem = require "vmem"

local path_of <const> = file_kit.path_of

--- The message of a refusal, without the file's path.
local function said(path, refused, message, code)
  assert.is_nil(refused)
  local first, last = message:find(path, 1, true)
  assert.is_truthy(first, message)
  assert.is_nil(message:find(path, last + 1, true), "the path twice: " .. message)
  return message:sub(1, first - 1) .. "PATH" .. message:sub(last + 1), code
end

describe("a refusal of a file", function()
  file_kit.leaves_nothing()

  file_kit.it("says that there is none, and what makes one", function()
    local path = path_of()
    assert.equal("cannot open the file PATH: there is no such file", said(path, vmem.section(path, "r")))
    assert.equal('cannot open the file PATH: there is no such file; mode "w+" makes one',
      said(path, files.open(path, "r+")))
    path = path .. "none/x"
    assert.equal("cannot open the file PATH: there is no such folder", said(path, files.open(path, "w+")))
  end)

  file_kit.unix_it("says that it is no regular file", function()
    for path, mode in pairs { ["/dev/null"] = "r", ["/dev"] = "w+", ["/dev/."] = "r" } do
      assert.equal("cannot open the file PATH: it is a folder, a device, a pipe or a file of /proc; only "
        .. "regular files can be mapped", said(path, files.open(path, mode)))
    end
  end)

  file_kit.it("says the length that it has, where it would have to be longer", function()
    local path = path_of("hello")
    for _, mode in ipairs { "r", "copy" } do
      assert.equal('cannot open PATH: it has 5 bytes, not 6, and mode "' .. mode .. '" makes none longer',
        said(path, files.open(path, mode, { size = 6 })))
      local file <close> = assert(files.open(path, mode, { size = 5 }))
      assert.equal('cannot make the file PATH 6 bytes long: it was opened with "r" or "copy"',
        said(path, file:resize(6)))
    end
  end)

  file_kit.unix_it("says the limits that it would break", function()
    local path = path_of("hello")
    local output = helpers.run_script(([[
      print(select(2, require("vmem.file").open(%q, "r+", { size = 1 << 20 })))
    ]]):format(path), "ulimit -f 100;")
    assert.equal("cannot make the file PATH 1048576 bytes long: no file may be that large here: ask for "
      .. "less, or look at the limits of the process (ulimit -f) and of the file system\tfile_too_large\n",
      (said(path, nil, output)))
  end)

  file_kit.it("of an array says the path once", function()
    local path = path_of()
    local message = said(path, array.open(path, "r+", "u8", 1 << 58))
    assert.matches("^cannot open the file PATH: ", message)
  end)
end)
