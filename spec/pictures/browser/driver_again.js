// Another recording is shown in the same page. It has notes and bytes.
const again = window.again || (window.again = { turn: 0 });
again.turn++;
drive(() => {
  if (again.turn === 1) {
    const other = JSON.parse(text);
    other.title = "the second";
    other.notes = [[0, "first chapter"], [2, "second chapter"]];
    const write = [...Array(count).keys()].find((i) => what(i) === "write");
    other.bytes = [[write, 8192, "00000000", "68690a00"]];
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
  check("the chapters are there", chapters.length === 2 && !byId("chapters-box").hidden);
  check("the current chapter is marked", chapters[1].getAttribute("aria-current") === "true");
  chapters[0].click();
  check("a chapter leads to its moment", now === 0);
  go(1 + data.bytes[0][0]);
  pick(regions[0], 2);
  check("bytes before and after the write, in hex and as text",
    byId("bytes").textContent.includes("before 00 00 00 00  ....") &&
      byId("bytes").textContent.includes("after  68 69 0a 00  hi.."),
    byId("bytes").textContent);
});
