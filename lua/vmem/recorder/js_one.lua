--- JavaScript of a recording's page: one page, its state, its history and its bytes.

return [==[
// What is chosen: { region, page }, both from 0 on; null follows the event.
let picked = null;
// Events that are about all pages of their region.
const WHOLE = ["reserve", "release", "snapshot", "restore"];

function pageShown(s) {
  if (picked) return picked;
  for (let i = s - 1; i >= 0 && i > s - 1000; i--) {
    if (event.region(i) === 0) continue;
    const region = regions[event.region(i) - 1];
    const first = WHOLE.includes(what(i)) ? 0
      : pagesOf(region, event.offset(i), 1)[0];
    return { region, page: Math.min(first, region.pages - 1) };
  }
  return regions[0] ? { region: regions[0], page: 0 } : null;
}

// The pages [first, end) that each event of a region is about. They are kept: a history needs them all.
function spansOf(region) {
  if (region.spans) return region.spans;
  const all = region.events.length, first = new Float64Array(all), end = new Float64Array(all);
  region.events.forEach((i, n) => {
    const whole = WHOLE.includes(what(i));
    [first[n], end[n]] = whole ? [0, region.pages]
      : pagesOf(region, event.offset(i), what(i) === "fault" ? 1 : event.size(i));
  });
  region.spans = { first, end };
  return region.spans;
}

// What has happened to a page up to moment s, and the next event that is about it.
function historyOf(region, page, s) {
  const found = { faults: 0, writes: 0, touched: false, before: -1, next: -1, commit: -1, write: -1,
    fault: -1 };
  const upTo = countUpTo(region.events, s - 1), { first, end } = spansOf(region);
  for (let n = 0; n < upTo; n++) {
    if (page < first[n] || page >= end[n]) continue;
    const i = region.events[n], kind = what(i);
    if (i < s - 1) found.before = i;
    if (kind === "commit" || kind === "attach") found.commit = i;
    if (kind === "write") { found.write = i; found.writes += event.count(i); }
    if (kind === "fault") { found.fault = i; found.faults++; }
    const mended = kind === "mend" && found.fault >= 0 && event.access(found.fault) === WRITE;
    if (kind === "write" || kind === "lock" || mended) found.touched = true;
    if (["decommit", "discard", "release"].includes(kind)) found.touched = false;
  }
  for (let n = upTo; n < region.events.length && found.next < 0; n++) {
    if (first[n] <= page && page < end[n]) found.next = region.events[n];
  }
  return found;
}

const STATES = ["free", "reserved", "committed", "resident"];
const STEPS = [["reserve", "release"], ["commit", "decommit"], ["touch", "discard"]];

// free, reserved, committed or resident: a number from 0 on.
function stateOf(region, page, s, past) {
  if (!isLive(region, s)) return 0;
  if (!(byteAt(region, page, s) & COMMITTED)) return 1;
  return past.touched ? 3 : 2;
}

function byteAt(region, page, s) {
  let found = 0;
  runs(tableAt(region, s), region.pages, page, page + 1, (first, pages, byte) => { found = byte; });
  return found;
}

function makeDiagram() {
  const list = element("states");
  list.replaceChildren(...STATES.map((state, i) => {
    const item = make("li", undefined, { "data-state": state });
    item.append(make("span", "", { class: "stone", "aria-hidden": "true" }), explain(state));
    if (i < STEPS.length) {
      item.append(make("span", `${STEPS[i][0]} \u2192`, { class: "step", "aria-hidden": "true" }),
        make("span", `\u2190 ${STEPS[i][1]}`, { class: "step back", "aria-hidden": "true" }));
    }
    return item;
  }));
}

const eventLink = (i, text) => {
  const button = make("button", text, { type: "button", class: "link" });
  button.addEventListener("click", () => go(i + 1));
  return button;
};

function fact(list, says, i, none) {
  const row = make("div"), value = make("dd");
  if (i < 0) value.textContent = none;
  else value.append(eventLink(i, `event ${digits(i + 1)}${placeOf(i) ? `, ${placeOf(i)}` : ""}`));
  row.append(make("dt", says), value);
  list.append(row);
}

// data.bytes is a list of [event, offset in the region, bytes before, bytes after], in hex; "" is not known.
const bytesOf = new Map((data.bytes || []).map((one) => [one[0], one]));

// Sixteen bytes in a row, as numbers and as text.
function hexRow(says, bytes, wide) {
  const pairs = bytes.match(/../g) || [];
  const text = pairs.map((pair) => {
    const code = parseInt(pair, 16);
    return code > 31 && code < 127 ? String.fromCharCode(code) : ".";
  }).join("");
  return `  ${says} ${(bytes ? pairs.join(" ") : "not known").padEnd(wide)}  ${text}`.trimEnd() + "\n";
}

function showBytes(region, page, past) {
  const found = bytesOf.get(past.write);
  element("bytes-box").hidden = !found;
  if (!found) return;
  const [i, offset, before, after] = found, shown = Math.max(before.length, after.length) / 2;
  setText("bytes-title", `Its last write, event ${digits(i + 1)}: ` + (shown < event.size(i)
    ? `the first ${digits(shown)} of ${bytesInWords(event.size(i))}` : bytesInWords(shown)));
  const wide = Math.min(16, shown) * 3 - 1; // two digits and a space for each byte
  let text = "";
  for (let at = 0; at < shown; at += 16) {
    const part = (bytes) => bytes.slice(at * 2, at * 2 + 32);
    text += `offset ${hex(offset + at)}\n` + hexRow("before", part(before), wide) +
      hexRow("after ", part(after), wide);
  }
  element("bytes").textContent = text;
}

function showOne(s) {
  const one = pageShown(s);
  element("one").hidden = !one;
  if (!one) return;
  const { region, page } = one, past = historyOf(region, page, s), state = stateOf(region, page, s, past);
  setText("one-title", `Page ${digits(page + 1)} of ${nameOf(region)}`);
  element("one-page").max = region.pages;
  if (document.activeElement !== element("one-page")) element("one-page").value = page + 1;
  element("follow").setAttribute("aria-pressed", String(!picked));
  for (const item of element("states").children) {
    const here = item.dataset.state === STATES[state];
    if (here) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
  }
  const seen = state === 3 ? "A write has touched it: it has a frame, unless the system has taken it " +
    "away since."
    : state === 2 ? knowsWrites ? "No write to it has been recorded since it was committed."
      : "Writes were not recorded: it may have been touched since it was committed."
      : state === 1 ? "Touching it would be a fault." : "Its addresses are nobody's.";
  setText("one-state", `This page is ${STATES[state]}. ${seen}`);
  const list = element("one-facts");
  const had = list.contains(document.activeElement);
  list.replaceChildren();
  fact(list, "last committed by", past.commit, "no event up to now");
  fact(list, "last written by", past.write, knowsWrites ? "no event up to now" : "writes were not recorded");
  fact(list, past.faults > 0 ? `last of ${plural(past.faults, "fault")}` : "last fault", past.fault,
    "no event up to now");
  if (had && list.querySelector("button")) list.querySelector("button").focus();
  element("one-before").disabled = past.before < 0;
  element("one-next").disabled = past.next < 0;
  element("one-before").onclick = () => go(past.before + 1);
  element("one-next").onclick = () => go(past.next + 1);
  showBytes(region, page, past);
}

function pick(region, page) {
  picked = { region, page: Math.max(0, Math.min(region.pages - 1, page)) };
  chosen = region.number;
  element("region").value = chosen;
  show();
}

function follow() {
  picked = null;
  show();
}

// The page under the pointer, in a canvas that drawPages has drawn: where[0] is its first page.
function pageAt(plan, first, last, x, y) {
  const column = Math.floor(x / plan.side), row = Math.floor(y / plan.side);
  const page = first + (row * plan.across + column) * plan.each;
  return column < 0 || column >= plan.across || page < first || page >= last ? -1 : page;
}

// A click on a cell picks its page; the pointer above one tells of it.
function listenTo(canvas, region, tip) {
  const at = (moved) => canvas.where ? pageAt(...canvas.where, moved.offsetX, moved.offsetY) : -1;
  canvas.addEventListener("click", (click) => { if (at(click) >= 0) pick(region, at(click)); });
  canvas.addEventListener("mousemove", (moved) => {
    const page = at(moved);
    if (page === canvas.tip) return;
    canvas.tip = page;
    tip.textContent = page < 0 ? "" : tipFor(region, page);
  });
  canvas.addEventListener("mouseleave", () => { tip.textContent = ""; canvas.tip = -1; });
}

function tipFor(region, page) {
  const past = historyOf(region, page, now), last = Math.max(past.commit, past.write, past.fault);
  const byte = byteAt(region, page, now);
  return `Page ${digits(page + 1)}: ${LOOKS[lookOf(byte)].says}; ${plural(past.faults, "fault")}` +
    (last < 0 ? "." : `; last, event ${digits(last + 1)}: ${inWords(last)}`);
}
]==]
