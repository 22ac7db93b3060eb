// @ts-check
// Makes a tree like another one, touching only what differs: a browser then lays out and paints no more than that.

/** @param {Node} old  in the page @param {Node} fresh  is used up */
export function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return void old.parentNode?.replaceChild(fresh, old);
  if (old instanceof Element && fresh instanceof Element) {
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
    after.forEach((child, i) => (i < before.length ? morph(before[i], child) : old.append(child)));
    before.slice(after.length).forEach((child) => child.remove());
  } else if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
}
