--- JavaScript of a recording's page: puts the page together when it is opened.

return [==[
function showChart() {
  drawChart(element("chart"), now, byTime);
  element("chart").setAttribute("aria-label", `At most ${bytesInWords(greatest)}. At this moment ` +
    `${bytesInWords(committedAt[now])} committed` +
    (knowsResident ? `, ${bytesInWords(residentAt[now])} resident.` : "."));
}

function show() {
  const slider = element("slider");
  slider.value = now;
  slider.setAttribute("aria-valuetext", `${digits(now)} of ${digits(count)}`);
  showSentences(now);
  showChapters(now);
  showRegions(now);
  showOne(now);
  showMachine(now);
  showRuns(now);
  showCounters(now);
  showSource(now);
  showChart();
  showEvents(now);
  keepMeaning();
}

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
    const words = make("span");
    words.append(explain(says));
    item.append(canvas, words);
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
    `${timeInWords(spent)}. ` + "The left and right arrow keys step, f goes to the next fault, p plays.");
  if (problems[data.ended]) {
    setText("problem", problems[data.ended]);
    element("problem").hidden = false;
  }
  document.querySelector("h1").textContent = data.title;
  document.title = data.title + " - vmem recording";
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
  makeDiagram();
  makeChapters();
  for (const one of document.querySelectorAll("main .explain")) one.replaceChildren(explain(one.textContent));

  element("first").onclick = () => go(0);
  element("back").onclick = () => go(now - 1);
  element("on").onclick = stepOn;
  element("quiz").onclick = toggleQuiz;
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
  element("follow").onclick = follow;
  element("one-page").onchange = () => {
    const one = pageShown(now), wanted = Number(element("one-page").value);
    if (one && wanted >= 1) pick(regions[chosen - 1] || one.region, Math.floor(wanted) - 1);
  };
  listenToMachine();
  listenToKeys(signal);
  listenForTerms(signal);
  signal.addEventListener("abort", stop);
  window.onhashchange = () => go(fromAddress());
  const again = () => {
    readColours();
    readWidths();
    drawLegend();
    show();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again, { signal });
  window.addEventListener("resize", again, { signal });
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
