"""A Pyodide distribution with just the wheels a host needs: Pyodide's files from npm, and a lock file of our own.

npm carries no wheels, and PyPI's are not byte for byte those that Pyodide's own lock file knows.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

from awsbook.site import pack


def distribution(pyodide: Path, wheels: list[Path], into: Path) -> list[str]:
    """Fills a folder that can be Pyodide's indexURL; says which packages the lock file has."""
    into.mkdir(parents=True)
    for file in pyodide.iterdir():
        if file.name.startswith(("pyodide", "python_stdlib")) and file.suffix not in (".map", ".ts"):
            shutil.copy(file, into)
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {}
    for wheel in wheels:
        shutil.copy(wheel, into)
        entry = _entry(into / wheel.name)
        lock["packages"][entry["name"]] = entry
    (into / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return sorted(lock["packages"])


def _entry(wheel: Path) -> dict:
    name, version = wheel.name.split("-")[:2]
    with zipfile.ZipFile(wheel) as held:
        inside = {path.split("/")[0].removesuffix(".py") for path in held.namelist() if ".dist-info/" not in path}
    return {
        "name": name.lower().replace("_", "-"),
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(inside),
        "depends": [],
        "unvendored_tests": False,
    }


def wheel(into: Path, name: str, files: dict[str, bytes]) -> Path:
    """A wheel of these files, {path: content}."""
    info = f"{name}-1.0.dist-info"
    more = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: beside\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    into.mkdir(parents=True, exist_ok=True)
    target = into / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in (files | more).items():
            made.writestr(path, content)
    return target


def book(into: Path) -> Path:
    """The book's package as a wheel, with one topic: the very code that answers on the book's page."""
    packed = pack.archives()
    files = packed["core"] | packed["topic-ebs"]
    return wheel(into, "awsbook", {path: file.read_bytes() for path, file in files.items()})
