"""The builder's last words: what was wrong, after jupyter-book's own traceback."""

from __future__ import annotations

import sys

import pytest

import build

TRACEBACK = "Traceback (most recent call last):\n" + '  File "main.py", line 317, in build\n' * 40


@pytest.mark.parametrize(
    "fault",
    [
        "book/storage/ebs.md:12: WARNING: unknown document: 'moon' [ref.doc]",
        "  book/storage/ebs.md:14: 256 KB",
        "\x1b[31mAttributeError\x1b[39m: 'int' object has no attribute 'replace'",
        "myst_nb.core.execute.base.ExecutionError: book/storage/ebs.md",
        "\x1b[91mbook/storage/ebs.md:12: WARNING: x\x1b[39;49;00m",
    ],
)
def test_what_was_wrong_stands_at_the_end_without_colours(fault, tmp_path, monkeypatch, capsys):
    program = tmp_path / "jupyter-book"
    program.write_text(f"import sys\nprint({fault!r})\nprint({TRACEBACK!r})\nsys.exit(1)\n")
    popen = build.subprocess.Popen
    monkeypatch.setattr(build.shutil, "which", lambda *_, **__: str(program))
    monkeypatch.setattr(build.subprocess, "Popen", lambda command, **how: popen([sys.executable, *command], **how))
    with pytest.raises(SystemExit, match="failed"):
        build.build(tmp_path / "html", tmp_path / "toc.yml")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == build.COLOUR.sub("", fault)
