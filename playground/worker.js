// worker.js: runs one script in a machine of its own; the page ends the worker to stop it. It follows Emscripten's code,
// which gives machine().
"use strict";

onmessage = ({ data }) => {
  const input = new TextEncoder().encode(data.input);
  let at = 0, code = null, printed = 0, waiting = [], line = [];
  const steps = [], text = new TextDecoder();

  const send = () => {
    if (waiting.length > 0) postMessage({ output: new Uint8Array(waiting) });
    waiting = [];
  };
  const print = (byte) => {
    if (byte === null) return;
    printed++;
    waiting.push(byte & 255);
    if (byte === 10 || waiting.length >= 4096) send();
  };
  // Each step: the line, what its variables hold, and how many bytes have been printed before it.
  const step = (byte) => {
    if (byte !== 10) return void line.push(byte & 255);
    const [number, ...variables] = text.decode(new Uint8Array(line)).split("\t");
    steps.push({ line: Number(number), variables, printed });
    line = [];
  };

  const prepare = (m) => {
    m.ENV.VMEM_MACHINE = data.machine;
    for (const [path, contents] of Object.entries(data.files)) {
      m.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")) || "/");
      m.FS.writeFile(path, contents);
    }
    m.FS.createDevice("/dev", "steps", null, step);
  };

  machine({
    noInitialRun: true,
    preRun: [prepare],
    stdin: () => (at < input.length ? input[at++] : null),
    stdout: print,
    stderr: print,
    onExit: (status) => { code = status; },
    instantiateWasm: (imports, done) => {
      WebAssembly.instantiate(data.module, imports).then((instance) => done(instance, data.module), (problem) =>
        postMessage({ problem: "WebAssembly cannot start: " + problem.message }));
      return {};
    },
  }).then((m) => {
    postMessage({ started: true });
    try {
      const status = m.callMain(["run.lua", data.script, data.records ? "yes" : "no", data.steps ? "yes" : "no"]);
      if (code === null) code = status;
    } catch (problem) {
      postMessage({ problem: "The machine has stopped: " + problem.message });
    }
    send();
    const found = m.FS.analyzePath("/recording.html").exists;
    postMessage({ code, steps, recording: found ? m.FS.readFile("/recording.html", { encoding: "utf8" }) : null });
  }, (problem) => postMessage({ problem: "The machine cannot start: " + problem.message }));
};
