// @ts-check
// Packs the Python that the pages load. Called by pack.py with one JSON object on stdin:
//   {pyodide: folder of npm's files, library: its python_stdlib.zip with our stand-ins, out: folder,
//    inside: path of inside.py, archives: {name: {path in it: source}}}
// Writes python_stdlib.gzip and the archives into `out` and prints {modules, files} as JSON.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

// Node's own report of an error quotes the line it happened in, and Pyodide's line is a megabyte long
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

const job = JSON.parse(readFileSync(0, "utf8"));
const { loadPyodide } = await import(pathToFileURL(join(job.pyodide, "pyodide.mjs")).href);
const { info } = JSON.parse(readFileSync(join(job.pyodide, "pyodide-lock.json"), "utf8"));
const python = await loadPyodide({
  indexURL: job.pyodide,
  lockFileContents: { info, packages: {} },
  stdLibURL: job.library,
  // compiled code then keeps its line numbers but not its columns: a quarter less to download
  env: { PYTHONNODEBUGRANGES: "1" },
});

const home = python.FS.cwd();
for (const [name, files] of Object.entries(job.archives)) {
  for (const [path, source] of Object.entries(files)) {
    for (const target of [`${home}/archives/${name}/${path}`, `${home}/book/${path}`]) {
      python.FS.mkdirTree(target.slice(0, target.lastIndexOf("/")));
      python.FS.writeFile(target, source);
    }
  }
}
python.FS.writeFile(`${home}/inside.py`, readFileSync(job.inside));
python.runPython("import sys; sys.path.insert(0, 'book')");

const inside = python.pyimport("inside");
const book = inside.read_all("book");
inside.import_all(book);
const stdlib = inside.reached(python.runPython("next(p for p in sys.path if p.endswith('.zip'))"));

/** Packed as a whole, for the browser to unpack: Python would do it in code that is still cold. */
function write(name, bytes) {
  writeFileSync(join(job.out, `${name}.gzip`), gzipSync(bytes.toJs(), { level: 9 }));
}
for (const name of Object.keys(job.archives)) {
  write(name, inside.archived(name, inside.read_all(`archives/${name}`)));
}
write("python_stdlib", inside.zipped(stdlib));
console.log(JSON.stringify({ modules: stdlib.length, files: book.length }));
