std = "lua54"
max_line_length = 110
files["spec/**/*.lua"] = { std = "lua54+busted" }
files["lua/vmem/types.lua"] = { ignore = { "212", "241", "311" } } -- a ---@meta file defines, and does nothing
files["rockspec/*.rockspec"] = { std = "rockspec" }
include_files = { "lua", "spec", "examples", "bench", "rockspec/*.rockspec", ".busted", ".luacheckrc" }
exclude_files = { "build", ".tree" }
