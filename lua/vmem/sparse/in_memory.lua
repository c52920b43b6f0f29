--- Where records of vmem.sparse lie: in a region, whose committed pages are those that exist.
---
--- A space has
---   region
---   unit                       bytes; so many come and go together
---   exists(region, from, size) whether all pages of these bytes exist
---   create(from, size)         makes them exist; true, or nil, message, code
---   drop(from, size)           whole units exist no more; true, or nil, message, code
---   stretches(from, to)        `for from, to in stretches(from, to) do`: what exists of these bytes,
--- ascending,
---                              neighbours as one. Units may come and go meanwhile
---   runs()                     the same of all bytes, as offset, size, state, protection; neighbours may be
--- apart
---   flush()                    true when all is on the disk; or nil, message, code
---   close()                    gives everything back
---   section                    of the file, or nil
---   settled                    true where a page may exist that is not committed

local vmem = require "vmem"

--- Committed pages in a row, whatever they allow.
local function stretches(region, from, to)
  local at = from
  return function()
    local run
    repeat
      if at >= to then return nil end
      run = region:query(at)
      local first = at
      at = run.offset + run.size
      if run.state == "committed" then
        while at < to do
          run = region:query(at)
          if run.state ~= "committed" then break end
          at = run.offset + run.size
        end
        at = math.min(at, to)
        return first, at
      end
    until false
  end
end

--- Its committed pages, by what they allow.
local function runs(region)
  local step = region:runs()
  return function()
    local offset, size, state, protection
    repeat offset, size, state, protection = step() until not offset or state == "committed"
    return offset, size, state, protection
  end
end

---@param region vmem.region
return function(region)
  return {
    region = region, unit = vmem.page_size, exists = region.is_committed,
    create = function(from, size) return region:commit(from, size) end,
    drop = function(from, size) return region:decommit(from, size) end,
    stretches = function(from, to) return stretches(region, from, to) end,
    runs = function() return runs(region) end,
    flush = function() return true end,
    close = function() local _ <close> = region end, -- luacheck: ignore 211
  }
end
