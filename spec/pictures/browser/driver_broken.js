// The recording has ended at its limit.
drive(() => {
  check("it says that the rest is missing", !byId("problem").hidden &&
    byId("problem").textContent.includes("ended at its limit"), byId("problem").textContent);
  check("what there is can be seen", count === 1 && byId("sentence").textContent.includes("reserve region 1"));
});
