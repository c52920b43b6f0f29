// reader.js: what a page must give to every reader: contrast in light and dark, names and roles for screen readers, an
// order in which Tab goes. The functions of the first part run in the page, and stand alone.
"use strict";
const fs = require("fs");

// {====== In the page ======

/** What is too faint to be seen well, by the rules of WCAG 2.2: 1.4.3 (text) and 1.4.11 (edges of controls). */
const faint = (boxes) => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const parse = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const mix = (under, over, part) => under.map((value, i) => value + (over[i] - value) * part);
  const paint = (under, colour) => mix(under, colour, colour[3]);
  const light = (colour) => colour.slice(0, 3).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [less, more] = [light(a), light(b)].sort((x, y) => x - y);
    return (more + 0.05) / (less + 0.05);
  };

  // The colour, and what is behind it, as they are seen within all ancestors.
  const seen = (element, colour, inner) => {
    const line = [];
    for (let one = element; one; one = one.parentElement) line.unshift(one);
    let under = [255, 255, 255, 1];
    const groups = [];
    for (const one of line) {
      const style = getComputedStyle(one), opacity = Number(style.opacity);
      if (opacity < 1) groups.unshift([under, opacity]);
      if (one !== element || inner) under = paint(under, parse(style.backgroundColor));
    }
    let over = paint(under, colour);
    for (const [behind, opacity] of groups) {
      over = mix(behind, over, opacity);
      under = mix(behind, under, opacity);
    }
    return [over, under];
  };

  const found = [], told = new Set();
  let texts = 0;
  const tell = (element, what, value, least) => {
    const text = (element.getAttribute("aria-label") || element.textContent || element.id).trim().slice(0, 30);
    const says = `${what} of ${element.tagName.toLowerCase()}${element.id && "#" + element.id}.${element.className}` +
      `: ${value.toFixed(2)}, not ${least}`;
    if (!told.has(says)) found.push(`${says} ("${text}")`);
    told.add(says);
  };
  const text = (element, part) => {
    const style = getComputedStyle(element, part), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const value = contrast(...seen(element, parse(style.color), true));
    texts++;
    if (value < least - 0.005) tell(element, "text" + (part || ""), value, least);
  };
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getClientRects().length > 0;
  const off = (element) => element.closest(":disabled, script, style, noscript, template") !== null;

  for (const element of document.querySelectorAll("body, body *")) {
    if (off(element) || !visible(element)) continue;
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (own || element.matches("input:not([type=range]), select, textarea")) text(element);
    for (const part of ["::before", "::after"]) {
      if (/^"./.test(getComputedStyle(element, part).content)) text(element, part);
    }
  }
  // A box that is only its words (a link) has no edge; what the browser itself draws is its own.
  for (const element of document.querySelectorAll("button, select, textarea, input:not([type=range])" + boxes)) {
    if (off(element) || !visible(element)) continue;
    const style = getComputedStyle(element), ground = parse(style.backgroundColor), edge = parse(style.borderTopColor);
    const edged = parseFloat(style.borderTopWidth) > 0 && edge[3] > 0;
    if (edged ? false : parseFloat(style.borderTopWidth) > 0 || ground[3] === 0) continue;
    const value = Math.max(contrast(...seen(element, ground, false)), edged ? contrast(...seen(element, edge, false)) : 1);
    if (value < 3 - 0.005) tell(element, "edge", value, 3);
  }
  return { found, texts };
};

/** What has the focus: where it is in the page, and whether a reader sees that. Null for nothing. */
const focused = () => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const all = [...document.querySelectorAll("*")], box = one.getClientRects()[0] || one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const hit = (x, y) => {
    const at = document.elementFromPoint(x, y);
    return at !== null && (one.contains(at) || at.contains(one));
  };
  const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  return {
    place: all.indexOf(one), says: `${one.tagName.toLowerCase()}#${one.id} ${(one.textContent || "").trim().slice(0, 20)}`,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    uncovered: [box.left + 2, (box.left + box.right) / 2].some((x) => hit(x, middle)),
  };
};

/** The places in the page of all that Tab must reach. */
const reachable = () => [...document.querySelectorAll("*")].map((one, place) => ({ one, place }))
  .filter(({ one }) => one.matches("a[href], button, input, select, textarea, summary, [tabindex='0']") &&
    !one.matches(":disabled") && one.checkVisibility({ visibilityProperty: true }))
  .map(({ place }) => place);

// ====== }

