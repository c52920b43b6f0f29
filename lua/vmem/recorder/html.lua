--- The HTML of a recording's page; report.lua puts {{title}}, {{style}}, {{data}} and {{script}} in.

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
<section id="time" aria-label="Time line">
  <div id="buttons" role="group" aria-label="Step or play">
    <button type="button" id="first" aria-label="Start"><span aria-hidden="true">|&lt;</span></button>
    <button type="button" id="back" aria-label="One event back"><span aria-hidden="true">&lt;</span></button>
    <button type="button" id="play">Play</button>
    <button type="button" id="on" aria-label="One event on"><span aria-hidden="true">&gt;</span></button>
    <button type="button" id="last" aria-label="End"><span aria-hidden="true">&gt;|</span></button>
    <button type="button" id="fault">Next fault</button>
    <label>Speed <select id="speed"></select></label>
  </div>
  <input type="range" id="slider" min="0" value="0" step="1" aria-label="Event">
  <p id="sentence" aria-live="polite" aria-atomic="true"></p>
</section>
<div id="columns">
<div id="left">
<section aria-labelledby="regions-title">
  <h2 id="regions-title">Pages</h2>
  <ul id="legend" aria-label="What the cells say"></ul>
  <div id="regions"></div>
  <p id="more"></p>
</section>
</div>
<div id="right">
<section aria-label="Counters">
  <dl id="counters">
    <div><dt>committed</dt><dd id="committed"></dd></div>
    <div><dt>resident</dt><dd id="resident"></dd></div>
    <div><dt>faults (mended)</dt><dd id="faults"></dd></div>
    <div><dt>answered</dt><dd id="answers"></dd></div>
    <div><dt>live regions</dt><dd id="live"></dd></div>
  </dl>
</section>
<section aria-labelledby="source-title">
  <h2 id="source-title">Script</h2>
  <div class="wide" role="region" aria-labelledby="source-title" tabindex="0"><pre id="source"></pre></div>
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
<script type="application/json" id="data">{{data}}</script>
<script>
{{script}}</script>
</body>
</html>
]==]
