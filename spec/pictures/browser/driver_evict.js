// What a machine with few frames evicts, event by event, against what vmem.paging has done with the same accesses.

const nameOfPage = (page) => {
  const starts = machine.starts, region = starts.findLastIndex((start) => start <= page);
  return `${region + 1}:${page - starts[region] + 1}`;
};

function lineAt(frames, policy, s) {
  const out = replayMachine(frames, policy, s), held = [...out.held.keys()].sort((a, b) => a - b).map(nameOfPage);
  const next = out.held.size >= frames ? nameOfPage(victimOf(out.held, policy)) : "none";
  const last = out.last ? `${nameOfPage(out.last.page)}@${out.last.i + 1}` : "none";
  return `${out.hits} ${out.faults} ${last} ${next} ${held.join()}`;
}

drive(async () => {
  check("no problem is reported", byId("problem").hidden, byId("problem").textContent);
  let evictions = 0;
  for (const { policy, frames, lines } of expected) {
    const found = lines.map((line, i) => lineAt(frames, policy, i + 1));
    const wrong = lines.findIndex((line, i) => line !== found[i]);
    check(`${policy} with ${frames} frames evicts at each event what vmem.paging evicts`, wrong < 0,
      `event ${wrong + 1}: ${found[wrong]}, not ${lines[wrong]}`);
    check(`${policy} with ${frames} frames replays every event`, lines.length === count, lines.length);
    evictions += replayMachine(frames, policy).evictions;
  }
  check("there is something to evict", evictions > 500, evictions);
});
