// The array of D6: the page tells what the dialogue said.
drive(() => {
  check("no problem is reported", byId("problem").hidden);
  check("the title is the example's", document.title.startsWith("Cells that are committed on the fault"));
  const said = expected[0], commits = (said.match(/CELL Commit/g) || []).length;
  const found = { commit: 0, fault: 0, mend: 0, write: 0, reserve: 0, release: 0 };
  for (let i = 0; i < count; i++) found[what(i)] += event.count(i); // writes into one page may be one event
  check("as many commits as the dialogue says", found.commit === commits, found.commit);
  check("each commit answers a fault, and mends it", found.fault === commits && found.mend === commits);
  check("each word is one write", found.write === (said.match(/data >> /g) || []).length);
  check("the array comes and goes", found.reserve === 1 && found.release === 1 && what(count - 1) === "release");
  check("the example counts as the page does", said.includes(`${count} events, ${found.fault} of them faults`));
  byId("last").click();
  byId("back").click();
  const region = regions[0];
  let committed = 0, written = 0;
  runs(tableAt(region, now), region.pages, 0, region.pages, (first, pages, byte) => {
    if (byte & COMMITTED) committed += pages;
    if (byte & WRITTEN) written += pages;
  });
  check("what the tree has committed is what the region counted",
    committed * region.page === event.committed(now - 1), committed);
  check("cells have been written, in committed pages only", written > 0 && written <= committed, written);
  go(1 + [...Array(count).keys()].find((i) => what(i) === "commit"));
  check("before the release, what was written is resident", !knowsResident ||
    residentAt[count - 1] === written * region.page, residentAt[count - 1]);
  check("the commit is the handler's line", document.querySelector("#source .here").textContent.includes("cells:commit"));
});
