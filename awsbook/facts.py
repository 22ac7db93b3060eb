"""The ledgers: every number about AWS, once, with its unit, its source and the day it was read.

A topic's ledger is `awsbook/topics/<topic>/facts.toml`. Tables nest, and a table that has a `value` is a fact:

    [gp3.max_iops]
    value = 80_000
    unit = "IOPS"
    source = "https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html"
    as_of = 2026-11-23
    checked = "botocore"            # page, botocore, package or third-party
    how = "ec2 CreateVolume, Iops"  # what exactly was read
    notes_said = "..."              # only where the study notes differ

Its key in prose and code is `ebs.gp3.max_iops`: topic, then the tables' names.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

TOPICS = Path(__file__).parent / "topics"
CHECKED = ("page", "botocore", "package", "third-party")
_REQUIRED = ("value", "unit", "source", "as_of", "checked")
_OPTIONAL = ("how", "notes_said")


class LedgerError(ValueError):
    """A ledger that cannot be read; names the file and the key."""


class UnknownFact(KeyError):
    """A key that no ledger holds; names the keys that come nearest."""

    def __str__(self) -> str:
        return self.args[0]


@dataclass(frozen=True)
class Fact:
    """One published number (or word) about AWS.

    value: int, float or str, in `unit` ("" for a bare count or a word).
    source: the URL where a person can read it. as_of: the day it was read.
    checked: how, one of CHECKED. how: what exactly was read there.
    notes_said: what the study notes said, where that differs from `value`.
    """

    key: str
    value: int | float | str
    unit: str
    source: str
    as_of: datetime.date
    checked: str
    how: str = ""
    notes_said: str = ""

    @property
    def text(self) -> str:
        """The value with its unit, as prose prints it: `3,000 IOPS`, `$0.08 per GiB-month`, `99.9 %`."""
        number = f"{self.value:,}" if isinstance(self.value, int | float) else self.value
        if self.unit.startswith("$"):
            if isinstance(self.value, float) and round(self.value, 2) == self.value:
                number = f"{self.value:,.2f}"  # ten cents are 0.10
            return f"${number}{self.unit[1:]}"
        return f"{number} {self.unit}".strip()


@cache
def ledger(topic: str) -> dict[str, Fact]:
    """Every fact of one topic by full key, in the file's order.

    LedgerError if the file is missing, is not TOML, or holds a fact that lacks something.
    """
    path = TOPICS / topic.replace("-", "_") / "facts.toml"
    packed = path.with_suffix(".json")
    if packed.is_file():  # on a page
        return from_json(packed.read_text(encoding="utf-8"))
    if not path.is_file():
        raise LedgerError(f"no ledger for topic {topic!r}: {path.name} not found in topics/{path.parent.name}/")
    return read_ledger(path.read_text(encoding="utf-8"), topic, f"topics/{path.parent.name}/facts.toml")


def read_ledger(text: str, topic: str, where: str) -> dict[str, Fact]:
    """The facts in a ledger's text. LedgerError names `where` and the key."""
    import tomllib  # pages do without

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LedgerError(f"{where}: {error}") from error
    facts = {fact.key: fact for fact in _walk(tables, topic, where)}
    if not facts:
        raise LedgerError(f"{where}: no fact in it")
    return facts


def to_json(facts: dict[str, Fact]) -> str:
    """A ledger as pages have it: judged already, and read without TOML, which a page has to do in Python."""
    return json.dumps([asdict(fact) | {"as_of": fact.as_of.isoformat()} for fact in facts.values()], ensure_ascii=False)


def from_json(text: str) -> dict[str, Fact]:
    """The ledger that `to_json` wrote."""
    rows = [row | {"as_of": datetime.date.fromisoformat(row["as_of"])} for row in json.loads(text)]
    return {row["key"]: Fact(**row) for row in rows}


def fact(key: str) -> Fact:
    """The fact named `<topic>.<name>`. UnknownFact if there is none."""
    facts = ledger(key.partition(".")[0])
    if key not in facts:
        raise UnknownFact(f"no fact {key!r}; the ledger has {', '.join(_nearest(key, facts))}")
    return facts[key]


def _walk(table, key, where):
    if "value" in table:
        yield _fact(table, key, where)
        return
    for name, inner in table.items():
        if not isinstance(inner, dict):
            raise LedgerError(f"{where}: {key}.{name} stands outside a fact (a fact has {', '.join(_REQUIRED)})")
        yield from _walk(inner, f"{key}.{name}", where)


def _fact(table, key, where):
    missing = [name for name in _REQUIRED if name not in table]
    unknown = [name for name in table if name not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        raise LedgerError(f"{where}: {key} lacks {missing or 'nothing'} and has unknown {unknown or 'nothing'}")
    if table["checked"] not in CHECKED:
        raise LedgerError(f"{where}: {key}.checked is {table['checked']!r}, not one of {', '.join(CHECKED)}")
    if not isinstance(table["value"], int | float | str) or isinstance(table["value"], bool):
        raise LedgerError(f"{where}: {key}.value is {table['value']!r}, not a number or a word")
    if not isinstance(table["as_of"], datetime.date):
        raise LedgerError(f"{where}: {key}.as_of is {table['as_of']!r}, not a date like 2026-11-23")
    if not str(table["source"]).startswith("https://"):
        raise LedgerError(f"{where}: {key}.source is {table['source']!r}, not an https address")
    return Fact(key=key, **table)


def _nearest(key, facts):
    import difflib

    return difflib.get_close_matches(key, facts, n=5, cutoff=0.3) or list(facts)[:5]
