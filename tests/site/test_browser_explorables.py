"""Every control of every explorable on the built site moves something the reader can see."""

from __future__ import annotations

import re

import pytest

from .conftest import SITE, Watched, pages
from .moves import controls, explorable, moves, signature, wait_for_change, wait_for_state, words

FOUND = [
    (page, id)
    for page in pages()
    for id in re.findall(r'data-explorable="([^"]+)"', (SITE / page).read_text(encoding="utf-8"))
]


def test_there_are_explorables_to_move():
    """The gate's count: zero would make every test below pass."""
    assert FOUND, "no explorable on any built page"


def test_every_explorable_of_the_package_is_in_exactly_one_chapter():
    """The front page may show one of them a second time."""
    from awsbook.explore import everything

    in_chapters = sorted(id for page, id in FOUND if not page.endswith("index.html"))
    assert sorted(made.id for made in everything()) == in_chapters


@pytest.fixture(scope="module")
def opened(browser, site):
    """`opened(page)` is a Watched page on the site, the same one as long as tests ask for the same page.

    Python starts once for a chapter, not once for each of its explorables. What the page complained of stays with it.
    """
    there: dict[str, Watched] = {}

    def open_page(page):
        if page not in there:
            close()
            there[page] = Watched(browser, site)
            there[page].open(page)
        return there[page]

    def close():
        for watched in there.values():
            watched.context.close()
        there.clear()

    yield open_page
    close()


@pytest.mark.parametrize(("page", "id"), FOUND, ids=[f"{page}-{id}" for page, id in FOUND])
def test_every_control_changes_something(opened, page, id, record_property):
    """By keyboard; from the starting state; with words and table following and no complaint in the console."""
    watched = opened(page)
    on = watched.page
    element = explorable(on, id)
    element.scroll_into_view_if_needed()
    assert element.locator(".ab-sentence").inner_text().strip()
    assert element.locator(".ab-table tbody tr").count()
    dead, moved = [], 0
    for control in controls(element):
        ways = moves(element, control)
        # the picture is looked at last: that waits until its drawing rests
        if any(changes(on, element, move, seen) for seen in (words, signature) for move in ways):
            moved += 1
        else:
            dead.append(control["name"])
    record_property("controls", moved)
    assert not dead, f"{id}: nothing changes when these move: {dead}"
    assert not watched.problems
    assert not watched.elsewhere


def reset(on, element):
    element.locator(".ab-reset").press("Enter")  # a click waits, up to a second, until nothing moves under it
    wait_for_state(on, element, "ready")


def changes(on, element, move, seen) -> bool:
    """Whether the move, from the start, is answered by something else than before, as `seen(element)` sees it."""
    reset(on, element)
    before = seen(element)
    move()
    wait_for_state(on, element, "ready", "error")
    return element.get_attribute("data-state") == "ready" and seen(element) != before


def test_a_dead_control_is_noticed(watch):
    """Planted fault: an explorable whose answers never change must count as dead."""
    page, id = FOUND[0]
    on = watch().open(page)
    element = explorable(on, id)
    element.scroll_into_view_if_needed()
    wait_for_state(on, element, "idle", "ready")
    before = signature(element)
    element.evaluate(
        "e => e.querySelector('.ab-form').addEventListener('input', event => event.stopImmediatePropagation(), true)"
    )
    moves(element, controls(element)[0])[0]()
    assert not wait_for_change(on, element, before, seconds=1)
    ways = moves(element, controls(element)[0])
    assert not any(changes(on, element, move, seen) for seen in (words, signature) for move in ways)
