"""Runs inside Pyodide while the site is built: what the page's Python needs, compiled by that same Python.

npm's Pyodide brings the standard library as source, which every page load would compile again. Here it becomes
.pyc, and only the modules that the book reaches. The list is not written by hand: `reached` imports, in Pyodide,
all that the worker and the book import, and reads sys.modules.
"""

import ast
import dataclasses
import importlib
import importlib.util
import json
import marshal
import os
import sys

from awsbook.ahead import SUFFIX

# What this file imports counts as needed. So zipfile and its like are imported when all else is known.

# Modules that the standard library imports inside its functions, so that no import statement leads to them.
LAZY = {
    "_strptime": "datetime.strptime",
    "calendar": "_strptime",
    "locale": "_strptime and str.format of some types",
    "traceback": "an exception on its way out of Python",
    "linecache": "traceback",
    "encodings.ascii": "str.encode of a text that a reader typed",
    "encodings.latin_1": "the same, and bytes.decode",
    "encodings.utf_8_sig": "a file that a reader opens and that begins with a byte order mark",
    "_colorize": "traceback",
}
WRITTEN: dict[str, list[str]] = {}  # by module: the texts that dataclasses has had compiled for its classes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold; any fixed date makes the archive reproducible


class NotInTheBrowser(Exception):
    """The book imports something that the page's Python does not have."""


def zipped(sources):
    """A zip of the standard library's {path: source} for zipimport, compiled; the same bytes every time.

    Nothing in it is packed: the whole is. Its makers test it under -OO, and without docstrings it is a fifth smaller.
    """
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, source in sorted(sources.items()):
            archive.writestr(zipfile.ZipInfo(f"{path}c", EPOCH), compiled(source, path, 2))
    return out.getvalue()


def archived(name, sources):
    """{path: source} of the book as static/archive.js reads it, every .py compiled and all else as it is.

    Beside them what `dataclasses` had compiled for them; see awsbook/ahead.py.
    """
    # the book's own asserts mean the same in the browser as everywhere else: optimize is 0
    files = {f"{path}c": compiled(source, path, 0) for path, source in sources.items() if path.endswith(".py")}
    files |= {path: content for path, content in sources.items() if not path.endswith(".py")}
    texts = {text for path in sources for text in WRITTEN.get(_module(path), ())}
    ahead = {text: compile(text, "<dataclass>", "exec", dont_inherit=True) for text in sorted(texts)}
    files[f"{name}{SUFFIX}"] = marshal.dumps(ahead)
    files = dict(sorted(files.items()))
    listed = json.dumps([[path, len(content)] for path, content in files.items()]).encode()
    return len(listed).to_bytes(4, "little") + listed + b"".join(files.values())


def compiled(source, path, optimize):
    """The bytes of a .pyc that is never checked against its source, for there is none."""
    body = compile(source, path, "exec", dont_inherit=True, optimize=optimize)
    flags = 0b01  # has a hash instead of a date, and the hash is not checked (PEP 552)
    return importlib.util.MAGIC_NUMBER + flags.to_bytes(4, "little") + bytes(8) + marshal.dumps(body)


def import_all(book):
    """Imports every module of the book and everything that any line of it would import.

    book: {path: bytes}. NotInTheBrowser names file, line and module.
    """
    for path, source in book.items():
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(source, path)):
                if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level):
                    _run(node, path)
            importlib.import_module(_module(path))
    for name in LAZY:
        importlib.import_module(name)


def _module(path):
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _heard(text, globals, names):
    WRITTEN.setdefault(globals["__name__"], []).append(text)
    exec(text, globals, names)


dataclasses.exec = _heard


def _run(node, path):
    statement = compile(ast.Module([node], []), path, "exec")
    try:
        exec(statement, {})
    except ImportError as error:
        raise NotInTheBrowser(f"{path}, line {node.lineno}: {error}") from error


def reached(stdlib):
    """The sources, {path: bytes}, of all modules imported so far that come out of the archive `stdlib`."""
    prefix = f"{stdlib}/"
    imported = list(sys.modules.values())
    import zipfile

    sources = {}
    with zipfile.ZipFile(stdlib) as archive:
        for module in imported:
            origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
            if origin.startswith(prefix):
                path = origin.removeprefix(prefix)
                sources[path] = archive.read(path)
    return sources


def read_all(folder):
    """Every file below `folder` as {path: bytes}."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = f"{place}/{name}"
            with open(path, "rb") as file:
                found[path.removeprefix(f"{folder}/")] = file.read()
    return dict(sorted(found.items()))
