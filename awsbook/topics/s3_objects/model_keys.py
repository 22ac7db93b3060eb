"""Keys, prefixes and delimiters: what ListObjectsV2 makes of a flat set of keys. Source: botocore's s3 model for
ListObjectsV2, and the user guide on key names. Left out: owners, URL encoding, start-after.
"""

from __future__ import annotations

from dataclasses import dataclass


class BadKey(ValueError):
    """A key that S3 does not take. index: its place in the list."""

    def __init__(self, message: str, index: int):
        super().__init__(message)
        self.index = index


@dataclass(frozen=True)
class Page:
    """One answer: keys and common prefixes together, at most max_keys of them."""

    contents: tuple[str, ...]
    common_prefixes: tuple[str, ...]
    truncated: bool


def check(keys: list[str], max_bytes: int) -> None:
    """BadKey for an empty key, one longer than `max_bytes` in UTF-8, or one that stands there already."""
    seen: dict[str, int] = {}
    for i, key in enumerate(keys):
        size = len(key.encode("utf-8"))
        if not key:
            raise BadKey("a key has at least one byte", i)
        if size > max_bytes:
            raise BadKey(f"this key has {size:,} bytes in UTF-8; S3 takes at most {max_bytes:,} (KeyTooLongError)", i)
        if key in seen:
            raise BadKey(f"the key of line {seen[key] + 1} again: a second PUT would overwrite the first", i)
        seen[key] = i


def rolled(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix that a key with this prefix is rolled up into, or None: it is listed itself."""
    at = key.find(delimiter, len(prefix)) if delimiter else -1
    return None if at < 0 else key[: at + len(delimiter)]


def listing(keys: list[str], prefix: str, delimiter: str) -> tuple[tuple[str, bool], ...]:
    """All entries in the order of their bytes: (name, whether it is a common prefix)."""
    found: dict[tuple[str, bool], None] = {}
    for key in sorted((k for k in keys if k.startswith(prefix)), key=lambda k: k.encode("utf-8")):
        common = rolled(key, prefix, delimiter)
        found[(key, False) if common is None else (common, True)] = None
    return tuple(found)


def pages(keys: list[str], prefix: str, delimiter: str, max_keys: int) -> tuple[Page, ...]:
    """The answers of a client that follows NextContinuationToken to the end. A common prefix counts as one entry."""
    entries = listing(keys, prefix, delimiter)
    starts = range(0, max(1, len(entries)), max_keys)
    return tuple(_page(entries[at : at + max_keys], at + max_keys < len(entries)) for at in starts)


def _page(entries, truncated):
    return Page(
        tuple(name for name, common in entries if not common),
        tuple(name for name, common in entries if common),
        truncated,
    )


def rename(keys: list[str], prefix: str, per_delete: int) -> tuple[int, int, int]:
    """Requests to "rename the folder" `prefix`: (copies, DeleteObjects calls, objects).

    A general purpose bucket has no call for it.
    """
    count = sum(key.startswith(prefix) for key in keys)
    return count, -(-count // per_delete), count
