// Every kind of event, against what the regions said at the time.

// Runs that differ only in having been written stand apart in the page, and together in the query; two traps side by
// side stand apart in the query, and together in the page.
function joined(text) {
  const list = [];
  for (const line of text.split(";")) {
    const [first, pages, state, protection] = line.split(" ");
    const last = list[list.length - 1];
    if (last && last[2] === state && last[3] === protection) last[1] += Number(pages);
    else list.push([Number(first), Number(pages), state, protection]);
  }
  return list.map((run) => run.join(" ")).join(";");
}

function treeRuns(region, s) {
  const list = [];
  runs(tableAt(region, s), region.pages, 0, region.pages, (first, pages, byte) => {
    const trap = ["", "+trap-r", "+trap-w", "+trap-rw"][(byte & TRAPS) >> TRAP_BIT];
    const whose = ["", "+section", "+copy"][byte >> ATTACHED_BIT];
    list.push(`${first + 1} ${pages} ${byte & COMMITTED ? "committed" : "reserved"}${whose}${trap} ` +
      (byte & COMMITTED ? protectionOf(byte) : "-"));
  });
  return joined(list.join(";"));
}

function writtenRuns(region, s) {
  const list = [];
  runs(tableAt(region, s), region.pages, 0, region.pages, (first, pages, byte) => {
    const last = list[list.length - 1];
    if (!(byte & WRITTEN)) return;
    if (last && last[0] + last[1] === first + 1) last[1] += pages;
    else list.push([first + 1, pages]);
  });
  return list.map((run) => run.join(" ")).join(";");
}

function compareMoments() {
  for (const { event: s, regions: live } of expected) {
    const name = `after event ${s}`;
    byId("slider").value = s;
    byId("slider").dispatchEvent(new Event("input"));
    check(`${name} the slider leads there`, byId("sentence").textContent.startsWith(`${digits(s)} of `));
    check(`${name} as many regions live as the script had`,
      Number(byId("live").textContent) === live.length, byId("live").textContent);
    for (const { number, base, runs: told, written, committed } of live) {
      const region = regions[number - 1], of = `${name} region ${number}`, said = joined(told);
      check(`${of} is where it was`, region.base === base);
      check(`${of} has the pages that its query told`, treeRuns(region, s) === said, treeRuns(region, s) + " | " + said);
      check(`${of} has as much committed`, committedOf(region, s) === committed);
      if (written !== "-") {
        check(`${of} has the written pages that it told`, writtenRuns(region, s) === written, writtenRuns(region, s));
      }
      byId("region").value = number;
      byId("region").dispatchEvent(new Event("change"));
      if (byId("runs-more").textContent === "") {
        check(`${of} is in the table as it is`, joined(shownRuns()) === said, shownRuns());
      }
      const label = document.querySelector(`#region-${number}`).parentElement.querySelector("canvas");
      const pages = [...label.getAttribute("aria-label").matchAll(/([\d,]+) [a-z]/g)]
        .reduce((sum, match) => sum + Number(match[1].replaceAll(",", "")), 0);
      check(`${of} is told page by page in words`, pages === region.pages, label.getAttribute("aria-label"));
    }
  }
  byId("region").value = 0;
  byId("region").dispatchEvent(new Event("change"));
}

function grids() {
  return [...document.querySelectorAll("#regions canvas")].filter((one) => !one.hidden).map(pixels).join();
}

function stepThrough() {
  byId("first").click();
  check("the start is the start", now === 0 && byId("sentence").textContent.startsWith("The recording begins"));
  const seen = new Set([grids()]), sentences = new Set();
  for (let i = 0; i < 60; i++) {
    byId("on").click();
    seen.add(grids());
    sentences.add(byId("sentence").textContent);
  }
  check("stepping changes the grid", seen.size > 50, seen.size);
  check("stepping changes the sentence", sentences.size === 60, sentences.size);
  const there = grids();
  byId("on").click();
  byId("back").click();
  check("a step on and one back lead to the same grid", grids() === there);
  byId("last").click();
  check("the end is the end", now === count);
  byId("on").click();
  check("there is no step past the end", now === count);
}

