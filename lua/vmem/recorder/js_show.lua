--- JavaScript of a recording's page: shows one moment, and moves from one to another.

return [==[
const element = (id) => document.getElementById(id);

function make(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

let now = 0; // the moment that is shown
let chosen = 0; // the number of the region whose runs are shown; 0: that of the event
let byTime = false;

// The region of the event that has led here, or of the last one before that had any.
function regionOfEvent(s) {
  for (let i = s - 1; i >= 0 && i > s - 1000; i--) {
    if (event.region(i) > 0) return regions[event.region(i) - 1];
  }
  return regions.find((region) => isLive(region, s)) || regions[0];
}

// {====== Panels: a region each ======

const MOST_PANELS = 8, WINDOW_TALL = 64;
const panels = new Map();

function panelOf(region) {
  if (panels.has(region)) return panels.get(region);
  const box = make("section", undefined, { "aria-labelledby": `region-${region.number}` });
  const panel = {
    box, title: make("h3", "", { id: `region-${region.number}` }), note: make("p", "", { class: "note" }),
    cells: make("canvas", undefined, { role: "img" }), near: make("canvas", undefined, { role: "img" }),
  };
  box.append(panel.title, panel.cells, panel.note, panel.near);
  panels.set(region, panel);
  return panel;
}

// Those that were touched last, up to a number that a screen holds, and the chosen one.
function shownAt(s) {
  const of = regionOfEvent(s), live = regions.filter((region) => isLive(region, s));
  const always = new Set([of, regions[chosen - 1]].filter((region) => region && region.born <= s));
  let shown = live;
  if (live.length > MOST_PANELS) {
    const touched = (region) => {
      const n = countUpTo(region.events, s - 1);
      return n > 0 ? region.events[n - 1] : -1;
    };
    shown = live.map((region) => [touched(region), region]).sort((a, b) => b[0] - a[0])
      .slice(0, MOST_PANELS).map((pair) => pair[1]);
  }
  for (const region of always) if (!shown.includes(region)) shown.push(region);
  const hidden = live.filter((region) => !shown.includes(region)).length;
  return [shown.sort((a, b) => a.index - b.index), hidden];
}

// The pages that the event of this moment is about, with the colour of their frame.
function markFor(region, s) {
  const i = s - 1;
  if (i < 0 || event.region(i) !== region.number || ["reserve", "release"].includes(what(i))) return null;
  const size = what(i) === "fault" ? 1 : event.size(i);
  return [...pagesOf(region, event.offset(i), size), what(i) === "fault" ? colours.fault : colours.text];
}

// Of a folded region, a stretch around the last event that was about some of its pages.
function drawNear(panel, region, root, s, mark) {
  const across = Math.floor((width.cells + GAP) / 16);
  const size = across * Math.floor(WINDOW_TALL / 16);
  let middle = 0;
  const n = countUpTo(region.events, s - 1);
  for (let k = n - 1; k >= 0 && k > n - 1000; k--) {
    const i = region.events[k];
    if (event.size(i) < region.size) {
      middle = pagesOf(region, event.offset(i), 1)[0];
      break;
    }
  }
  const first = Math.max(0, Math.min(region.pages - size, Math.floor(middle / size) * size));
  const end = Math.min(region.pages, first + size);
  const { looks } = drawPages(panel.near, root, region.pages, first, end, mark, WINDOW_TALL);
  const label = `Pages ${digits(first + 1)} to ${digits(end)}: ${looksInWords(looks)}`;
  panel.near.setAttribute("aria-label", label);
  return [first, end];
}

function showPanel(region, s) {
  const panel = panelOf(region), live = isLive(region, s);
  const facts = [`${hex(region.base)}, ${plural(region.pages, "page")} of ${bytesInWords(region.page)}`];
  if (live) {
    facts.push(`${bytesInWords(committedOf(region, s))} committed`);
    if (knowsResident) facts.push(`${residentInWords(s, (at) => residentOf(region, at))} resident`);
  } else {
    facts.push("released");
  }
  panel.title.textContent = `${capital(nameOf(region))}: ${facts.join(", ")}`;
  panel.cells.hidden = panel.near.hidden = panel.note.hidden = true;
  if (!live) return;
  panel.cells.hidden = false;
  const root = tableAt(region, s), mark = markFor(region, s);
  const { plan, looks } = drawPages(panel.cells, root, region.pages, 0, region.pages, mark);
  panel.cells.setAttribute("aria-label", `${capital(nameOf(region))}: ${looksInWords(looks)}`);
  if (plan.each === 1) return;
  panel.note.hidden = panel.near.hidden = false;
  const [first, end] = drawNear(panel, region, root, s, mark);
  panel.note.textContent = `Folded: a cell above stands for ${digits(plan.each)} pages, as full as they ` +
    `are. Below, pages ${digits(first + 1)} to ${digits(end)}, a cell each.`;
}

function showRegions(s) {
  const [shown, hidden] = shownAt(s), box = element("regions");
  const boxes = shown.map((region) => panelOf(region).box);
  if (boxes.length !== box.children.length || boxes.some((one, i) => box.children[i] !== one)) {
    box.replaceChildren(...boxes);
  }
  for (const region of shown) showPanel(region, s);
  setText("more", shown.length === 0 ? "There is no region yet."
    : hidden > 0 ? `${plural(hidden, "more live region")} not drawn: choose one below to see it.` : "");
}

// ====== }

// {====== Runs ======

const MOST_ROWS = 100;

function showRuns(s) {
  const region = regions[chosen - 1] || regionOfEvent(s), rows = element("runs");
  rows.replaceChildren();
  setText("runs-more", "");
  if (!region || !isLive(region, s)) {
    setText("runs-caption", !region ? "There is no region." : capital(nameOf(region)) +
      (region.born > s ? " is not reserved yet." : " has been released."));
    return;
  }
  const mark = markFor(region, s), root = tableAt(region, s), all = region.pages;
  const total = sumOf(root, all, 0, all).runs, index = mark ? sumOf(root, all, 0, mark[0] + 1).runs - 1 : 0;
  const start = Math.max(0, Math.min(total - MOST_ROWS, index - MOST_ROWS / 2));
  const from = pageOfRun(root, all, start);
  const to = start + MOST_ROWS < total ? pageOfRun(root, all, start + MOST_ROWS) : all;
  runs(root, all, from, to, (first, pages, byte) => {
    const here = mark && first < mark[1] && mark[0] < first + pages;
    const row = make("tr", undefined, here ? { class: "here" } : {});
    const trap = byte & TRAPS ? `, trap ${["", "r", "w", "rw"][(byte & TRAPS) >> TRAP_BIT]}` : "";
    const whose = ["", ", section", ", copy"][byte >> ATTACHED_BIT];
    const more = whose + (byte & WRITTEN ? ", written" : "") + trap;
    row.append(
      make("td", pages === 1 ? digits(first + 1) : `${digits(first + 1)} to ${digits(first + pages)}`),
      make("td", hex(region.base + first * region.page)), make("td", digits(pages * region.page)),
      make("td", (byte & COMMITTED ? "committed" : "reserved") + more),
      make("td", byte & COMMITTED ? protectionOf(byte) : "-"));
    rows.append(row);
  });
  const name = capital(nameOf(region));
  setText("runs-caption", `${name} after event ${digits(s)}: ${plural(total, "run")}`);
  if (total > MOST_ROWS) {
    const shown = `${digits(start + 1)} to ${digits(start + MOST_ROWS)}`;
    setText("runs-more", `Runs ${shown} of ${digits(total)} are shown.`);
  }
}

// ====== }

// {====== Script, counters, events ======

function showSource(s) {
  const box = element("source"), i = s - 1, source = i >= 0 ? event.source(i) : 0;
  box.replaceChildren();
  if (source === 0) {
    setText("source-title", "Script");
    box.textContent = i < 0 ? "The recording begins." : "No script was running.";
    return;
  }
  setText("source-title", `Script, ${placeOf(i)}`);
  const lines = data.lines[source - 1], line = event.line(i);
  if (lines[line] === undefined) {
    box.textContent = "Its text could not be read when this page was made.";
    return;
  }
  for (let n = line - 2; n <= line + 2; n++) {
    if (lines[n] === undefined) continue;
    const row = make("span", `${String(n).padStart(5)}  ${lines[n]}\n`);
    if (n === line) {
      row.className = "here";
      row.setAttribute("aria-current", "true");
    }
    box.append(row);
  }
}

function showCounters(s) {
  setText("committed", bytesInWords(committedAt[s]));
  setText("resident", knowsResident ? residentInWords(s, (at) => residentAt[at]) : "not known");
  setText("faults", `${digits(faultsAt[s])} (${digits(mendedAt[s])})`);
  setText("answers", digits(answersAt[s]));
  setText("live", digits(regions.reduce((sum, region) => sum + isLive(region, s), 0)));
}

const BESIDE = 3;

function showEvents(s) {
  const list = element("events"), had = list.contains(document.activeElement);
  const first = Math.max(0, Math.min(count - 2 * BESIDE - 1, s - 1 - BESIDE)), rows = [];
  for (let i = first; i < Math.min(count, first + 2 * BESIDE + 1); i++) {
    const button = make("button", `${digits(i + 1)}. ${inWords(i)}`, { type: "button" });
    if (i === s - 1) button.setAttribute("aria-current", "step");
    button.addEventListener("click", () => go(i + 1));
    const row = make("li");
    row.append(button);
    rows.push(row);
  }
  list.replaceChildren(...rows);
  const current = list.querySelector("[aria-current]");
  if (had && current) current.focus();
}

function sentenceFor(s) {
  if (s === 0) return count > 0 ? "The recording begins. Step on, or play." : "Nothing has been recorded.";
  const place = placeOf(s - 1);
  const when = `${digits(s)} of ${digits(count)}, ${timeInWords(times[s])}`;
  return `${when}: ${inWords(s - 1)}.` + (place ? ` ${place}` : "");
}

// ====== }

function showChart() {
  drawChart(element("chart"), now, byTime);
  element("chart").setAttribute("aria-label", `At most ${bytesInWords(greatest)}. At this moment ` +
    `${bytesInWords(committedAt[now])} committed` +
    (knowsResident ? `, ${bytesInWords(residentAt[now])} resident.` : "."));
}

function show() {
  const slider = element("slider"), sentence = sentenceFor(now);
  slider.value = now;
  slider.setAttribute("aria-valuetext", `${digits(now)} of ${digits(count)}`);
  setText("sentence", sentence);
  showRegions(now);
  showRuns(now);
  showCounters(now);
  showSource(now);
  showChart();
  showEvents(now);
}

// {====== Moving ======

function go(s) {
  now = Math.max(0, Math.min(count, s));
  show();
  if (!timer) keepInAddressSoon();
}

// The address of the page names the moment, so that it can be given to others.
function keepInAddress() {
  try {
    history.replaceState(null, "", `#event=${now}`);
  } catch (problem) {
    // some browsers refuse for files; it is a comfort only
  }
}

function fromAddress() {
  const match = /event=(\d+)/.exec(location.hash);
  return match ? Number(match[1]) : Math.min(1, count);
}

// A browser takes longer for that than for all else in a step: once the reader rests will do.
let resting = null;
function keepInAddressSoon() {
  clearTimeout(resting);
  resting = setTimeout(keepInAddress, 300);
}

const SPEEDS = [1, 2, 5, 20, 100, 500, 2500, 10000];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let timer = null;

function stop() {
  if (timer) clearInterval(timer);
  timer = null;
  element("play").textContent = "Play";
  element("sentence").setAttribute("aria-live", "polite");
  keepInAddressSoon();
}

function play() {
  if (now === count) now = 0;
  const speed = Number(element("speed").value);
  const turns = Math.min(speed, calm.matches ? 1 : 20); // a second
  element("play").textContent = "Pause";
  element("sentence").setAttribute("aria-live", "off"); // it changes too fast to be read aloud
  timer = setInterval(() => {
    go(now + Math.round(speed / turns));
    if (now === count) stop();
  }, 1000 / turns);
}

function toggle() {
  if (timer) stop(); else play();
}

function nextFault() {
  for (let i = now; i < count; i++) {
    if (what(i) === "fault") {
      go(i + 1);
      return;
    }
  }
  setText("sentence", "There is no further fault.");
}

const page = Math.max(10, Math.round(count / 50));
const keys = {
  ArrowLeft: () => go(now - 1), ArrowRight: () => go(now + 1), PageUp: () => go(now - page),
  PageDown: () => go(now + page), Home: () => go(0), End: () => go(count), " ": toggle,
};

// A select has uses of its own for these keys, what can scroll for most, and a button for space.
function isOurs(key, target) {
  if (target.closest("select")) return false;
  if (target.closest("button")) return key !== " ";
  if (target.closest(".wide")) return key === " ";
  return true;
}

document.addEventListener("keydown", (pressed) => {
  if (pressed.altKey || pressed.ctrlKey || pressed.metaKey || pressed.shiftKey) return;
  if (!keys[pressed.key] || !isOurs(pressed.key, pressed.target)) return;
  pressed.preventDefault();
  keys[pressed.key]();
});

// ====== }

const knowsTraps = data.runs.some((value, i) => i % RUN === RUN - 1 && value !== 0) || hasTraps();

function hasTraps() {
  for (let i = 0; i < count; i++) if (what(i) === "trap") return true;
  return false;
}

// Looks that need writes or traps are left out where there are none.
function isInLegend(look) {
  return look === 2 ? knowsWrites : look < 7 || knowsTraps;
}

function showLegend() {
  for (const [look, { says }] of LOOKS.entries()) {
    if (!isInLegend(look)) continue;
    const item = make("li"), canvas = make("canvas", undefined, { "aria-hidden": "true" });
    item.append(canvas, says);
    element("legend").append(item);
  }
  element("legend").append(make("li", "framed: what the event is about"));
}

function drawLegend() {
  let look = 0;
  for (const canvas of element("legend").querySelectorAll("canvas")) {
    while (!isInLegend(look)) look++;
    const cell = new Cells(18);
    cell.add(look++, 0, 0);
    cell.draw(prepare(canvas, 18, 18));
  }
}

const problems = {
  limit: "The recording ended at its limit. What came after is not here.",
  out_of_memory: "The recording ended for want of memory. What came after is not here.",
  recording: "The recording was still going on when this page was made.",
};

function begin() {
  const spent = data.ended === "recording" ? times[count] : data.duration;
  setText("summary", `${plural(count, "event")}, ${plural(regions.length, "region")}, ` +
    `${timeInWords(spent)}. ` + "Arrow keys step, Home and End jump, space plays.");
  if (problems[data.ended]) {
    setText("problem", problems[data.ended]);
    element("problem").hidden = false;
  }
  element("slider").max = count;
  for (const speed of SPEEDS) element("speed").append(make("option", `${digits(speed)}/s`, { value: speed }));
  element("speed").value = SPEEDS.find((speed) => count / speed <= 30) || SPEEDS[SPEEDS.length - 1];
  element("region").append(make("option", "that of the event", { value: 0 }));
  for (const region of regions.slice(0, 2000)) {
    const text = `${nameOf(region)}, ${hex(region.base)}`;
    element("region").append(make("option", text, { value: region.number }));
  }
  element("resident-key").hidden = !knowsResident;
  element("fault-key").hidden = element("fault").hidden = faultsAt[count] === 0;
  element("answers").parentElement.hidden = answersAt[count] === 0;
  showLegend();

  element("first").onclick = () => go(0);
  element("back").onclick = () => go(now - 1);
  element("on").onclick = () => go(now + 1);
  element("last").onclick = () => go(count);
  element("fault").onclick = nextFault;
  element("play").onclick = toggle;
  element("slider").oninput = () => go(Number(element("slider").value));
  element("speed").onchange = () => {
    if (timer) {
      stop();
      play();
    }
  };
  element("region").onchange = () => {
    chosen = Number(element("region").value);
    show();
  };
  element("by-time").onclick = () => {
    byTime = !byTime;
    element("by-time").setAttribute("aria-pressed", String(byTime));
    showChart();
  };
  element("chart").onclick = (click) => go(momentAt(click.offsetX, byTime));
  window.onhashchange = () => go(fromAddress());
  const again = () => {
    readColours();
    readWidths();
    drawLegend();
    show();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  window.addEventListener("resize", again);
  now = Math.max(0, Math.min(count, fromAddress()));
  again();
}

try {
  begin();
} catch (problem) {
  element("problem").textContent = "This page cannot show its recording: " + problem;
  element("problem").hidden = false;
  throw problem;
}
]==]
