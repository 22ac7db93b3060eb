// @ts-check
// Answers that the build wrote beside the page (site/nearby.py): the start, and one control away from it. They are
// shown until Python is there.

import { isNumber } from "./slider.js";

/** @typedef {{control: string, value: any, view: any, drawn: string}} Answer */

export class Nearby {
  /** @type {Promise<Answer[]> | null} */ #answers = null;
  #id;
  #spec;

  /** @param {string} id @param {{controls: Record<string, any>, start: Record<string, any>}} spec */
  constructor(id, spec) {
    this.#id = id;
    this.#spec = spec;
  }

  /** Fetches them, once. Without them the reader waits for Python, so a failure is told only to the console. */
  load() {
    this.#answers ??= fetch(new URL(`../nearby/${this.#id}.json`, import.meta.url), { cache: "no-cache" })
      .then((response) => {
        if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
        return response.json();
      })
      .catch((error) => {
        console.info(`${this.#id}: no answers from the build (${error.message})`);
        return [];
      });
    return this.#answers;
  }

  /**
   * The answer to this setting, or, if one slider alone differs, to the one nearest to it.
   * @param {Record<string, any>} values
   * @returns {Promise<{view: any, drawn: string, exact: boolean} | null>}
   */
  async find(values) {
    const { controls, start } = this.#spec;
    const answers = await this.load();
    const changed = Object.keys(values).filter((name) => !same(controls[name], values[name], start[name]));
    if (changed.length > 1 || answers.length === 0) return null;
    if (changed.length === 0) return { ...answers[0], exact: true };
    const [name] = changed;
    const control = controls[name];
    const beside = answers.filter((answer) => answer.control === name);
    const exact = beside.find((answer) => same(control, answer.value, values[name]));
    if (exact) return { ...exact, exact: true };
    const wanted = isNumber(String(values[name])) ? Number(values[name]) : NaN;
    if (control?.kind !== "slider" || !(wanted >= control.min && wanted <= control.max)) return null;
    const scale = control.log ? Math.log : Number;
    const far = (/** @type {Answer} */ { value }) => Math.abs(scale(value) - scale(wanted));
    const [nearest] = [...beside, { ...answers[0], value: start[name] }].sort((a, b) => far(a) - far(b));
    return { ...nearest, exact: false };
  }
}

function same(/** @type {any} */ control, /** @type {any} */ one, /** @type {any} */ other) {
  const number = control?.kind === "slider" && isNumber(String(one));
  return number ? Number(one) === Number(other) : String(one) === String(other);
}
