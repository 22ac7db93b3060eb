"""Our directives and roles, on a tiny book that is really built."""

from __future__ import annotations

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

CONF = """
extensions = ["myst_parser", "awsbook.site.tag", "awsbook.site.roles", "awsbook.site.lessons", "awsbook.site.ledgers"]
myst_enable_extensions = ["colon_fence"]
html_theme = "basic"
"""


@pytest.fixture
def build(tmp_path):
    """`build(text)` gives the page's HTML and the warnings."""

    def make(text):
        (tmp_path / "conf.py").write_text(CONF)
        (tmp_path / "index.md").write_text(f"# Title\n\n{text}\n")
        warnings = open(tmp_path / "warnings", "w+")  # noqa: SIM115 (Sphinx writes to it after this line)
        out = str(tmp_path / "out")
        with docutils_namespace():  # so that one build's directives are not known to the next
            app = Sphinx(
                str(tmp_path), str(tmp_path), out, out + "/d", "html", warning=warnings, status=None, freshenv=True
            )
            app.build()
        warnings.seek(0)
        return (tmp_path / "out" / "index.html").read_text(), warnings.read()

    return make


def test_a_fact_prints_value_unit_source_and_date(build):
    html, warnings = build("It bursts to {fact}`ebs.gp2.burst_iops`.")
    assert "3,000 IOPS" in html
    assert "docs.aws.amazon.com" in html
    assert 'data-fact="ebs.gp2.burst_iops"' in html
    assert not warnings


def test_an_unknown_fact_is_an_error_with_the_nearest_names(build):
    """Planted fault."""
    _, warnings = build("It bursts to {fact}`ebs.gp2.burst_iop`.")
    assert "no fact" in warnings
    assert "ebs.gp2.burst_iops" in warnings


def test_a_guess_is_radio_buttons_and_a_folded_comparison(build):
    html, warnings = build(":::{guess} When?\n- now\n- never\n+++\nIt was now.\n:::")
    assert html.count('type="radio"') == 2
    assert "<legend>When?</legend>" in html
    assert "It was now." in html
    assert not warnings


def test_a_guess_without_a_comparison_is_an_error(build):
    _, warnings = build(":::{guess} When?\n- now\n- never\n:::")
    assert "+++" in warnings


def test_a_question_explains_each_answer(build):
    text = "::::{question} How many?\n:::{wrong} 4\nForgets one.\n:::\n:::{right} 5\nBecause.\n:::\n::::"
    html, warnings = build(text)
    assert 'class="quiz-answer right"' in html
    assert "Forgets one." in html
    assert not warnings


def test_a_fact_in_an_answer_that_opens_is_plain_text(build):
    html, _ = build(
        "::::{question} How many?\n:::{wrong} {fact}`ebs.gp2.burst_iops`\nNo.\n:::\n:::{right} 5\nYes.\n:::\n::::"
    )
    assert "<summary>3,000 IOPS</summary>" in html


@pytest.mark.parametrize("kinds", [("wrong", "wrong"), ("right", "right"), ("right",)])
def test_a_question_needs_one_right_and_a_wrong_answer(build, kinds):
    """Planted faults."""
    answers = "".join(f":::{{{kind}}} x\nBecause.\n:::\n" for kind in kinds)
    _, warnings = build(f"::::{{question}} How many?\n{answers}::::")
    assert "one right answer" in warnings


def test_an_unknown_statement_is_an_error(build):
    _, warnings = build(":::{then-and-now}\nXYZ-99\n:::")
    assert "XYZ-99" in warnings


def test_the_generated_pages_hold_every_fact_and_every_statement(build):
    from awsbook.explore import topics
    from awsbook.facts import ledger
    from awsbook.notes import statements

    html, _ = build("```{all-facts}\n```\n\n```{all-then-and-now}\n```")
    assert all(f'id="{key}"' in html for topic in topics() for key in ledger(topic))
    assert statements()
    assert all(f"({id}: " in html for id in statements())
