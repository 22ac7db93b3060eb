// Runs first in every page and frame: notes when the first picture, and when the first answer of Python, was painted.
(() => {
  const book = () => document.getElementById("ebs.gp2_burst");
  /** The sentence that belongs to the figure that is shown, or "" while it is another setting's or there is none. */
  window.besideShown = () => {
    const own = book();
    if (!own) return document.querySelector(".js-plotly-plot .gtitle, #alone")?.textContent ?? "";
    const ready = own.dataset.state === "ready" && !own.hasAttribute("aria-busy");
    return ready ? own.querySelector(".ab-sentence").textContent : "";
  };
  const picture = () => {
    const own = book()?.querySelector(".ab-plot > *");
    return own ? own.getBoundingClientRect().height > 0 : window.besideShown() !== "";
  };
  // the frame's own clock may have started later than the page's
  const now = () => performance.timeOrigin + performance.now();
  const when = (there, note) => {
    const look = () => (there() ? setTimeout(() => note(now())) : requestAnimationFrame(look));
    requestAnimationFrame(look);
  };
  when(picture, (at) => (window.besidePicture = at));
  when(() => window.besideShown() !== "", (at) => (window.besideLive = at));

  const handles = () => {
    const own = book();
    if (!own) return [...document.querySelectorAll(".noUi-handle")];
    return [...own.querySelectorAll("input[type=range]")];
  };
  /** One step up, as a key makes it. */
  const press = (handle) => {
    if (handle instanceof HTMLInputElement) {
      handle.stepUp();
      handle.dispatchEvent(new Event("input", {bubbles: true}));
    } else handle.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true, cancelable: true}));
  };
  /** Milliseconds from each of `count` steps of each slider to the end of the frame that shows its answer. */
  window.besideMoves = async (count) => {
    const times = [];
    for (const handle of handles()) {
      for (let i = 0; i < count; i++) {
        const before = window.besideShown();
        const began = performance.now();
        press(handle);
        await new Promise((done) => when(() => !["", before].includes(window.besideShown()), done));
        times.push(performance.now() - began);
      }
    }
    return times;
  };
})();
