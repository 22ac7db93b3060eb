// @ts-check
// Work that takes longer than a frame and can wait until the reader's hand is still and every question is answered:
// Plotly's drawings, one at a time.

import * as python from "./python.js";

const STILL_MS = 200; // a hand that moves nothing for so long rests
const LOOK_MS = 50; // how often Python is asked whether it is done

let moved = -STILL_MS;
/** @type {Map<object, () => unknown>} */ const waiting = new Map();
let looking = false;

/** A control of some explorable has moved. */
export function stir() {
  moved = performance.now();
}

/** Does `act` once nothing on the page moves or waits, in the place of what `owner` had waiting. @param {object} owner @param {() => unknown} act */
export function whenStill(owner, act) {
  waiting.set(owner, act);
  if (!looking) look();
}

/** What `owner` has waiting is no longer wanted. @param {object} owner */
export function forget(owner) {
  waiting.delete(owner);
}

/** When the page has nothing better to do. @param {() => void} act */
export function atRest(act) {
  if ("requestIdleCallback" in window) requestIdleCallback(act);
  else setTimeout(act, STILL_MS); // Safari
}

/** How long to wait before something may be done: 0 if now. */
const left = () => Math.max(0, moved + STILL_MS - performance.now(), python.thinks() ? LOOK_MS : 0);

function look() {
  const [next] = waiting;
  looking = next !== undefined;
  if (!next) return;
  if (left()) return void setTimeout(look, left());
  atRest(async () => {
    const [owner, act] = next;
    try {
      // before the page had time the hand may have moved, or the owner changed its mind
      if (left() || waiting.get(owner) !== act) return;
      waiting.delete(owner);
      await act();
    } finally {
      look();
    }
  });
}
