// 100,000 events of a million pages: how long a jump takes, and whether it leads to the right place.

// All pages after s events, by going through all of them.
function replay(region, upTo) {
  const bytes = new Uint8Array(region.pages);
  for (const i of region.events) {
    if (i >= upTo) break;
    const change = changeOf(region, i);
    for (let page = change ? change[0] : 0; change && page < change[1]; page++) bytes[page] = change[2](bytes[page]);
  }
  return bytes;
}

function sameAsReplay(region, s) {
  const bytes = replay(region, s);
  let same = true;
  runs(tableAt(region, s), region.pages, 0, region.pages, (first, pages, byte) => {
    for (let page = first; page < first + pages; page++) if (bytes[page] !== byte) same = false;
  });
  return same;
}

let seed = 42;
function random(below) {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor(seed / 2147483648 * below);
}

drive(() => {
  check("all events are there", count >= 100000 && regions[0].pages === 1000000, count);
  check("no problem is reported", byId("problem").hidden);
  const spent = [];
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    go(random(count + 1));
    void document.body.offsetHeight; // laid out as well
    spent.push(performance.now() - start);
  }
  spent.sort((a, b) => a - b);
  const median = spent[50].toFixed(1), most = spent[98].toFixed(1);
  tell(`a jump to any event takes ${median} milliseconds in the middle, ${most} at most but for one, of 100`);
  const steps = performance.now();
  for (let i = 0; i < 100; i++) go(50000 + i);
  const step = ((performance.now() - steps) / 100).toFixed(1);
  tell(`a step takes ${step} milliseconds`);
  byId("machine").open = true;
  for (const policy of ["lru", "optimal"]) {
    machine.policy = policy;
    const from = performance.now();
    showMachine(count);
    const took = (performance.now() - from).toFixed(1);
    tell(`what a machine with few frames would evict (${policy}) takes ${took} milliseconds at the last event`);
  }
  byId("machine").open = false;
  for (const s of [1, 511, 512, 513, 3000, 50001, 77777, count - 1, count, 7, 99999, 12345]) {
    check(`event ${s} leads to the same pages as all events up to it`, sameAsReplay(regions[0], s));
  }
});
