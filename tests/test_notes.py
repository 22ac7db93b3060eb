"""The ledger of the study notes: it reads, it is whole, and a faulty one says where the fault is."""

from __future__ import annotations

import datetime

import pytest

from awsbook.facts import CHECKED, LedgerError
from awsbook.notes import VERDICTS, chapters, read_notes, rows, statements, uncovered

LEDGER = """
[chapters]
disks = "Disks"
queues = "Queues"

[prefixes]
disks = ["VOL", "SNAP"]
queues = ["SQS"]

[holds]
disks = ["VOL-02", "SNAP-01"]
queues = ["SQS-01"]

[statement.VOL-01]
chapter = "disks"
verdict = "outdated"
said = "Small."
today = "Large."
since = "2020"
source = "https://example.org/"
checked = "page"
as_of = 2023-06-01
how = "a page"
"""


def all_rows():
    return [id for chapter in chapters() for id in rows(chapter)]


def broken(old, new):
    """The small ledger above with one fault planted."""
    assert old in LEDGER
    return LEDGER.replace(old, new)


def test_the_ledger_of_the_notes_reads():
    """It holds rows, and both kinds of them."""
    assert len(all_rows()) > len(statements()) > 0


def test_every_id_stands_once():
    """No id is in two chapters, or twice in one."""
    assert len(all_rows()) == len(set(all_rows()))


def test_no_row_was_lost_on_the_way():
    """Within a prefix the numbers run from 1 without a gap, in order."""
    numbers = {}
    for id in all_rows():
        prefix, _, number = id.rpartition("-")
        numbers.setdefault(prefix, []).append(int(number))
    assert numbers
    assert {prefix: list(range(1, len(some) + 1)) for prefix, some in numbers.items()} == numbers


def test_every_statement_stands_among_the_rows_of_its_chapter():
    """A statement's chapter is known, and lists it."""
    lost = [id for id, statement in statements().items() if id not in rows(statement.chapter)]
    assert lost == []


def test_statements_come_in_the_order_of_the_rows():
    """The page that lists them all follows the notes."""
    assert list(statements()) == [id for id in all_rows() if id in statements()]


def test_every_statement_has_all_its_fields():
    """Said, today, source, check, date: nothing is left blank; only `since` may be."""
    for id, statement in statements().items():
        assert statement.id == id
        assert statement.verdict in VERDICTS, id
        assert statement.checked in CHECKED, id
        assert statement.said, id
        assert statement.today, id
        assert statement.how, id
        assert statement.source.startswith("https://"), id
        assert datetime.date(2020, 1, 1) <= statement.as_of <= datetime.date.today(), id


def test_sentences_end_as_sentences_do():
    """A page prints said, today and since one after the other."""
    for id, statement in statements().items():
        assert statement.said.endswith("."), id
        assert statement.today.endswith("."), id
        assert not statement.since.endswith("."), id
        assert not statement.since.lower().startswith("since"), id


def test_what_was_never_so_has_no_date():
    """A statement that was wrong from the first did not change, so no `since` stands under it."""
    dated = [id for id, statement in statements().items() if statement.verdict == "wrong" and statement.since]
    assert dated == []


def test_a_chapter_nobody_knows_is_an_error_that_names_the_others():
    """The four chapters of the first volume are among them."""
    with pytest.raises(LedgerError, match=r"no chapter 'ebbs'.* launch-types, .*ebs, .*elasticache, .*kinesis"):
        rows("ebbs")


