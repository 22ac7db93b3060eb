"""What the pages print from the ledgers: then-and-now notes in a chapter, and the two generated pages."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from awsbook.explore import topics
from awsbook.facts import LedgerError, ledger
from awsbook.notes import chapters, statements

from .roles import CHECKED, provenance
from .tag import link, tag, text

VERDICT = {
    "outdated": "changed since",
    "wrong": "was not so",
    "imprecise": "not the whole of it",
    "retired-service": "no longer offered",
}


class ThenAndNow(SphinxDirective):
    """```:::{then-and-now}``` with one statement's id a line: what the notes say, what holds today."""

    has_content = True

    def run(self):
        known = statements()
        ids = [line.strip() for line in self.content if line.strip()]
        missing = [id for id in ids if id not in known]
        if missing or not ids:
            raise self.error(f"then-and-now: no statement {', '.join(missing) or 'given'}")
        title = tag("p", {"class": "tan-title"}, text("The notes, and today"))
        return [tag("div", {"class": "then-and-now"}, title, _listed(known[id] for id in ids))]


class AllThenAndNow(SphinxDirective):
    """Every statement of the notes that no longer holds, by chapter, in the order of the notes."""

    def run(self):
        by_chapter = {}
        for statement in statements().values():
            by_chapter.setdefault(statement.chapter, []).append(statement)
        sections = [
            _section(title, f"then-{name}", tag("div", {"class": "then-and-now"}, _listed(by_chapter[name])))
            for name, title in chapters().items()
            if name in by_chapter
        ]
        count = sum(map(len, by_chapter.values()))
        return [
            nodes.paragraph("", f"{count} statements of the notes no longer hold, or never did."),
            *sections,
        ]


class AllFacts(SphinxDirective):
    """Every fact of every topic, with its source and the days since it was read."""

    def run(self):
        sections, count = [], 0
        for topic in topics():
            try:
                facts = ledger(topic).values()
            except LedgerError as error:
                raise self.error(str(error)) from error
            count += len(facts)
            sections.append(_section(topic, f"facts-{topic}", _table(topic, facts)))
        return [nodes.paragraph("", f"{count} facts in {len(sections)} ledgers."), *sections]


def _listed(some):
    entries = []
    for statement in some:
        since = f" Since {statement.since}." if statement.since else ""
        entries += [
            tag(
                "dt",
                {"id": None},
                tag("span", {"class": "tan-mark"}, text(VERDICT[statement.verdict])),
                text(statement.said),
            ),
            tag(
                "dd",
                {},
                text(f"{statement.today}{since} "),
                tag(
                    "span",
                    {"class": "tan-source"},
                    text(f"({statement.id}: {CHECKED[statement.checked]}, {statement.as_of.isoformat()}. "),
                    link("Source", statement.source),
                    text(")"),
                ),
            ),
        ]
    return tag("dl", {}, *entries)


def _section(title, id, *children):
    return nodes.section("", nodes.title("", title), *children, ids=[id])


def _table(topic, facts):
    head = tag("tr", {}, *(tag("th", {"scope": "col"}, text(name)) for name in ("Fact", "Value", "Read")))
    rows = [
        tag(
            "tr",
            {"id": known.key},
            tag("th", {"scope": "row"}, nodes.literal("", known.key)),
            tag("td", {}, text(known.text), *_said(known)),
            tag("td", {}, *provenance(known)),
        )
        for known in facts
    ]
    table = tag("table", {"class": "fact-table"}, tag("thead", {}, head), tag("tbody", {}, *rows))
    return tag(
        "div", {"class": "ab-scroll", "tabindex": "0", "role": "region", "aria-label": f"Facts of {topic}"}, table
    )


def _said(known):
    return [text(f" (the notes: {known.notes_said})")] if known.notes_said else []


def setup(app):
    app.add_directive("then-and-now", ThenAndNow)
    app.add_directive("all-then-and-now", AllThenAndNow)
    app.add_directive("all-facts", AllFacts)
