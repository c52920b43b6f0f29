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

const at = (event) => inside((event) => { location.hash = "#event=" + event; }, event);
const click = (id) => inside((id) => document.getElementById(id).click(), id);
const text = (id) => inside((id) => document.getElementById(id).textContent, id);
const focus = (id) => inside((id) => document.getElementById(id).focus(), id);

const read_short = async () => {
  await open(`${folder}/read_short.html`);
  await at(9);
  await inside(() => { document.getElementById("machine").open = true; });
  await looks("short", { tall: 2600, pictures });
  await hears("short");
  await tabs("short");
  await click("quiz");
  await click("on");
  await inside(() => document.querySelector(".term").focus());
  await looks("question", { tall: 1200, pictures, settle: () => inside(() => document.querySelector(".term").focus()) });
  await hears("question");
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
  await read_long();
  await read_manual();
})().catch((problem) => check("the readers' checks come to their end", false, problem.stack))
  .finally(() => browser.end(failed > 0 ? 1 : 0));
