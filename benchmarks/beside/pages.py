"""The pages of the three other hosts, each a folder that a server can serve, made of what `fetch` brought."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import fetch
import lock

from awsbook.site import vendor

HERE = Path(__file__).parent
CELL = (HERE / "cell.py").read_text(encoding="utf-8")
# both are wasm wheels in Pyodide 0.27, which npm does not carry; IPython's history and micropip import them
STUBS = {
    "ssl": b"",
    "sqlite3": b"class Error(Exception):\n    pass\n\n\n"
    b"DatabaseError = OperationalError = Error\nConnection = Row = type\n",
}
# how each host shows a figure: thebe has no renderer for Plotly's type, JupyterLab's is in the plotly package
BY_SCRIPT = b"""import json


def bundle(figure):
    return {"application/javascript": f"Plotly.react('figure', {json.dumps(figure)})"}
"""
BY_TYPE = b"""def bundle(figure):
    return {"application/vnd.plotly.v1+json": figure}
"""


def thebe(into: Path) -> str:
    """B: the site, and the page's address in it."""
    pins = fetch.PINS
    lite = fetch.npm("thebe-lite", pins["npm"]["thebe-lite"]) / "dist" / "lib"
    wheels = [*fetch.wheels("thebe").glob("*.whl"), *(lite / "pypi").glob("*.whl")]
    wheels = [path for path in wheels if not path.name.startswith("widgetsnbextension")]
    made = fetch.CACHE / "made"
    wheels += [lock.wheel(made, name, {f"{name}/__init__.py": text}) for name, text in STUBS.items()]
    wheels += [lock.book(made), lock.wheel(made / "thebe", "host", {"host.py": BY_SCRIPT})]
    shutil.copytree(fetch.npm("thebe", pins["npm"]["thebe"]) / "lib", into, ignore=shutil.ignore_patterns("*.map"))
    shutil.copytree(lite, into, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.map", "pypi"))
    packages = lock.distribution(fetch.npm("pyodide", pins["thebe"]["pyodide"]), wheels, into / "pyodide")
    shutil.copy(fetch.npm("requirejs", pins["npm"]["requirejs"]) / "require.js", into)
    code = into / "index.js"
    there = "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js"
    code.write_text(code.read_text(encoding="utf-8").replace(there, "/require.js"), encoding="utf-8")
    _plotly(into)
    page = (HERE / "thebe.html").read_text(encoding="utf-8")
    page = page.replace("{{cell}}", html.escape(CELL)).replace("{{packages}}", json.dumps(packages))
    (into / "index.html").write_text(page, encoding="utf-8")
    return "index.html"


def _plotly(into: Path) -> None:
    shutil.copy(vendor.folder("plotly.js-basic-dist-min") / "plotly-basic.min.js", into)


def replite(into: Path) -> str:
    """C: JupyterLite's site with its console, and a page with a frame as jupyterlite-sphinx's directive makes it."""
    pins, python = fetch.PINS["replite"], fetch.builder()
    made = fetch.CACHE / "made"
    kernel = python / "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
    wheels = [*fetch.wheels("replite").glob("*.whl"), *kernel.glob("*.whl")]
    wheels = [path for path in wheels if not path.name.startswith("widgetsnbextension")]
    wheels += [lock.book(made), lock.wheel(made / "replite", "host", {"host.py": BY_TYPE})]
    with tempfile.TemporaryDirectory() as aside:
        packages = lock.distribution(fetch.npm("pyodide", pins["pyodide"]), wheels, Path(aside) / "pyodide")
        settings = {
            "pyodideUrl": "./static/pyodide/pyodide.mjs",
            "disablePyPIFallback": True,
            "loadPyodideOptions": {"packages": packages},
        }
        plugins = {"@jupyterlite/pyodide-kernel-extension:kernel": settings}
        described = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": plugins}}
        (Path(aside) / "jupyter-lite.json").write_text(json.dumps(described), encoding="utf-8")
        subprocess.run(
            [python / "bin" / "python", "-m", "jupyterlite_core", "build", "--apps", "repl", "--output-dir", into],
            cwd=aside, check=True, capture_output=True,
        )  # fmt: skip
        shutil.copytree(Path(aside) / "pyodide", into / "static" / "pyodide")
    asked = {"kernel": "python", "execute": "1", "showBanner": "0", "code": CELL}
    page = (HERE / "replite.html").read_text(encoding="utf-8")
    page = page.replace("{{address}}", html.escape(f"repl/index.html?{urlencode(asked)}"))
    (into / "beside.html").write_text(page, encoding="utf-8")
    return "beside.html"


def alone(into: Path) -> str:
    """D: Pyodide as npm has it, in a worker of a page with nothing on it, and the book's package."""
    shutil.copytree(vendor.folder("pyodide"), into / "pyodide")
    shutil.copy(lock.book(fetch.CACHE / "made"), into / "awsbook.zip")
    shutil.copy(HERE / "alone.js", into)
    shutil.copy(HERE / "alone.html", into / "index.html")
    return "index.html"
