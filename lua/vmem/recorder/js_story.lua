--- JavaScript of a recording's page: the events and what they change.

return [==[
const data = JSON.parse(text);
const count = data.count;

// A column that is the same all the way came as one value.
function columnOf(name) {
  const column = data.events[name];
  return Array.isArray(column) ? (i) => column[i] : () => column;
}

const event = {};
for (const name of Object.keys(data.events)) event[name] = columnOf(name);
const what = (i) => data.whats[event.what(i)];

const times = new Float64Array(count + 1); // times[s]: of event s, counted from 1
for (let i = 0; i < count; i++) times[i + 1] = times[i] + event.time(i);

// {====== Regions ======
// A moment s is the state after s events. Event i, from 0 on, leads from moment i to i + 1.

const regions = data.regions.map((region, index) => ({
  ...region, index, number: index + 1, pages: Math.ceil(region.size / region.page),
  born: region.before ? 0 : Infinity, died: Infinity, events: [], samples: [], start: 0, history: null,
}));

function pagesOf(region, offset, size) {
  return [Math.floor(offset / region.page), Math.floor((offset + Math.max(size, 1) - 1) / region.page) + 1];
}

const RUN = 6; // values of a run: region, offset, size, byte, what a trap answers, what is attached

// What event i does to its region's pages: [first, end, change], or null.
function changeOf(region, i) {
  const byte = event.byte(i), size = event.size(i), offset = event.offset(i);
  const [first, end] = pagesOf(region, offset, size);
  switch (what(i)) {
    case "commit":
      return [first, end, (old) => COMMITTED | byte | (old & COMMITTED ? old & (WRITTEN | ATTACHED) : 0) |
        old & TRAPS];
    case "attach":
      return [first, end,
        (old) => COMMITTED | byte | (event.detail(i) ? 2 : 1) << ATTACHED_BIT | old & TRAPS];
    case "decommit": return [first, end, (old) => old & TRAPS];
    case "protect": return [first, end, (old) => COMMITTED | byte | (old & (WRITTEN | TRAPS | ATTACHED))];
    case "trap": return [first, end, (old) => old & ~TRAPS | byte << TRAP_BIT];
    case "write": return [first, end, (old) => old | WRITTEN];
    case "fault":
      return byte & GUARD && !event.detail(i) ? [first, first + 1, (old) => old & ~GUARD] : null;
    case "rearm": return [first, end, (old) => old & ~WRITTEN];
    default: return null;
  }
}

for (let i = 0; i < data.runs.length; i += RUN) {
  const region = regions[data.runs[i] - 1];
  const [first, end] = pagesOf(region, data.runs[i + 1], data.runs[i + 2]);
  const byte = data.runs[i + 3] | data.runs[i + 4] << TRAP_BIT | data.runs[i + 5] << ATTACHED_BIT;
  region.start = updatePages(region.start, region.pages, first, end, () => byte, 0);
}

const ended = new Map(); // fault -> the event that has mended or answered it
const committedAt = new Float64Array(count + 1), residentAt = new Float64Array(count + 1);
const faultsAt = new Uint32Array(count + 1), mendedAt = new Uint32Array(count + 1);
const answersAt = new Float64Array(count + 1);

(function follow() {
  const last = regions.map(() => 0), open = new Map();
  let committed = 0, faults = 0, mends = 0, answers = 0;
  for (let i = 0; i < data.runs.length; i += RUN) {
    if (!(data.runs[i + 3] & COMMITTED)) continue;
    last[data.runs[i] - 1] += data.runs[i + 2];
    committed += data.runs[i + 2];
  }
  committedAt[0] = committed;
  for (let i = 0; i < count; i++) {
    const kind = what(i), number = event.region(i);
    if (number > 0) {
      const region = regions[number - 1];
      region.events.push(i);
      if (kind === "reserve") region.born = i + 1;
      if (kind === "release") region.died = i + 1;
      committed += event.committed(i) - last[number - 1];
      last[number - 1] = event.committed(i);
    }
    const place = number + ":" + event.offset(i);
    if (kind === "fault") {
      faults++;
      if (!open.has(place)) open.set(place, []);
      open.get(place).push(i);
    } else if (kind === "mend" || kind === "answer") {
      if (kind === "mend") mends++; else answers += event.count(i);
      const fault = (open.get(place) || []).pop();
      if (fault !== undefined) ended.set(fault, i);
    }
    committedAt[i + 1] = committed;
    faultsAt[i + 1] = faults;
    mendedAt[i + 1] = mends;
    answersAt[i + 1] = answers;
  }
})();

// What is resident has been looked at now and then: data.looks are the moments. A sample [moment, bytes] of a
// region is from the first look at which it was so.
const knowsResident = data.looks.length > 0;
const looks = data.looks.filter((moment, i) => moment !== data.looks[i + 1]);

// Between two looks it may have been anything: what was seen last is held, and nothing is made up.

(function spreadSamples() {
  const total = new Map(), last = regions.map(() => 0);
  let sum = 0, k = 0;
  for (let i = 0; i < data.samples.length; i += 3) {
    regions[data.samples[i + 1] - 1].samples.push([data.samples[i], data.samples[i + 2]]);
  }
  const ends = regions.filter((region) => region.died <= count).sort((a, b) => a.died - b.died);
  let end = 0;
  for (const moment of looks) {
    for (; k < data.samples.length && data.samples[k] <= moment; k += 3) {
      sum += data.samples[k + 2] - last[data.samples[k + 1] - 1];
      last[data.samples[k + 1] - 1] = data.samples[k + 2];
    }
    for (; end < ends.length && ends[end].died <= moment; end++) {
      sum -= last[ends[end].index];
      last[ends[end].index] = 0;
    }
    total.set(moment, sum);
  }
  for (const region of ends) if (region.samples.length > 0) region.samples.push([region.died, 0]);
  for (let s = 0, n = 0; s <= count && knowsResident; s++) {
    while (n + 1 < looks.length && looks[n + 1] <= s) n++;
    residentAt[s] = Math.min(committedAt[s], total.get(looks[n]));
  }
})();
const knowsWrites = data.writes;

// How many entries of a sorted list are at most `value`.
function countUpTo(list, value, key = (one) => one) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= value) low = middle + 1; else high = middle;
  }
  return low;
}

const isLive = (region, s) => region.born <= s && s < region.died;

// The tree of a region's pages at a moment.
function tableAt(region, s) {
  if (!region.history) {
    region.history = new History(region.pages, region.start, region.events.length,
      (n) => changeOf(region, region.events[n]));
  }
  return region.history.at(countUpTo(region.events, s - 1));
}

function residentOf(region, s) {
  const seen = (moment) => {
    const n = countUpTo(region.samples, moment, (sample) => sample[0]);
    return n > 0 ? region.samples[n - 1][1] : 0;
  };
  return Math.min(committedOf(region, s), seen(looks[Math.max(0, countUpTo(looks, s) - 1)]));
}

// "about 5 KiB" where it lies between two looks that differ.
function residentInWords(s, valueAt) {
  const n = Math.max(1, countUpTo(looks, s)), before = looks[n - 1], after = looks[n];
  const known = before === s || after === undefined || valueAt(before) === valueAt(after);
  return (known ? "" : "about ") + bytesInWords(valueAt(s));
}

function committedOf(region, s) {
  const n = countUpTo(region.events, s - 1);
  if (n > 0) return event.committed(region.events[n - 1]);
  let bytes = 0;
  runs(region.start, region.pages, 0, region.pages, (first, pages, byte) => {
    if (byte & COMMITTED) bytes += pages * region.page;
  });
  return bytes;
}

// ====== }
]==]
