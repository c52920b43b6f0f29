// Nothing has happened.
drive(() => {
  check("no problem is reported", byId("problem").hidden);
  check("it says so", byId("sentence").textContent === "Nothing has been recorded.");
  for (const id of ["first", "back", "on", "last", "by-time", "chart", "quiz", "on", "quiz", "follow", "one-next"]) byId(id).click();
  for (const key of ["ArrowLeft", "ArrowRight", "f"]) press(key);
  check("there is nowhere to go", now === 0);
});