function pressKeys() {
  for (const target of [document.body, byId("slider")]) {
    const on = target.id || "page";
    go(0);
    press("ArrowLeft", target);
    check(`an arrow on the ${on} goes no further back`, now === 0);
    press("ArrowRight", target);
    press("ArrowRight", target);
    check(`arrows on the ${on} step`, now === 2);
    press("ArrowLeft", target);
    check(`the left arrow on the ${on} steps back`, now === 1);
    press("f", target);
    check(`f on the ${on} leads to the next fault`, what(now - 1) === "fault");
  }
  const there = now;
  for (const key of ["ArrowUp", "ArrowDown", " ", "PageUp", "PageDown", "Home", "End"]) {
    check(`the browser may scroll with ${key}`, press(key) && now === there && byId("play").textContent === "Play");
  }
  for (const target of [byId("speed"), byId("one-page")]) {
    check(`keys in ${target.id} stay there`, press("ArrowRight", target) && press("f", target) && now === there);
  }
}

async function playIt() {
  go(0);
  press("p");
  check("p plays", byId("play").textContent === "Pause");
  check("nothing is read aloud while it plays", byId("sentence").getAttribute("aria-live") === "off");
  await wait(3000);
  const there = now;
  check("playing goes on by itself", there > 0, there);
  press("p");
  check("p pauses", byId("play").textContent === "Play");
  check("the sentence is read aloud again", byId("sentence").getAttribute("aria-live") === "polite");
  await wait(3000);
  check("a pause is one", now === there);
  byId("speed").value = "500";
  byId("play").click();
  await wait(10000);
  check("playing ends at the end", now === count && byId("play").textContent === "Play", now);
}

async function lookAround() {
  check("the title is text", document.querySelector("h1").textContent === 'small </title><script>throw 1<\/script> \\xff "',
    document.querySelector("h1").textContent);
  check("a region's name is text", document.title.startsWith("small </title>") && regions[0].name === 'before <\/script><b>&"');
  go(count);
  await wait(1000);
  check("the moment is in the address", location.hash === `#event=${count}`);
  location.hash = "#event=17";
  window.onhashchange();
  check("an address leads to its moment", now === 17);
  byId("fault").click();
  check("the next fault is one", what(now - 1) === "fault" && now > 17);
  check("the script's line is shown", document.querySelector("#source .here").textContent.includes("region:") ||
    document.querySelector("#source .here").textContent.includes("pcall"), byId("source").textContent);
  const before = pixels(byId("chart"));
  byId("by-time").click();
  check("the chart can be spread by time", pixels(byId("chart")) !== before);
  byId("chart").dispatchEvent(new MouseEvent("click", { clientX: 5 }));
  check("a click on the chart leads there", now < count / 4, now);
  document.querySelectorAll("#events button")[6].click();
  check("an event in the list leads there",
    document.querySelector("#events [aria-current]").textContent.startsWith(`${digits(now)}.`));
}

function names() {
  for (const button of document.querySelectorAll("button")) {
    check("each button has a name", (button.getAttribute("aria-label") || button.textContent.trim()) !== "");
  }
  for (const input of document.querySelectorAll("input, select")) {
    check("each input has a name", input.getAttribute("aria-label") !== null || input.closest("label") !== null);
  }
  for (const canvas of document.querySelectorAll("canvas")) {
    check("each canvas has a name, or is nothing to hear", canvas.hasAttribute("aria-label") ||
      canvas.getAttribute("aria-hidden") === "true" || canvas.hidden);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  check("each id is there once", new Set(ids).size === ids.length);
  for (const one of document.querySelectorAll("[aria-labelledby]")) {
    check("each label is there", byId(one.getAttribute("aria-labelledby")) !== null);
  }
  check("nothing comes from elsewhere",
    document.querySelectorAll("[src], link[href^=http], link[href^='//'], img").length === 0);
}

drive(async () => {
  check("the first event is shown at first", now === 1);
  check("no problem is reported", byId("problem").hidden, byId("problem").textContent);
  compareMoments();
  stepThrough();
  pressKeys();
  await playIt();
  await lookAround();
  names();
});
