"""What a chapter's controls can be besides sliders: steps with undo, a text with lines, motion, a long computation.

On a page of its own, made here from a small topic, so that it holds whatever the chapters use.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from awsbook.site import pack
from awsbook.site.hasten import hastened
from awsbook.site.policy import policy_for

from .conftest import serving
from .moves import eventually, explorable, wait_for_state
from .small import BOOK, small_book

VIEWS = """
import json
import time

from awsbook.explore import ControlError, Goal, Sketch, Slider, Steps, Table, Text, View, explorable, figure


def view(shapes, sentence, **more):
    return View(figure.picture(shapes, 60), sentence, Table(("What",), ((sentence,),)), **more)


@explorable("Steps", steps=Steps("Do", "put", {"put": "PUT", "delete": "DELETE"}, max_steps=3))
def steps(steps):
    return view([figure.words(5, 20, steps)], f"Took {steps or 'nothing'}.")


@explorable("Moving", t=Slider("Time", 0, min=0, max=60, step=0.5, unit="s", play_s=3))
def moving(t):
    return view([figure.dot(t, 20)], f"At {t:g} s.")


asked = []


@explorable("Counting", t=Slider("Time", 0, min=0, max=60, unit="s"))
def counting(t):
    asked.append(t)
    return view([figure.dot(t, 20)], f"At {t:g} s, answer {len(asked)}.")


@explorable("Coarse", n=Slider("Number", 1, min=1, max=1000, log=True))
def coarse(n):
    asked.append(n)
    return view([figure.dot(n / 10, 20)], f"At {n} s, answer {len(asked)}.")


@explorable("Crawling", t=Slider("Time", 0, min=0, max=60, step=0.5, unit="s", play_s=600))
def crawling(t):
    return view([figure.dot(t, 20)], f"At {t:g} s.")


@explorable("Text", policy=Text("Policy", '{\\n "a": 1,\\n "b": 2\\n}', max_chars=400, rows=5, lines=True))
def text(policy):
    try:
        read = json.loads(policy)
    except json.JSONDecodeError as error:
        raise ControlError(f"line {error.lineno}: {error.msg}", control="policy", line=error.lineno) from None
    return view([figure.box(5, 5, 50, 40, "read")], f"{len(read)} members.", lines={"policy": (2, 3)})


@explorable("Labels", text=Text("Texts", "a", max_chars=100))
def labels(text):
    names = text.split(",")
    at = list(range(len(names)))
    chart = figure.chart([figure.points("names", at, at, text=names)], "Number", "Number")
    return View(chart, f"{len(names)} texts.", Table(("What",), ((f"{len(names)} texts",),)))


@explorable("Long", parts=Slider("Parts", 1, min=1, max=200))
def long(parts):
    for i in range(parts):
        end = time.perf_counter() + 0.05
        while time.perf_counter() < end:
            pass
        yield i / parts
    return view([figure.words(5, 20, str(parts))], f"{parts} parts done.")


@explorable("Growing", parts=Slider("Parts", 1, min=1, max=200))
def growing(parts):
    def shown(done):
        return view([figure.words(5, 20, str(done))], f"{done} of {parts} parts.", goals=(Goal("Do it", True),))

    for i in range(parts):
        yield Sketch(i / parts, lambda: shown(i))
        time.sleep(0.02)
    return shown(parts)
"""
FRAGMENTS = """
import json
import sys
from pathlib import Path
import awsbook.topics
awsbook.topics.__path__ = [sys.argv[1]]
from awsbook.explore import in_topic
from awsbook.explore.fragment import Fragment
from awsbook.site.nearby import answers
for made in in_topic("small"):
    print(Fragment(made, made.defaults).html())
    # these would take long here too
    beside = [] if made.name in ("long", "growing") else answers(made, made.defaults)
    Path(sys.argv[2], f"{made.id}.json").write_text(json.dumps(beside), encoding="utf-8")
