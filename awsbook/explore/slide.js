// @ts-check
// A slider in Jupyter: a native handle and beside it a number, both with a name, and Play where the control has it.
// ipywidgets' own have no name that a screen reader could say, and a logarithmic one says the logarithm.

const STEPS = 20; // of a whole run, under reduced motion
const SPOKEN = new Intl.NumberFormat("en");
let made = 0;

/** @param {string} tag @param {Record<string, any>} given */
const element = (tag, given) => Object.assign(document.createElement(tag), given);

/** Without what binary fractions add. @param {number} value */
const tidy = (value) => Number(value.toPrecision(10));

/** The arithmetic of one control; the site's slider.js has the same. @param {any} control */
function scale({ min, max, step, log }) {
  const inside = (/** @type {number} */ value) => Math.min(max, Math.max(min, value));
  const onGrid = (/** @type {number} */ value) => tidy(inside(min + Math.round((value - min) / step) * step));
  const place = (/** @type {number} */ value) =>
    log ? Math.round((1000 * Math.log(inside(value) / min)) / Math.log(max / min)) : inside(value);
  const value = (/** @type {number} */ at) => (log ? onGrid(min * (max / min) ** (at / 1000)) : onGrid(at));
  /** Where a key goes: at least to the next value, or it would not leave a place where the grid is coarse. */
  const toward = (/** @type {number} */ at, /** @type {number} */ before) => {
    const up = at > place(before);
    const there = value(at);
    if (!log || (up ? there > before : there < before)) return there;
    const steps = tidy((before - min) / step);
    return onGrid(min + (up ? Math.floor(steps) + 1 : Math.ceil(steps) - 1) * step);
  };
  return { onGrid, place, value, toward, ends: log ? [0, 1000, 1] : [min, max, step] };
}

/** @param {{model: any, el: HTMLElement}} given  by anywidget */
function render({ model, el }) {
  const control = model.get("control");
  const { label, unit, min, max, step, play_s } = control;
  const { onGrid, place, value, toward, ends } = scale(control);
  const id = `awsbook-slide-${++made}-${Math.random().toString(36).slice(2)}`;
  const range = element("input", { type: "range", id, min: ends[0], max: ends[1], step: ends[2] });
  const exact = element("input", { type: "number", min, max, step });
  exact.setAttribute("aria-label", `${label}, exact value${unit ? ` in ${unit}` : ""}`);

  const show = () => {
    const now = model.get("value");
    range.value = String(place(now));
    range.setAttribute("aria-valuetext", `${SPOKEN.format(now)} ${unit}`.trim());
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
    say(dragged ? value(at) : toward(at, model.get("value")));
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

  let timer = 0;
  let halt = () => {};
  if (play_s) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const button = element("button", { type: "button" });
    const name = (/** @type {string} */ text) => {
      button.textContent = text;
      button.setAttribute("aria-label", `${text}: ${label}`);
    };
    halt = () => {
      clearInterval(timer);
      timer = 0;
      name(still ? "Step" : "Play");
    };
    button.addEventListener("click", () => {
      if (timer) return halt();
      const now = model.get("value");
      const from = now >= max || now < min ? min : now;
      if (still) return say(onGrid(from + (max - min) / STEPS));
      const began = performance.now();
      name("Pause");
      timer = setInterval(() => {
        const next = onGrid(from + ((max - min) * (performance.now() - began)) / (1000 * play_s));
        if (next !== model.get("value")) say(next);
        if (next >= max) halt();
      }, 100);
    });
    // a hand on the control, and Reset, want the value to stay where they put it
    for (const touch of ["pointerdown", "keydown"]) range.addEventListener(touch, () => halt());
    exact.addEventListener("focus", () => halt());
    halt();
    el.append(button);
  }
  const heard = () => halt();
  model.on("msg:custom", heard);
  el.classList.add("awsbook-slide");
  el.append(element("label", { htmlFor: id, textContent: label }), range, exact);
  if (unit) el.append(element("span", { textContent: unit }));
  model.on("change:value", show);
  show();
  return () => {
    clearInterval(timer);
    model.off("change:value", show);
    model.off("msg:custom", heard);
  };
}

export default { render };
