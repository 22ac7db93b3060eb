// @ts-check
// An archive of the pages' Python, as pack.mjs writes it and the browser has unpacked it: how long the list is (4 bytes,
// little-endian), the list, [[path, bytes], ...] as JSON, and the files one after the other.

/**
 * Writes the archive's files below the current folder.
 * @param {any} FS  Emscripten's  @param {ArrayBuffer} archive
 */
export function place(FS, archive) {
  const list = new Uint8Array(archive, 4, new DataView(archive).getUint32(0, true));
  let at = list.byteOffset + list.length;
  for (const [path, length] of JSON.parse(new TextDecoder().decode(list))) {
    if (path.includes("/")) FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, new Uint8Array(archive, at, length));
    at += length;
  }
}
