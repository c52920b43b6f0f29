--- The pictures, drawn by gnuplot: ratios as bars, growth as lines. Colours are of middling lightness
--- on a light ground, so that they can be read on light and dark pages.

local plot = {}

local GROUND, INK, FAINT = "#fbfbf9", "#333333", "#d5d5d0"
local MET, MISSED, FREE = "#2a9d6f", "#d1603d", "#6f8fb3"

local function quoted(text) return "'" .. text:gsub("'", "''") .. "'" end

local function gnuplot(path, width, height, title, script)
  local pipe = assert(io.popen("gnuplot", "w"))
  pipe:write(("set terminal svg size %d,%d noenhanced font 'sans-serif,12' background '%s'\n"):format(
    width, height, GROUND))
  pipe:write("set output ", quoted(path), "\n")
  pipe:write(("set border 0 linecolor rgb '%s'\nset tics textcolor rgb '%s' scale 0\n"):format(FAINT, INK))
  pipe:write(("set key outside bottom center horizontal textcolor rgb '%s'\n"):format(INK))
  pipe:write(("set label %s at screen 0.02, screen %g textcolor rgb '%s'\n"):format(quoted(title),
    1 - 20 / height, INK))
  pipe:write(script)
  if not pipe:close() then error("gnuplot could not draw " .. path, 0) end
end

local function block(name, lines) return ("$%s << END\n%s\nEND\n"):format(name, table.concat(lines, "\n")) end

-- {====== Ratios ======

local COLOURS = { met = MET, missed = MISSED }
local LEAST, MOST = 1 / 20, 100 -- longer bars end there, with their figures after them

local function clip(ratio) return math.max(LEAST, math.min(MOST, ratio)) end

--- Results with a ratio or a target that belong to no series.
local function rows_of(topics)
  local rows = {}
  for _, topic in ipairs(topics) do
    for _, result in ipairs(topic.results) do
      if (result.ratio or result.target) and not result.series then rows[#rows + 1] = result end
    end
  end
  return rows
end

function plot.ratios(path, topics)
  local rows = rows_of(topics)
  local bars, marks, names = {}, {}, {}
  for i, result in ipairs(rows) do
    local y, ratio = #rows - i + 1, clip(result.ratio or 1)
    local text = result.ratio and ("%.2f"):format(result.ratio) or "none"
    local colour = (COLOURS[result.verdict] or FREE):gsub("#", "0x")
    bars[i] = ("%g %g %d %s %s"):format(math.min(1, ratio), math.max(1, ratio), y, colour, text)
    names[i] = ("%s %d"):format(quoted(result.name), y)
    if result.target then marks[#marks + 1] = ("%g %d"):format(result.target, y) end
  end
  local data = block("bars", bars) .. block("marks", marks)
  gnuplot(path, 800, 100 + 19 * #rows, "time against plain C: shorter than 1 is faster", data .. ([[
set logscale x 2
set xtics ('1/16' 0.0625, '1/8' 0.125, '1/4' 0.25, '1/2' 0.5, '1' 1, '2' 2, '4' 4, \
  '8' 8, '16' 16, '32' 32, '64' 64)
set xrange [0.05:240]
set yrange [0.3:%d.7]
set ytics (%s)
set lmargin 48
set rmargin 2
set tmargin 3
set grid xtics linecolor rgb '%s' linetype 1
set key maxrows 1 samplen 1.5
set arrow from 1, graph 0 to 1, graph 1 nohead linecolor rgb '%s' linewidth 1.5
set style fill solid 1 noborder
plot $bars using 1:3:1:2:($3-0.33):($3+0.33):4 with boxxyerror linecolor rgb variable notitle, \
  $bars using (230):3:5 with labels right textcolor rgb '%s' notitle, \
  $marks using 1:($2-0.45):(0):(0.9) with vectors nohead linewidth 3 linecolor rgb '%s' title 'target', \
  NaN with boxes linecolor rgb '%s' title 'met', \
  NaN with boxes linecolor rgb '%s' title 'missed', \
  NaN with boxes linecolor rgb '%s' title 'no target'
]]):format(#rows, table.concat(names, ", "), FAINT, INK, INK, INK, MET, MISSED, FREE))
end

-- ====== }

-- {====== Growth ======

local THEIRS = { ["one more commit"] = "mprotect", query = "PROCMAP_QUERY", ["v[i]"] = "bare __index" }
local SERIES = {
  { "one more commit", "#d1603d" }, { "query", "#6f8fb3" }, { "v[i]", "#2a9d6f" },
}

local function points(results, series, side)
  local lines = {}
  for _, result in ipairs(results) do
    if result.series == series and result[side] then
      lines[#lines + 1] = ("%d %g"):format(result.x, result[side])
    end
  end
  return lines
end

--- Lines over the number of runs; plain C's line ends where the system allows no more mappings.
function plot.growth(path, results, most)
  local data, lines = {}, {}
  for i, series in ipairs(SERIES) do
    for _, side in ipairs { "vmem", "c" } do
      local name, ours = side .. i, side == "vmem"
      local list = points(results, series[1], side)
      if #list > 0 then
        data[#data + 1] = block(name, list)
        lines[#lines + 1] = ("$%s using 1:2 with linespoints dashtype %s pointtype %d pointsize 0.6 "
          .. "linewidth 2 linecolor rgb '%s' title %s"):format(name, ours and "1" or "(6,4)", ours and 7 or 6,
          series[2], quoted(ours and "vmem: " .. series[1] or "plain C: " .. THEIRS[series[1]]))
      end
    end
  end
  local title = "nanoseconds for one operation, in a region of so many runs"
  gnuplot(path, 800, 460, title, table.concat(data) .. ([[
set logscale xy
set xtics ('1' 1, '10' 10, '100' 100, '1,000' 1e3, '10,000' 1e4, '100,000' 1e5, '1,000,000' 1e6)
set ytics ('10' 10, '100' 100, '1,000' 1e3, '10,000' 1e4, '100,000' 1e5)
set xrange [0.8:1500000]
set yrange [8:*]
set rmargin 4
set tmargin 4
set grid linecolor rgb '%s' linetype 1
set key vertical maxrows 2 samplen 3
set arrow from %d, graph 0 to %d, graph 1.06 nohead linecolor rgb '%s' dashtype 3
set label 'plain C stops here: vm.max_map_count' at %d, graph 1.04 right offset -0.7,0 textcolor rgb '%s'
plot %s
]]):format(FAINT, most, most, INK, most, INK, table.concat(lines, ", \\\n  ")))
end

-- ====== }

return plot
