--- The HTML of a recording's page; report.lua puts {{title}}, {{style}}, {{data}} and {{script}} in.
---
--- The page's JavaScript is one function, showRecording(text), which shows the recording whose JSON it is
--- given (what report.lua writes as {{data}}), and forgets the one before. A program that embeds it puts it
--- into a frame (srcdoc), and calls frame.contentWindow.showRecording(text) for each further recording.

return [==[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>{{title}} - vmem recording</title>
<style>
{{style}}</style>
</head>
<body>
<header>
  <h1>{{title}}</h1>
  <p id="summary"></p>
  <p id="problem" role="alert" hidden></p>
</header>
<main>
<nav id="chapters-box" aria-labelledby="chapters-title" hidden>
  <h2 id="chapters-title">Chapters</h2>
  <ol id="chapters"></ol>
</nav>
<section id="time" aria-label="Time line">
  <div id="buttons" role="group" aria-label="Step or play">
    <button type="button" id="first" aria-label="Start"><span aria-hidden="true">|&lt;</span></button>
    <button type="button" id="back" aria-label="One event back"><span aria-hidden="true">&lt;</span></button>
    <button type="button" id="play" aria-keyshortcuts="p">Play</button>
    <button type="button" id="on" aria-label="One event on"><span aria-hidden="true">&gt;</span></button>
    <button type="button" id="last" aria-label="End"><span aria-hidden="true">&gt;|</span></button>
    <button type="button" id="fault" aria-keyshortcuts="f">Next fault</button>
    <button type="button" id="quiz" aria-pressed="false">What happens next?</button>
    <label>Speed <select id="speed"></select></label>
  </div>
  <input type="range" id="slider" min="0" value="0" step="1" aria-label="Event">
  <p id="sentence" aria-live="polite" aria-atomic="true"></p>
  <p id="lesson" aria-live="polite" aria-atomic="true"></p>
  <div id="asking" role="group" aria-labelledby="question" hidden>
    <p id="verdict" role="status"></p>
    <p id="question"></p>
    <div id="choices"></div>
  </div>
</section>
<div id="columns">
<div id="left">
<section aria-labelledby="regions-title">
  <h2 id="regions-title">Pages</h2>
  <ul id="legend" aria-label="What the cells say"></ul>
  <div id="regions"></div>
  <p id="more"></p>
</section>
<section id="one" aria-labelledby="one-title">
  <h2 id="one-title">A page</h2>
  <p class="row"><label>Page <input type="number" id="one-page" min="1" step="1"></label>
    <button type="button" id="one-before">Its event before</button>
    <button type="button" id="one-next">Its next event</button>
    <button type="button" id="follow" aria-pressed="true">Follow the event</button></p>
  <ol id="states" aria-label="The states of a page"></ol>
  <p id="one-state"></p>
  <dl id="one-facts"></dl>
  <div id="bytes-box" hidden>
    <h3 id="bytes-title"></h3>
    <div class="wide" role="region" aria-labelledby="bytes-title" tabindex="0"><pre id="bytes"></pre></div>
  </div>
  <details id="machine">
    <summary>What a machine with few frames would evict</summary>
    <p class="row">
      <label>Frames <input type="number" id="frame-count" min="1" max="4096" value="4"></label>
      <label>Policy <select id="policy"><option value="lru">LRU: the page not used for longest</option>
        <option value="fifo">FIFO: the page loaded first</option>
        <option value="optimal">optimal: the page needed last</option></select></label></p>
    <p id="machine-says"></p>
    <ol id="frames" aria-label="Frames, the next to be evicted first"></ol>
  </details>
</section>
</div>
<div id="right">
<section aria-label="Counters">
  <dl id="counters">
    <div><dt class="explain">committed</dt><dd id="committed"></dd></div>
    <div><dt class="explain">resident</dt><dd id="resident"></dd></div>
    <div><dt class="explain">faults (mended)</dt><dd id="faults"></dd></div>
    <div><dt>answered</dt><dd id="answers"></dd></div>
    <div><dt class="explain">live regions</dt><dd id="live"></dd></div>
  </dl>
</section>
<section aria-labelledby="source-title">
  <h2 id="source-title">Script</h2>
  <div class="wide tall" role="region" aria-labelledby="source-title" tabindex="0">
    <pre id="source"></pre>
  </div>
</section>
<section aria-labelledby="chart-title">
  <h2 id="chart-title">Committed and resident</h2>
  <p class="key"><span class="line committed"></span> committed
    <span id="resident-key"><span class="line resident"></span> resident</span>
    <span id="fault-key"><span class="tick"></span> fault</span>
    <button type="button" id="by-time" aria-pressed="false">Spread by time</button></p>
  <canvas id="chart" role="img"></canvas>
</section>
<section aria-labelledby="events-title">
  <h2 id="events-title">Events around this one</h2>
  <ol id="events"></ol>
</section>
</div>
</div>
<section aria-labelledby="runs-title">
  <h2 id="runs-title">Runs of like pages</h2>
  <p><label>Region <select id="region"></select></label></p>
  <div class="wide" role="region" aria-labelledby="runs-caption" tabindex="0">
  <table>
    <caption id="runs-caption"></caption>
    <thead><tr><th scope="col">Pages</th><th scope="col">Address</th><th scope="col">Bytes</th>
      <th scope="col">State</th><th scope="col">Protection</th></tr></thead>
    <tbody id="runs"></tbody>
  </table>
  </div>
  <p id="runs-more"></p>
</section>
</main>
<p id="meaning" role="tooltip" hidden></p>
<script type="application/json" id="data">{{data}}</script>
<script>
"use strict";
const blank = document.querySelector("main").innerHTML; // each recording begins with it
let showing = null; // ends what the recording before listens to

function showRecording(text) {
if (showing) showing.abort();
showing = new AbortController();
const { signal } = showing;
document.querySelector("main").innerHTML = blank;
document.getElementById("problem").hidden = true;
{{script}}
} // showRecording

showRecording(document.getElementById("data").textContent);
</script>
</body>
</html>
]==]
