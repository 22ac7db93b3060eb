"""Roles of the prose: {fact}, {fact-value}, {eg}, {lab}."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxRole

from awsbook.facts import Fact, LedgerError, UnknownFact, fact

from .tag import link, tag, text

CHECKED = {
    "page": "read on AWS's page",
    "botocore": "read in botocore's service model",
    "package": "read in a package's data",
    "third-party": "read in a third party's copy",
}


def provenance(known: Fact) -> list:
    """Where a fact is from, as nodes: how it was read, when, a link."""
    how = f" ({known.how})" if known.how else ""
    return [
        text(f"{CHECKED[known.checked]}, {known.as_of.isoformat()}{how}. "),
        link("Source", known.source),
    ]


class FactRole(SphinxRole):
    """``{fact}`ebs.gp3.max_iops` ``: the value with its unit; its source on hover, focus or tap."""

    def __init__(self, unit: bool):
        super().__init__()
        self.unit = unit

    def run(self):
        try:
            known = fact(self.text.strip())
        except (UnknownFact, LedgerError) as error:
            return [], [self.inliner.reporter.error(str(error), line=self.lineno)]
        value = known.text if self.unit else f"{known.value:,}" if not isinstance(known.value, str) else known.value
        spot = self.env.new_serialno("fact")
        note = f"fact-{self.env.docname.replace('/', '-')}-{spot}"
        node = tag(
            "span",
            {"class": "fact", "data-fact": known.key},
            tag("button", {"type": "button", "class": "fact-value", "aria-describedby": note}, text(value)),
            tag("span", {"class": "fact-source", "id": note}, *provenance(known)),
        )
        node["plain"] = value
        return [node], []


class ExampleRole(SphinxRole):
    """``{eg}`100 GiB` ``: a number that is an example of ours and no statement about AWS."""

    def run(self):
        return [nodes.inline("", self.text, classes=["eg"])], []


class LabRole(SphinxRole):
    """``{lab}`kinesis` ``: a link to the lab's page, titled by the lab itself."""

    def run(self):
        to_lab = addnodes.pending_xref(
            "",
            nodes.inline("", self.text),
            refdomain="std",
            reftype="doc",
            reftarget=f"/labs/{self.text.strip()}",
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )
        return [to_lab], []


def setup(app):
    app.add_role("fact", FactRole(unit=True))
    app.add_role("fact-value", FactRole(unit=False))
    app.add_role("eg", ExampleRole())
    app.add_role("lab", LabRole())
