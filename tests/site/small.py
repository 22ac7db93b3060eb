"""A book with one small topic in place of its own, for tests of how a book is packed and shown."""

from __future__ import annotations

import shutil
from pathlib import Path

from awsbook.site import pack

BOOK = Path(pack.__file__).parents[1]


def small_book(home: Path, views: str) -> Path:
    """The package in `home`, whose only topic is "small" with `views` as its views.py."""
    book = home / "awsbook"
    shutil.copytree(BOOK / "explore", book / "explore")
    room = book / "topics" / "small"
    room.mkdir(parents=True)
    for name in pack.CORE:
        shutil.copyfile(BOOK / name, book / name)
    (room / "__init__.py").write_text('"""Small."""\n', encoding="utf-8")
    (room / "views.py").write_text(views, encoding="utf-8")
    return book
