--- JavaScript of a recording's page: moves from one moment to another.

return [==[
function go(s) {
  now = Math.max(0, Math.min(count, s));
  if (quiz.asked !== now) endQuestion();
  show();
  if (!timer) keepInAddressSoon();
}

// The address of the page names the moment, so that it can be given to others.
function keepInAddress() {
  try {
    history.replaceState(null, "", `#event=${now}`);
  } catch (problem) {
    // some browsers refuse for files; it is a comfort only
  }
}

function fromAddress() {
  const match = /event=(\d+)/.exec(location.hash);
  return match ? Number(match[1]) : Math.min(1, count);
}

// A browser takes longer for that than for all else in a step: once the reader rests will do.
let resting = null;
function keepInAddressSoon() {
  clearTimeout(resting);
  resting = setTimeout(keepInAddress, 300);
}

const SPEEDS = [1, 2, 5, 20, 100, 500, 2500, 10000];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let timer = null;

function stop() {
  if (timer) clearInterval(timer);
  timer = null;
  element("play").textContent = "Play";
  for (const id of ["sentence", "lesson"]) element(id).setAttribute("aria-live", "polite");
  keepInAddressSoon();
}

function play() {
  if (quiz.on) toggleQuiz();
  if (now === count) now = 0;
  const speed = Number(element("speed").value);
  const turns = Math.min(speed, calm.matches ? 1 : 20); // a second
  element("play").textContent = "Pause";
  for (const id of ["sentence", "lesson"]) element(id).setAttribute("aria-live",
    "off"); // it changes too fast to be read aloud
  timer = setInterval(() => {
    go(now + Math.round(speed / turns));
    if (now === count) stop();
  }, 1000 / turns);
}

function toggle() {
  if (timer) stop(); else play();
}

function nextFault() {
  for (let i = now; i < count; i++) {
    if (what(i) === "fault") {
      go(i + 1);
      return;
    }
  }
  setText("sentence", "There is no further fault.");
}

// The keys that scroll stay with the browser.
const keys = { ArrowLeft: () => go(now - 1), ArrowRight: () => stepOn(), f: nextFault, p: toggle };

// What takes text or has choices uses these keys itself, and so does what scrolls sideways.
function isOurs(key, target) {
  if (target.closest("select, input:not([type=range]), textarea, [contenteditable]")) return false;
  return !(target.closest(".wide") && key.startsWith("Arrow"));
}

function listenToKeys(signal) {
  document.addEventListener("keydown", (pressed) => {
    if (pressed.altKey || pressed.ctrlKey || pressed.metaKey || pressed.shiftKey) return;
    if (!keys[pressed.key] || !isOurs(pressed.key, pressed.target)) return;
    pressed.preventDefault();
    keys[pressed.key]();
  }, { signal });
}
]==]
