--- Rounds offsets, addresses and sizes to whole pages of memory, down or up.

local PAGE = require("vmem.core").module.page_size

local pages = {}

function pages.down(offset) return offset & -PAGE end

function pages.up(offset) return (offset + PAGE - 1) & -PAGE end

return pages
