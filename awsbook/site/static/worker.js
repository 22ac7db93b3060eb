// @ts-check
// Python in the reader's browser: boots Pyodide once, then answers questions of the pages' explorables.
// The worker's name says which topics it is asked about ("ebs,kinesis"); of the book it loads only these.
//
//   in:  {start: true}             load Python now; a question does it, too, and "#start" at the end of the address
//        {id, name, controls, width}  which explorable, which setting (control values as the page holds them), and how
//                                  wide its figure is, px
//        {stop: id}                 that answer is no longer wanted
//        {foresee: name, controls, width}  what will perhaps be asked next; its answer, if it comes at once, is kept
//        {rehearse: name, width}   practise answering for it until somebody asks something: what runs often gets fast
//   out: {id, answer}              JSON text of awsbook.explore.wire.Run.go: {view, drawn}, {error}, {crash} or {stopped}
//        {id, share, sketch}       a long answer is on its way; sketch: {view, drawn} of what is known so far, if that is
//                                  more than before
//        {progress: [done, all]}   bytes, while loading
//        {ready: milliseconds}
//        {fatal: sentence}         it will never be ready

const base = new URL("../pyodide/", import.meta.url);
const SLICE_S = 0.012; // how long Python works before it looks whether it is still wanted: less than a frame
const REST_MS = 40; // after a sketch, before the rest of a long answer: a hand that goes on wants none of it
const REHEARSALS = 60; // answers after which V8 has compiled most of what they run
const REHEARSE_MS = 500; // and how long they may take together

/** What the page would otherwise wait for in silence: these two guards were both found by testing. */
self.addEventListener("unhandledrejection", (event) => {
  postMessage({ fatal: `Python could not start (${event.reason?.message ?? event.reason}).` });
});

/** With WebAssembly forbidden loadPyodide never settles, so ask first, with the smallest module there is. */
function webAssemblyWorks() {
  try {
    new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    return true;
  } catch {
    return false; // the reason is the same for the reader: it is missing, or switched off
  }
}

/** Counts the bytes of everything fetched from `base`, so that the page can show how much is left. */
const bytes = { done: 0, all: 0, told: 0 };
const plainFetch = self.fetch.bind(self);
/** @type {Map<string, Promise<Response>>} what is on its way before anybody asks for it */ const early = new Map();

async function counted(/** @type {string} */ address) {
  const response = await plainFetch(address);
  const body = response.clone().body;
  if (body) void count(body);
  return response;
}

async function count(/** @type {ReadableStream<Uint8Array>} */ body) {
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes.done += value.byteLength;
    if (bytes.all && performance.now() - bytes.told > 100) {
      bytes.told = performance.now();
      postMessage({ progress: [Math.min(bytes.done, bytes.all), bytes.all] });
    }
  }
}

/**
 * Starts loading now what Pyodide will ask for in a moment.
 * @param {string} name  @param {(response: Response) => Response} [opened]  what Pyodide is to get of it
 */
function begin(name, opened = (response) => response) {
  const address = new URL(name, base).href;
  early.set(address, counted(address).then(opened));
  return address;
}

