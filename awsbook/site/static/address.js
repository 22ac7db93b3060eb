// @ts-check
// The state of an explorable in the page's address: ?<topic>.<name>.<control>=<value>, only what is not the default.

const LONGEST = 500; // characters of one value; a reader's own file does not belong in a link

/** @param {string} id @returns {Record<string, string>} what the address says of this explorable */
export function read(id) {
  /** @type {Record<string, string>} */ const found = {};
  for (const [key, value] of new URLSearchParams(location.search)) {
    if (key.startsWith(`${id}.`)) found[key.slice(id.length + 1)] = value;
  }
  return found;
}

/**
 * The page's address with this explorable's changes in place of its old ones.
 * @param {string} id  @param {Record<string, any>} changed  control values that are not the default
 * @returns {{url: URL, left: string[]}} left: controls too long for a link
 */
export function write(id, changed) {
  const url = new URL(location.href);
  for (const key of [...url.searchParams.keys()]) {
    if (key.startsWith(`${id}.`)) url.searchParams.delete(key);
  }
  const left = [];
  for (const [name, value] of Object.entries(changed)) {
    if (String(value).length > LONGEST) left.push(name);
    else url.searchParams.set(`${id}.${name}`, String(value));
  }
  return { url, left };
}
