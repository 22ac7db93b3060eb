// @ts-check
// The sentence for a screen reader in Jupyter, which reads out what changes in a place that stays: where ipywidgets
// shows HTML, the place is made anew.

const AFTER_MS = 600; // quiet before it is said, so that a drag is one sentence, as on the page

/** @param {{model: {get: (name: string) => string, on: (what: string, f: () => void) => void, off: (what: string, f: () => void) => void}, el: HTMLElement}} given  by anywidget */
function render({ model, el }) {
  let timer = 0;
  const place = document.createElement("p");
  place.className = "awsbook-spoken";
  place.setAttribute("aria-live", "polite");
  el.append(place);
  const say = () => {
    clearTimeout(timer);
    timer = setTimeout(() => (place.textContent = model.get("sentence")), AFTER_MS);
  };
  model.on("change:sentence", say);
  return () => {
    clearTimeout(timer);
    model.off("change:sentence", say);
  };
}

export default { render };
