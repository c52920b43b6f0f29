// On a screen of 360 pixels.
drive(async () => {
  const frame = document.querySelector("iframe");
  await wait(2000);
  const inside = frame.contentDocument, root = inside.documentElement;
  check("the frame is narrow", root.clientWidth > 300 && root.clientWidth <= 360, root.clientWidth);
  check("no problem is reported", byId("problem", inside).hidden);
  for (const s of [1, 40, 200]) {
    byId("slider", inside).value = s;
    byId("slider", inside).dispatchEvent(new Event("input"));
    check(`nothing sticks out after event ${s}`, root.scrollWidth <= root.clientWidth, root.scrollWidth);
  }
  for (const one of inside.querySelectorAll("#buttons button")) {
    const { height, right } = one.getBoundingClientRect();
    check("each button can be hit with a finger", height >= 32 && right <= root.clientWidth, `${height} ${right}`);
  }
});
