"""The rules of a chapter, read from its source: the notes covered, guesses, goals, questions, what to remember."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from awsbook.explore import in_topic, topics
from awsbook.notes import uncovered

ROOT = Path(__file__).parents[1]
CHAPTERS = {path.stem: path for path in (ROOT / "book").glob("*/*.md")}
_CELL = re.compile(r"^```\{code-cell\}.*?^```$", re.M | re.S)
_SHOWN = re.compile(r"^explore\((\w+)\.(\w+)\s*[,)]", re.M)


def text(topic: str) -> str:
    return CHAPTERS[topic].read_text(encoding="utf-8")


def test_there_is_a_chapter_for_every_topic_and_a_topic_for_every_chapter():
    """One name opens every door."""
    assert topics()
    assert sorted(CHAPTERS) == topics()


def test_the_front_page_leads_to_every_chapter_and_every_lab():
    front = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    files = re.findall(r"file: (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    links = {name: f"({name.removeprefix('book/')}.md)" for name in files if name.startswith("book/")}
    links |= {name: f"{{lab}}`{name.removeprefix('labs/')}`" for name in files if name.startswith("labs/")}
    assert len(links) >= 10
    missing = [link for link in links.values() if link not in front]
    assert not missing, f"book/index.md does not lead to {', '.join(missing)}"


@pytest.mark.parametrize("topic", topics())
def test_every_row_of_the_notes_is_covered(topic):
    owed = uncovered(topic, text(topic))
    assert not owed, (
        f"{CHAPTERS[topic].relative_to(ROOT)} owes the notes {', '.join(owed)}: a comment line `% covers: ID`, or a "
        "then-and-now block if the row does not hold"
    )


@pytest.mark.parametrize("topic", topics())
def test_every_explorable_is_shown_once_and_after_a_guess(topic):
    shown = [
        (cell.start(), found.group(2))
        for cell in _CELL.finditer(text(topic))
        for found in _SHOWN.finditer(cell.group())
    ]
    assert sorted(name for _, name in shown) == sorted(made.name for made in in_topic(topic))
    before = 0
    for at, name in shown:
        assert ":::{guess}" in text(topic)[before:at], f"no guess before {name}"
        before = at


@pytest.mark.parametrize("topic", topics())
def test_a_chapter_has_three_goals_and_five_questions(topic):
    assert sum(len(made().goals) for made in in_topic(topic)) >= 3, "goals of all its explorables"
    assert len(re.findall(r"^:{3,}\{question\}", text(topic), re.M)) >= 5, "blocks :::{question}"


@pytest.mark.parametrize("topic", topics())
def test_a_chapter_says_where_it_is_wrong_and_what_to_remember(topic):
    headings = re.findall(r"^## (.+)$", text(topic), re.M)
    assert any(re.search("wrong", heading, re.I) for heading in headings)
    assert any(re.search("cost", heading, re.I) for heading in headings)
    assert "Check yourself" in headings
    assert headings[-1] == "Remember"


@pytest.mark.parametrize("topic", topics())
def test_headings_are_unique(topic):
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text(topic), flags=re.M | re.S), re.M)
    twice = {heading for heading in headings if headings.count(heading) > 1}
    assert not twice, f"the contents would show these twice: {', '.join(twice)}"


@pytest.mark.parametrize("topic", topics())
def test_every_fact_of_the_topic_is_used(topic):
    """A fact nobody reads goes stale unseen: each is in the prose, a view, a test or a lab."""
    from awsbook.facts import ledger

    rooms = [ROOT / "awsbook", ROOT / "tests", ROOT / "book", ROOT / "labs"]
    files = [p for room in rooms for p in room.rglob("*") if p.suffix in (".py", ".md", ".ipynb")]
    everything = "\n".join(path.read_text(encoding="utf-8") for path in files)
    # a view may build a key from its parts, so the last part must stand somewhere as a word
    unused = [key for key in ledger(topic) if not re.search(rf"\b{re.escape(key.split('.')[-1])}\b", everything)]
    assert not unused, f"no chapter, view, test or lab names {', '.join(unused)}"
