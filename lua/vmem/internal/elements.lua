--- The element types of views: how many bytes each takes, and how messages list them.

local elements = {}

---@type table<vmem.type, integer>
elements.sizes = {
  i8 = 1, u8 = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4, i64 = 8, u64 = 8, f32 = 4, f64 = 8,
}

elements.names = "i8, u8, i16, u16, i32, u32, i64, u64, f32 or f64"

return elements
