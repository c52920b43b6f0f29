--- vmem map: the address space of a process as a picture, and its totals.

local checks = require "vmem.internal.checks"
local list = require "vmem.draw.layout_list"
local output = require "vmem.command.output"
local view = require "vmem.command.map_view"

local map = { summary = "Draw the address space of a process." }

-- {====== Arguments ======

local function to_pid(word)
  local pid = word:find("^%d+$") and math.tointeger(tonumber(word))
  if pid and pid > 0 and pid <= checks.largest_pid then return pid end
  return nil, ("the number of a process is wanted, not '%s'"):format(word)
end

local LONGEST <const> = 86400

local function to_seconds(word)
  local seconds = tonumber(word)
  if seconds and seconds >= 0.01 and seconds <= LONGEST then return seconds end
  return nil, ("--watch wants seconds, from 0.01 to %d, not '%s'"):format(LONGEST, word)
end

function map.add(parser)
  parser:argument("pid", "The process. Default: this one, which draws."):args("?"):convert(to_pid)
  parser:option("--sort", ("A list instead of the picture, the largest first. KEY is one of %s."):format(
    table.concat(list.keys, ", "))):argname("KEY"):choices(list.keys)
  parser:option("--filter", "A list of the areas that are of this kind, have this access, or have this in "
    .. "their name. May be given several times: an area that fits one of them is listed.")
    :argname("WORD"):count("*")
  parser:flag("--pss", "Tell how much memory is the process's share of what several have in common (PSS), "
    .. "is dirty, and is swapped out, too. Only Linux tells; takes longer.")
  parser:flag("--all", "A line for every area, nothing folded.")
  parser:option("--watch", "Look again every so many seconds, until Ctrl-C or the process's end, and show "
    .. "what has changed."):argname("SECONDS"):convert(to_seconds)
  parser:option("--diff", "What has changed since a file BEFORE was written by --json. AFTER is another such "
    .. "file, or a process. Default: the process of BEFORE, now."):args("1-2"):argname { "BEFORE", "AFTER" }
  parser:flag("--json", "Print areas and totals as JSON: addresses are strings, sizes bytes.")
  parser:option("--svg", "Write the picture as SVG into a file; - is standard output."):argname("FILE")
end

--- What cannot be wanted together: pairs of options and what to say.
local EXCLUDED <const> = {
  { "watch", "diff" }, { "watch", "json" }, { "watch", "svg" }, { "diff", "json" }, { "diff", "svg" },
  { "svg", "sort" }, { "svg", "filter" },
}

local function misuse(chosen)
  if chosen.svg == "-" and chosen.json then return "--svg - and --json want the same output" end
  for _, pair in ipairs(EXCLUDED) do
    local one, other = pair[1], pair[2]
    if chosen[one] and chosen[other] then return ("--%s and --%s cannot go together"):format(one, other) end
  end
  if chosen.watch and not chosen.pid then return "--watch wants the number of a process" end
  if chosen.diff and chosen.diff[2] and chosen.pid then return "--diff with two moments wants no process" end
end

-- ====== }

function map.run(chosen)
  if chosen.filter and #chosen.filter == 0 then chosen.filter = nil end
  local wrong = misuse(chosen)
  if wrong then return nil, wrong, "usage" end
  if chosen.watch then return require("vmem.command.map_watch")(chosen) end
  if chosen.diff then return require("vmem.command.map_diff").run(chosen, to_pid) end
  local here, message = view.look(chosen.pid, chosen)
  if not here then return nil, message end
  if chosen.svg then
    local saved, why = output.save(chosen.svg, here:svg { all = chosen.all })
    if not saved or not chosen.json then return saved, why end
  end
  if chosen.filter and #here == 0 then
    return nil, ("no area fits %s"):format(table.concat(chosen.filter, ", "))
  end
  if not chosen.json then return output.write(view.text(here, chosen)) end
  if chosen.sort then list.sort(here.areas, chosen.sort) end
  local text
  text, message = require("vmem.command.map_json").text(here, here.areas)
  if not text then return nil, message end
  return output.write(text)
end

return map
