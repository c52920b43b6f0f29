--- The actions of a handler: the same code for a region of the library and of the model.

local actions = {}

function actions.commit(region, offset, size, protection) region:commit(offset, size, protection) end
function actions.decommit(region, offset, size) region:decommit(offset, size) end
function actions.protect(region, offset, size, protection) region:protect(offset, size, protection) end
function actions.release(region) region:release() end
function actions.fill(region, offset, size) region:fill(offset, math.min(size, 16), 7) end
function actions.read(region, offset) region:read(offset, 1) end
function actions.forget_handler(region) region:on_fault(nil) end

return actions
