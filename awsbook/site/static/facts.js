// @ts-check
// Escape closes an open fact note without moving the focus; leaving and coming back opens it again.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(".fact:hover, .fact:focus-within")) open.classList.add("fact-closed");
});
for (const kind of ["pointerout", "focusout"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target instanceof Element) target.closest(".fact-closed")?.classList.remove("fact-closed");
  });
}
