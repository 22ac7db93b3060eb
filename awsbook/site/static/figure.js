// @ts-check
// A view's figure to a drawing. What Python drew stands in .ab-poster; Plotly's drawing of the same figure, which takes
// longer than a frame and adds the values under the pointer, in .ab-chart, hidden while a poster stands before it.

const PLOTLY = new URL("../pyodide/plotly-basic.min.js", import.meta.url).href;
const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false };

/** @type {Promise<any> | null} */ let loading = null;

/** Loads the drawing library once for the page. */
export function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.fetchPriority = "high"; // the browser thinks little of a script that a script adds
    script.src = PLOTLY;
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => reject(new Error("the drawing library did not load"));
    document.head.append(script);
  });
  return loading;
}

/** Follows the width of the place: the theme's sidebars open and close without the window changing. */
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.classList.contains("js-plotly-plot")) /** @type {any} */ (window).Plotly.Plots.resize(target);
  }
});

/** @type {WeakMap<HTMLElement, HTMLStyleElement>} */ const styles = new WeakMap();

/**
 * Makes a tree like another one, touching only what differs: a browser then lays out and paints no more than that.
 * Most of it does not; to ask the browser whether two subtrees are equal is quicker than to walk through them.
 * @param {Node} old  in the page @param {Node} fresh  is used up
 */
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName) return void old.parentNode?.replaceChild(fresh, old);
  if (!(old instanceof Element && fresh instanceof Element)) return void (old.nodeValue = fresh.nodeValue);
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name) ?? "";
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((child, i) => (i < before.length ? morph(before[i], child) : old.append(child)));
  before.slice(after.length).forEach((child) => child.remove());
}

/** Shows what Python drew. @param {HTMLElement} place @param {string} html */
export function put(place, html) {
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  const style = parsed.content.querySelector("style");
  if (style) restyle(place, style);
  const fresh = /** @type {Element} */ (parsed.content.firstElementChild);
  const before = place.querySelector(".ab-poster");
  if (before) morph(before, fresh);
  else place.prepend(fresh);
}

/** A style that comes anew with every picture makes WebKit style the whole page each time: a tenth of a second. */
function restyle(/** @type {HTMLElement} */ place, /** @type {HTMLStyleElement} */ style) {
  const before = styles.get(place);
  if (before?.textContent === style.textContent) return style.remove();
  before?.remove();
  styles.set(place, style);
  document.head.append(style);
}

/** Whether Plotly has drawn here. @param {HTMLElement} place */
export const charted = (place) => place.querySelector(".ab-chart") !== null;

/**
 * Draws a chart with Plotly, then shows it, if it is still wanted.
 * @param {HTMLElement} place  @param {any} figure  @param {() => boolean} wanted
 */
export async function draw(place, figure, wanted) {
  const Plotly = await plotly();
  if (!wanted()) return;
  let chart = place.querySelector(".ab-chart");
  if (!(chart instanceof HTMLElement)) {
    chart = document.createElement("div");
    chart.className = "ab-chart";
    place.append(chart);
  }
  const { data, layout } = forPlotly(figure, place);
  await Plotly.react(chart, data, layout, CONFIG);
  widths.observe(chart); // observing twice is observing once
  if (wanted()) place.querySelector(".ab-poster")?.remove();
}

/** Plotly reads text as HTML, links and all; a reader's own text is none. @param {string} text */
const asText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The figure as Plotly is to have it, in the page's colours. @param {any} figure @param {HTMLElement} place */
function forPlotly(figure, place) {
  const style = getComputedStyle(place);
  const colour = (/** @type {string} */ token) => style.getPropertyValue(`--ab-${token.slice(1)}`).trim();
  /** @returns {any} */ const themed = (/** @type {any} */ thing, key = "") => {
    if (typeof thing === "string") return !key.endsWith("color") ? asText(thing) : thing.startsWith("@") ? colour(thing) : thing;
    if (Array.isArray(thing)) return typeof thing[0] === "number" ? thing : thing.map((each) => themed(each, key));
    if (thing && typeof thing === "object") {
      return Object.fromEntries(Object.entries(thing).map(([key, value]) => [key, themed(value, key)]));
    }
    return thing;
  };
  const text = colour("@text");
  const grid = colour("@grid");
  const axis = {
    gridcolor: grid, zerolinecolor: grid, linecolor: grid, fixedrange: true, automargin: false,
    ticklabeloverflow: "allow", // looking which labels leave the figure took a fifth of every redraw
  };
  const layout = themed(figure.layout);
  return {
    data: themed(figure.data),
    layout: {
      ...layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text, family: style.fontFamily, size: 13 },
      dragmode: false, // a finger on the figure scrolls the page
      xaxis: { ...axis, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
    },
  };
}
