--- A virtual address taken apart: an index for each level of the page table, and the offset in the page.

local checks = require "vmem.internal.checks"
local picture = require "vmem.draw.picture"

---@class vmem.paging.translation.field
---@field high integer its first bit of the address, counted from 0 at the right
---@field low integer its last
---@field value integer
---@field present boolean of a level: whether there is a node for it
---@field title? "page" where the page table has no levels

--- tostring(translation) is a picture: the address as a textbook draws it, bits in boxes, one for each level,
--- and what they are indices of. As SVG it shows the walk from node to node.
---@class vmem.paging.translation: vmem.draw.picture
---@field address integer
---@field address_bits integer
---@field page_size integer
---@field page integer number of the virtual page
---@field offset integer in the page
---@field indices integer[] one for each level, the root's first
---@field fields vmem.paging.translation.field[] one for each level, and one for the offset
---@field read integer? entries that a walk of a hashed or inverted table compares
---@field compared (integer | false)[]? the pages of the last of them; false: that of a free frame
---@field frame integer? nil: in none now
---@field physical integer? the address that it leads to
local translation = {}
translation.__index = translation
translation.__name = "vmem.paging.translation"

---@param mmu vmem.paging.mmu
---@param address integer
---@return vmem.paging.translation
local function of(mmu, address)
  local page, offset = address >> mmu.shift, address & (mmu.page_size - 1)
  local depth, low, fields, indices = mmu.tree:depth(page), mmu.address_bits, {}, {}
  for level, bits in ipairs(mmu.bits) do
    indices[level] = mmu.tree:index(page, level)
    fields[level] = { high = low - 1, low = low - bits, value = indices[level], present = level <= depth }
    low = low - bits
  end
  if mmu.levels == 0 then
    local value = page & (1 << mmu.address_bits - mmu.shift) - 1
    fields[1] = { high = low - 1, low = mmu.shift, value = value, present = true, title = "page" }
  end
  if mmu.shift > 0 then
    fields[#fields + 1] = { high = mmu.shift - 1, low = 0, value = offset, present = true }
  end
  local frame, read, compared = mmu.memory.frame_of[page], nil, nil
  if mmu.levels == 0 then
    local all = mmu.tree:compared(page)
    read = mmu.buckets and #all or mmu.tree:depth(page)
    compared = table.move(all, math.max(1, #all - mmu.tree.SHOWN + 1), #all, 1, {})
  end
  return setmetatable({
    address = address, address_bits = mmu.address_bits, page_size = mmu.page_size, page = page,
      offset = offset,
    indices = indices, fields = fields, read = read, compared = compared,
    frame = frame, physical = frame and frame << mmu.shift | offset,
  }, translation)
end

picture.add(translation, "translation")
checks.methods(translation, "text svg __tostring")

return { of = of }