/** All checks are told to `check(name, good, found)`. */
module.exports = (browser, check) => {
  const { send, inside } = browser;
  const wait = (milliseconds) => new Promise((yes) => setTimeout(yes, milliseconds));

  const KEYS = { Tab: 9, Enter: 13, Escape: 27, " ": 32, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 };

  /** A key as from a keyboard. Text keys write their text. */
  const press = async (key, shift = false) => {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    const event = { key, windowsVirtualKeyCode: KEYS[key] || key.toUpperCase().charCodeAt(0), modifiers: shift ? 8 : 0,
      code: key === " " ? "Space" : undefined };
    await send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", text, ...event });
    await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  };

  /** Light and dark, narrow and wide; a picture of each is left in the folder, where there is one. */
  const looks = async (name, { tall = 900, boxes = [], pictures, settle } = {}) => {
    let texts = 0;
    for (const scheme of ["light", "dark"]) for (const width of [400, 1280]) {
      const here = `${name}, ${scheme}, ${width} pixels`;
      await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await send("Emulation.setDeviceMetricsOverride", { width, height: tall, deviceScaleFactor: 1, mobile: false });
      await wait(300);
      if (settle) await settle();
      const seen = await inside(faint, boxes.map((one) => ", " + one).join(""));
      texts += seen.texts;
      check(`${here}: nothing is too faint`, seen.found.length === 0, seen.found.join("\n"));
      check(`${here}: nothing is wider than the window`,
        await inside(() => document.documentElement.scrollWidth <= innerWidth));
      if (!pictures) continue;
      const { data } = await send("Page.captureScreenshot");
      fs.writeFileSync(`${pictures}/${name}-${scheme}-${width}.png`, Buffer.from(data, "base64"));
    }
    check(`${name} has texts`, texts > 0);
    await send("Emulation.setDeviceMetricsOverride", { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false });
  };

  const NAMED = new Set(["button", "link", "textbox", "searchbox", "slider", "spinbutton", "combobox", "listbox", "checkbox",
    "radio", "DisclosureTriangle", "image", "img", "Canvas", "Iframe", "region", "navigation", "dialog", "log", "group"]);
  const SILENT = new Set(["generic", "none", "Section", "paragraph", "pre"]);

  /** The nodes that a screen reader is told of: { role, name, live, focusable, level }. */
  const tree = async () => {
    const { nodes } = await send("Accessibility.getFullAXTree");
    return nodes.filter((node) => !node.ignored).map((node) => {
      const property = (name) => ((node.properties || []).find((one) => one.name === name) || { value: {} }).value.value;
      return { role: node.role.value, name: ((node.name || {}).value || "").trim(), live: property("live"),
        focusable: property("focusable"), level: property("level") };
    });
  };

  const hears = async (name) => {
    const nodes = await tree();
    for (const { role, name: called, focusable } of nodes) {
      if (NAMED.has(role) && role !== "group") check(`${name}: each ${role} has a name`, called !== "");
      if (focusable && role !== "RootWebArea") {
        check(`${name}: what takes the focus has a role and a name`, !SILENT.has(role) && called !== "", `${role} "${called}"`);
      }
    }
    check(`${name} has one main part`, nodes.filter(({ role }) => role === "main").length === 1);
    const levels = nodes.filter(({ role }) => role === "heading").map(({ level }) => level);
    check(`${name} begins with its title`, levels[0] === 1 && levels.filter((level) => level === 1).length === 1, levels.join());
    check(`${name}: no level of headings is left out`, levels.every((level, i) => i === 0 || level <= levels[i - 1] + 1),
      levels.join());
    return nodes;
  };

  const leaveOutFrames = (out) => inside((inert) => document.querySelectorAll("iframe")
    .forEach((one) => { one.inert = inert; }), out);

  /** Tab and Shift+Tab through all of the page, up to so many stops, but not through frames: the keys would go to a frame's
   *  own process, or not, and the page does not know. What is in a frame is read on its own. */
  const tabs = async (name, most = 400) => {
    await leaveOutFrames(true);
    const wanted = await inside(reachable);
    let last = Infinity; // where Tab has come to
    for (const back of [false, true]) {
      const stops = [], way = back ? "Shift and Tab" : "Tab";
      for (; stops.length < most; ) {
        await press("Tab", back);
        const stop = await inside(focused);
        if (stop === null || (stops.length > 0 && stop.place === stops[0].place)) break;
        stops.push(stop);
      }
      const places = stops.map(({ place }) => place);
      check(`${name}: ${way} goes in the order of the page`, places.every((place, i) => i === 0 ||
        (back ? place < places[i - 1] : place > places[i - 1])), stops.map(({ says }) => says).join(" > "));
      if (stops.length === most) last = places[most - 1];
      const missed = wanted.filter((place) => place < last && !places.includes(place));
      check(`${name}: ${way} reaches everything`, missed.length === 0, missed.join());
      const bare = stops.filter(({ ring }) => !ring), under = stops.filter(({ uncovered }) => !uncovered);
      check(`${name}: ${way} shows where it is`, stops.length > 0 && bare.length === 0, bare.map(({ says }) => says).join("\n"));
      check(`${name}: ${way} leads under nothing`, under.length === 0, under.map(({ says }) => says).join("\n"));
    }
    await leaveOutFrames(false);
  };

  return { looks, hears, tabs, tree, press, wait };
};
