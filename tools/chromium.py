"""How a tool or a test starts the machine's Chromium with Playwright: `playwright.chromium.launch(**options())`."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
# without these, Chromium asks Google for updates while requests are counted
QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def options() -> dict:
    """Arguments, and the program of the system; without one, Playwright takes what it was told to install."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    # root has no sandbox of its own to make
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return {"args": QUIET + sandbox, **({"executable_path": found} if found else {})}


@contextmanager
def profile(kind, args=(), **context):
    """A context with a new profile on disk, as a reader has one: unlike a private window's, it keeps compiled code.

    kind: a browser type (`playwright.chromium`, or a browser's `browser_type`). args: further ones of the program.
    context: options of a context.
    """
    # the browser may still be writing when it says that it is closed
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        how = options()
        opened = kind.launch_persistent_context(folder, **how | {"args": [*how["args"], *args]}, **context)
        try:
            yield opened
        finally:
            opened.close()
