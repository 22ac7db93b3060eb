// @ts-check
// A Play button: moves a slider from where it stands to its end. Under reduced motion nothing moves by itself, and the
// button takes one step at a time.

import { onGrid } from "./slider.js";

const STEPS = 20; // of a whole run, under reduced motion

/** @typedef {{at: () => number, busy: () => boolean, go: (value: number) => void}} Hands */

export class Player {
  #frame = 0;
  /** @type {HTMLButtonElement} */ #button;
  /** @type {any} */ #slider;
  /** @type {Hands} */ #hands;
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {HTMLButtonElement} button @param {any} slider  the control @param {Hands} hands  how to move it */
  constructor(button, slider, hands) {
    this.#button = button;
    this.#slider = slider;
    this.#hands = hands;
    const name = () => (button.textContent = this.#still.matches ? "Step" : "Play");
    name();
    this.#still.addEventListener("change", () => (this.stop(), name()));
    button.addEventListener("click", () => (this.#frame ? this.stop() : this.#start()));
  }

  stop() {
    if (!this.#frame) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#button.textContent = "Play";
  }

  #start() {
    const { min, max, play_s } = this.#slider;
    const now = this.#hands.at();
    const from = now >= max || now < min ? min : now; // in Jupyter a refused value stays
    if (this.#still.matches) return this.#hands.go(onGrid(this.#slider, from + (max - min) / STEPS));
    const began = performance.now();
    this.#button.textContent = "Pause";
    const move = (/** @type {number} */ at) => {
      const value = from + ((max - min) * Math.max(0, at - began)) / (1000 * play_s);
      this.#frame = value < max ? requestAnimationFrame(move) : 0;
      if (!this.#frame) this.#button.textContent = "Play";
      // while an answer is on its way, this frame is left out
      if (!this.#hands.busy() || !this.#frame) this.#hands.go(onGrid(this.#slider, value));
    };
    this.#frame = requestAnimationFrame(move);
  }
}
