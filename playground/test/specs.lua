-- specs.lua FILES: runs specs in the machine of the playground, in Node. There are no processes to start.

arg = { [-1] = "lua", [0] = "spec/support/run.lua", ... } -- luacheck: globals arg
package.path = table.concat({ "./lua/?.lua;./lua/?/init.lua",
  "./spec/support/?.lua;./spec/trust/?.lua;./spec/?.lua",
  "/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua" }, ";")
function io.popen() error "no processes" end -- luacheck: ignore
dofile "spec/support/run.lua"
