// drive.js PAGE FOLDER [PICTURES]: the checks of the playground, in Chromium. Each check that fails is a line
// "FAILED: …". With a folder for pictures it leaves screenshots there.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");

const [page, folder, pictures] = process.argv.slice(2);
const LUA = process.env.LUA || "lua5.4";

const browser = require("../../spec/support/chromium.js")(folder);
const { send, within, inside, until } = browser;

// {====== In the page ======

const ended = () => until(`() => document.getElementById("stop").disabled`);
const text = (id) => inside((id) => document.getElementById(id).textContent, id);
const click = (id) => inside((id) => document.getElementById(id).click(), id);

const choose = (name) => inside((name) => {
  const list = JSON.parse(document.getElementById("list").textContent), select = document.getElementById("examples");
  select.value = list.findIndex((example) => example.name === name);
  select.onchange();
  return list[select.value];
}, name);

const write = (script) => inside((script) => {
  document.getElementById("script").value = script;
  document.getElementById("script").oninput();
}, script);

const run = async (script) => {
  await write(script);
  await click("run");
  await ended();
  return text("output");
};

/** Runs a function in the recording's frame, which is a target of its own because it is a sandbox. */
const in_recording = async (fn) => {
  for (let tries = 0; ; tries++) {
    const { targetInfos } = await send("Target.getTargets", {}, null);
    const frame = targetInfos.find((target) => target.type === "iframe");
    if (!frame && tries < 500) {
      await new Promise((yes) => setTimeout(yes, 10));
      continue;
    }
    if (!frame) return "no frame";
    const { sessionId } = await send("Target.attachToTarget", { targetId: frame.targetId, flatten: true }, null);
    const found = await within(sessionId, fn);
    if (found || tries > 500) return found;
    await new Promise((yes) => setTimeout(yes, 10));
  }
};

// ====== }

let passed = 0, failed = 0;
const check = (name, good, found) => {
  good ? passed++ : failed++;
  if (!good) console.log(`FAILED: ${name}${found === undefined ? "" : "\n" + found}`);
};
const reader = require("../../spec/support/reader.js")(browser, check);
const same = (name, expected, found) =>
  check(name, expected === found, `expected:\n${expected}\nfound:\n${found}`);

/** Addresses are the machine's own. */
const without_addresses = (output) => output.replace(/0x[0-9a-f]{5,}/g, "0x…");

const listings = fs.readdirSync("examples").filter((name) => /^d(0[2-9]|12)_.*\.lua$/.test(name)).sort();

