// @ts-check
// Paper is white: while a page is printed it wears the light theme, whose colours then reach everything on it, also
// those that the drawing library has written into its charts.

const { dataset } = document.documentElement;
/** @type {string | undefined} */ let chosen;

/** @param {boolean} printing */
function dress(printing) {
  if (printing) {
    chosen ??= dataset.theme;
    dataset.theme = "light";
  } else if (chosen) {
    dataset.theme = chosen;
    chosen = undefined;
  }
}

addEventListener("beforeprint", () => dress(true));
addEventListener("afterprint", () => dress(false));
