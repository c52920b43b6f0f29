--- JavaScript of a recording's page: asks what happens next before it shows it.

return [==[
const quiz = { on: false, asked: -1, right: 0, all: 0 };

const QUIZ_WORDS = {
  reserve: "addresses are reserved", commit: "pages are committed", decommit: "pages are decommitted",
  attach: "a section's pages are attached", protect: "a protection changes", release: "a region is released",
  read: "bytes are read", write: "bytes are written", fault: "the access is a fault", mend: "a handler " +
    "mends the fault",
  answer: "a function answers the access", trap: "pages are trapped", refused: "the system says no",
};
const quizWord = (kind) => QUIZ_WORDS[kind] || kind;

// The right answer and up to three others, in an order that does not give it away. The others are kinds that
// this recording has, or that beginners mix up.
function choicesFor(i) {
  const right = what(i), others = new Set();
  for (let k = 0; k < Math.min(count, 2000); k++) others.add(what(k));
  for (const kind of ["commit", "fault", "mend", "write"]) others.add(kind);
  others.delete(right);
  others.delete("note");
  const start = (i * 7) % others.size, all = [...others];
  const list = [0, 1, 2].map((k) => all[(start + k) % all.length]);
  list.splice((i * 5) % 4, 0, right);
  return [...new Set(list)];
}

function ask(i) {
  quiz.asked = i;
  const line = event.source(i) > 0 ? data.lines[event.source(i) - 1][event.line(i)] : undefined;
  setText("question", `What happens next${placeOf(i) ? ` at ${placeOf(i)}` : ""}?` +
    (line === undefined ? "" : ` ${line.trim()}`));
  setText("verdict", "");
  element("choices").replaceChildren(...choicesFor(i).map((kind) => {
    const button = make("button", capital(quizWord(kind)), { type: "button", "data-kind": kind });
    button.addEventListener("click", () => answerQuiz(i, kind));
    return button;
  }));
  element("asking").hidden = false;
  element("choices").firstElementChild.focus({ preventScroll: true });
}

function answerQuiz(i, kind) {
  const right = kind === what(i);
  quiz.all++;
  if (right) quiz.right++;
  quiz.asked = -1;
  element("choices").replaceChildren();
  setText("question", "");
  setText("verdict", `${right ? "\u2713 Right" : "\u2717 Not quite"}: ${quizWord(what(i))}. ` +
    `${digits(quiz.right)} of ${digits(quiz.all)} right.`);
  go(i + 1);
  element("on").focus({ preventScroll: true });
}

function endQuestion() {
  quiz.asked = -1;
  element("asking").hidden = !quiz.on;
  element("choices").replaceChildren();
  setText("question", quiz.on ? "Step on: it asks first." : "");
}

function toggleQuiz() {
  quiz.on = !quiz.on;
  element("quiz").setAttribute("aria-pressed", String(quiz.on));
  setText("verdict", "");
  stop();
  endQuestion();
  show();
}

// A step on, which asks first in this mode.
function stepOn() {
  if (quiz.on && now < count && what(now) !== "note") {
    if (quiz.asked !== now) ask(now);
  } else {
    go(now + 1);
  }
}
]==]
