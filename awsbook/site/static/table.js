// @ts-check
// A view's numbers in the table that fragment.py wrote.

/**
 * Same rows as fragment.py writes; where the table has as many already, only texts that differ are written.
 * @param {HTMLTableElement} table @param {{header: string[], rows: string[][]}} content
 */
export function fill(table, { header, rows }) {
  const texts = [header, ...rows];
  const there = [...table.rows].map((row) => [...row.cells]);
  if (there.length === texts.length && there.every((cells, i) => cells.length === texts[i].length)) {
    there.forEach((cells, i) => cells.forEach((cell, j) => cell.textContent !== texts[i][j] && (cell.textContent = texts[i][j])));
    return;
  }
  const cell = (/** @type {string} */ text, /** @type {string} */ scope) => {
    const made = document.createElement(scope ? "th" : "td");
    made.textContent = text;
    if (scope) made.setAttribute("scope", scope);
    return made;
  };
  table.tHead?.rows[0].replaceChildren(...header.map((text) => cell(text, "col")));
  table.tBodies[0].replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells.map((text, i) => cell(text, i ? "" : "row")));
      return row;
    }),
  );
}
