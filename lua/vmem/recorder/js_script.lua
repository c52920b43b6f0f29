--- JavaScript of a recording's page: the script with the running line, the counters, the events around.

return [==[
function showSource(s) {
  const box = element("source"), i = s - 1, source = i >= 0 ? event.source(i) : 0;
  if (source === 0) {
    box.dataset.source = "";
    setText("source-title", "Script");
    box.textContent = i < 0 ? "The recording begins." : "No script was running.";
    return;
  }
  setText("source-title", `Script, ${placeOf(i)}`);
  const lines = data.lines[source - 1], line = event.line(i);
  if (lines[line] === undefined) {
    box.dataset.source = "";
    box.textContent = "Its text could not be read when this page was made.";
    return;
  }
  if (box.dataset.source !== String(source)) fillSource(box, source, lines);
  const former = box.querySelector(".here"), row = box.rows.get(line);
  if (former === row) return;
  if (former) {
    former.className = "";
    former.removeAttribute("aria-current");
  }
  row.className = "here";
  row.setAttribute("aria-current", "true");
  requestAnimationFrame(() => keepInView(row)); // when the browser has laid the page out anyway
}

// Only the box of the script is scrolled, never the page.
function keepInView(row) {
  const frame = element("source").parentElement;
  if (row.offsetTop < frame.scrollTop + 20 || row.offsetTop > frame.scrollTop + frame.clientHeight - 40) {
    frame.scrollTop = row.offsetTop - frame.clientHeight / 3;
  }
}

// All lines of a script that came with the recording, with a mark where some are left out.
function fillSource(box, source, lines) {
  const rows = document.createDocumentFragment();
  let before = 0;
  box.rows = new Map();
  for (const n of Object.keys(lines).map(Number)) {
    if (n > before + 1) rows.append(make("span", "    \u22ee\n", { class: "gap" }));
    const row = make("span", `${String(n).padStart(5)}  ${lines[n]}\n`);
    box.rows.set(n, row);
    rows.append(row);
    before = n;
  }
  box.replaceChildren(rows);
  box.dataset.source = source;
}

function showCounters(s) {
  setText("committed", bytesInWords(committedAt[s]));
  setText("resident", knowsResident ? residentInWords(s, (at) => residentAt[at]) : "not known");
  setText("faults", `${digits(faultsAt[s])} (${digits(mendedAt[s])})`);
  setText("answers", digits(answersAt[s]));
  setText("live", digits(regions.reduce((sum, region) => sum + isLive(region, s), 0)));
}

const BESIDE = 3;

function showEvents(s) {
  const list = element("events"), had = list.contains(document.activeElement);
  const first = Math.max(0, Math.min(count - 2 * BESIDE - 1, s - 1 - BESIDE)), rows = [];
  const end = quiz.on ? s : Math.min(count, first + 2 * BESIDE + 1); // a question is not answered by the list
  for (let i = first; i < end; i++) {
    const button = make("button", `${digits(i + 1)}. ${inWords(i)}`, { type: "button" });
    if (i === s - 1) button.setAttribute("aria-current", "step");
    button.addEventListener("click", () => go(i + 1));
    const row = make("li");
    row.append(button);
    rows.push(row);
  }
  list.replaceChildren(...rows);
  const current = list.querySelector("[aria-current]");
  if (had && current) current.focus();
}

function sentenceFor(s) {
  if (s === 0) return count > 0 ? "The recording begins. Step on, or play." : "Nothing has been recorded.";
  const place = placeOf(s - 1);
  const when = `${digits(s)} of ${digits(count)}, ${timeInWords(times[s])}`;
  return `${when}: ${inWords(s - 1)}.` + (place ? ` ${place}` : "");
}

function showSentences(s) {
  setText("sentence", sentenceFor(s));
  const lesson = s > 0 ? lessonOf(s - 1) : "";
  if (element("lesson").dataset.text === lesson) return;
  element("lesson").dataset.text = lesson;
  element("lesson").replaceChildren(explain(lesson));
}

// {====== Chapters: data.notes is a list of [events before it, text] ======

function showChapters(s) {
  const buttons = [...element("chapters").querySelectorAll("button")];
  const current = (data.notes || []).filter(([moment]) => moment <= s).length - 1;
  buttons.forEach((button, i) => {
    if (i === current) button.setAttribute("aria-current",
      "true"); else button.removeAttribute("aria-current");
  });
}

function makeChapters() {
  element("chapters-box").hidden = !(data.notes && data.notes.length > 0);
  element("chapters").replaceChildren(...(data.notes || []).map(([moment, says]) => {
    const item = make("li"), button = make("button", says, { type: "button", class: "link" });
    button.addEventListener("click", () => go(moment));
    item.append(button);
    return item;
  }));
}

// ====== }
]==]
