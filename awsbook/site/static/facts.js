// @ts-check
// The notes of facts, which CSS opens. Escape closes an open one without moving the focus; leaving and coming back
// opens it again. A section with an open note is marked: the others are stacking contexts (see book.css), and the next
// one would be painted over the note. A note that would leave the window is moved into it.

const OPEN = ".fact:is(:hover, :focus-within)";
const EDGE = 8; // px between a note and the window's edge
/** @type {Set<Element>} */ let marked = new Set();

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(OPEN)) open.classList.add("fact-closed");
});
for (const kind of ["pointerout", "focusout"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target instanceof Element) target.closest(".fact-closed")?.classList.remove("fact-closed");
  });
}
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    // not when a note closes: after a tap a phone says so while the note is still there
    if (!marked.size && !(target instanceof Element && target.closest(".fact"))) return;
    mark();
    place();
  });
}
addEventListener("scrollend", place); // a key that moves the focus scrolls the page after it

function mark() {
  /** @type {Set<Element>} */ const around = new Set();
  for (const open of document.querySelectorAll(OPEN)) {
    for (let at = open.closest("section"); at; at = at.parentElement?.closest("section") ?? null) around.add(at);
  }
  for (const section of marked) section.classList.toggle("fact-inside", around.has(section));
  for (const section of around) section.classList.add("fact-inside");
  marked = around;
}

/** To the left as far as it must go, and above its fact where there is no room below. */
function place() {
  const { clientWidth, clientHeight } = document.documentElement;
  for (const fact of document.querySelectorAll(OPEN)) {
    const note = /** @type {HTMLElement} */ (fact.querySelector(".fact-source"));
    for (const side of ["left", "top"]) note.style.removeProperty(`--ab-note-${side}`);
    const { right, bottom, height } = note.getBoundingClientRect();
    const beyond = right + EDGE - clientWidth;
    if (beyond > 0) note.style.setProperty("--ab-note-left", `${-beyond}px`);
    const above = fact.getBoundingClientRect().top - height;
    if (bottom > clientHeight && above > 0) note.style.setProperty("--ab-note-top", `${-height}px`);
  }
}
