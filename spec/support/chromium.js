// chromium.js: starts Chromium without a window, and speaks its debugging protocol through a pipe. The page is its one tab.
"use strict";
const { spawn } = require("child_process");
const path = require("path");

/** Starts it; its profile is in the folder. Nobody else may end it before end(). */
module.exports = (folder) => {
  const browser = spawn("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--user-data-dir=" + folder + "/profile", "--remote-debugging-pipe", "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  browser.on("exit", (code) => { console.log("FAILED: Chromium has ended with " + code); process.exit(1); });

  let last = 0, heard = "";
  const waiting = new Map();
  browser.stdio[4].on("data", (bytes) => {
    heard += bytes.toString("utf8");
    const messages = heard.split("\0");
    heard = messages.pop();
    for (const message of messages.map(JSON.parse)) {
      const wait = waiting.get(message.id);
      waiting.delete(message.id);
      if (wait) message.error ? wait.no(new Error(message.error.message)) : wait.yes(message.result);
    }
  });

  let session; // of the page

  const send = (method, params = {}, sessionId = session) => new Promise((yes, no) => {
    waiting.set(++last, { yes, no });
    browser.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId: sessionId ?? undefined }) + "\0");
  });

  /** Runs a function in the page, or in another target, and gives what it gives. */
  const within = async (target, fn, ...values) => {
    const expression = `(${fn})(${values.map((value) => JSON.stringify(value)).join(",")})`;
    const { result, exceptionDetails } = await send("Runtime.evaluate",
      { expression, awaitPromise: true, returnByValue: true }, target);
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result.value;
  };
  const inside = (fn, ...values) => within(session, fn, ...values);

  /** Resolves once the condition holds; a wait that never ends fails by the patience of the caller. */
  const until = (condition) => inside(`async () => {
    const holds = ${condition};
    while (!holds()) await new Promise((yes) => setTimeout(yes, 10));
  }`);

  const open = async (file) => {
    if (session === undefined) {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      session = (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
      await send("Page.enable");
    }
    await send("Page.navigate", { url: "file://" + path.resolve(file) });
    await until(`() => document.readyState === "complete"`);
  };

  /** Ends it, and this program with that code. */
  const end = (code) => browser.removeAllListeners("exit").on("exit", () => process.exit(code)).kill();

  return { send, within, inside, until, open, end };
};
