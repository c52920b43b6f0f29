--- JavaScript of a recording's page: shows the regions of one moment, and their runs.

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
    tip: make("p", "", { class: "tip" }),
  };
  box.append(panel.title, panel.cells, panel.note, panel.near, panel.tip);
  for (const canvas of [panel.cells, panel.near]) listenTo(canvas, region, panel.tip);
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

// The pages that the event of this moment is about,
// with the colour of their frame; a picked page of the region
// comes first.
function markFor(region, s) {
  if (picked && picked.region === region) return [picked.page, picked.page + 1, colours.accent];
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
  const { plan, looks } = drawPages(panel.near, root, region.pages, first, end, mark, WINDOW_TALL);
  const label = `Pages ${digits(first + 1)} to ${digits(end)}: ${looksInWords(looks)}`;
  panel.near.setAttribute("aria-label", label);
  panel.near.where = [plan, first, end];
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
  panel.cells.hidden = panel.near.hidden = panel.note.hidden = panel.tip.hidden = true;
  if (!live) return;
  panel.cells.hidden = panel.tip.hidden = false;
  const root = tableAt(region, s), mark = markFor(region, s);
  const { plan, looks } = drawPages(panel.cells, root, region.pages, 0, region.pages, mark);
  panel.cells.where = [plan, 0, region.pages];
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
]==]
