-- Two processes that share a counter: each finds it by its name
local vmem = require "vmem"

local TIMES <const> = 100000

-- Without an argument this is the first process, which makes the section and tells the second one its name.
local name = arg[1] or ("counter-%d-%s"):format(os.time(), tostring {}:match "%w+$")

local section <close> = assert(vmem.section(name, vmem.page_size))
local region <close> = assert(vmem.reserve(section.size))
assert(region:attach(section))
local counter = region:view("u64", 0, 1)

local second = not arg[1] and assert(io.popen(("%s %s %s"):format(arg[-1], arg[0], name)))

for _ = 1, TIMES do counter:add(1, 1) end -- counter[1] = counter[1] + 1 would lose some

print(("%s process: %s the section, and counted %d times"):format(
  second and "First" or "Second", section.created and "made" or "found", TIMES))
if second then
  io.write(second:read "a") -- to its end
  second:close()
  print(("Together: %d"):format(counter[1]))
end
