--- JavaScript: the pages of a region at any moment of the recording.

return [==[
"use strict";

// The byte of a page, as the core has it. WRITTEN is this page's own.
const READ = 1, WRITE = 2, EXECUTE = 4, GUARD = 8, COMMITTED = 16, WRITTEN = 32;

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
