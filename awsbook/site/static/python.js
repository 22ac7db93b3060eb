// @ts-check
// The page's one Python: starts the worker once, hands it questions, and gives up on it when it hangs.

const CALL_LIMIT_MS = 10_000; // a view answers in milliseconds; this is a model that loops
const BOOT_LIMIT_MS = 180_000; // a slow phone on a slow line still gets there

/** @typedef {(share: number, sketch?: {view: any, drawn: string}) => void} OnShare */
/** @typedef {{loading: (done: number, all: number) => void, ready: () => void, failed: (why: string) => void}} Watcher */

/** @type {Worker | null} */ let worker = null;
/** @type {"idle" | "loading" | "ready" | "error"} */ let state = "idle";
/** @type {Set<Watcher>} */ const watchers = new Set();
/** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void, timer: number, onShare: OnShare}>} */
const open = new Map();
let count = 0;
let bootTimer = 0;
let why = "";

/** Tells `watcher` how the start goes, from now on; returns the function that stops the telling. @param {Watcher} watcher */
export function watch(watcher) {
  watchers.add(watcher);
  if (state === "ready") watcher.ready();
  if (state === "error") watcher.failed(why);
  return () => watchers.delete(watcher);
}

/** Whether Python is there and answers. */
export const answers = () => state === "ready";

/** Whether Python starts, or somebody waits for an answer. */
export const thinks = () => state === "loading" || open.size > 0;

/** The worker that early.js made, with what it said meanwhile, or a new one. @returns {{started: Worker, heard: any[]}} */
function newWorker() {
  const early = /** @type {any} */ (window).awsbookEarly;
  delete (/** @type {any} */ (window).awsbookEarly);
  if (early) {
    early.started.onmessage = early.started.onerror = null;
    return early;
  }
  const name = document.querySelector('meta[name="awsbook-topics"]')?.getAttribute("content") ?? "";
  return { started: new Worker(new URL("worker.js", import.meta.url), { type: "module", name }), heard: [] };
}

/** Starts Python if nobody did. After a failure, starts it again. */
export function start() {
  if (state === "loading" || state === "ready") return;
  state = "loading";
  /** @type {any[]} */ let heard = [];
  try {
    ({ started: worker, heard } = newWorker());
  } catch (error) {
    const opened = location.protocol === "file:";
    fail(opened ? "A page opened as a file cannot start Python; serve the folder instead (python -m http.server)." : `Python could not start: ${error}.`);
    return;
  }
  worker.addEventListener("message", ({ data }) => hear(data));
  worker.addEventListener("error", (event) => fail(`Python could not start: ${event.message ?? "its files did not load"}.`));
  worker.postMessage({ start: true });
  bootTimer = setTimeout(() => fail("Python did not start in three minutes."), BOOT_LIMIT_MS);
  heard.forEach(hear);
}

/**
 * One explorable's answer to one setting. Rejects when Python cannot answer at all.
 * @param {string} name  @param {Record<string, any>} controls  @param {number} width  of the figure's place, px
 * @param {AbortSignal} signal  when the answer is no longer wanted; it is then {stopped: true}, or came in time
 * @param {OnShare} onShare  told how much of a long answer is done, and what is known by then
 * @returns {Promise<{view: any, drawn: string} | {error?: string, control?: string, line?: number, crash?: string, stopped?: boolean}>}
 */
export function ask(name, controls, width, signal, onShare) {
  start();
  return new Promise((resolve, reject) => {
    if (state === "error" || !worker) return reject(new Error(why));
    const id = ++count;
    open.set(id, { resolve, reject, timer: 0, onShare });
    if (state === "ready") limit(id);
    worker.postMessage({ id, name, controls: JSON.stringify(controls), width });
    signal.addEventListener("abort", () => open.has(id) && worker?.postMessage({ stop: id }));
  });
}

/** Lets Python practise answering for an explorable, so that a hand's first moves are as quick as the others. @param {string} name @param {number} width */
export function rehearse(name, width) {
  worker?.postMessage({ rehearse: name, width });
}

/** Lets Python answer what nobody has asked yet, while the page shows the answer before. @param {string} name @param {Record<string, any>} controls @param {number} width */
export function foresee(name, controls, width) {
  worker?.postMessage({ foresee: name, controls: JSON.stringify(controls), width });
}

/** Starts, or starts anew, the time in which something must be heard of a question. @param {number} id */
function limit(id) {
  const call = open.get(id);
  if (call) {
    clearTimeout(call.timer);
    call.timer = setTimeout(
      () => fail("The model took more than ten seconds and was stopped; the figure shows the last result."),
      CALL_LIMIT_MS,
    );
  }
}

function hear(/** @type {any} */ data) {
  if (data.progress) {
    for (const watcher of watchers) watcher.loading(data.progress[0], data.progress[1]);
  } else if (data.ready !== undefined) {
    clearTimeout(bootTimer);
    state = "ready";
    for (const id of open.keys()) limit(id);
    for (const watcher of watchers) watcher.ready();
  } else if (data.fatal) {
    fail(data.fatal);
  } else {
    const call = open.get(data.id);
    if (!call) return;
    if (data.share !== undefined) {
      limit(data.id);
      return call.onShare(data.share, data.sketch);
    }
    clearTimeout(call.timer);
    open.delete(data.id);
    call.resolve(JSON.parse(data.answer));
  }
}

function fail(/** @type {string} */ reason) {
  if (state === "error") return; // the first reason is the true one
  clearTimeout(bootTimer);
  worker?.terminate();
  worker = null;
  state = "error";
  why = reason;
  const calls = [...open.values()];
  open.clear();
  for (const call of calls) {
    clearTimeout(call.timer);
    call.reject(new Error(reason));
  }
  for (const watcher of watchers) watcher.failed(reason);
}
