// @ts-check
// The notes of facts, which CSS opens. Escape closes an open one without moving the focus; leaving and coming back
// opens it again. A section with an open note is marked: the others are stacking contexts (see book.css), and the next
// one would be painted over the note.

const OPEN = ".fact:is(:hover, :focus-within)";
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
    if (marked.size || (target instanceof Element && target.closest(".fact"))) mark();
  });
}

function mark() {
  /** @type {Set<Element>} */ const around = new Set();
  for (const open of document.querySelectorAll(OPEN)) {
    for (let at = open.closest("section"); at; at = at.parentElement?.closest("section") ?? null) around.add(at);
  }
  for (const section of marked) section.classList.toggle("fact-inside", around.has(section));
  for (const section of around) section.classList.add("fact-inside");
  marked = around;
}
