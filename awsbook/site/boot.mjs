// @ts-check
// The page's Python without a browser: boots as static/worker.js does, from the packed folder.
//
//   node boot.mjs FOLDER
//
// prints {"ready": milliseconds}, then one line of JSON for each line of JSON on stdin:
//   {"id", "controls"}  ->  awsbook.explore.wire.answer
//   {"describe": id}    ->  awsbook.explore.wire.describe
//   {"all": true}       ->  awsbook.explore.wire.answer_all

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

// Node's own report of an error quotes the line it happened in, and Pyodide's line is a megabyte long
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

const folder = process.argv[2];
const began = performance.now();
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const aside = mkdtempSync(join(tmpdir(), "awsbook-"));
const stdlib = join(aside, "python_stdlib.zip");
writeFileSync(stdlib, gunzipSync(readFileSync(join(folder, "python_stdlib.gzip"))));
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({
  indexURL: folder,
  lockFileContents: manifest.lock,
  stdLibURL: stdlib,
});
rmSync(aside, { recursive: true });
for (const name of new Set(["core.zip", ...Object.values(manifest.topics).flat()])) {
  python.unpackArchive(new Uint8Array(readFileSync(join(folder, name))), "zip"); // it refuses a Node Buffer
}
const { answer, answer_all, describe } = python.pyimport("awsbook.explore.wire");
console.log(JSON.stringify({ ready: performance.now() - began }));

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.all) console.log(answer_all());
  else if (asked.describe) console.log(describe(asked.describe));
  else console.log(answer(asked.id, JSON.stringify(asked.controls)));
}
