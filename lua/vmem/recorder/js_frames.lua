--- JavaScript of a recording's page: what a machine with few frames would do with the recorded accesses.

return [==[
// The accesses: for each its event and its page,
// a number over all regions. A fault that was mended stands for the
// access that goes on, where accesses were not recorded themselves.
const machine = { trace: null, frames: 4, policy: "lru", next: null, starts: [] };

const MOST_ACCESSES = 1000000;

function traceOf() {
  if (machine.trace) return machine.trace;
  const starts = [], trace = [];
  let sum = 0;
  for (const region of regions) { starts.push(sum); sum += region.pages; }
  for (let i = 0; i < count; i++) {
    const kind = what(i), number = event.region(i);
    if (number === 0 || !(kind === "read" || kind === "write" || (kind === "mend" && !knowsWrites))) continue;
    const [first, end] = pagesOf(regions[number - 1], event.offset(i), kind === "mend" ? 1 : event.size(i));
    // Accesses that became one event: to one page, only the first can miss; else each goes through them all.
    const all = kind === "mend" ? 1 : event.count(i), rounds = end - first === 1 ? 1 : all;
    for (let round = 0; round < rounds && trace.length < MOST_ACCESSES; round++) {
      for (let page = first; page < end && trace.length < MOST_ACCESSES; page++) trace.push({ i,
        page: starts[number - 1] + page, times: all / rounds });
    }
  }
  machine.starts = starts;
  machine.trace = trace;
  return trace;
}

// For each access the one that is next to the same page; the length of the trace for none.
function nextUses(trace) {
  const next = new Array(trace.length), seen = new Map();
  for (let k = trace.length - 1; k >= 0; k--) {
    next[k] = seen.has(trace[k].page) ? seen.get(trace[k].page) : trace.length;
    seen.set(trace[k].page, k);
  }
  return next;
}

const usesOf = (trace) => machine.next || (machine.next = nextUses(trace));

// Which page goes. A Map keeps the order of loading (FIFO) or use (LRU); optimal takes the one needed last,
// and the first of those that are never needed again, as vmem.paging does.
function victimOf(held, policy) {
  if (policy !== "optimal") return held.keys().next().value;
  let victim, last = -1;
  for (const [page, use] of held) {
    if (use > last || (use === last && page < victim)) { victim = page; last = use; }
  }
  return victim;
}

// Replays the accesses before event `upTo`: the pages that are held, and how often what has happened.
function replayMachine(frames, policy, upTo = Infinity) {
  const trace = traceOf(), held = new Map(), next = policy === "optimal" ? usesOf(trace) : null;
  const out = { held, faults: 0, hits: 0, evictions: 0, last: null };
  for (let k = 0; k < trace.length && trace[k].i < upTo; k++) {
    const { page, times } = trace[k], value = next ? next[k] : k;
    out.hits += times - 1;
    if (held.has(page)) {
      out.hits++;
      if (policy === "lru") held.delete(page);
      held.set(page, value);
      continue;
    }
    out.faults++;
    if (held.size >= frames) {
      out.last = { page: victimOf(held, policy), i: trace[k].i };
      held.delete(out.last.page);
      out.evictions++;
    }
    held.set(page, value);
  }
  return out;
}

function pageInWords(page) {
  let n = machine.starts.length - 1;
  while (n > 0 && machine.starts[n] > page) n--;
  return (regions.length > 1 ? `${regions[n].number}:` : "") + digits(page - machine.starts[n] + 1);
}

function showMachine(s) {
  if (!element("machine").open) return;
  const trace = traceOf();
  if (trace.length === 0) {
    setText("machine-says", "No accesses were recorded: start the recorder with reads = true, writes = " +
      "true.");
    element("frames").replaceChildren();
    return;
  }
  const { frames, policy } = machine, out = replayMachine(frames, policy, s);
  const full = out.held.size >= frames;
  const next = full ? pageInWords(victimOf(out.held, policy)) : null;
  setText("machine-says", `Up to this event: ${plural(out.faults, "page fault")}, ` +
    `${plural(out.hits, "hit")}, ` +
    `${plural(out.evictions, "eviction")}. ` +
    (out.last ? `Event ${digits(out.last.i + 1)} has evicted page ${pageInWords(out.last.page)}. ` : "") +
    (trace.length === MOST_ACCESSES ? "Only the first million accesses are replayed. " : "") +
    (full ? `The next page that is not in a frame would evict page ${next}.` : "There are free frames."));
  const pages = [...out.held.keys()].slice(0, 64);
  const victim = full ? victimOf(out.held, policy) : -1;
  element("frames").replaceChildren(...pages.map((page) => make("li",
    pageInWords(page) + (page === victim ? " \u2190 next to go" : ""),
    page === victim ? { class: "victim" } : {})),
  ...Array.from({ length: Math.max(0, Math.min(64, frames) - pages.length) }, () => make("li", "free",
    { class: "free" })));
}

function listenToMachine() {
  element("machine").ontoggle = () => showMachine(now);
  element("frame-count").oninput = () => {
    machine.frames = Math.max(1, Math.min(4096, Math.floor(Number(element("frame-count").value)) || 1));
    showMachine(now);
  };
  element("policy").onchange = () => {
    machine.policy = element("policy").value;
    showMachine(now);
  };
}
]==]
