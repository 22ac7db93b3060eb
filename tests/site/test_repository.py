"""Where the repository's address comes from."""

from __future__ import annotations

import pytest

from awsbook.site.repository import address, binder


def test_nothing_invents_an_address():
    assert address("", {}) == ""
    assert binder("", "labs") == ""


def test_the_setting_comes_first():
    ci = {"GITHUB_REPOSITORY": "a/b", "GITHUB_SERVER_URL": "https://github.com"}
    assert address("https://github.com/x/y/", ci) == "https://github.com/x/y"
    assert address("", ci) == "https://github.com/a/b"


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="git@github"):
        address("git@github.com:x/y", {})


def test_binder_opens_the_path_asked_for():
    assert binder("https://github.com/x/y", "labs") == "https://mybinder.org/v2/gh/x/y/main?urlpath=lab/tree/labs"


def test_binder_is_absent_where_it_cannot_reach():
    assert binder("https://example.com/x/y", "labs") == ""
