// @ts-check
// Line numbers beside a text, with marks on the lines that matter.

/** @param {HTMLInputElement} field @returns {HTMLElement} */
function gutter(field) {
  return /** @type {HTMLElement} */ (field.previousElementSibling);
}

/** Keeps the numbers beside `field` right while it is typed in and scrolled. @param {HTMLInputElement} field @param {AbortSignal} signal */
export function attend(field, signal) {
  number(field);
  field.addEventListener("input", () => number(field), { signal });
  field.addEventListener("scroll", () => (gutter(field).scrollTop = field.scrollTop), { signal, passive: true });
}

/** One number a line of `field`. Marks of lines stay. @param {HTMLInputElement} field */
export function number(field) {
  const place = gutter(field);
  const lines = field.value.split("\n").length;
  if (place.children.length === lines) return;
  if (place.children.length === 0) place.replaceChildren(); // the numbers that stood there as plain text
  while (place.children.length > lines) place.lastElementChild?.remove();
  while (place.children.length < lines) {
    const line = document.createElement("span");
    line.textContent = String(place.children.length + 1);
    place.append(line);
  }
}

/** Marks lines `first` to `last`, and no other. @param {HTMLInputElement} field @param {number} first @param {number} last */
export function mark(field, first, last, kind = "decided") {
  [...gutter(field).children].forEach((line, i) => {
    line.className = first <= i + 1 && i + 1 <= last ? `ab-${kind}` : "";
  });
  field.setAttribute("aria-invalid", String(kind === "bad"));
}

/** Puts the cursor on a line, with the line selected and in sight. @param {HTMLInputElement} field @param {number} line */
export function goTo(field, line) {
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  field.focus();
  field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  field.scrollTop = ((line - 3) * field.scrollHeight) / lines.length;
}
