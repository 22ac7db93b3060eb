"""The tool that takes pictures of a page, on a machine that has no browser."""

from __future__ import annotations

import pytest

import chromium
import look


def test_without_a_browser_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(chromium, "PROGRAMS", ())
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="playwright install chromium"):
        look.pictures("http://127.0.0.1:9/", tmp_path)
