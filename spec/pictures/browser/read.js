// read.js FOLDER MANUAL [PICTURES]: what every reader must be given by recordings' pages (which make.lua has left in the
// folder) and by the manual. Each result is a line "ok: …" or "FAILED: …".
"use strict";
const [folder, manual, pictures] = process.argv.slice(2);
const browser = require("../../support/chromium.js")(folder);

let failed = 0;
const check = (name, good, found) => {
  if (!good) failed++;
  console.log(good ? `ok: ${name}` : `FAILED: ${name}${found === undefined ? "" : "\n" + found}`);
};
const { looks, hears, tabs, tree, press, wait } = require("../../support/reader.js")(browser, check);
const { open, inside } = browser;

/** Letters in cells, and the cells, as boxes of the page: pictures have no texts that could be asked. */
const show_palette = () => inside(() => {
  const box = document.createElement("div");
  box.id = "palette";
  for (const look of ["committed", "written", "readonly", "executable", "none", "guard", "trap", "trapped", "section", "copy"]) {
    const cell = document.createElement("span");
    cell.className = "cell " + look;
    cell.textContent = look === "committed" ? "" : "x";
    cell.style.cssText = `display: inline-block; width: 1em; height: 1em; background: var(--${look});` +
      `color: var(--${look === "written" ? "ground" : "ink"})`;
    box.append(cell);
  }
  for (const line of ["reserved", "written", "resident", "fault", "accent", "text"]) {
    const cell = document.createElement("span");
    cell.className = "cell line-" + line;
    cell.style.cssText = `display: inline-block; width: 1em; height: 1em; border: 1px solid var(--${line})`;
    box.append(cell);
  }
  document.querySelector("main").append(box);
});

const at = (event) => inside((event) => { location.hash = "#event=" + event; }, event);
const click = (id) => inside((id) => document.getElementById(id).click(), id);
const text = (id) => inside((id) => document.getElementById(id).textContent, id);
const focus = (id) => inside((id) => document.getElementById(id).focus(), id);

const read_short = async () => {
  await open(`${folder}/read_short.html`);
  await at(9);
  await inside(() => { document.getElementById("machine").open = true; });
  await hears("short");
  await tabs("short");
  await show_palette();
  await looks("short", { tall: 2600, boxes: ["#palette .cell"], pictures });
  await click("quiz");
  await click("on");
  await inside(() => document.querySelector(".term").focus());
  await looks("question", { tall: 1200, pictures, settle: () => inside(() => document.querySelector(".term").focus()) });
  await hears("question");
};

/** What a reader hears of a page: what is said at once when it changes. */
const said = () => inside(() => [...document.querySelectorAll("[aria-live=polite], [role=status], [role=alert]")]
  .filter((one) => one.checkVisibility()).map((one) => one.textContent.trim()).filter((text) => text !== "").join(" | "));

/** All of it by real keys: what is told at each step, and that nothing needs a mouse. */
const by_keys = async () => {
  await open(`${folder}/read_short.html`);
  await at(0);
  await wait(400);
  const live = (await tree()).filter((node) => node.live === "polite").length;
  check("keys: a screen reader knows what is told when it changes", live >= 2, live);
  let before = await said();
  for (let event = 1; event <= 12; event++) {
    await press("ArrowRight");
    const now = await said();
    check(`keys: event ${event} is told when it is shown`, now !== before && now.includes(`${event} of 39`), now);
    before = now;
  }
  await press("ArrowLeft");
  check("keys: a step back is told", (await said()).includes("11 of 39"), await said());
  await press("f");
  check("keys: so is the next fault", /fault: /.test(await said()), await said());

  await focus("slider");
  await press("ArrowRight");
  const value = (await tree()).find(({ role }) => role === "slider");
  check("keys: the slider has a name", value && value.name === "Event", value && value.name);
  check("keys: and says where it is", /of 39$/.test(await inside(() => document.getElementById("slider").ariaValueText)));

  await inside(() => { document.querySelector("#machine summary").focus(); });
  await press("Enter");
  check("keys: the frames can be opened", await inside(() => document.getElementById("machine").open));
  await focus("policy");
  await press("ArrowDown");
  check("keys: a policy can be chosen", await inside(() => document.getElementById("policy").value !== "lru"));
  const asked = await text("machine-says");
  await focus("frame-count");
  for (let i = 0; i < 3; i++) await press("ArrowDown");
  check("keys: and frames", asked !== await text("machine-says"), asked);

  await focus("one-page");
  await inside(() => document.getElementById("one-page").select());
  await press("5");
  await press("Enter");
  check("keys: a page can be picked by its number", /^Page 5 /.test(await text("one-title")), await text("one-title"));
  await focus("follow");
  await press(" ");
  check("keys: and let go", await inside(() => document.getElementById("follow").ariaPressed === "true"));

  await inside(() => document.querySelector("#legend .term").focus());
  check("keys: a word is explained", await inside(() => document.getElementById("meaning").checkVisibility()));
  const term = await inside(() => document.querySelector("#legend .term").getAttribute("aria-describedby"));
  check("keys: and the meaning belongs to it", term === "meaning", term);
  await press("Escape");
  check("keys: Escape ends that", await inside(() => !document.getElementById("meaning").checkVisibility()));

  await focus("quiz");
  await press("Enter");
  await focus("on");
  await press("Enter");
  check("keys: a question puts the focus on its answers", await inside(() => document.activeElement.closest("#choices") !== null));
  await press("Enter");
  check("keys: an answer is judged aloud", /Right|Not quite/.test(await said()), await said());
  const pictures = (await tree()).filter(({ role }) => /^(image|img|Canvas)$/.test(role));
  check("keys: the picture of pages is told in words", pictures.some(({ name }) => /^Region 1: .*\d reserved/.test(name)),
    JSON.stringify(pictures));
};

const read_long = async () => {
  await open(`${folder}/read_long.html`);
  await at(120);
  await looks("long", { tall: 3000, pictures });
  await hears("long");
  await tabs("long");
};

const read_manual = async () => {
  await open(manual);
  await looks("manual", { tall: 1600, pictures });
  await hears("manual");
  await tabs("manual", 40);
};

(async () => {
  await read_short();
  await by_keys();
  await read_long();
  await read_manual();
})().catch((problem) => check("the readers' checks come to their end", false, problem.stack))
  .finally(() => browser.end(failed > 0 ? 1 : 0));
