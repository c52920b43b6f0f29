// What the drivers share. They run at the end of the page's own function, and see all that it declares.
const results = [];

function check(says, passed, more) {
  results.push(passed ? `ok: ${says}` : `FAILED: ${says}${more === undefined ? "" : ": " + more}`);
}

// A figure of this machine, which is neither right nor wrong.
const tell = (says) => results.push(`here: ${says}`);

function finish() {
  const report = document.createElement("pre");
  report.textContent = "\n" + results.join("\n") + "\ndone\n";
  document.body.append(report);
}

window.addEventListener("error", (problem) => check("the page raises no error", false, problem.message));

// Runs a driver, which may wait, to its end, whatever that is.
async function drive(driver) {
  try {
    await driver();
  } catch (problem) {
    check("the driver raises no error", false, problem.stack);
  }
  finish();
}

const byId = (id, within = document) => within.getElementById(id);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Gives whether the page leaves the key to the browser.
function press(key, target = document.body) {
  return target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

// All that a canvas shows, as a number.
function pixels(canvas) {
  const { data: bytes } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let hash = 17;
  for (let i = 0; i < bytes.length; i++) hash = (hash * 31 + bytes[i]) | 0;
  return hash;
}

// The table of runs, as make.lua writes them: "1 3 committed rw", "4 1 reserved+trap-r -".
function shownRuns() {
  return [...document.querySelectorAll("#runs tr")].map((row) => {
    const [pages, , , state, protection] = [...row.cells].map((cell) => cell.textContent.replaceAll(",", ""));
    const [first, last] = pages.split(" to ").map(Number);
    const words = state.replace(" written", "").replace(/ (section|copy)/, "+$1").replace(" trap ", "+trap-");
    return `${first} ${(last || first) - first + 1} ${words} ${protection}`;
  }).join(";");
}
