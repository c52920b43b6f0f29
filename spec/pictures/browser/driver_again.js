// Another recording is shown in the same page. Both have notes and bytes.
const again = window.again || (window.again = { turn: 0 });
again.turn++;
drive(() => {
  if (again.turn === 1) {
    const other = JSON.parse(text);
    other.title = "the second";
    showRecording(JSON.stringify(other));
    return;
  }
  check("the second recording is shown", document.querySelector("h1").textContent === "the second");
  check("no control is there twice", document.querySelectorAll("#region " +
    "option").length === regions.length + 1);
  go(1);
  press("ArrowRight");
  check("a key counts once", now === 2, now);
  const chapters = document.querySelectorAll("#chapters button");
  check("the chapters are there", [...chapters].map((one) => one.textContent).join() === "one page,pages in turns");
  chapters[1].click();
  check("a chapter leads to its note", what(now - 1) === "note" && byId("sentence").textContent.includes("note: pages in turns"),
    byId("sentence").textContent);
  check("the current chapter is marked", chapters[1].getAttribute("aria-current") === "true" &&
    !chapters[0].hasAttribute("aria-current"));
  go(1 + [...Array(count).keys()].find((i) => what(i) === "write"));
  pick(regions[0], 2);
  check("bytes before and after the write, in hex and as text",
    /before 00 00 00 00 00 +\.{5}\n.*after {2}68 65 6c 6c 6f +hello\n/.test(byId("bytes").textContent) &&
    byId("bytes").textContent.startsWith(`offset ${hex(2 * regions[0].page)}`), byId("bytes").textContent);
  pick(regions[0], 1);
  check("a page that was not written has none", byId("bytes-box").hidden);
});
