// @ts-check
// The page's Python without a browser: boots as static/worker.js does, from the packed folder.
//
//   node boot.mjs FOLDER
//
// prints {"ready": milliseconds}, then one line of JSON for each line of JSON on stdin:
//   {"id", "controls"}  ->  awsbook.explore.wire.answer
//   {"describe": id}    ->  awsbook.explore.wire.describe
//   {"all": true}       ->  awsbook.explore.wire.answer_all
//   {"missed": true}    ->  how many texts of dataclasses had to be compiled so far, for awsbook.ahead had them not

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { place } from "./static/archive.js";

// Node's own report of an error quotes the line it happened in, and Pyodide's line is a megabyte long
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

const folder = process.argv[2];
const began = performance.now();
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const packed = (name) => gunzipSync(readFileSync(join(folder, `${name}.gzip`)));
const aside = mkdtempSync(join(tmpdir(), "awsbook-"));
const stdlib = join(aside, "python_stdlib.zip");
writeFileSync(stdlib, packed("python_stdlib"));
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({
  indexURL: folder,
  lockFileContents: manifest.lock,
  stdLibURL: stdlib,
});
rmSync(aside, { recursive: true });
for (const name of new Set(["core", ...Object.values(manifest.topics).flat()])) {
  place(python.FS, Uint8Array.from(packed(name)).buffer); // a Buffer's memory may be shared with others
}
const missed = python.pyimport("awsbook.ahead").spare();
const { answer, answer_all, describe } = python.pyimport("awsbook.explore.wire");
console.log(JSON.stringify({ ready: performance.now() - began }));

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.all) console.log(answer_all());
  else if (asked.missed) console.log(missed.length);
  else if (asked.describe) console.log(describe(asked.describe));
  else console.log(answer(asked.id, JSON.stringify(asked.controls)));
}
