--- vmem bench: measures everything beside plain C. It compiles that C, so that it needs the sources.

local output = require "vmem.command.output"

local bench = { summary = "Measure everything beside plain C, from the sources." }

local SOURCES = "https://github.com/vmem-lua/vmem"
local TOPICS = {
  "access", "pages", "asking", "bytes", "million", "sizes", "sparse", "recorder", "arena", "stack", "pager",
  "redis", "paging", "machine", "runs",
}

function bench.add(parser)
  parser:option("--results", "Where the table and the pictures go, when all is measured.", "vmem-bench")
    :argname("FOLDER")
  parser:argument("topics", "What to measure alone. Default: all, which takes some minutes."):args("*")
    :argname("TOPIC"):choices(TOPICS)
end

local function is_tree(folder)
  local file <close> = io.open(folder .. "/bench/bench.lua")
  local core <close> = io.open(folder .. "/csrc/core/vmem.h")
  return file ~= nil and core ~= nil
end

function bench.run(chosen, tree)
  tree = tree or is_tree(".") and "." or nil
  if not tree then
    return nil, "the sources are not here: git clone " .. SOURCES .. ", and say vmem bench in there"
  end
  local quote = output.quote
  local ok, _, code = os.execute(("LUA=%s VMEM_RESULTS=%s make -s -C %s bench TOPICS=%s"):format(
    quote(output.interpreter()), quote(output.absolute(chosen.results)), quote(tree),
    quote(table.concat(chosen.topics, " "))))
  return ok and 0 or code
end

return bench