"""


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    """The address of a site with one page, on which the small topic stands."""
    home = tmp_path_factory.mktemp("small")
    book, site = small_book(home, VIEWS), home / "site"
    pack.pack(site / "_static" / "pyodide", book)
    shutil.copytree(BOOK / "site" / "static", site / "_static" / "explore")
    (site / "_static" / "nearby").mkdir()
    # in a process of its own: this one knows the topics of the book
    done = subprocess.run(
        [sys.executable, "-c", FRAGMENTS, str(book / "topics"), str(site / "_static" / "nearby")],
        capture_output=True,
        text=True,
        check=True,
    )
    page = hastened(
        '<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8" /><title>Small</title>'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="_static/explore/book.css">'
        f'<script type="module" src="_static/explore/element.js"></script></head><body>{done.stdout}</body></html>'
    )
    policy = f'<head><meta http-equiv="Content-Security-Policy" content="{policy_for(page)}">'
    (site / "index.html").write_text(page.replace("<head>", policy, 1), encoding="utf-8")
    made, address = serving(site)
    yield address
    made.shutdown()


@pytest.fixture
def page(browser, small_site):
    """Opens the page, with the options of a browser context."""
    opened, complaints = [], []

    def open_page(query="", **options):
        context = browser.new_context(**options)
        opened.append(context)
        made = context.new_page()
        made.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        made.on("pageerror", lambda error: complaints.append(str(error)))
        made.goto(f"{small_site}index.html{query}")
        return made

    yield open_page
    for context in opened:
        context.close()
    assert not complaints


def sentence(element):
    return element.locator(".ab-sentence").inner_text()


def changes_to(page, element, text, seconds=20):
    assert eventually(page, lambda: sentence(element) == text, seconds), f"{sentence(element)!r}, not {text!r}"


def test_steps_are_taken_undone_listed_and_kept_in_the_address(page):
    on = page("?small.steps.steps=put+delete")
    element = explorable(on, "small.steps")
    changes_to(on, element, "Took put delete.")
    element.locator('[data-do="put"]').click()
    changes_to(on, element, "Took put delete put.")
    assert element.locator(".ab-taken li").all_inner_texts() == ["PUT", "DELETE", "PUT"]
    assert element.locator('[data-do="put"]').get_attribute("aria-disabled") == "true"
    element.locator('[data-do="put"]').evaluate("button => button.click()")  # more than it takes: nothing happens
    element.locator(".ab-undo").click()
    changes_to(on, element, "Took put delete.")
    assert eventually(on, lambda: "small.steps.steps=put+delete" in on.url)
    for _ in range(2):
        element.locator(".ab-undo").click()
    changes_to(on, element, "Took nothing.")
    element.locator(".ab-reset").click()
    changes_to(on, element, "Took put.")


SAID = """element => {
  const sentence = element.querySelector(".ab-sentence");
  window.said = [];
  new MutationObserver(() => window.said.push(sentence.textContent))
    .observe(sentence, {childList: true, characterData: true, subtree: true});
}"""


def test_play_moves_the_slider_to_its_end_and_then_from_the_start(page):
    on = page(reduced_motion="no-preference")
    element = explorable(on, "small.moving")
    button = element.locator("[data-play]")
    button.click()
    changes_to(on, element, "At 60 s.")
    assert eventually(on, lambda: button.inner_text() == "Play")  # the player looks again after its last step
    element.evaluate(SAID)  # motion can be over before a slow machine's test looks again
    button.click()
    # the end may be said once more before the second play begins
    assert eventually(on, lambda: on.evaluate("said.some(text => text !== 'At 60 s.') && said.at(-1) === 'At 60 s.'"))


def counted(on, element, key, at):
    """How many answers Python had given with the one for `key`, which leads to `at`."""
    element.locator('input[type="range"]').press(key)
    assert eventually(on, lambda: sentence(element).startswith(f"At {at} s, answer "))
    return int(re.search(r"answer (\d+)", sentence(element))[1])


# on the second the handle's places are no multiples of a key's way: it snaps to whole numbers
@pytest.mark.parametrize(("name", "low", "high"), [("small.counting", 0, 60), ("small.coarse", 1, 1000)])
def test_python_thinks_ahead_of_a_hand_that_moves_evenly(page, name, low, high):
    """The answer after the last of some even steps is there before anybody asks."""
    on = page()
    element = explorable(on, name)

    def ahead():
        counted(on, element, "Home", low)
        third = [counted(on, element, "ArrowRight", low + step) for step in (1, 2, 3)][-1]
        on.wait_for_timeout(50)  # a quicker hand is served first
        fourth = counted(on, element, "ArrowRight", low + 4)
        on.wait_for_timeout(50)
        last = counted(on, element, "End", high)
        return (fourth - third, last - fourth) == (1, 2)  # between the last two, Python has answered for a fifth

    counted(on, element, "End", high)
    assert eventually(on, ahead)


def test_python_does_not_think_ahead_of_a_hand_that_jumps(page):
    on = page()
    element = explorable(on, "small.counting")
    counted(on, element, "End", 60)
    steps = [("Home", 0), ("ArrowRight", 1), ("PageUp", 7), ("ArrowRight", 8), ("ArrowLeft", 7), ("End", 60)]

    def one_each():
        answers = []
        for key, at in steps:
            answers.append(counted(on, element, key, at))
            on.wait_for_timeout(50)
        return answers == list(range(answers[0], answers[0] + len(steps)))

    assert eventually(on, one_each)  # until Python has rehearsed


def test_every_key_moves_a_logarithmic_slider_also_where_its_grid_is_coarse(page):
    on = page()
    element = explorable(on, "small.coarse")
    slider, exact = element.locator('[data-control="n"]'), element.locator('[data-exact="n"]')

    def after(*keys):
        for key in keys:
            slider.press(key)
        return int(exact.input_value())

    assert [after("Home", *["ArrowRight"] * presses) for presses in range(4)] == [1, 2, 3, 4]
    assert after("ArrowLeft") == 3
    assert after("ArrowLeft", "ArrowLeft", "ArrowLeft") == 1
    assert after("End", "ArrowLeft") == 993  # where the grid is fine, a thousandth of the scale


@pytest.mark.parametrize(("key", "value"), [("ArrowRight", "8"), ("ArrowLeft", "7")])
def test_a_key_goes_from_between_two_values_to_the_next_of_them(page, key, value):
    element = explorable(page("?small.coarse.n=7.4"), "small.coarse")
    wait_for_state(element.page, element, "ready")
    element.locator('input[type="range"]').press(key)
    assert element.locator("[data-exact]").input_value() == value


def test_a_pointer_does_not_push_a_logarithmic_slider_ahead_of_itself(page):
    on = page()
    element = explorable(on, "small.coarse")
    slider, exact = element.locator('[data-control="n"]'), element.locator('[data-exact="n"]')
    slider.press("Home")
    box = slider.bounding_box()
    on.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    on.mouse.down()
    before = int(exact.input_value())
    on.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    assert int(exact.input_value()) == before
    on.mouse.up()
    assert before == 1


def handle_of(element):
    """Where its handle stands, and what a screen reader says of it."""
    slider = element.locator('input[type="range"]')
    return slider.input_value(), slider.get_attribute("aria-valuetext")


def test_the_arrows_of_a_numbers_field_go_by_the_sliders_step(page):
    on = page()
    element = explorable(on, "small.moving")
    exact = element.locator("[data-exact]")
    assert [exact.press("ArrowUp") or exact.input_value() for _ in range(2)] == ["0.5", "1"]
    assert exact.press("ArrowDown") or exact.input_value() == "0.5"
    changes_to(on, element, "At 0.5 s.")


def test_a_numbers_field_that_is_left_says_what_was_answered(page):
    on = page()
    element = explorable(on, "small.moving")
    exact = element.locator("[data-exact]")
    exact.fill("7.3")
    changes_to(on, element, "At 7.5 s.")
    assert handle_of(element) == ("7.5", "7.3 s")  # while it is typed in, it is as it was typed
    exact.press("Tab")
    assert exact.input_value() == "7.5"
    assert handle_of(element) == ("7.5", "7.5 s")
    exact.focus()
    exact.fill("")
    on.wait_for_timeout(300)
    assert (element.get_attribute("data-state"), sentence(element)) == ("ready", "At 7.5 s.")
    exact.press("Tab")
    assert exact.input_value() == "7.5"
    exact.fill("99")
    wait_for_state(on, element, "error")
    exact.press("Tab")
    assert exact.input_value() == "99"  # a mistake stays where it can be mended
    assert "0 to 60 s" in element.locator(".ab-status").inner_text()
    exact.fill("")
    exact.press("Tab")
    wait_for_state(on, element, "ready")
    assert exact.input_value() == "7.5"


def test_a_number_below_a_logarithmic_slider_moves_the_handle_to_its_end(page):
    on = page()
    element = explorable(on, "small.coarse")
    element.locator("[data-exact]").fill("-3")
    wait_for_state(on, element, "error")
    assert handle_of(element)[0] == "0"


@pytest.mark.parametrize("query", ["t=", "constructor=1"])
def test_an_address_with_no_number_or_no_such_control_is_refused(page, query):
    on = page(f"?small.counting.{query}")
    element = explorable(on, "small.counting")
    wait_for_state(on, element, "error")
    assert query.split("=")[0] in element.locator(".ab-status").inner_text()


def test_reset_stops_the_play(page):
    on = page(reduced_motion="no-preference")
    element = explorable(on, "small.crawling")
    element.locator("[data-play]").click()
    assert eventually(on, lambda: sentence(element) != "At 0 s.")
    element.locator(".ab-reset").click()
    changes_to(on, element, "At 0 s.")
    assert element.locator("[data-play]").inner_text() == "Play"
    on.wait_for_timeout(1500)  # enough for two of its steps
    assert sentence(element) == "At 0 s."


def test_copying_a_link_leaves_the_reason_of_a_refusal(page):
    on = page(permissions=["clipboard-write", "clipboard-read"])
    element = explorable(on, "small.counting")
    element.locator("[data-exact]").fill("99")
    wait_for_state(on, element, "error")
    element.locator(".ab-link").click()
    copied = element.locator(".ab-copied")
    assert eventually(on, lambda: copied.inner_text() == "Link copied.")
    assert "0 to 60 s" in element.locator(".ab-status").inner_text()
    element.locator("[data-exact]").fill("9")
    assert copied.inner_text() == ""  # that link is of another setting


def test_back_to_another_section_leaves_the_address_saying_what_the_page_shows(page):
    on = page()
    element = explorable(on, "small.counting")
    element.locator("[data-exact]").fill("3")
    assert eventually(on, lambda: on.url.endswith("?small.counting.t=3"))
    on.evaluate("location.hash = 'small.moving'")
    element.locator("[data-exact]").fill("4")
    assert eventually(on, lambda: on.url.endswith("?small.counting.t=4#small.moving"))
    on.go_back()
    assert eventually(on, lambda: on.url.endswith("?small.counting.t=4"))
    assert element.locator("[data-exact]").input_value() == "4"


def test_a_readers_text_is_no_html_and_no_colour_in_plotlys_chart(page):
    on = page()
    element = explorable(on, "small.labels")
    names = ["<b>bold</b>", '<a href="https://example.com/">link</a>', "@1", "&lt;"]
    element.locator("[data-control]").fill(",".join(names))
    wait_for_state(on, element, "ready")
    assert eventually(on, lambda: element.locator(".ab-chart:first-child .textpoint").count() == len(names))
    assert element.locator(".ab-chart .textpoint text").all_text_contents() == names
    assert element.locator(".ab-chart a").count() == 0


def test_a_hand_stops_the_play(page):
    on = page(reduced_motion="no-preference")
    element = explorable(on, "small.crawling")
    button = element.locator("[data-play]")
    button.click()
    assert eventually(on, lambda: sentence(element) != "At 0 s.")
    assert button.inner_text() == "Pause"
    element.locator('[data-control="t"]').press("Home")
    changes_to(on, element, "At 0 s.")
    assert button.inner_text() == "Play"
    on.wait_for_timeout(2000)  # enough for two of its steps
    assert sentence(element) == "At 0 s."


def test_under_reduced_motion_the_button_takes_one_step(page):
    on = page(reduced_motion="reduce")
    element = explorable(on, "small.moving")
    assert element.locator("[data-play]").inner_text() == "Step"
    element.locator("[data-play]").click()
    changes_to(on, element, "At 3 s.")
    on.wait_for_timeout(500)
    assert sentence(element) == "At 3 s."


def test_a_bad_text_names_its_line_and_the_way_there(page):
    on = page()
    element = explorable(on, "small.text")
    numbers = element.locator(".ab-lines span")
    assert numbers.all_inner_texts() == ["1", "2", "3", "4"]
    field = element.locator('[data-control="policy"]')
    field.fill('{\n "a": 1,\n b: 2\n}')
    wait_for_state(on, element, "error")
    assert "line 3" in element.locator(".ab-status").inner_text()
    assert element.locator(".ab-lines .ab-bad").all_inner_texts() == ["3"]
    assert sentence(element) == "2 members."  # the last good answer stays
    element.locator(".ab-status button").click()
    chosen = field.evaluate("f => f.value.slice(f.selectionStart, f.selectionEnd)")
    assert chosen == " b: 2"
    field.fill('{\n "a": 1\n}')
    changes_to(on, element, "1 members.")
    assert element.locator(".ab-lines .ab-decided").all_inner_texts() == ["2", "3"]
    assert element.locator(".ab-lines .ab-bad").count() == 0


def test_numbers_keep_to_their_lines_down_to_the_last(page):
    """A scrollbar under the text takes room from it and not from the numbers; a border stands in for it here."""
    field = explorable(page(), "small.text").locator('[data-control="policy"]')
    field.fill("\n" * 60)
    field.evaluate("f => { f.style.borderBottom = '17px solid'; f.scrollTop = f.scrollHeight; }")
    field.page.wait_for_timeout(200)
    at, end, numbers_at = field.evaluate(
        "f => [f.scrollTop, f.scrollHeight - f.clientHeight, f.previousElementSibling.scrollTop]"
    )
    assert end > 100
    assert abs(at - end) < 1
    assert numbers_at == at


def test_a_long_answer_shows_how_far_it_is_and_can_be_stopped(page):
    on = page()
    element = explorable(on, "small.long")
    element.locator('[data-exact="parts"]').fill("200")  # ten seconds
    bar = element.locator("progress.ab-share")
    bar.wait_for()
    first = bar.evaluate("bar => bar.value")
    assert eventually(on, lambda: bar.evaluate("bar => bar.value") > first)
    element.locator(".ab-status button").evaluate("button => button.click()")
    wait_for_state(on, element, "error")
    assert re.search("Stopped", element.locator(".ab-status").inner_text())
    assert sentence(element) == "1 parts done."


def test_a_newer_setting_takes_the_place_of_a_long_one(page):
    on = page()
    element = explorable(on, "small.long")
    element.locator('[data-exact="parts"]').fill("200")
    element.locator("progress.ab-share").wait_for()
    element.locator('[data-exact="parts"]').fill("2")
    changes_to(on, element, "2 parts done.", seconds=5)


HEARD = """element => {
  window.heard = [];
  const said = element.querySelector(".ab-sentence");
  new MutationObserver(() => window.heard.push([said.textContent, element.dataset.state, element.ariaBusy]))
    .observe(said, {childList: true});
}"""


def listening(on):
    """The page and its growing explorable, ready, each of whose sentences is kept in `heard` from now on."""
    element = explorable(on, "small.growing")
    element.locator(".ab-reset").click()
    wait_for_state(on, element, "ready")
    element.evaluate(HEARD)
    return on, element


def test_a_long_answer_is_drawn_as_far_as_it_is_known(page):
    on, element = listening(page())
    element.locator('[data-exact="parts"]').fill("40")
    changes_to(on, element, "40 of 40 parts.")
    heard = on.evaluate("heard")
    assert heard[0] == ["0 of 40 parts.", "ready", "true"]
    parts = [int(sentence.split()[0]) for sentence, *_ in heard]
    assert parts == sorted(parts)
    assert len(parts) > 5


def test_a_hand_that_goes_on_sees_sketches_and_no_stop(page):
    """Each setting takes the place of the one before, whose answer was not there yet."""
    on, element = listening(page())
    for parts in range(101, 111):
        element.locator('[data-exact="parts"]').fill(str(parts))
        assert eventually(on, lambda parts=parts: sentence(element).endswith(f" of {parts} parts."))
    element.locator('[data-exact="parts"]').fill("2")
    changes_to(on, element, "2 of 2 parts.")
    assert {state for _, state, _ in on.evaluate("heard")} == {"ready"}
    assert element.locator(".ab-status").inner_text() == ""


@pytest.fixture
def held(page):
    """Opens the page with Python's files held back until the second result is called."""
    waiting, free = [], []

    def open_page(query=""):
        on = page()
        on.context.route("**/pyodide/**", lambda route: route.continue_() if free else waiting.append(route))
        on.goto(f"{on.url.split('?')[0]}{query}")
        return on

    def let_go():
        free.append(True)
        for route in waiting:
            route.continue_()

    return open_page, let_go


def test_before_python_is_there_the_figure_moves_to_what_the_build_computed(held):
    open_page, let_python_come = held
    on = open_page()
    element = explorable(on, "small.moving")
    handle = element.locator('[data-control="t"]')
    handle.press("End")
    changes_to(on, element, "At 60 s.")
    wait_for_state(on, element, "ready")
    element.locator('[data-exact="t"]').fill("29")
    changes_to(on, element, "At 30 s.")
    assert element.get_attribute("data-state") == "loading"
    assert "nearest" in element.locator(".ab-status").inner_text()
    handle.press("Home")  # a newer setting, while the question about 29 still waits for Python
    changes_to(on, element, "At 0 s.")
    element.locator('[data-exact="t"]').fill("29")
    let_python_come()
    changes_to(on, element, "At 29 s.")
    wait_for_state(on, element, "ready")
    assert element.locator(".ab-status").inner_text() == ""


def test_before_python_is_there_a_link_opens_in_its_state(held):
    on = held[0]("?small.moving.t=45")
    changes_to(on, explorable(on, "small.moving"), "At 45 s.")


def test_without_answers_from_the_build_python_answers(page):
    on = page("?small.long.parts=2")
    changes_to(on, explorable(on, "small.long"), "2 parts done.")
