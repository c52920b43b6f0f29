// What the page has for beginners: a script of a few lines, of which every event is known.

const says = (id) => byId(id).textContent;
const eventOf = (kind) => [...Array(count).keys()].find((i) => what(i) === kind);
const stateShown = () => document.querySelector("#states [aria-current]").dataset.state;

function sentences() {
  const seen = new Set();
  for (let s = 1; s <= count; s++) {
    go(s);
    check(`event ${s} has a sentence for beginners beside the short one`, says("lesson").length > 30 &&
      !says("lesson").includes("undefined") && says("sentence").includes(inWords(s - 1)), says("lesson"));
    seen.add(what(s - 1));
  }
  for (const kind of ["reserve", "fault", "commit", "mend", "write", "protect", "decommit", "release"]) {
    check(`the script has a ${kind}`, seen.has(kind));
  }
  for (const kind of data.whats.filter((one) => one !== "allocate")) check(`${kind} has a sentence of ` +
    `its own`, lessonOf.toString().includes(`case "${kind}"`));
}

function meanings() {
  go(1 + eventOf("reserve"));
  const term = document.querySelector("#lesson .term");
  check("a word that is explained is a button", term.tagName === "BUTTON" &&
    term.getAttribute("aria-describedby") === "meaning");
  for (const how of ["mouseover", "focusin", "click"]) {
    term.dispatchEvent(new MouseEvent(how, { bubbles: true }));
    check(`${how} explains it`, !byId("meaning").hidden && says("meaning").includes("real memory") ||
      says("meaning").includes("addresses"),
      says("meaning"));
    const box = byId("meaning").getBoundingClientRect();
    check("the explanation is within the window", box.left >= 0 && box.right <= innerWidth,
      `${box.left} ${box.right}`);
    press("Escape");
    check(`Escape ends it after ${how}`, byId("meaning").hidden);
  }
  for (const word of ["reserve", "commit", "fault", "resident", "guard page", "frame"]) {
    check(`${word} is explained`, MEANINGS[word].length > 30 && explain(`the ` +
      `${word}!`).querySelector(".term").textContent === word);
  }
  check("the counters' words are explained", document.querySelectorAll("#counters .term").length >= 3);
}

function states() {
  const first = { reserve: "reserved", commit: "committed", mend: "resident", write: "resident", decommit: "reserved",
    release: "free" };
  for (const [kind, state] of Object.entries(first)) {
    follow();
    go(1 + eventOf(kind));
    pick(regions[0], 2);
    check(`after the ${kind} the page is ${state}`, stateShown() === state &&
      says("one-state").includes(state), stateShown());
  }
  go(0);
  check("before all events it is free", stateShown() === "free");
}

function pageHistory() {
  go(1 + eventOf("protect"));
  pick(regions[0], 2);
  check("the page's title is there", says("one-title") === "Page 3 of region 1", says("one-title"));
  const facts = says("one-facts");
  for (const kind of ["commit", "write", "fault"]) {
    check(`it says which event was its ${kind}`, facts.includes(`event ${eventOf(kind) + 1}`), facts);
  }
  const there = [now];
  byId("one-before").click();
  there.push(now);
  check("the event before is about this page", now < there[0] && pagesOf(regions[0], event.offset(now - 1), 1)[0] === 2);
  byId("one-next").click();
  check("the next event leads back", now === there[0], now);
  byId("one-page").value = 1;
  byId("one-page").dispatchEvent(new Event("change"));
  check("a page can be chosen by its number", says("one-title").startsWith("Page 1 "));
  check("a page that no event was about says so", says("one-facts").includes("no event up to now"));
  follow();
  const canvas = document.querySelector("#regions canvas"), side = canvas.where[0].side;
  const at = { clientX: canvas.getBoundingClientRect().left + side * 2.4,
    clientY: canvas.getBoundingClientRect().top + 4, bubbles: true };
  canvas.dispatchEvent(new MouseEvent("mousemove", at));
  check("the pointer above a page tells of it",
    document.querySelector(".tip").textContent.startsWith("Page 3: "),
    document.querySelector(".tip").textContent);
  canvas.dispatchEvent(new MouseEvent("mouseleave"));
  check("and no more when it leaves", document.querySelector(".tip").textContent === "");
  canvas.dispatchEvent(new MouseEvent("click", at));
  check("a click picks it", says("one-title") === "Page 3 of region 1");
  byId("follow").click();
  check("the page follows the event again", picked === null);
}

function questions() {
  go(0);
  byId("quiz").click();
  let right = 0, asked = 0;
  for (let i = 0; i < count; i++) {
    byId("on").click();
    if (what(i) === "note") {
      check("a note is no question", now === i + 1);
      continue;
    }
    asked++;
    check(`it asks before event ${i + 1}`, now === i && !byId("asking").hidden &&
      says("question").startsWith("What happens next"));
    const choices = [...byId("choices").children], kinds = choices.map((one) => one.dataset.kind);
    check("there are several answers, all different", kinds.length >= 3 &&
      new Set(kinds).size === kinds.length, kinds.join());
    check("one of them is right", kinds.includes(what(i)));
    check("the list of events does not tell", byId("events").children.length <= i);
    check("the first answer has the focus", document.activeElement === choices[0]);
    const wrong = asked === 2;
    if (!wrong) right++;
    choices.find((one) => (one.dataset.kind === what(i)) !== wrong).click();
    check("an answer leads on", now === i + 1);
    check("it says whether that was right", says("verdict").includes(wrong ? "Not quite" : "Right") &&
      says("verdict").includes(`${right} of ${asked} right`), says("verdict"));
  }
  byId("quiz").click();
  check("the mode ends", byId("asking").hidden && !quiz.on);
}

function machines() {
  byId("machine").open = true;
  for (const { policy, frames, faults } of expected[0].machines) {
    const out = replayMachine(frames, policy);
    check(`${policy} with ${frames} frames misses as often as vmem.paging says`, out.faults === faults,
      `${out.faults} ${faults}`);
  }
  go(count);
  showMachine(now);
  check("the frames are shown", byId("frames").children.length === 4, byId("frames").textContent);
}

async function scripts() {
  go(1 + eventOf("protect"));
  const here = document.querySelector("#source .here");
  check("the running line is marked, not by colour alone", here.textContent.includes("protect") &&
    here.getAttribute("aria-current") === "true");
  const rows = document.querySelectorAll("#source span").length;
  check("the whole script is there", rows === expected[0].lines, rows);
  await wait(100);
  const frame = byId("source").parentElement;
  check("it is in view", here.offsetTop >= frame.scrollTop &&
    here.offsetTop < frame.scrollTop + frame.clientHeight);
}

drive(async () => {
  check("no problem is reported", byId("problem").hidden, says("problem"));
  sentences();
  meanings();
  states();
  pageHistory();
  questions();
  machines();
  await scripts();
});
