// @ts-check
// Python in the reader's browser: boots Pyodide once, then answers questions of the pages' explorables.
//
//   in:  {id, name, controls}      which explorable, which setting (control values as the page holds them)
//   out: {id, answer}              JSON text of awsbook.explore.wire.answer: {view} or {error} or {crash}
//        {progress: [done, all]}   bytes, while loading
//        {ready: milliseconds}
//        {fatal: sentence}         it will never be ready

const base = new URL("../pyodide/", import.meta.url);
const began = performance.now();

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
function countBytes(all) {
  let done = 0;
  let told = 0;
  const plain = self.fetch.bind(self);
  self.fetch = async (resource, init) => {
    const response = await plain(resource, init);
    const counted = response.clone().body;
    if (counted) {
      (async () => {
        for (const reader = counted.getReader(); ; ) {
          const { done: end, value } = await reader.read();
          if (end) return;
          done += value.byteLength;
          if (performance.now() - told > 100) {
            told = performance.now();
            postMessage({ progress: [Math.min(done, all), all] });
          }
        }
      })();
    }
    return response;
  };
}

async function boot() {
  if (!webAssemblyWorks()) {
    throw new Error("this browser has WebAssembly switched off or blocked, and Python needs it");
  }
  const manifest = await (await fetch(new URL("manifest.json", base))).json();
  countBytes(manifest.bytes);
  const book = fetch(new URL(`book.zip?v=${manifest.version}`, base));
  const { loadPyodide } = await import(new URL("pyodide.mjs", base).href);
  const python = await loadPyodide({
    indexURL: base.href,
    lockFileContents: manifest.lock,
    stdLibURL: new URL(`python_stdlib.zip?v=${manifest.version}`, base).href,
  });
  const response = await book;
  if (!response.ok) throw new Error(`book.zip: ${response.status} ${response.statusText}`);
  python.unpackArchive(await response.arrayBuffer(), "zip");
  return python.pyimport("awsbook.explore.wire").answer;
}

const answer = boot();
answer.then(
  () => postMessage({ ready: performance.now() - began }),
  (error) => postMessage({ fatal: `Python could not start: ${error.message}.` }),
);

self.addEventListener("message", async ({ data: { id, name, controls } }) => {
  const ask = await answer;
  postMessage({ id, answer: ask(name, controls) });
});
