"""The gate on numbers: in a chapter, a number with an AWS unit is a fact or is marked as an example.

Found in the source text, not in the parsed tree, so that the message can name the line.
"""

from __future__ import annotations

import re

from sphinx.errors import ExtensionError

UNITS = (
    "IOPS|I/Os?|ops|B|bytes?|[KMGT]i?B|[KMGT]i?B/s|[kKMG]bps|Mbit/s|Gbit/s|ms|s|sec|seconds?|min|minutes?|h|hours?|days?|"
    "weeks?|months?|years?|%|per cent|percent|USD|dollars?|cents?|vCPUs?|(?:records?|requests?|messages?)(?:/s| per second)|"
    "[RW]CUs?|TPS"
)
NUMBER = r"\d[\d,]*(?:\.\d+)?"
WORDS = "two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred|thousand|million"
# words count only before units that are limits by nature: "two volumes" is prose, "thirty seconds" is a claim
WORD_UNITS = "IOPS|seconds?|minutes?|hours?|days?|weeks?|months?|years?|per cent|percent|bytes?|vCPUs?"
_CLAIM = re.compile(
    rf"(?<![\w.])(?:(?:US)?\$\s?{NUMBER}(?:\s?(?:million|billion))?|{NUMBER}[\s\u00a0-]?(?:million |thousand )?(?:{UNITS})(?![\w/])"
    rf"|\b(?:{WORDS})[\s-](?:{WORD_UNITS})\b)"
)
_ROLE = re.compile(r"\{[\w:-]+\}(`+)[^`]+?\1")
_CODE = re.compile(r"(`+)[^`].*?\1")
_LINK = re.compile(r"\]\([^)]*\)|<https?://[^>]*>|https?://\S+")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")


def unsourced(source: str) -> list[tuple[int, str]]:
    """(line, number) of every number with an AWS unit that is neither a role, code, a comment nor a link."""
    found = []
    for line_number, line in _prose_lines(source):
        bare = _LINK.sub(" ", _CODE.sub(" ", _ROLE.sub(" ", line)))
        found += [(line_number, match.group(0)) for match in _CLAIM.finditer(bare)]
    return found


def _prose_lines(source):
    """(number, line) of everything but front matter, fenced code, comments and directive options."""
    lines = source.split("\n")
    at = 0
    if lines and lines[0] == "---":
        at = lines.index("---", 1) + 1
    fence = ""
    while at < len(lines):
        line = lines[at]
        opened = _FENCE.match(line)
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif opened:
            fence = opened.group(1)
        elif not re.match(r"^\s*%", line) and not re.match(r"^:[\w-]+:", line):
            yield at + 1, line
        at += 1


def check(app, env):
    """Fails the build with every unsourced number, by file and line."""
    looked_at, wrong = 0, []
    for docname in sorted(env.found_docs):
        path = env.doc2path(docname)
        if not docname.startswith("book/") or not str(path).endswith(".md"):
            continue
        looked_at += 1
        with open(path, encoding="utf-8") as chapter:
            wrong += [f"{docname}.md:{line}: {number}" for line, number in unsourced(chapter.read())]
    if not looked_at:
        raise ExtensionError("the gate on numbers looked at no chapter")
    if wrong:
        raise ExtensionError(
            f"{len(wrong)} numbers with a unit are neither {{fact}} nor {{eg}}:\n  " + "\n  ".join(wrong)
        )
    print(f"numbers in prose: {looked_at} chapters, none without a source")


def setup(app):
    app.connect("env-check-consistency", check)
