"""The Content-Security-Policy of a page, and what is taken out of pages."""

from __future__ import annotations

import base64
import hashlib

import pytest
from sphinx.errors import ExtensionError

from awsbook.site.hasten import hastened
from awsbook.site.policy import handlers, policy_for, policy_of
from awsbook.site.trim import passing_over, trimmed, without_icons


def test_an_inline_script_is_allowed_by_its_hash_and_no_other_way():
    code = "document.title = 'x'"
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = policy_for(f"<head><script>{code}</script></head>")
    assert f"'sha256-{digest}'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_data_and_files_need_no_hash():
    page = '<script type="application/json">{}</script><script src="a.js"></script>'
    assert "sha256" not in policy_for(page)


def test_an_event_handler_in_an_attribute_is_found():
    """Planted fault: the policy would silently refuse it on the page."""
    assert handlers('<p><a href="#" onclick="go()">x</a></p>')
    assert not handlers("<p>on Sundays = closed</p><script>x.onclick = y</script>")


def test_a_page_without_a_policy_says_so():
    assert policy_of("<head></head>") is None


def test_the_trim_takes_only_what_is_unused():
    page = (
        '<script src="../_static/scripts/fontawesome.js?digest=1"></script>\n'
        '<script>const THEBE_JS_URL = "x"</script>\n<script src="keep.js"></script>\n'
        '<link rel="stylesheet" href="../_static/sphinx-thebe.css?v=4" />\n'
    )
    assert trimmed(page).strip() == '<script src="keep.js"></script>'


def test_only_the_search_itself_keeps_the_script_that_marks_finds():
    marks = '<script defer src="../_static/sphinx_highlight.js?v=1"></script>\n'
    search = marks + '<script src="_static/searchtools.js"></script>'
    assert (trimmed(marks), trimmed(search)) == ("", search)


def test_a_search_script_that_excerpts_otherwise_fails_the_build():
    """Planted fault."""
    assert '"style", ".onlyprint", ' in passing_over('for (const query of [".headerlink", "script", "style"]) {')
    with pytest.raises(ExtensionError):
        passing_over('for (const query of [".headerlink"]) {')


def test_the_theme_keeps_its_styles_and_loses_its_icons():
    icons = '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-x:before{content:"\\f00d"}'
    font = "@font-face{font-family:Awesome;src:url(../vendor/fontawesome/webfonts/fa-solid-900.woff2)}"
    other = '@font-face{src:url(a.woff2)}.fa-bars{color:red}p:before{content:"-"}p .fa-x:before{content:"+"}'
    assert without_icons(f"p{{color:red}}{icons}{font}{other}") == f"p{{color:red}}{other}"
    with pytest.raises(ExtensionError):  # planted fault: a theme that says it otherwise
        without_icons(other)


def test_scripts_wait_for_the_page_and_not_the_page_for_scripts():
    """In their order; an inline module waits as they do; data and what waits already are left alone."""
    page = (
        '<script src="a.js"></script><script>DOCUMENTATION_OPTIONS.pagename = "x";</script><script>first()</script>'
        '<script type="module" src="b.js"></script><script defer src="c.js"></script>'
        '<script type="application/json">{}</script>'
    )
    assert hastened(page) == (
        '<script defer src="a.js"></script><script type="module">DOCUMENTATION_OPTIONS.pagename = "x";</script>'
        '<script>first()</script><script type="module" src="b.js"></script><script defer src="c.js"></script>'
        '<script type="application/json">{}</script>'
    )


def test_the_head_says_what_the_page_will_need():
    """Its topics, once each, and what need not wait for the page."""
    entry = '<script type="module" src="../_static/explore/element.js?v=1"></script>'
    figures = '<aws-explorable data-explorable="ebs.sizes"></aws-explorable><b data-explorable="ebs.raid"></b>'
    made = hastened(f'<head><meta charset="utf-8" />{entry}</head>{figures}')
    assert made.startswith(
        '<head><meta charset="utf-8" />\n<meta name="awsbook-topics" content="ebs" />\n<script data-'
    )
    assert 'data-worker="../_static/explore/worker.js"' in made
    assert made.endswith(f"{entry}</head>{figures}")


def test_a_page_without_explorables_gets_none_of_it():
    assert hastened("<head></head>") == "<head></head>"
