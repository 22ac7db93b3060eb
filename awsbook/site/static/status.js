// @ts-check
// The line below an explorable's figure: what it waits for, why it does not show what was asked, and a way on.

export class Status {
  #line;

  /** @param {HTMLElement} line */
  constructor(line) {
    this.#line = line;
  }

  /** @param {string} text */
  say(text) {
    if (this.#line.textContent !== text) this.#line.textContent = text;
  }

  /** @param {string} text @param {string} label  of a button @param {() => void} act */
  offer(text, label, act) {
    this.#line.replaceChildren(`${text} `, button(label, act));
  }

  /** Python is on its way. @param {number} done  bytes @param {number} all @param {string} more */
  loading(done, all, more) {
    const bar = this.#bar("ab-loading", "Loading Python", () => document.createElement("span"));
    bar.max = all;
    bar.value = done;
    /** @type {Element} */ (bar.nextElementSibling).textContent =
      `Starting Python in your browser: ${(done / 1e6).toFixed(1)} of ${(all / 1e6).toFixed(1)} MB. ${more}`;
  }

  /** A long answer is on its way. @param {number} share @param {() => void} stop */
  computing(share, stop) {
    this.#bar("ab-share", "Computing", () => button("Stop", stop)).value = share;
  }

  /** The bar that stands there already, or a new one. @param {string} name @param {string} label @param {() => Element} beside */
  #bar(name, label, beside) {
    const there = this.#line.querySelector(`progress.${name}`);
    if (there) return /** @type {HTMLProgressElement} */ (there);
    const bar = document.createElement("progress");
    bar.className = name;
    bar.setAttribute("aria-label", label);
    this.#line.replaceChildren(bar, " ", beside());
    return bar;
  }
}

/** @param {string} label @param {() => void} act */
function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
