// Pyodide with its own defaults, one step after the other, to the first answer of the book's model.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const python = await loadPyodide();
python.unpackArchive(await (await fetch("awsbook.zip")).arrayBuffer(), "zip");
postMessage(python.runPython("from awsbook.topics.ebs.views import gp2_burst\ngp2_burst().sentence"));
