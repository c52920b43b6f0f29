--- JavaScript of a recording's page: draws the cells of pages and the curves.

return [==[
// What a page can look like. A letter says it as well as the colour.
const LOOKS = [
  { key: "reserved", says: "reserved", letter: "" },
  { key: "committed", says: knowsWrites ? "committed, not written since" : "committed", letter: "" },
  { key: "written", says: "written", letter: "\u2022" },
  { key: "readonly", says: "read only", letter: "r" },
  { key: "executable", says: "executable", letter: "x" },
  { key: "none", says: "committed, no access", letter: "\u00d7" },
  { key: "guard", says: "guard", letter: "!" },
  { key: "trap", says: "trap: a device", letter: "t" },
  { key: "trapped", says: "committed, writes trapped", letter: "m" },
  { key: "section", says: "pages of a section", letter: "s" },
  { key: "copy", says: "copies of a section", letter: "c" },
];
const RESERVED = 0;

function lookOf(byte) {
  if (!(byte & COMMITTED)) return byte & TRAPS ? 7 : RESERVED;
  if (byte & TRAPS) return 8;
  if (byte & GUARD) return 6;
  if (!(byte & READ)) return 5;
  if (byte & ATTACHED) return byte >> ATTACHED_BIT === 1 ? 9 : 10;
  if (byte & EXECUTE) return 4;
  if (!(byte & WRITE)) return 3;
  return byte & WRITTEN ? 2 : 1;
}

let colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ground", "text", "ink", "soft", "line", "panel", "fault", "accent", "resident",
    ...LOOKS.map((look) => look.key)]) {
    colours[name] = style.getPropertyValue("--" + name).trim();
  }
}

// How wide cells and curves may be. Asked for only when it may have changed: an answer costs a layout.
// A frame far below the window has no size until it comes into view; it hears of one by a resize.
const LEAST_WIDE = 64;
const width = { cells: LEAST_WIDE, curves: LEAST_WIDE };
function readWidths() {
  width.cells = Math.max(LEAST_WIDE, document.getElementById("regions").clientWidth);
  width.curves = Math.max(LEAST_WIDE, document.getElementById("chart").parentElement.clientWidth);
}

// Sets a canvas to a size in CSS pixels; gives what draws on it.
function prepare(canvas, wide, tall) {
  const scale = window.devicePixelRatio || 1;
  const w = Math.round(wide * scale), h = Math.round(tall * scale);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.height = tall + "px";
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, wide, tall);
  return pen;
}

// {====== Cells ======

const GAP = 2, TALLEST = 300;

// How `pages` are laid out in cells: as large as fit, and folded when even small ones do not.
function layOut(pages, wide, tallest = TALLEST) {
  for (const side of [30, 22, 16, 12]) {
    const across = Math.max(1, Math.floor((wide + GAP) / side));
    if (Math.ceil(pages / across) * side <= tallest) return { side, across, each: 1, cells: pages };
  }
  const side = 12, across = Math.max(1, Math.floor((wide + GAP) / side));
  const room = across * Math.floor(tallest / side);
  let each = 1;
  while (Math.ceil(pages / each) > room) each *= 2;
  return { side, across, each, cells: Math.ceil(pages / each) };
}

// Cells are collected by their colour first, and then drawn a colour at a time.
class Cells {
  constructor(side) {
    this.side = side;
    this.outline = new Path2D();
    this.fill = LOOKS.map(() => new Path2D());
    this.letters = [];
  }

  // One page's cell.
  add(look, x, y) {
    if (look === RESERVED) {
      this.outline.rect(x + 0.5, y + 0.5, this.side - 1, this.side - 1);
      return;
    }
    this.fill[look].rect(x, y, this.side, this.side);
    if (LOOKS[look].letter) this.letters.push([look, x, y]);
  }

  // A cell of several pages: as tall in each colour as its share, but never too thin to be seen.
  addFolded(looks, pages, x, y) {
    let from = 0;
    this.add(RESERVED, x, y);
    for (let look = 1; look < LOOKS.length; look++) {
      if (looks[look] === 0) continue;
      const tall = Math.min(Math.max(looks[look] / pages, 2 / this.side), 1 - from);
      from += tall;
      if (tall > 0) this.fill[look].rect(x, y + this.side * (1 - from), this.side, this.side * tall);
    }
  }

