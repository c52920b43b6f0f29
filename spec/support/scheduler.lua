--- Coroutines that take turns and wait for sockets, as in a program that is made of them.

local loaded, socket = pcall(require, "socket")

local scheduler = {}

--- The function for option yield of vmem.pager.redis.open.
function scheduler.yield(which, what, seconds)
  coroutine.yield(which, what, loaded and socket.gettime() + seconds)
end

local function step(task)
  local ok, which, what, deadline = coroutine.resume(task.thread)
  if not ok then error(debug.traceback(task.thread, tostring(which)), 0) end
  task.socket, task.what, task.deadline = which, what, deadline
end

--- Those that are ready, after a moment at most.
local function wait(tasks)
  local lists, moment = { read = {}, write = {} }, 0.05
  for _, task in ipairs(tasks) do
    if task.socket then table.insert(lists[task.what], task.socket) else moment = 0 end
  end
  local readable, writable = socket.select(lists.read, lists.write, moment)
  local ready = { read = readable, write = writable }
  return function(task)
    return not task.socket or ready[task.what][task.socket] or socket.gettime() >= task.deadline
  end
end

--- Runs functions as coroutines until all of them have ended. An error in one is an error here. With
--- `meanwhile`, calls it each time when all of them wait.
function scheduler.run(functions, meanwhile)
  local tasks = {}
  for i, f in ipairs(functions) do
    tasks[i] = { thread = coroutine.create(f) }
    step(tasks[i])
  end
  while true do
    for i = #tasks, 1, -1 do
      if coroutine.status(tasks[i].thread) == "dead" then table.remove(tasks, i) end
    end
    if #tasks == 0 then return end
    if meanwhile then meanwhile() end
    local is_ready = wait(tasks)
    for _, task in ipairs(tasks) do
      if is_ready(task) then step(task) end
    end
  end
end

return scheduler
