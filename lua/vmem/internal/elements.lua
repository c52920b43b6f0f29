--- The element types of views: how many bytes each takes, what numbers it has, and how messages list them.

local elements = {}

---@type table<vmem.type, integer>
elements.sizes = {
  i8 = 1, u8 = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4, i64 = 8, u64 = 8, f32 = 4, f64 = 8,
}

--- The type in native order that holds the same numbers.
---@type table<vmem.type, vmem.type>
elements.native = {}

for _, name in ipairs { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64" } do
  local size = elements.sizes[name]
  elements.native[name] = name
  for _, order in ipairs { "be", "le" } do
    if size > 1 then elements.sizes[name .. order], elements.native[name .. order] = size, name end
  end
end

elements.names = "i8, u8, i16, u16, i32, u32, i64, u64, f32 or f64, from 16 bits on also with be or le"

return elements
