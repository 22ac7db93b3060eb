// @ts-check
// A slider's arithmetic: its handle and its number say the same, and one of them may be finer than the other.

/** @typedef {{min: number, max: number, step: number, log: boolean}} Slider */

/** Whether a field's text is a number. @param {string} text */
export const isNumber = (text) => text.trim() !== "" && Number.isFinite(Number(text));

/** Without what binary fractions add: 0.3 - 0.2 is 0.1. @param {number} value */
export const tidy = (value) => Number(value.toPrecision(10));

const SPOKEN = new Intl.NumberFormat("en");

/** A number as it is read aloud. @param {number} value @param {string} [unit] */
export const spoken = (value, unit = "") => `${SPOKEN.format(value)} ${unit}`.trim();

/** The ends of the handle's way. @param {Slider} slider */
export const ends = ({ log, min, max }) => (log ? [0, 1000] : [min, max]);

/** Where the handle stands for a value; fragment.py has the same. @param {Slider} slider @param {number} value */
export function handle({ log, min, max }, value) {
  // a value below the bounds stands at their end, as the browser has it for other sliders
  return log ? Math.round((1000 * Math.log(Math.max(value, min) / min)) / Math.log(max / min)) : value;
}

/** The value on the slider's grid that is nearest to `value`; controls.py has the same. @param {Slider} slider @param {number} value */
export function onGrid({ min, max, step }, value) {
  return tidy(Math.min(max, min + Math.round((value - min) / step) * step));
}

/** The value where the handle stands. @param {Slider} slider @param {number} at */
export function valueAt(slider, at) {
  return slider.log ? onGrid(slider, slider.min * (slider.max / slider.min) ** (at / 1000)) : at;
}

/**
 * The value where a key has moved the handle. A key's way, a thousandth of a logarithmic scale, may be less than that to
 * the next value on the grid; then it is the next one, or no key would ever move the handle from where the grid is coarse.
 * @param {Slider} slider @param {number} at @param {number} before  the value from which it came
 */
export function valueToward(slider, at, before) {
  const value = valueAt(slider, at);
  if (!slider.log) return value;
  const up = at > handle(slider, before);
  if (up ? value > before : value < before) return value;
  const { min, max, step } = slider;
  const steps = tidy((before - min) / step);
  const next = min + (up ? Math.floor(steps) + 1 : Math.ceil(steps) - 1) * step;
  return tidy(Math.min(max, Math.max(min, next)));
}
