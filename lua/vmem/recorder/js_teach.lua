--- JavaScript of a recording's page: one sentence for beginners for each event, and the words explained.

return [==[
// Each word of the field that the page uses, with what it means.
const MEANINGS = {
  "free": "A free address belongs to no region. Any code of the process may reserve it.",
  "reserve": "To reserve is to take a range of addresses, so that nothing else gets them. It costs no " +
    "memory, and the pages cannot be used yet.",
  "commit": "To commit a page is to make it usable. It is full of zeros. Real memory is given to it " +
    "when it is first touched.",
  "decommit": "To decommit a page is to throw away its contents and its memory. Its addresses stay reserved.",
  "resident": "A page is resident when it has a frame, a piece of real memory (RAM). A committed page " +
    "that was never touched has none.",
  "page": "A page is the smallest piece of memory that the system hands out and protects, often 4,096 bytes.",
  "frame": "A frame is a piece of real memory (RAM) that holds one page.",
  "fault": "A fault is an access that the page does not allow. Nothing is read or written; a handler " +
    "may mend the page, and then the access goes on.",
  "mend": "To mend a fault is to change the page so that it allows the access, for example to commit " +
    "it. The access is then tried again.",
  "handler": "A handler is the script's function that is called at a fault.",
  "guard page": "A guard page faults at its first touch, and works from then on. A stack uses it to " +
    "notice that it grows.",
  "region": "A region is one range of addresses that was reserved together, and is released together.",
  "protect": "To protect is to set what a page allows: r to read, w to write, x to run its bytes as code.",
  "trap": "A trap answers the accesses to a page by calling a function of the script, as a device does.",
  "section": "A section is memory that can be shown at several places, also in several processes.",
  "evict": "To evict a page is to take its frame away for another page. If it is touched again, it must " +
    "be loaded again.",
  "release": "To release a region is to give back all of its addresses and memory.",
};
const FORMS = {
  reserved: "reserve", reserves: "reserve", committed: "commit", commits: "commit", decommitted: "decommit",
  pages: "page", frames: "frame", faults: "fault", mended: "mend", mends: "mend", regions: "region",
  protection: "protect", trapped: "trap", traps: "trap", evicted: "evict", evicts: "evict",
  evictions: "evict",
  released: "release", releases: "release", handlers: "handler", guard: "guard page",
  "guard pages": "guard page",
};
const TERM = new RegExp("\\b(" + [...Object.keys(MEANINGS), ...Object.keys(FORMS)]
  .sort((a, b) => b.length - a.length).join("|") + ")\\b", "gi");

// The text, with a button for the first use of each word that is explained.
function explain(text) {
  const parts = document.createDocumentFragment(), seen = new Set();
  let from = 0;
  for (const match of text.matchAll(TERM)) {
    const word = match[0].toLowerCase(), key = MEANINGS[word] ? word : FORMS[word];
    if (seen.has(key)) continue;
    seen.add(key);
    parts.append(text.slice(from, match.index), make("button", match[0], {
      type: "button", class: "term", "data-term": key, "aria-describedby": "meaning",
    }));
    from = match.index + match[0].length;
  }
  parts.append(text.slice(from));
  return parts;
}

let explained = null; // the word whose meaning is shown

function showMeaning(term) {
  explained = term;
  const box = element("meaning"), at = term.getBoundingClientRect();
  box.textContent = MEANINGS[term.dataset.term];
  box.hidden = false;
  const wide = document.documentElement.clientWidth;
  box.style.left = Math.max(8, Math.min(at.left, wide - box.offsetWidth - 8)) + window.scrollX + "px";
  const under = at.bottom + 6, over = at.top - box.offsetHeight - 6;
  box.style.top = (under + box.offsetHeight > window.innerHeight && over > 0 ?
    over : under) + window.scrollY + "px";
}

function hideMeaning() {
  explained = null;
  element("meaning").hidden = true;
}

// A step may have moved the word, or taken it away.
function keepMeaning() {
  if (explained && explained.isConnected) showMeaning(explained);
  else if (explained) hideMeaning();
}

function listenForTerms(signal) {
  const about = (happened) => happened.target.closest && happened.target.closest(".term");
  for (const name of ["mouseover", "focusin", "click"]) {
    document.addEventListener(name, (happened) => {
      const term = about(happened);
      if (term) showMeaning(term);
      else if (name === "click") hideMeaning();
    }, { signal });
  }
  for (const name of ["mouseout", "focusout"]) {
    document.addEventListener(name, (happened) => {
      if (about(happened) && about(happened) !== document.activeElement) hideMeaning();
    }, { signal });
  }
  document.addEventListener("keydown", (pressed) => { if (pressed.key === "Escape") hideMeaning(); },
    { signal });
}

function lessonOfFault(i) {
  const access = event.access(i) === READ ? "read" : "write to", byte = event.byte(i);
  if (event.region(i) === 0) return `The script tried to ${access} an address that no region has: a fault.`;
  if (byte & GUARD) return `The script tried to ${access} a guard page: it faults once, and is an ` +
    `ordinary page from now on.`;
  if (!(byte & COMMITTED)) {
    return `The script tried to ${access} a page that is reserved only. There is no memory to use: a ` +
      `fault, ` +
      "and a handler is asked what to do.";
  }
  return `The script tried to ${access} a page whose protection does not allow that: a fault.`;
}

// Event i for a reader who meets the words for the first time.
function lessonOf(i) {
  const pages = event.region(i) > 0 && ["commit", "decommit", "protect", "attach",
    "trap"].includes(what(i)) &&
    pagesOf(regions[event.region(i) - 1], event.offset(i), event.size(i));
  const these = pages && pages[1] - pages[0] > 1 ? `these ${digits(pages[1] - pages[0])} pages` : "this page";
  const plain = data.codes[event.error(i)] || "";
  switch (what(i)) {
    case "reserve": return "Addresses are set aside for the script. No memory stands behind them yet: " +
      "they are reserved.";
    case "commit": return `The script may use ${these} now. Real memory comes when a page is first ` +
      `touched: committed is not yet resident.`;
    case "decommit": return `What was in ${these} is gone, and so is its memory. The addresses stay ` +
      `reserved.`;
    case "attach": return `A section is shown at ${these}: whatever is written there is seen wherever ` +
      `else it is shown, unless these are copies.`;
    case "protect": return `From now on ${these} allows other accesses than before: the protection has ` +
      `changed, the contents have not.`
      .replace("pages allows", "pages allow");
    case "release": return "The script gives the whole region back: its addresses are free, and its " +
      "memory is gone.";
    case "lock": return "The system may not take the frames of these pages away: they stay resident.";
    case "unlock": return "The system may take the frames of these pages away again when it needs them.";
    case "prefetch": return "The script says that it will need these pages soon. The system may load " +
      "them before they are touched.";
    case "discard": return "The script does not need what these pages hold. Their frames may go; the " +
      "pages stay committed.";
    case "rearm": return "The list of written pages starts anew: the next write to a page is noticed again.";
    case "snapshot": return "The state of the region is kept, so that the script can go back to it.";
    case "restore": return "The region is put back to what it was at its snapshot.";
    case "read": return "The script reads bytes. The page allows it, so nothing stands in the way.";
    case "write": return "The script writes bytes. A page that is touched by a write is resident: it " +
      "has a frame.";
    case "fault": return lessonOfFault(i);
    case "mend": return "A handler has mended the page, and the access that had stopped is tried again: " +
      "now it works.";
    case "answer": return "No memory was touched: a function of the script has answered the access, as " +
      "a device does.";
    case "trap": return event.byte(i) === 0 ? `The trap is gone: an access to ${these} goes to memory again.`
      : `Accesses to ${these} are answered by a function of the script from now on: a trap.`;
    case "refused": return `The system said no (${plain.replaceAll("_", " ")}). Nothing has changed.`;
    case "note": return "The script tells where it is: a chapter of the recording begins.";
    default: return `This is a ${what(i)}.`;
  }
}
]==]
