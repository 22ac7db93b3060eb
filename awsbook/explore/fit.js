// @ts-check
// Beside a chart in Jupyter: Plotly draws it 700 px wide before it has a place, and then hears only the window.

const TRIES = 50; // of 200 ms each: Plotly hears nothing while it loads, and nothing while it draws

/** @param {{el: HTMLElement}} given  by anywidget; as wide as the chart's place */
function render({ el }) {
  let timer = 0;
  let tries = 0;
  const look = () => {
    const drawn = el.parentElement?.querySelector(".main-svg");
    if (drawn && Math.abs(drawn.getBoundingClientRect().width - el.clientWidth) < 2) return;
    if (drawn) dispatchEvent(new Event("resize"));
    if (++tries < TRIES) timer = setTimeout(look, 200);
  };
  const place = new ResizeObserver(() => {
    clearTimeout(timer);
    tries = 0;
    look();
  });
  place.observe(el);
  return () => {
    clearTimeout(timer);
    place.disconnect();
  };
}

export default { render };