/** Compiles Pyodide while its bytes come; Pyodide itself would begin only when its scripts, a megabyte, have run. @param {string} name */
function compile(name) {
  const address = new URL(name, base).href;
  const compiled = WebAssembly.compileStreaming(counted(address));
  compiled.catch((error) => postMessage({ fatal: `Python could not start: ${error.message}.` })); // Pyodide would wait
  early.set(address, Promise.resolve(new Response())); // what Pyodide fetches, and hands to this:
  WebAssembly.instantiateStreaming = async (_fetched, imports) => {
    const module = await compiled;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
}

/** The library is packed as a whole, and unpacked by the browser: Python's own code for that is slow at first. @param {Response} response */
function unpacked(response) {
  if (!response.ok || !response.body) return response; // Pyodide says what is wrong
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip")));
}

self.fetch = (resource, init) => {
  const address = String(resource instanceof Request ? resource.url : resource);
  const started = early.get(address);
  early.delete(address);
  return started ?? plainFetch(resource, init);
};

async function boot() {
  if (!webAssemblyWorks()) {
    throw new Error("this browser has WebAssembly switched off or blocked, and Python needs it");
  }
  // one after the other each of these would wait for the one before
  const described = plainFetch(new URL("manifest.json", base));
  compile("pyodide.asm.wasm");
  const scripts = ["pyodide.mjs", "pyodide.asm.mjs", new URL("archive.js", import.meta.url).href];
  const modules = Promise.all(scripts.map((name) => import(new URL(name, base).href)));
  const manifest = await (await described).json();
  const archives = ["core", ...new Set(self.name.split(",").flatMap((topic) => manifest.topics[topic] ?? []))];
  const packed = (/** @type {string} */ name) => `${name}.gzip?v=${manifest.version}`;
  bytes.all = manifest.files["pyodide.asm.wasm"].raw;
  for (const name of ["python_stdlib", ...archives]) bytes.all += manifest.files[`${name}.gzip`].raw;
  const stdlib = begin(packed("python_stdlib"), unpacked);
  const book = archives.map(async (name) => {
    const response = await counted(new URL(packed(name), base).href);
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
    return unpacked(response).arrayBuffer();
  });
  const [{ loadPyodide }, , { place }] = await modules;
  const python = await loadPyodide({
    indexURL: base.href,
    lockFileContents: manifest.lock,
    stdLibURL: stdlib,
  });
  for (const archive of await Promise.all(book)) place(python.FS, archive);
  python.pyimport("awsbook.ahead").spare();
  return python.pyimport("awsbook.explore.wire");
}

/** @type {Promise<any> | null} */ let starting = null;

function started() {
  if (!starting) {
    const began = performance.now();
    starting = boot();
    starting.then(
      () => postMessage({ ready: performance.now() - began }),
      (error) => postMessage({ fatal: `Python could not start: ${error.message}.` }),
    );
  }
  return starting;
}

if (self.location.hash === "#start") started();

/** @type {Set<number>} */ const unwanted = new Set();
/** @type {Map<number, () => void>} those that rest: how to wake them */ const resting = new Map();
let questions = 0;

/** Whether `go` has answered how far it is, and there is more to come. @param {string} answer */
const unfinished = (answer) => answer.startsWith('{"progress"');

/** What else was sent meanwhile is heard first. Not a timeout: one in a timeout in a timeout waits for 4 ms. */
const { port1: here, port2: there } = new MessageChannel();
/** @type {((value?: unknown) => void)[]} */ const turns = [];
here.onmessage = () => turns.shift()?.();
const otherMessages = () =>
  new Promise((turn) => {
    turns.push(turn);
    there.postMessage(null);
  });

/** Waits a little, or until the answer is no longer wanted. @param {number} id */
async function rest(id) {
  await new Promise((wake) => {
    resting.set(id, () => wake(undefined));
    setTimeout(wake, REST_MS);
  });
  resting.delete(id);
}

/** @param {string} name @param {number} width */
async function rehearse(name, width) {
  const { rehearse: once } = await started();
  const before = questions;
  for (let number = 1, spent = 0; number <= REHEARSALS && spent < REHEARSE_MS; number++) {
    await otherMessages();
    if (questions !== before) return; // the reader's hand does it now
    const began = performance.now();
    once(name, number, width);
    spent += performance.now() - began;
  }
}

/** The answer kept for a question that nobody has asked yet. */
let foreseen = { question: "", answer: "" };
const questionOf = (/** @type {any} */ ...parts) => JSON.stringify(parts);

/** @param {string} name @param {string} controls @param {number} width */
async function foresee(name, controls, width) {
  const { Run } = await started();
  const before = questions;
  await otherMessages();
  if (questions !== before) return; // the hand was quicker
  const run = Run(name, controls, width);
  const answer = run.go(0);
  if (!unfinished(answer)) foreseen = { question: questionOf(name, controls, width), answer };
  run.destroy();
}

self.addEventListener("message", async ({ data: { start, id, name, controls, width, stop, rehearse: practised, foresee: next } }) => {
  if (start) return void started();
  if (practised) return void rehearse(practised, width);
  if (next) return void foresee(next, controls, width);
  if (stop !== undefined) {
    unwanted.add(stop);
    return void resting.get(stop)?.();
  }
  questions++;
  if (foreseen.question === questionOf(name, controls, width)) return void postMessage({ id, answer: foreseen.answer });
  const run = (await started()).Run(name, controls, width);
  // a sketch, if there is one, at once
  for (let seconds = 0; ; seconds = SLICE_S) {
    const answer = run.go(seconds);
    if (!unfinished(answer)) {
      postMessage({ id, answer });
      break;
    }
    const { progress: share, ...known } = JSON.parse(answer);
    if (seconds || known.view) postMessage({ id, share, sketch: known.view && known });
    await (seconds || !known.view ? otherMessages() : rest(id));
    if (unwanted.has(id)) {
      postMessage({ id, answer: '{"stopped":true}' });
      break;
    }
  }
  unwanted.delete(id);
  run.destroy();
});
