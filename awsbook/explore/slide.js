// @ts-check
// A slider in Jupyter: a native handle and beside it a number, both with a name, and Play where the control has it.
// ipywidgets' own have no name that a screen reader could say, and a logarithmic one says the logarithm.

import { Player } from "../site/static/play.js";
import { ends, handle, spoken, valueAt, valueToward } from "../site/static/slider.js";

const PAUSE_MS = 100; // between two values that Play sends to the kernel
let made = 0;

/** @param {string} tag @param {Record<string, any>} given */
const element = (tag, given) => Object.assign(document.createElement(tag), given);

/** @param {{model: any, el: HTMLElement}} given  by anywidget */
function render({ model, el }) {
  const control = model.get("control");
  const { label, unit, min, max, step, log, play_s } = control;
  const [low, high] = ends(control);
  const id = `awsbook-slide-${++made}-${Math.random().toString(36).slice(2)}`;
  const range = element("input", { type: "range", id, min: low, max: high, step: log ? 1 : step });
  const exact = element("input", { type: "number", min, max, step });
  exact.setAttribute("aria-label", `${label}, exact value${unit ? ` in ${unit}` : ""}`);

  const show = () => {
    const now = model.get("value");
    range.value = String(handle(control, now));
    range.setAttribute("aria-valuetext", spoken(now, unit));
    exact.value = String(now);
  };
  const say = (/** @type {number} */ now) => {
    model.set("value", now);
    model.save_changes();
    show();
  };

  let dragged = false; // whether a pointer holds the handle, and not a key
  range.addEventListener("pointerdown", () => (dragged = true));
  for (const over of ["pointerup", "pointercancel", "keydown"]) range.addEventListener(over, () => (dragged = false));
  range.addEventListener("input", () => {
    const at = Number(range.value);
    say(dragged ? valueAt(control, at) : valueToward(control, at, model.get("value")));
  });
  // when it is left or Enter is pressed: half of a number would only be complained about
  const typed = () => {
    if (exact.value === "") show();
    else if (exact.value !== String(model.get("value"))) say(Number(exact.value));
  };
  exact.addEventListener("change", typed);
  // JupyterLab keeps the browser from making a change of it
  exact.addEventListener("keydown", (event) => event.key === "Enter" && typed());
  exact.addEventListener("blur", () => exact.value === "" && show());
  // JupyterLab would take Enter, and the arrows, for itself, before they come here
  for (const field of [range, exact]) field.setAttribute("data-lm-suppress-shortcuts", "true");

  /** @type {Player | null} */ let player = null;
  if (play_s) {
    const button = element("button", { type: "button", id: `${id}-play` });
    button.setAttribute("aria-labelledby", `${button.id} ${id}-label`);
    let sent = 0;
    player = new Player(/** @type {HTMLButtonElement} */ (button), control, {
      at: () => model.get("value"),
      busy: () => performance.now() - sent < PAUSE_MS,
      go: (value) => {
        sent = performance.now();
        if (value !== model.get("value")) say(value);
      },
    });
    el.append(button);
  }
  // a hand on the control, and Reset, want the value to stay where they put it
  const halt = () => player?.stop();
  for (const touch of ["pointerdown", "keydown"]) range.addEventListener(touch, halt);
  exact.addEventListener("focus", halt);
  model.on("msg:custom", halt);
  el.classList.add("awsbook-slide");
  el.append(element("label", { htmlFor: id, id: `${id}-label`, textContent: label }), range, exact);
  if (unit) el.append(element("span", { textContent: unit }));
  model.on("change:value", show);
  show();
  return () => {
    halt();
    model.off("change:value", show);
    model.off("msg:custom", halt);
  };
}

export default { render };
