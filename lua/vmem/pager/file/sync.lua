--- fsync for file stores: has the system write a file to the disk. Needs luaposix.

local sync = {}

--- A function (file) -> true, or nil, message, errno. Or nil, message, code where luaposix is not to be had.
function sync.new()
  local ok, unistd = pcall(require, "posix.unistd")
  local also, stdio = pcall(require, "posix.stdio")
  if not (ok and also) then
    return nil, "sync needs luaposix for this Lua: luarocks install luaposix", "not_supported"
  end
  return function(file)
    local done, message, errno = unistd.fsync(stdio.fileno(file))
    if not done then return nil, message, errno end
    return true
  end
end

--- Has the folder of a new file written, in which its name is.
function sync.folder(path)
  local fcntl, unistd = require "posix.fcntl", require "posix.unistd"
  local folder, message, errno = fcntl.open(path:match "^(.*/)[^/]*$" or ".", fcntl.O_RDONLY)
  if not folder then return nil, message, errno end
  local done
  done, message, errno = unistd.fsync(folder)
  unistd.close(folder)
  if not done then return nil, message, errno end
  return true
end

return sync