const checks = async () => {
  for (const name of listings) {
    const { input } = await choose(name);
    await click("run");
    await ended();
    const here = execFileSync(LUA, ["examples/" + name], { input, encoding: "utf8" });
    same(name + " prints what it prints here", without_addresses(here), without_addresses(await text("output")));
    check(name + " ends well", await text("state") === "Done.", await text("state"));
  }
  check("every listing is there", listings.length >= 13, listings.join(" "));

  await choose("d06_commit_on_fault.lua");
  await click("run");
  await ended();
  const recording = await inside(() => document.getElementById("recording").srcdoc);
  check("the recording of a script is shown", recording.includes("d06_commit_on_fault.lua") && recording.includes("<!DOCTYPE html>"));
  check("what it draws is there", /\d/.test(await in_recording(() => (document.getElementById("summary") || {}).textContent)));
  check("it is seen", await inside(() => !document.getElementById("recording").hidden));

  await write("local n = 0\nwhile true do n = n + 1 end");
  await click("run");
  await until(`() => document.getElementById("state").textContent === "Running…"`);
  await click("stop");
  same("an endless loop can be stopped", "Stopped.", await text("state"));
  same("and the next script runs", "7\n", await run("print(7)"));
  await write("while true do print('again and again') end");
  await click("run");
  await ended();
  same("what prints without an end is stopped", "Stopped: it has printed more than a mebibyte.", await text("state"));

  const fault = await run('local vmem = require "vmem"\nlocal r = vmem.reserve(1 << 20)\nr:write(4096, "A")');
  check("a fault shows its sentence, and its line",
    /^vmem: \S+\.lua:3: access violation writing 0x[0-9a-f]+.*: page 2 of region 0x[0-9a-f]+.* is reserved, not committed\n/
      .test(fault), fault);
  check("an error ends with a traceback", /attempt to call a nil value[\s\S]*stack traceback/.test(await run("nothing()")), await text("output"));
  check("so does an error of syntax", /:1: syntax error near/.test(await run("this is no Lua")), await text("output"));
  same("os.exit ends the script", "1\n", await run("print(1) os.exit(3) print(2)"));
  same("and its code is told", "Ended with the exit code 3.", await text("state"));

  const sizes = await run('local vmem = require "vmem"\nprint(select(2, vmem.reserve(1 << 40)))\nprint(pcall(vmem.at, 1 << 40))');
  check("a terabyte is refused, and the sentence says why", /cannot reserve 1099511627776 bytes: a process has 2\^31 addresses here; ask for less\t/.test(sizes), sizes);
  same("no index is taken for a smaller one", "nil\nfalse\n", await run(
    'local v = require("vmem").allocate(65536):view "u8"\nprint(v[(1 << 32) + 1])\nprint((pcall(function() v[(1 << 32) + 1] = 1 end)))'));

  await inside(() => { document.getElementById("frames").value = 2; document.getElementById("swap").value = 1; });
  check("frames and swap are what the learner has chosen", /promised all of its frames and of its swap/.test(await run(
    'local vmem = require "vmem"\nlocal r = vmem.reserve(1 << 20)\nassert(r:commit(0, 3 * 4096))\nr:fill(0, 3 * 4096, 1)\nprint(r:resident())\nprint(select(2, r:commit(3 * 4096, 1)))')) &&
    /^8192\n/.test(await text("output")), await text("output"));
  await inside(() => { document.getElementById("swap").value = 4; });
  same("an access brings a page back from swap, and is a major fault", "4096\t0\n1\n0\t4096\n", await run(
    `local vmem = require "vmem"
local r, P <const> = assert(vmem.allocate(3 * 4096)), 4096
for i = 0, 2 do r:write(i * P, "x") end
print(r:resident(P, P), (r:resident(0, P)))
local _, before = vmem.faults()
r:read(0, 1)
print(select(2, vmem.faults()) - before)
print(r:resident(P, P), (r:resident(0, P)))`));
  await inside(() => { document.getElementById("frames").value = 65536; document.getElementById("page").value = "16384"; });
  same("so is the size of a page", "16384\n", await run('print(require("vmem").page_size)'));
  await inside(() => { document.getElementById("page").value = "4096"; document.getElementById("refuse").value = 1; });
  check("and the commits that are refused", /was told to refuse commits from here on/.test(await run('print(select(2, require("vmem").allocate(1)))')), await text("output"));
  await inside(() => { document.getElementById("refuse").value = 0; });

  await write('local a = 1\nprint("first")\nlocal b = a + 1\nprint(b)');
  await click("step");
  await ended();
  same("a step says which line is next", "Step 1 of 4: line 1 is next.", await text("where"));
  await click("on");
  await click("on");
  same("what the variables hold", "a = 1", await text("variables"));
  same("and what was printed before", "first\n", await text("output"));
  await click("back");
  same("it goes back, too", "", await text("output"));
  check("only the page itself is asked for", await inside(() => performance.getEntriesByType("resource").every(
    (entry) => /^(blob|data|about):/.test(entry.name))));
};

/** How long it takes from the click to the first line of a script, in a page that has just been opened. */
const start_time = async () => {
  await write("print(1)");
  const took = await inside(async () => {
    const start = performance.now();
    document.getElementById("run").click();
    while (document.getElementById("output").textContent === "") await new Promise((yes) => setTimeout(yes, 1));
    return performance.now() - start;
  });
  await ended();
  return Math.round(took);
};

/** What every reader must be given: in the state that a run by steps leaves. */
const reads = async () => {
  await choose("d06_commit_on_fault.lua");
  await click("step");
  await ended();
  for (let i = 0; i < 20; i++) await click("on");
  await inside(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
  await reader.hears("playground");
  await reader.tabs("playground");
  await reader.looks("playground", { tall: 2400, boxes: ["#editor"], pictures,
    settle: pictures && (() => new Promise((yes) => setTimeout(yes, 3000))) });
};

(async () => {
  await browser.open(page);
  await until(`() => document.getElementById("script").value !== ""`);
  const first = await start_time(), next = await start_time();
  const size = fs.statSync(page).size;
  check("the page has less than 3 MiB", size < 3 << 20, size);
  await checks();
  await reads();
  console.log(`trust: playground: ${passed + failed} checks; ${size >> 10} KiB; the first script starts in ${first} ms, the next in ${next} ms`);
  console.log(`${passed} passed, ${failed} failed`);
})().catch((problem) => {
  failed++;
  console.log("FAILED: " + problem.stack);
}).finally(() => {
  browser.end(failed > 0 ? 1 : 0);
});
