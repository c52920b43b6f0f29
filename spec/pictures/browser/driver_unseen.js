// The page in a frame that has no size at first, as one far below the window has, and gets one later.

drive(async () => {
  const frame = document.querySelector("iframe");
  for (let i = 0; i < 100 && !byId("summary", frame.contentDocument)?.textContent; i++) await wait(50);
  const page = frame.contentDocument;
  check("it was opened without a size", frame.clientWidth === 0, frame.clientWidth);
  check("no problem is reported", byId("problem", page).hidden, byId("problem", page).textContent);
  frame.width = 900;
  frame.height = 900;
  await wait(500);
  check("the chart is drawn once it is seen", byId("chart", page).width > 200, byId("chart", page).width);
  check("so are the pages", page.querySelector("#regions canvas").width > 200, page.querySelector("#regions canvas").width);
  check("and no problem is reported then", byId("problem", page).hidden, byId("problem", page).textContent);
});
