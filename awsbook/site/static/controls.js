// @ts-check
// An explorable's controls: what they say, and what a hand does to them.

import * as editor from "./editor.js";
import { part } from "./part.js";
import { ends, handle, isNumber, onGrid, spoken, tidy, valueAt, valueToward } from "./slider.js";
import * as steps from "./steps.js";

export class Controls {
  #form;
  /** @type {Record<string, any>} */ #described;
  /** @type {{name: string, at: number, by: number, even: boolean} | null} */
  #hand = null; // the handle that moved last: where it is, how far it moved, and whether it did so twice
  #dragged = false; // whether a pointer holds something, and not a key

  /** @param {HTMLElement} form @param {Record<string, any>} described  by name @param {AbortSignal} signal  when it is over */
  constructor(form, described, signal) {
    this.#form = form;
    this.#described = described;
    for (const kind of ["pointerdown", "pointerup", "keydown"]) {
      form.addEventListener(kind, () => (this.#dragged = kind === "pointerdown"), { signal });
    }
    for (const [name, control] of Object.entries(described)) {
      if (control.kind === "steps") steps.follow(this.#input(name), control);
      if (control.lines) editor.attend(this.#input(name), signal);
    }
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #input(name) {
    return /** @type {HTMLInputElement} */ (part(this.#form, `[data-control="${name}"]`));
  }

  /** A slider's number. @param {string} name @returns {HTMLInputElement} */
  #exact(name) {
    return /** @type {HTMLInputElement} */ (part(this.#form, `[data-exact="${name}"]`));
  }

  // ---- what they say ----

  /** @param {string} name  of a slider @returns {number} */
  value(name) {
    return Number(this.#exact(name).value);
  }

  /** @returns {Record<string, any>} every control's value as the page holds it */
  values() {
    return Object.fromEntries(
      Object.entries(this.#described).map(([name, { kind }]) => {
        if (kind === "toggle") return [name, this.#input(name).checked];
        return [name, (kind === "slider" ? this.#exact(name) : this.#input(name)).value];
      }),
    );
  }

  /** What they will say if the hand, which has moved evenly, goes one step further. @param {Record<string, any>} values @returns {Record<string, any> | null} */
  next(values) {
    if (!this.#hand?.by || !this.#hand.even) return null;
    const { name, at, by } = this.#hand;
    const next = tidy(at + by);
    const [low, high] = ends(this.#described[name]);
    if (next < low || next > high) return null;
    return { ...values, [name]: String(this.#valueFor(name, next, Number(values[name]))) };
  }

  // ---- showing ----

  /** Shows values as far as their controls can show them. @param {Record<string, any>} values */
  show(values) {
    for (const [name, value] of Object.entries(values)) {
      if (!Object.hasOwn(this.#described, name)) continue; // the answer will say so
      const { kind } = this.#described[name];
      // what is no number cannot stand in a number's field; the answer will say what is wrong with it
      if (kind !== "slider" || isNumber(String(value))) this.#show(name, value);
    }
  }

  /** @param {string} name @param {any} value */
  #show(name, value) {
    const control = this.#described[name];
    const input = this.#input(name);
    if (control.kind === "slider") {
      this.#exact(name).value = String(value);
      this.#follow(name, Number(value));
    } else if (control.kind === "toggle") input.checked = String(value) === "true";
    else input.value = String(value);
    if (control.kind === "steps") steps.follow(input, control);
    if (control.lines) editor.number(input);
  }

  /** The handle goes where the number is. @param {string} name @param {number} value */
  #follow(name, value) {
    const [control, input] = [this.#described[name], this.#input(name)];
    input.value = String(handle(control, value));
    input.setAttribute("aria-valuetext", spoken(value, control.unit));
  }

  /** The lines of its texts that decided. @param {Record<string, [number, number]>} lines */
  mark(lines) {
    for (const [name, control] of Object.entries(this.#described)) {
      if (!control.lines) continue;
      const [first, last] = lines[name] ?? [0, -1];
      editor.mark(this.#input(name), first, last);
    }
  }

  /**
   * Marks the line of a text in which the fault is; returns what puts the cursor there.
   * @param {string} [name] @param {number} [line] @returns {(() => void) | null} null: no text, or no line of it
   */
  blame(name, line) {
    if (!name || !line || !this.#described[name]?.lines) return null;
    const input = this.#input(name);
    editor.mark(input, line, line, "bad");
    return () => editor.goTo(input, line);
  }

  // ---- a hand ----

  /** Shows a slider's `value`, to which a hand has moved its handle. @param {string} name @param {number} value @param {number} [at]  where the hand left the handle */
  steer(name, value, at = handle(this.#described[name], value)) {
    const before = this.#hand?.name === name ? this.#hand : null;
    const by = before ? tidy(at - before.at) : 0;
    this.#show(name, value); // to the nearest value, so that the handle may not be where the hand left it
    this.#hand = { name, at: Number(this.#input(name).value), by, even: by === before?.by };
  }

  /** A slider's value when its handle comes to `at` from where `before` is. @param {string} name @param {number} at @param {number} before */
  #valueFor(name, at, before) {
    const slider = this.#described[name];
    return this.#dragged ? valueAt(slider, at) : valueToward(slider, at, before);
  }

  /** A field was changed: a slider's handle and its number follow each other. @param {HTMLInputElement} field @returns {boolean} whether it says something: half of a number does not */
  changed(field) {
    const { control: name, exact } = field.dataset;
    if (exact) {
      if (!isNumber(field.value)) return false;
      this.#follow(exact, Number(field.value));
    } else if (name && this.#described[name].kind === "slider") {
      const at = Number(field.value);
      this.steer(name, this.#valueFor(name, at, this.value(name)), at);
    }
    return true;
  }

  /**
   * A field was left. A slider's number says then what was answered; what was refused stays, and so does the reason.
   * @param {HTMLInputElement} field @param {Record<string, any>} answered @returns {boolean} whether it says something else now
   */
  settled(field, answered) {
    const { exact } = field.dataset;
    if (!exact) return false;
    const slider = this.#described[exact];
    const value = isNumber(field.value) ? Number(field.value) : Number(answered[exact]);
    if (value < slider.min || value > slider.max) return false;
    const said = String(onGrid(slider, value));
    if (said === field.value) return false;
    this.#show(exact, said);
    return true;
  }

  /** A click: perhaps on a button that takes an action, or takes the last one back. @param {Element} target @returns {boolean} whether it was */
  pressed(target) {
    const button = target.closest("[data-do], [data-undo]");
    if (!(button instanceof HTMLElement) || button.getAttribute("aria-disabled") === "true") return false;
    const field = /** @type {HTMLInputElement} */ (button.closest(".ab-control")?.querySelector("[data-control]"));
    steps.act(field, button.dataset.do ?? null);
    steps.follow(field, this.#described[field.dataset.control ?? ""]);
    return true;
  }

  /** Reads a file into a text. It goes no further than this page. @param {string} name @param {File} file @returns {Promise<string>} why not, or "" */
  async open(name, file) {
    const most = this.#described[name].max_chars;
    if (file.size > 4 * most) {
      return `${file.name} has ${spoken(file.size)} bytes; this takes at most ${spoken(most)} characters.`;
    }
    this.#input(name).value = await file.text();
    return "";
  }
}