  draw(pen) {
    pen.strokeStyle = colours.reserved;
    pen.lineWidth = 1;
    pen.stroke(this.outline);
    this.fill.forEach((path, look) => {
      pen.fillStyle = colours[LOOKS[look].key];
      pen.fill(path);
    });
    if (this.side < 12) return;
    pen.font = `600 ${Math.round(this.side * 0.62)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const [look, x, y] of this.letters) {
      pen.fillStyle = look === 2 ? colours.ground : colours.ink;
      pen.fillText(LOOKS[look].letter, x + this.side / 2, y + this.side / 2 + 1);
    }
  }
}

// Draws pages [first, end) of a region's tree. `mark` is [first, end, colour] of pages to put a frame around.
// Gives the layout and how many pages have each look.
function drawPages(canvas, root, pages, first, end, mark, tallest) {
  const plan = layOut(end - first, width.cells, tallest);
  const side = plan.side - GAP, cells = new Cells(side);
  const pen = prepare(canvas, width.cells, Math.ceil(plan.cells / plan.across) * plan.side);
  const at = (cell) => [(cell % plan.across) * plan.side, Math.floor(cell / plan.across) * plan.side];
  for (let cell = 0; cell < plan.cells; cell++) {
    const from = first + cell * plan.each, to = Math.min(end, from + plan.each), [x, y] = at(cell);
    const looks = sumOf(root, pages, from, to).looks, whole = looks.indexOf(to - from);
    if (whole >= 0) cells.add(whole, x, y);
    else cells.addFolded(looks, to - from, x, y);
  }
  cells.draw(pen);
  if (mark) {
    const from = Math.max(0, Math.floor((mark[0] - first) / plan.each));
    const to = Math.min(plan.cells, Math.ceil((mark[1] - first) / plan.each));
    pen.strokeStyle = mark[2];
    pen.lineWidth = GAP + 1;
    for (let cell = from; cell < to; cell++) {
      const [x, y] = at(cell);
      pen.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    }
  }
  return { plan, looks: sumOf(root, pages, first, end).looks };
}

function looksInWords(looks) {
  const parts = [];
  LOOKS.forEach((look, i) => { if (looks[i] > 0) parts.push(`${digits(looks[i])} ${look.says}`); });
  return parts.join("; ");
}

// ====== }

// {====== Curves ======

const CHART_TALL = 150, TEXT_TALL = 18;

// For each column of pixels the last moment in it.
function columnsOf(byTime) {
  const wide = width.curves, moments = new Float64Array(wide);
  const end = times[count] || 1;
  for (let x = 0, s = 0; x < wide; x++) {
    if (byTime) {
      while (s < count && times[s + 1] <= end * (x + 1) / wide) s++;
      moments[x] = s;
    } else {
      moments[x] = wide > 1 ? Math.round(count * x / (wide - 1)) : count;
    }
  }
  return moments;
}

function placeInChart(s, byTime) {
  const part = byTime ? times[s] / (times[count] || 1) : s / (count || 1);
  return part * (width.curves - 1);
}

const greatestOf = (list) => list.reduce((a, b) => Math.max(a, b), 0);
const greatest = Math.max(greatestOf(committedAt), knowsResident ? greatestOf(residentAt) : 0, 1);

function drawCurve(pen, moments, value, colour, dashes, filled) {
  const tall = CHART_TALL - TEXT_TALL * 2, ground = CHART_TALL - TEXT_TALL;
  const y = (s) => ground - value[s] / greatest * tall;
  pen.beginPath();
  pen.moveTo(0, y(moments[0]));
  moments.forEach((s, x) => {
    pen.lineTo(x, y(moments[Math.max(0, x - 1)]));
    pen.lineTo(x, y(s));
  });
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.setLineDash(dashes);
  pen.stroke();
  pen.setLineDash([]);
  if (!filled) return;
  pen.lineTo(moments.length, ground);
  pen.lineTo(0, ground);
  pen.globalAlpha = 0.18;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
}

// All but the moment.
function drawCurves(pen, byTime) {
  const moments = columnsOf(byTime), wide = width.curves, ground = CHART_TALL - TEXT_TALL;
  pen.strokeStyle = colours.line;
  pen.lineWidth = 1;
  for (const y of [TEXT_TALL + 0.5, (TEXT_TALL + ground) / 2, ground + 0.5]) {
    pen.beginPath();
    pen.moveTo(0, y);
    pen.lineTo(wide, y);
    pen.stroke();
  }
  pen.fillStyle = colours.fault;
  moments.forEach((moment, x) => {
    if (x > 0 && faultsAt[moment] > faultsAt[moments[x - 1]]) pen.fillRect(x - 1, ground - 8, 2, 8);
  });
  drawCurve(pen, moments, committedAt, colours.written, [], true);
  if (knowsResident) drawCurve(pen, moments, residentAt, colours.resident, [5, 3], false);
  pen.fillStyle = colours.soft;
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.fillText(bytesInWords(greatest), 0, TEXT_TALL / 2);
  pen.fillText("0", 0, CHART_TALL - TEXT_TALL / 2);
  pen.textAlign = "right";
  const end = byTime ? timeInWords(times[count]) : plural(count, "event");
  pen.fillText(end, wide, CHART_TALL - TEXT_TALL / 2);
}

const curves = { canvas: document.createElement("canvas"), drawn: "" };

function drawChart(canvas, s, byTime) {
  const wide = width.curves;
  const wanted = [wide, window.devicePixelRatio, byTime, colours.ground].join();
  if (curves.drawn !== wanted) drawCurves(prepare(curves.canvas, wide, CHART_TALL), byTime);
  curves.drawn = wanted;
  const pen = prepare(canvas, wide, CHART_TALL), x = placeInChart(s, byTime);
  pen.drawImage(curves.canvas, 0, 0, wide, CHART_TALL);
  pen.fillStyle = colours.text;
  pen.fillRect(Math.min(Math.max(x - 1, 0), wide - 2), TEXT_TALL - 4, 2, CHART_TALL - TEXT_TALL * 2 + 8);
}

// The moment at a place in the chart.
function momentAt(x, byTime) {
  const part = Math.min(1, Math.max(0, x / Math.max(1, width.curves - 1)));
  if (!byTime) return Math.round(part * count);
  return countUpTo(times, part * times[count]) - 1;
}

// ====== }
]==]
