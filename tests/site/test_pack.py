"""The pages' Python is packed whole, the same bytes each time, and not at all when nothing changed."""

import ast
import gzip
import io
import json
import runpy
import shutil
import zipfile

import pytest

from awsbook.site import pack, vendor

from .small import BOOK, small_book

TOPIC = """
{first}
from awsbook.explore import Slider, Table, View, explorable, figure

@explorable("Made for a test", size=Slider("Size", 2, min=1, max=9))
def made(size):
    {line}
    chart = figure.chart([figure.line("a", [0, 1], [0, size])], "x", "y")
    return View(chart, "One sentence.", Table(("Size",), ((str(size),),)))
"""


def book_with(tmp_path, first="", line="pass"):
    return small_book(tmp_path, TOPIC.format(first=first, line=line))


def files_in(archive):
    """The paths in an archive of the pages' Python; see static/archive.js."""
    content = gzip.decompress(archive.read_bytes())
    length = int.from_bytes(content[:4], "little")
    listed = json.loads(content[4 : 4 + length])
    assert 4 + length + sum(size for _, size in listed) == len(content)
    return [path for path, _ in listed]


def test_the_same_inputs_give_the_same_bytes_and_no_work(tmp_path):
    """Reproducible, so that a reader's cache survives a rebuild; skipped, so that a build stays quick."""
    book = book_with(tmp_path)
    one, two = pack.pack(tmp_path / "one", book), pack.pack(tmp_path / "two", book)
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}
    made = (one / "manifest.json").stat().st_mtime_ns
    pack.pack(one, book)
    assert made == (one / "manifest.json").stat().st_mtime_ns
    (book / "facts.py").write_text((BOOK / "facts.py").read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")
    before = json.loads((one / "manifest.json").read_text(encoding="utf-8"))["version"]
    pack.pack(one, book)
    assert before != json.loads((one / "manifest.json").read_text(encoding="utf-8"))["version"]


def test_the_archives_hold_what_is_needed_and_no_source(tmp_path):
    """Compiled only; a module that a topic imports inside a function is there too."""
    out = pack.pack(tmp_path / "out", book_with(tmp_path, line="import statistics"))
    library = zipfile.ZipFile(io.BytesIO(gzip.decompress((out / "python_stdlib.gzip").read_bytes()))).namelist()
    ours = [path for name in ("core", "topic-small") for path in files_in(out / f"{name}.gzip")]
    assert {"statistics.pyc", "encodings/latin_1.pyc", "_strptime.pyc", "json/__init__.pyc"} <= set(library)
    assert {"awsbook/explore/wire.pyc", "awsbook/facts.pyc", "awsbook/topics/small/views.pyc"} <= set(ours)
    assert not [name for name in library + ours if name.endswith(".py")]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert {p.name: p.stat().st_size for p in out.iterdir() if p.name != "manifest.json"} == {
        name: size["raw"] for name, size in manifest["files"].items()
    }


def test_pyodide_starts_without_what_no_page_needs(tmp_path):
    """Its asyncio alone brings 65 modules; ours brings none, and what it is asked for it names."""
    out = pack.pack(tmp_path / "out", book_with(tmp_path))
    library = zipfile.ZipFile(io.BytesIO(gzip.decompress((out / "python_stdlib.gzip").read_bytes()))).namelist()
    assert {f"{name}c" for name in pack.standins()} <= set(library)
    needless = {"asyncio/base_events.pyc", "subprocess.pyc", "ssl.pyc", "zipfile/__init__.pyc", "opcode.pyc"}
    assert not needless & set(library)
    with pytest.raises(pack.PackError, match=r"asyncio\.run: the pages' Python has no asyncio"):
        pack.pack(tmp_path / "bad", book_with(tmp_path / "bad-book", line="import asyncio; asyncio.run(None)"))


TELLS = """
import traceback

def told():
    try:
        return 1 / 0
    except ZeroDivisionError:
        return traceback.format_exc()
"""


def test_without_colours_python_still_says_where_it_failed(tmp_path):
    told = (
        r"Traceback \(most recent call last\):\n  File .*views\.py\", line 7, in told\nZeroDivisionError: division by"
    )
    with pytest.raises(pack.PackError, match=f"AssertionError: {told}"):
        pack.pack(tmp_path / "out", book_with(tmp_path, first=TELLS, line="assert False, told()"))


def test_the_flags_in_the_place_of_the_disassembler_are_its_own():
    with zipfile.ZipFile(vendor.folder("pyodide") / "python_stdlib.zip") as library:
        whole = ast.parse(library.read("dis.py"))
    [theirs] = [
        ast.literal_eval(node.value)
        for node in whole.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets) == "COMPILER_FLAG_NAMES"
    ]
    assert runpy.run_path(str(pack.STANDINS / "dis.py"))["COMPILER_FLAG_NAMES"] == theirs


