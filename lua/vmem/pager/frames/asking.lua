--- Calls of the store's methods, and what their failures say.

local core = require "vmem.core"

local raise <const>, attempt <const> = core.blame, core.attempt

local NO_REASON <const> = "it gave no reason"

--- Calls a method of the store. Gives what it gives, or nil, message, code; an error is a failure, too, but
--- not when a hook has raised it.
local function ask(self, method, page, bytes)
  local store = self.store
  local ok, result, message, code = attempt(store[method], store, page, bytes)
  if not ok then return nil, tostring(result), nil end
  return result, message, code
end

--- The message of a failure.
local function failure(self, what, page, message)
  return ("page %d cannot be %s %s: %s"):format(page, what, tostring(self.store), tostring(message))
end

--- The bytes of a page, or nothing when it was never saved. Raises where the store fails.
local function fetch(self, page)
  local bytes, message = ask(self, "load", page)
  if bytes == nil and message == nil then return nil end
  if bytes == nil then raise(failure(self, "loaded from", page, message)) end
  if type(bytes) ~= "string" or #bytes ~= self.page_size then
    local got = type(bytes) == "string" and #bytes .. " bytes" or "a " .. type(bytes)
    raise(failure(self, "loaded from", page, ("it gave %s and not %d bytes"):format(got, self.page_size)))
  end
  return bytes
end

return { ask = ask, failure = failure, fetch = fetch, NO_REASON = NO_REASON }
