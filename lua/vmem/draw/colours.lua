--- One colour for each kind of area and each mark of a page, on terminals (SGR codes) and in SVGs, where
--- there is one for a light background and one for a dark one.

---@class vmem.draw.colour
---@field sgr string
---@field light string
---@field dark string

---@type table<string, vmem.draw.colour>
local colours = {
  image = { sgr = "36", light = "#0b7285", dark = "#3bc9db" },
  heap = { sgr = "33", light = "#e67700", dark = "#fcc419" },
  stack = { sgr = "35", light = "#ae3ec9", dark = "#e599f7" },
  mapped = { sgr = "34", light = "#1c7ed6", dark = "#74c0fc" },
  private = { sgr = "32", light = "#2f9e44", dark = "#8ce99a" },
  region = { sgr = "1;31", light = "#e03131", dark = "#ff8787" },
  reserved = { sgr = "2", light = "#adb5bd", dark = "#5c636a" },
  guard = { sgr = "31", light = "#862e2e", dark = "#c98383" },
  system = { sgr = "37", light = "#5f3dc4", dark = "#b197fc" },
  free = { sgr = "2", light = "#e9ecef", dark = "#2b3035" },
  null = { sgr = "7", light = "#495057", dark = "#868e96" },
  forbidden = { sgr = "7", light = "#495057", dark = "#868e96" },
  kernel = { sgr = "7", light = "#343a40", dark = "#adb5bd" },

  -- Marks of pages. Kinds and marks with one name look alike.
  none = { sgr = "31", light = "#c2255c", dark = "#faa2c1" },
  r = { sgr = "34", light = "#1c7ed6", dark = "#74c0fc" },
  rw = { sgr = "32", light = "#2f9e44", dark = "#8ce99a" },
  x = { sgr = "33", light = "#e67700", dark = "#fcc419" },
  trap = { sgr = "36", light = "#0b7285", dark = "#3bc9db" },
  trapped = { sgr = "1;34", light = "#5f3dc4", dark = "#b197fc" },
  section = { sgr = "1;33", light = "#a68a00", dark = "#ffe066" },
  copy = { sgr = "1;35", light = "#846358", dark = "#d2bab0" },
  mixed = { sgr = "35", light = "#ae3ec9", dark = "#e599f7" },
}

return colours