def test_rows_come_by_prefix_and_number():
    """The order is the one of [prefixes], whether a row holds or not."""
    assert read_notes(LEDGER, "small.toml").rows["disks"] == ["VOL-01", "VOL-02", "SNAP-01"]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('verdict = "outdated"', 'verdict = "stale"', "VOL-01.verdict is 'stale'"),
        ('source = "https://example.org/"\n', "", r"VOL-01 lacks \['source'\]"),
        ('how = "a page"', 'how = "a page"\nwhen = 1', r"VOL-01 .*unknown \['when'\]"),
        ('source = "https://', 'source = "http://', "VOL-01.source"),
        ('checked = "page"', 'checked = "heard"', "VOL-01.checked is 'heard'"),
        ("as_of = 2023-06-01", 'as_of = "2023"', "VOL-01.as_of is '2023'"),
        ('today = "Large."', 'today = " "', "VOL-01.today"),
        ('since = "2020"', "since = 2020", "VOL-01.since is 2020"),
        ('chapter = "disks"', 'chapter = "tapes"', "VOL-01.chapter is 'tapes'"),
        ('chapter = "disks"', 'chapter = "queues"', "VOL-01 is in queues, its prefix in disks"),
        ('["VOL-02", "SNAP-01"]', '["VOL-02", "SNAP-01", "VOL-01"]', "VOL-01 stands twice"),
        ('["VOL-02", "SNAP-01"]', '["VOL-02", "SNAP-01", "VOL-02"]', "VOL-02 stands twice"),
        ("[statement.VOL-01]", "[statement.VOL-01]\n[statement.VOL-01]", "VOL-01"),
        ('["SQS-01"]', '["SQS-01", "EFS-01"]', "EFS-01 is in queues, its prefix in no chapter"),
        ('["SQS-01"]', '["SQS1"]', "'SQS1' is not an id"),
        ('queues = ["SQS-01"]', 'tapes = ["SQS-01"]', "SQS-01.chapter is 'tapes'"),
        ('["SQS-01"]', "[]", "no statement in queues"),
        ('queues = ["SQS"]', 'queues = ["SQS", "VOL"]', "VOL belongs to disks and to queues"),
        ('queues = "Queues"\n', "", "must name the chapters"),
        ("[holds]", "[hold]", "has the tables"),
    ],
)
def test_a_faulty_ledger_names_the_file_and_the_id(old, new, named):
    """Each planted fault gives one error that says where it is."""
    with pytest.raises(LedgerError, match=rf"^small\.toml: .*{named}"):
        read_notes(broken(old, new), "small.toml")


def chapter_text(chapter):
    """A chapter's Markdown that owes nothing."""
    wrong = [id for id in rows(chapter) if id in statements()]
    right = [id for id in rows(chapter) if id not in statements()]
    covers, block = " ".join(right), "\n".join(wrong)
    return f"# A title\n\n% covers: {covers}\n\nText.\n\n:::{{then-and-now}}\n{block}\n:::\n\nMore text.\n"


@pytest.mark.parametrize("chapter", ["launch-types", "ebs", "elasticache", "kinesis"])
def test_a_chapter_that_cites_every_row_owes_nothing(chapter):
    """Comments for what holds, a then-and-now block for what does not."""
    assert uncovered(chapter, chapter_text(chapter)) == []


def test_a_chapter_that_cites_nothing_owes_every_row():
    """In the order of the notes."""
    assert uncovered("ebs", "# EBS\n\nVOL-12 in prose is no citation.\n") == rows("ebs")


def test_a_row_that_is_not_cited_is_owed():
    """One id taken out of a comment is found."""
    assert uncovered("ebs", chapter_text("ebs").replace("EBS-02", "")) == ["EBS-02"]


def test_a_statement_that_does_not_hold_is_owed_while_it_stands_only_in_a_comment():
    """The reader must see it."""
    text = chapter_text("ebs").replace("VOL-12\n", "").replace("% covers:", "% covers: VOL-12")
    assert uncovered("ebs", text) == ["VOL-12"]


def test_an_id_that_no_row_has_is_found():
    """In a comment or in a block; an id of another chapter is known."""
    text = chapter_text("ebs").replace("% covers:", "% covers: EBS-99, CMP-01").replace("VOL-12", "VOL-12\nVOL-98")
    assert uncovered("ebs", text) == ["EBS-99", "VOL-98"]


def test_a_block_may_be_fenced_with_backticks_and_stand_several_times():
    """MyST takes both fences."""
    text = chapter_text("ebs").replace(":::", "```").replace("VOL-12\n", "")
    assert uncovered("ebs", text + "\n::::{then-and-now}\nVOL-12\n::::\n") == []
