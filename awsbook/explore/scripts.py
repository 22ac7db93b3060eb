"""One file of a script of ours and all that it imports: a page asks for one file less each, and Jupyter takes only one.

No bundler: Jupyter's widgets are joined as their classes are made, in the learner's kernel, by Python alone. What our
scripts import and export they say in one line each, and a module becomes a function that returns what it exports.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import (?:\* as )?(.+) from "(\..+)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.M)


def needed(script: Path) -> list[Path]:
    """A script and what it imports, directly or not, each after what it needs itself."""
    found: list[Path] = []

    def take(path):
        if path in found:
            return
        for _, name in _IMPORT.findall(path.read_text(encoding="utf-8")):
            take((path.parent / name).resolve())
        found.append(path)

    take(script.resolve())
    return found


def joined(script: Path) -> str:
    """One script in the place of all that it needs, whose names stay apart. It exports what it did."""
    *others, last = needed(script)
    return "".join([*map(_closed, others), _linked(last)])


def _closed(path):
    code = _linked(path)
    names = ", ".join(_EXPORT.findall(code))
    return f"const {_name(path.name)} = (() => {{\n{_EXPORT.sub('', code)}return {{ {names} }};\n}})();\n"


def _linked(path):
    """The code, which takes what it imports from the constants above it."""
    return _IMPORT.sub(lambda line: f"const {line[1]} = {_name(line[2])};\n", path.read_text(encoding="utf-8"))


def _name(address):
    return f"${Path(address).stem}"
