std = "lua54"
max_line_length = 110
files["spec/**/*.lua"] = { std = "lua54+busted" }
files["spec/support/run.lua"] = { globals = { "assert", "finally" } } -- it stands in for busted
files["spec/trust/allocator/*.lua"] = { globals = { "host" } } -- host.c has it
files["spec/trust/race/*.lua"] = { globals = { "race" } }
files["rockspec/*.rockspec"] = { std = "rockspec" }
-- A ---@meta file defines, and does nothing.
files["lua/vmem/types.lua"] = { ignore = { "212", "241", "311" } }
include_files = {
  "bin/vmem", "lua/**/*.lua", "command/**/*.lua", "spec/**/*.lua", "examples/**/*.lua", "bench/**/*.lua",
  "tools/**/*.lua", "playground/**/*.lua", "rockspec/*.rockspec", ".busted", ".luacheckrc",
}
exclude_files = { "build", ".tree" }
