"""What a script of ours imports: a page asks for all of it at once, and Jupyter takes one file."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import .* from "(\..+)";\n', re.M)


def needed(script: Path) -> list[Path]:
    """A script and what it imports, directly or not, each after what it needs itself."""
    found: list[Path] = []

    def take(path):
        if path in found:
            return
        for name in _IMPORT.findall(path.read_text(encoding="utf-8")):
            take((path.parent / name).resolve())
        found.append(path)

    take(script.resolve())
    return found


def joined(script: Path) -> str:
    """One script in the place of all that it needs."""
    return "".join(_IMPORT.sub("", path.read_text(encoding="utf-8")) for path in needed(script))
