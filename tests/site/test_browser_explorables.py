"""Every control of every explorable on the built site moves something the reader can see."""

from __future__ import annotations

import re

import pytest

from .conftest import SITE, pages
from .moves import controls, explorable, moves, signature, wait_for_change, wait_for_state

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


@pytest.mark.parametrize(("page", "id"), FOUND, ids=[f"{page}-{id}" for page, id in FOUND])
def test_every_control_changes_something(watch, page, id, record_property):
    """By keyboard; from the starting state; with words and table following and no complaint in the console."""
    watched = watch()
    on = watched.open(page)
    element = explorable(on, id)
    element.scroll_into_view_if_needed()
    assert element.locator(".ab-sentence").inner_text().strip()
    assert element.locator(".ab-table tbody tr").count()
    dead, moved = [], 0
    for control in controls(element):
        for move in moves(element, control):
            element.locator(".ab-reset").click()
            wait_for_state(on, element, "ready")
            before = signature(element)
            move()
            if wait_for_change(on, element, before, seconds=3):
                moved += 1
                break
        else:
            dead.append(control["name"])
    record_property("controls", moved)
    assert not dead, f"{id}: nothing changes when these move: {dead}"
    assert not watched.problems
    assert not watched.elsewhere


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
