// page.js: the playground's page: the editor, the buttons, and what a run has left.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const examples = JSON.parse($("list").textContent), files = JSON.parse($("modules").textContent);
  const LINE = 20; // pixels, as in the style
  const MOST_OUTPUT = 1 << 20; // bytes that are shown

  // {====== The machine ======

  const bytes = Uint8Array.from(atob($("machine").textContent), (c) => c.charCodeAt(0));
  const compiled = WebAssembly.compile(bytes);
  const worker_url = URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));

  const machine = () =>
    ["page", "frames", "swap", "refuse"].map((name) => name + "=" + (Number($(name).value) || 0)).join(" ");

  // ====== }

  // {====== The editor ======

  let now = 0; // the line that is marked

  const number_lines = () => {
    const count = $("script").value.split("\n").length, parts = [];
    for (let i = 1; i <= count; i++) {
      const mark = document.createElement("span");
      mark.textContent = i + (i === now ? "" : "\n");
      if (i === now) mark.className = "now";
      parts.push(mark);
    }
    $("numbers").replaceChildren(...parts);
    follow();
  };

  // The numbers and the bar behind the marked line go where the text is.
  const follow = () => {
    const at = $("numbers").scrollTop = $("script").scrollTop;
    $("bar").hidden = now === 0;
    $("bar").style.top = 8 + (now - 1) * LINE - at + "px";
  };

  const mark_line = (line) => {
    now = line;
    const editor = $("script"), top = (line - 1) * LINE;
    if (line > 0 && (top < editor.scrollTop || top > editor.scrollTop + editor.clientHeight - 3 * LINE))
      editor.scrollTop = top - editor.clientHeight / 3;
    number_lines();
  };

  let name = "script.lua";

  const choose = (example) => {
    name = example.name;
    $("script").value = example.text;
    $("script").scrollTop = 0;
    $("input").value = example.input;
    forget();
  };

  // ====== }

  // {====== A run ======

  let running = null, output, length, steps = [];

  const say = (text) => { $("state").textContent = text; };

  const show_output = (until) => {
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of output) { all.set(piece, at); at += piece.length; }
    $("output").textContent = new TextDecoder().decode(all.subarray(0, until ?? length));
  };

  const show_step = (number) => {
    const step = steps[number - 1];
    $("slider").value = number;
    $("back").disabled = number === 1;
    $("on").disabled = number === steps.length;
    $("where").textContent = `Step ${number} of ${steps.length}: line ${step.line} is next.`;
    $("variables").textContent = step.variables.join("\n") || "no local variables yet";
    show_output(step.printed);
    mark_line(step.line);
  };

  function forget() {
    end();
    output = [];
    length = 0;
    steps = [];
    $("output").textContent = "";
    $("steps").hidden = true;
    $("recording").hidden = true;
    $("recording").srcdoc = "";
    $("none").hidden = false;
    say("");
    mark_line(0);
  }

  function end() {
    if (running) running.terminate();
    running = null;
    $("run").disabled = $("step").disabled = false;
    $("stop").disabled = true;
  }

  const finish = (data) => {
    end();
    steps = data.steps;
    say(data.code === 0 ? "Done." : `Ended with the exit code ${data.code}.`);
    $("none").hidden = data.recording !== null;
    $("none").textContent = "This script did nothing to pages that a recording shows.";
    $("recording").hidden = data.recording === null;
    if (data.recording !== null) $("recording").srcdoc = data.recording;
    if (steps.length === 0) return;
    $("steps").hidden = false;
    $("slider").max = steps.length;
    show_step(1);
  };

  const hear = ({ data }) => {
    if (data.problem) {
      end();
      say(data.problem);
    } else if (data.output) {
      output.push(data.output);
      length += data.output.length;
      $("output").append(new TextDecoder().decode(data.output));
      if (length > MOST_OUTPUT) {
        end();
        say("Stopped: it has printed more than a mebibyte.");
      }
    } else if (data.started) {
      say("Running…");
    } else {
      show_output();
      finish(data);
    }
  };

  const run = async (by_steps) => {
    forget();
    say("Starting…");
    $("run").disabled = $("step").disabled = true;
    $("stop").disabled = false;
    const started = running = new Worker(worker_url);
    started.onmessage = (event) => { if (running === started) hear(event); };
    started.onerror = (event) => { end(); say("The machine has stopped: " + event.message); };
    let module;
    try { module = await compiled; } catch (problem) { end(); return say("WebAssembly cannot start: " + problem.message); }
    if (running !== started) return;
    started.postMessage({ module, files: { ...files, ["/" + name]: $("script").value }, script: name,
      input: $("input").value, machine: machine(), records: true, steps: by_steps });
  };

  // ====== }

  for (const [i, example] of examples.entries()) $("examples").add(new Option(example.title, i));
  $("examples").onchange = () => choose(examples[$("examples").value]);
  $("script").oninput = () => mark_line(0);
  $("script").onscroll = follow;
  $("script").onkeydown = (event) => {
    if (event.key === "Enter" && event.ctrlKey && !running) run(false);
  };
  $("run").onclick = () => run(false);
  $("step").onclick = () => run(true);
  $("stop").onclick = () => { end(); say("Stopped."); };
  $("back").onclick = () => show_step(Math.max(1, $("slider").value - 1));
  $("on").onclick = () => show_step(Math.min(steps.length, Number($("slider").value) + 1));
  $("slider").oninput = () => show_step(Number($("slider").value));
  choose(examples[0]);
})();
