"""What the study notes said: every statement of theirs, whether it holds today, and where that was read.

The ledger is `awsbook/notes.toml`. The notes come in chapters, and each statement has an id whose prefix
belongs to one chapter. A statement that holds stands by its id in `[holds]`; one that does not has a table:

    [statement.VOL-12]
    chapter = "ebs"
    verdict = "outdated"            # outdated, wrong, imprecise or retired-service
    said = "..."                    # what the notes said
    today = "..."                   # what holds instead
    since = "December 2020"         # only where it was found; a page prints "Since ..."
    source = "https://..."          # where a person can read it
    checked = "page"                # page, botocore, package or third-party, as in awsbook/facts.py
    as_of = 2023-06-01              # the date of the copy that was read; of the reading, if the copy has none
    how = "user guide of June 2023" # what exactly was read

A chapter says in its Markdown which statements it teaches: `% covers: EBS-01 EBS-02` in a comment, and for
those that do not hold, a `then-and-now` block, where the reader sees both sides.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from awsbook.facts import CHECKED, LedgerError

NOTES = Path(__file__).parent / "notes.toml"
VERDICTS = ("outdated", "wrong", "imprecise", "retired-service")
_TABLES = ("chapters", "prefixes", "holds", "statement")
_REQUIRED = ("chapter", "verdict", "said", "today", "source", "checked", "as_of", "how")
_OPTIONAL = ("since",)
_ID = re.compile(r"[A-Z][A-Z0-9]*-\d\d")
_COMMENT = re.compile(r"^\s*%\s*covers:(.*)$", re.MULTILINE)
_BLOCK = re.compile(r"^\s*(:{3,}|`{3,})\{then-and-now\}[^\n]*\n(.*?)^\s*\1\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """One statement of the notes that does not hold today.

    verdict: one of VERDICTS. said, today: a sentence or two each. since: when it changed, "" if unknown.
    source: the URL where a person can read it. as_of: the date of the copy that was read.
    checked: how, one of facts.CHECKED. how: what exactly was read there.
    """

    id: str
    chapter: str
    verdict: str
    said: str
    today: str
    source: str
    checked: str
    as_of: datetime.date
    how: str
    since: str = ""


@dataclass(frozen=True)
class Notes:
    """The whole ledger: titles by chapter, ids by chapter (holding or not), statements by id."""

    chapters: dict[str, str]
    rows: dict[str, list[str]]
    statements: dict[str, Statement]


def statements() -> dict[str, Statement]:
    """Every statement that does not hold, by id, in the order of the notes."""
    return dict(_ledger().statements)


def chapters() -> dict[str, str]:
    """The title of every chapter by its name, in the order of the notes."""
    return dict(_ledger().chapters)


def rows(chapter: str) -> list[str]:
    """Every id of one chapter, holding or not, in the order of the notes. LedgerError if it is unknown."""
    known = _ledger().rows
    if chapter not in known:
        raise LedgerError(f"{NOTES.name}: no chapter {chapter!r}; it has {', '.join(known)}")
    return list(known[chapter])


def uncovered(chapter: str, text: str) -> list[str]:
    """The ids that the Markdown `text` of `chapter` owes: empty when it covers its part of the notes.

    A row is covered by a comment line `% covers: ID ID` or a then-and-now block; one that does not hold, only
    by the block. Ids that the text cites and no row has come last.
    """
    ledger = _ledger()
    in_blocks = _cited(block for _, block in _BLOCK.findall(text))
    cited = in_blocks | _cited(_COMMENT.findall(text))
    every = {id for ids in ledger.rows.values() for id in ids}
    owed = [id for id in rows(chapter) if id not in (in_blocks if id in ledger.statements else cited)]
    return owed + sorted(cited - every)


def read_notes(text: str, where: str) -> Notes:
    """The notes in a ledger's text. LedgerError names `where` and the id or the chapter."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LedgerError(f"{where}: {error}") from error
    if set(tables) != set(_TABLES):
        raise LedgerError(f"{where}: has the tables {', '.join(tables)}, not {', '.join(_TABLES)}")
    order = _order(tables["chapters"], tables["prefixes"], where)
    found = {id: _statement(id, table, order, where) for id, table in tables["statement"].items()}
    by_chapter = {chapter: [] for chapter in tables["chapters"]}
    for chapter, ids in tables["holds"].items():
        for id in ids:
            _check_id(id, chapter, order, where)
            if id in found or id in by_chapter[chapter]:
                raise LedgerError(f"{where}: {id} stands twice: an id holds or has a statement, once")
            by_chapter[chapter].append(id)
    for statement in found.values():
        by_chapter[statement.chapter].append(statement.id)
    if empty := [chapter for chapter, ids in by_chapter.items() if not ids]:
        raise LedgerError(f"{where}: no statement in {', '.join(empty)}")
    places = list(order)
    for ids in by_chapter.values():
        ids.sort(key=lambda id: (places.index(_prefix(id)), id))
    return Notes(chapters=tables["chapters"], rows=by_chapter, statements=found)


@cache
def _ledger():
    return read_notes(NOTES.read_text(encoding="utf-8"), NOTES.name)


def _order(chapters, prefixes, where):
    """The chapter of every prefix, in the order of the notes."""
    if not chapters or list(chapters) != list(prefixes):
        raise LedgerError(f"{where}: [prefixes] must name the chapters of [chapters], in their order")
    order = {}
    for chapter, some in prefixes.items():
        for prefix in some:
            if prefix in order:
                raise LedgerError(f"{where}: prefix {prefix} belongs to {order[prefix]} and to {chapter}")
            order[prefix] = chapter
    return order


def _check_id(id, chapter, order, where):
    if not _ID.fullmatch(id):
        raise LedgerError(f"{where}: {id!r} is not an id like VOL-12")
    if chapter not in order.values():
        raise LedgerError(f"{where}: {id}.chapter is {chapter!r}, not one of {', '.join(order.values())}")
    if order.get(_prefix(id)) != chapter:
        raise LedgerError(f"{where}: {id} is in {chapter}, its prefix in {order.get(_prefix(id), 'no chapter')}")


def _statement(id, table, order, where):
    missing = [name for name in _REQUIRED if name not in table]
    unknown = [name for name in table if name not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        raise LedgerError(f"{where}: {id} lacks {missing or 'nothing'} and has unknown {unknown or 'nothing'}")
    _check_id(id, table["chapter"], order, where)
    for name, value in table.items():
        if name != "as_of" and not (isinstance(value, str) and value.strip()):
            raise LedgerError(f"{where}: {id}.{name} is {value!r}, not a text")
    if table["verdict"] not in VERDICTS:
        raise LedgerError(f"{where}: {id}.verdict is {table['verdict']!r}, not one of {', '.join(VERDICTS)}")
    if table["checked"] not in CHECKED:
        raise LedgerError(f"{where}: {id}.checked is {table['checked']!r}, not one of {', '.join(CHECKED)}")
    if not isinstance(table["as_of"], datetime.date):
        raise LedgerError(f"{where}: {id}.as_of is {table['as_of']!r}, not a date like 2026-11-23")
    if not table["source"].startswith("https://"):
        raise LedgerError(f"{where}: {id}.source is {table['source']!r}, not an https address")
    return Statement(id=id, **table)


def _prefix(id):
    return id.rpartition("-")[0]


def _cited(texts):
    return {id for text in texts for id in re.split(r"[\s,]+", text.strip()) if id}
