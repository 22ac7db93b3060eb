// @ts-check
// Packs the Python that the pages load. Called by pack.py with one JSON object on stdin:
//   {pyodide: folder of npm's files, out: folder, inside: path of inside.py, book: {path in the archive: path here}}
// Writes python_stdlib.zip and book.zip into `out` and prints {modules, files} as JSON.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

// Node's own report of an error quotes the line it happened in, and Pyodide's line is a megabyte long
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

// compile()'s `optimize`. The library, tested by its makers under -OO, is a fifth smaller without docstrings; the
// book's own asserts must mean the same in the browser as everywhere else.
const KEEP_ASSERTS = 0;
const NO_DOCSTRINGS = 2;

const job = JSON.parse(readFileSync(0, "utf8"));
const { loadPyodide } = await import(pathToFileURL(join(job.pyodide, "pyodide.mjs")).href);
const { info } = JSON.parse(readFileSync(join(job.pyodide, "pyodide-lock.json"), "utf8"));
const python = await loadPyodide({
  indexURL: job.pyodide,
  lockFileContents: { info, packages: {} },
  // compiled code then keeps its line numbers but not its columns: a quarter less to download
  env: { PYTHONNODEBUGRANGES: "1" },
});

const home = python.FS.cwd();
for (const [path, here] of Object.entries(job.book)) {
  const target = `${home}/book/${path}`;
  python.FS.mkdirTree(target.slice(0, target.lastIndexOf("/")));
  python.FS.writeFile(target, readFileSync(here));
}
python.FS.writeFile(`${home}/inside.py`, readFileSync(job.inside));
python.runPython("import sys; sys.path.insert(0, 'book')");

const inside = python.pyimport("inside");
const book = inside.read_all("book");
const bookZip = inside.zipped(book, KEEP_ASSERTS).toJs();
// the worker unpacks the archive in the same way, so this pulls in the modules which that takes
python.FS.mkdirTree(`${home}/unpacked`);
python.unpackArchive(bookZip, "zip", { extractDir: "unpacked" });
inside.import_all(book);
const stdlib = inside.reached(python.runPython("next(p for p in sys.path if p.endswith('.zip'))"));

writeFileSync(join(job.out, "book.zip"), bookZip);
writeFileSync(join(job.out, "python_stdlib.zip"), inside.zipped(stdlib, NO_DOCSTRINGS).toJs());
console.log(JSON.stringify({ modules: stdlib.length, files: book.length }));
