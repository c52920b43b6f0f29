// Nothing has happened.
drive(() => {
  check("no problem is reported", byId("problem").hidden);
  check("it says so", byId("sentence").textContent === "Nothing has been recorded.");
  for (const id of ["first", "back", "on", "last", "by-time", "chart"]) byId(id).click();
  for (const key of ["Home", "End", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]) press(key);
  check("there is nowhere to go", now === 0);
});
