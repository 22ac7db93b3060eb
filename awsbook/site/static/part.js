// @ts-check
// What fragment.py wrote inside an explorable.

/** The one element there; it is a fault of ours if it is missing. @param {Element} whole @param {string} selector @returns {HTMLElement} */
export function part(whole, selector) {
  const found = whole.querySelector(selector);
  if (!found) throw new Error(`no ${selector} in ${whole.closest("[id]")?.id ?? whole.nodeName}`);
  return /** @type {HTMLElement} */ (found);
}
