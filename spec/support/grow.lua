-- Takes memory when it reads a line, and ends with its input.

local kept = ""
for _ in io.lines() do kept = kept .. ("x"):rep(10000000) end
io.stderr:write(#kept < 0 and "nothing" or "")
