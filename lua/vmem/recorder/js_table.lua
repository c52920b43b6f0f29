--- JavaScript of a recording's page: the state of a region's pages at any moment.

return [==[
// The byte of a page, as the core has it. WRITTEN is this page's own, and so are two bits from TRAP_BIT on,
// which accesses a trap answers, and two from ATTACHED_BIT on: 1 a section's page, 2 a private copy of one.
const READ = 1, WRITE = 2, EXECUTE = 4, GUARD = 8, COMMITTED = 16, WRITTEN = 32;
const TRAP_BIT = 8, TRAPS = 3 << TRAP_BIT;
const ATTACHED_BIT = 10, ATTACHED = 3 << ATTACHED_BIT;

// A table of pages is a tree: an entry is either the byte of all pages below it, or a node with FAN entries.
// Nodes are shared between moments. One may be changed only in the epoch that made it.
const FAN = 16;

function spanFor(pages) {
  let span = FAN;
  while (span < pages) span *= FAN;
  return span;
}

// Pages [first, end) of an entry that stands for `span` of them go through change(byte).
function update(entry, span, first, end, change, epoch) {
  if (typeof entry === "number") {
    const byte = change(entry);
    if (byte === entry || (first === 0 && end === span)) return byte;
    entry = { epoch, child: new Array(FAN).fill(entry) };
  } else if (entry.epoch !== epoch) {
    entry = { epoch, child: entry.child.slice() };
  }
  const child = entry.child, part = span / FAN;
  for (let i = Math.floor(first / part); i * part < end; i++) {
    const from = Math.max(0, first - i * part), to = Math.min(part, end - i * part);
    child[i] = update(child[i], part, from, to, change, epoch);
  }
  return child.every((one) => typeof one === "number" && one === child[0]) ? child[0] : entry;
}

// The same for a whole table. What lies past its last page goes with it, so that it folds.
function updatePages(root, pages, first, end, change, epoch) {
  const span = spanFor(pages);
  return update(root, span, first, end === pages ? span : end, change, epoch);
}

// Calls visit(first, count, byte) for the pages [first, end), in pieces that are alike.
function walk(entry, span, start, first, end, visit) {
  if (typeof entry === "number") {
    const from = Math.max(start, first), to = Math.min(start + span, end);
    if (from < to) visit(from, to - from, entry);
    return;
  }
  const part = span / FAN;
  const last = Math.min(FAN - 1, Math.floor((end - 1 - start) / part));
  for (let i = Math.max(0, Math.floor((first - start) / part)); i <= last; i++) {
    walk(entry.child[i], part, start + i * part, first, end, visit);
  }
}

// The same in the longest runs there are.
function runs(root, pages, first, end, visit) {
  let from = first, count = 0, byte = -1;
  walk(root, spanFor(pages), 0, first, end, (at, more, of) => {
    if (of === byte) {
      count += more;
    } else {
      if (count > 0) visit(from, count, byte);
      from = at;
      count = more;
      byte = of;
    }
  });
  if (count > 0) visit(from, count, byte);
}

// What there is in a node: how many pages of each look, how many runs, its first and last byte. It is kept
// with the node, since what has been given out is not changed any more.
function summaryOf(node, span) {
  if (node.summary) return node.summary;
  const sum = newSum();
  for (const child of node.child) addEntry(sum, child, span / FAN);
  node.summary = sum;
  return sum;
}

const newSum = () => ({ looks: LOOKS.map(() => 0), runs: 0, first: -1, last: -1 });

function addBytes(sum, byte, count) {
  sum.looks[lookOf(byte)] += count;
  if (byte !== sum.last) sum.runs++;
  if (sum.first < 0) sum.first = byte;
  sum.last = byte;
}

function addEntry(sum, entry, span) {
  if (typeof entry === "number") {
    addBytes(sum, entry, span);
    return;
  }
  const more = summaryOf(entry, span);
  for (let look = 0; look < more.looks.length; look++) sum.looks[look] += more.looks[look];
  sum.runs += more.runs - (more.first === sum.last ? 1 : 0);
  if (sum.first < 0) sum.first = more.first;
  sum.last = more.last;
}

// Adds pages [first, end), of an entry that begins at page `start`.
function addPages(sum, entry, span, start, first, end) {
  const from = Math.max(start, first), to = Math.min(start + span, end), part = span / FAN;
  if (from >= to) return;
  if (typeof entry === "number") {
    addBytes(sum, entry, to - from);
  } else if (to - from === span) {
    addEntry(sum, entry, span);
  } else {
    const last = Math.floor((to - 1 - start) / part);
    for (let i = Math.floor((from - start) / part); i <= last; i++) {
      addPages(sum, entry.child[i], part, start + i * part, first, end);
    }
  }
}

function sumOf(root, pages, first, end) {
  const sum = newSum();
  addPages(sum, root, spanFor(pages), 0, first, end);
  return sum;
}

// The page at which a run begins, by its number from 0 on.
function pageOfRun(root, pages, number) {
  let entry = root, span = spanFor(pages), start = 0, before = -1;
  while (typeof entry !== "number") {
    span /= FAN;
    let i = 0;
    for (; i < FAN - 1; i++) {
      const sum = newSum();
      sum.last = before;
      addEntry(sum, entry.child[i], span);
      if (number < sum.runs) break;
      number -= sum.runs;
      before = sum.last;
    }
    entry = entry.child[i];
    start += i * span;
  }
  return start;
}

// The history of one region: `changes` is a list of events that change pages, each [first, end, change] by
// change(i). Every so many events the table is kept, so that any moment is a few changes away from one.
const STEP_LEAST = 512, MOST_KEPT = 32;

let epochs = 0;

class History {
  constructor(pages, initial, count, changeOf) {
    this.pages = pages;
    this.count = count;
    this.changeOf = changeOf;
    this.step = Math.max(STEP_LEAST, Math.ceil(count / MOST_KEPT));
    this.kept = [initial];
    this.moment = 0;
    this.root = initial;
    this.epoch = ++epochs;
    for (let at = this.step; at <= count; at += this.step) this.kept.push(this.forward(at));
  }

  // Goes on to a later moment.
  forward(moment) {
    for (; this.moment < moment; this.moment++) {
      const change = this.changeOf(this.moment);
      if (change) this.root = updatePages(this.root, this.pages, ...change, this.epoch);
    }
    this.epoch = ++epochs; // what has been given out is not changed any more
    return this.root;
  }

  // The table after so many changes.
  at(moment) {
    const near = Math.min(this.kept.length - 1, Math.floor(moment / this.step));
    if (moment < this.moment || near * this.step > this.moment) {
      this.moment = near * this.step;
      this.root = this.kept[near];
      this.epoch = ++epochs;
    }
    return this.forward(moment);
  }
}
]==]