def test_a_stand_in_for_what_pyodide_no_longer_has_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "library.zip", "w") as library:
        library.writestr("asyncio/__init__.py", "")
    with pytest.raises(
        pack.PackError,
        match=r"library\.zip has no _colorize\.py, dis\.py, pyodide/__init__\.py, pyodide/_package_loader\.py",
    ):
        pack.lean(tmp_path / "library.zip", tmp_path / "lean.zip")


def missed(out):
    """How many methods of dataclasses the packed Python compiles itself while it answers every explorable."""
    _, answered, count = pack.node("boot.mjs", [str(out)], '{"all": true}\n{"missed": true}\n').splitlines()
    assert json.loads(answered) == {"asked": 1, "wrong": {}}
    return int(count)


def test_what_dataclasses_write_is_compiled_ahead(tmp_path):
    """The book's own classes, and a topic's; one that is made only when it is asked for is not, and is right still."""
    early = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Disk:\n    sectors: int\n"
    line = "assert Disk(size).sectors == size"
    assert missed(pack.pack(tmp_path / "early", book_with(tmp_path / "a", early, line))) == 0
    late = "from dataclasses import make_dataclass"
    line = "assert make_dataclass('Disk', ['sectors'])(size).sectors == size"
    assert missed(pack.pack(tmp_path / "late", book_with(tmp_path / "b", late, line))) > 0


def test_an_import_the_browser_lacks_fails_the_build(tmp_path):
    """Planted fault: numpy in a function that may never be called. File, line and module are named."""
    with pytest.raises(pack.PackError, match=r"topics/small/views.py, line 7: No module named 'numpy'"):
        pack.pack(tmp_path / "out", book_with(tmp_path, line="import numpy"))
    assert not (tmp_path / "out").exists()


def test_a_view_that_fails_in_the_browser_fails_the_build(tmp_path):
    """Planted fault: a module hidden from every import statement, which only the first call would miss."""
    hidden = "__import__('wave')"
    with pytest.raises(pack.PackError, match=r"small.made: ModuleNotFoundError: No module named 'wave'"):
        pack.pack(tmp_path / "out", book_with(tmp_path, line=hidden))


def test_a_page_loads_the_archives_of_what_its_topic_imports_and_no_others(tmp_path):
    """SimPy, and another topic's model, also when they are imported inside a function."""
    book = book_with(tmp_path, line="import simpy; simpy.Environment().run()")
    other = book / "topics" / "other_one"
    shutil.copytree(book / "topics" / "small", other)
    (other / "views.py").write_text(TOPIC.format(first="from ..small import views as _", line="pass"), encoding="utf-8")
    apart = book / "topics" / "apart"
    shutil.copytree(book / "topics" / "small", apart)
    (apart / "views.py").write_text(TOPIC.format(first="", line="pass"), encoding="utf-8")
    out = pack.pack(tmp_path / "out", book)
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["topics"] == {
        "apart": ["topic-apart"],
        "other-one": ["simpy", "topic-other-one", "topic-small"],
        "small": ["simpy", "topic-small"],
    }
