// @ts-check
// A control of steps: its field holds the actions taken, with blanks between; the list below shows them.

/** The field with one action more, or without its last. @param {HTMLInputElement} field @param {string | null} action */
export function act(field, action) {
  const taken = field.value.split(" ").filter(Boolean);
  field.value = (action === null ? taken.slice(0, -1) : [...taken, action]).join(" ");
}

/** Shows the steps of `field` in its list, and which buttons can be pressed. @param {HTMLInputElement} field @param {any} control */
export function follow(field, control) {
  const place = /** @type {HTMLElement} */ (field.closest(".ab-control"));
  const taken = field.value.split(" ").filter(Boolean);
  const items = taken.map((action) => {
    const item = document.createElement("li");
    item.textContent = control.options[action] ?? action;
    return item;
  });
  const list = /** @type {HTMLElement} */ (place.querySelector(".ab-taken"));
  list.replaceChildren(...items);
  list.scrollTop = list.scrollHeight; // where it is higher than its place, the newest is in sight
  for (const button of place.querySelectorAll("button")) {
    const open = button.dataset.do === undefined ? taken.length > 0 : taken.length < control.max_steps;
    // not `disabled`: that would throw the keyboard's focus away
    button.setAttribute("aria-disabled", String(!open));
  }
}
