"""A page under hard conditions: no JavaScript, no WebAssembly, states and nonsense in the link, another theme."""

from __future__ import annotations

import re

import pytest

from awsbook.explore.scripts import joined
from awsbook.site.assets import STATIC
from serve import Handler

from .conftest import SITE, Watched, serving
from .moves import eventually, explorable, signature, wait_for_change, wait_for_state
from .test_browser_explorables import FOUND

PAGES = sorted({page for page, _ in FOUND})
EBS = "book/storage/ebs.html"
BURST = "ebs.gp2_burst"


@pytest.mark.parametrize("page", PAGES)
def test_without_javascript_the_words_and_the_numbers_are_there(watch, page):
    """And the controls say that they need it, instead of pretending to work."""
    on = watch(java_script_enabled=False).open(page)
    elements = on.locator("[data-explorable]").all()
    assert elements
    for element in elements:
        assert element.locator(".ab-sentence").is_visible()
        assert element.locator(".ab-table tbody tr").first.is_visible()
        assert element.locator(".ab-plot > *").first.is_visible()
        assert element.locator("fieldset").get_attribute("disabled") is not None
        assert "JavaScript" in element.inner_text()


def test_without_webassembly_the_figure_stands_and_one_sentence_says_why(browser):
    class NoWebAssembly(Handler):
        def policy(self, path, changed_ns):
            return super().policy(path, changed_ns).replace(" 'wasm-unsafe-eval'", "")

    made, address = serving(SITE, NoWebAssembly)
    with Watched(browser, address) as watched:
        on = watched.open(EBS)
        element = explorable(on, BURST)
        element.scroll_into_view_if_needed()
        wait_for_state(on, element, "error")
        assert "WebAssembly" in element.locator(".ab-status").inner_text()
        assert element.locator(".ab-plot > *").first.is_visible()
        assert element.locator(".ab-sentence").is_visible()
    made.shutdown()


def test_a_link_with_a_state_opens_in_that_state(watch):
    on = watch().open(f"{EBS}?{BURST}.size_gib=1500")
    element = explorable(on, BURST)
    wait_for_state(on, element, "ready")
    assert "1,500 GiB" in element.locator(".ab-sentence").inner_text()
    assert element.locator('[data-exact="size_gib"]').input_value() == "1500"


@pytest.mark.parametrize("bad", ["99999999", "-1", "abc", "1e999", "%00", "nan"])
def test_nonsense_in_a_link_names_control_value_and_bounds_and_keeps_the_figure(watch, bad):
    watched = watch()
    on = watched.open(f"{EBS}?{BURST}.size_gib={bad}")
    element = explorable(on, BURST)
    before = element.locator(".ab-sentence").inner_text()
    wait_for_state(on, element, "error")
    said = element.locator(".ab-status").inner_text()
    assert "size_gib" in said
    assert "to" in said
    assert re.search(r"\d", said)
    assert element.locator(".ab-sentence").inner_text() == before
    assert element.locator(".ab-plot > *").first.is_visible()
    element.locator(".ab-reset").click()
    wait_for_state(on, element, "ready")
    assert not watched.problems


def test_an_unknown_control_in_a_link_is_named(watch):
    on = watch().open(f"{EBS}?{BURST}.colour=red")
    element = explorable(on, BURST)
    wait_for_state(on, element, "error")
    assert "colour" in element.locator(".ab-status").inner_text()


def test_the_state_is_in_the_address_and_reset_takes_it_out(watch):
    on = watch().open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    before = signature(element)
    element.locator('[data-exact="size_gib"]').fill("640")
    assert wait_for_change(on, element, before)
    assert eventually(on, lambda: f"{BURST}.size_gib=640" in on.url)
    element.locator(".ab-reset").click()
    assert eventually(on, lambda: BURST not in on.url)


def test_copy_link_gives_the_state(watch):
    watched = watch(permissions=["clipboard-read", "clipboard-write"])
    on = watched.open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    element.locator('[data-exact="size_gib"]').fill("640")
    wait_for_state(on, element, "ready")
    element.locator(".ab-link").click()
    assert eventually(on, lambda: f"{BURST}.size_gib=640" in on.evaluate("navigator.clipboard.readText()"))


def test_the_figure_follows_the_theme_at_once(watch):
    on = watch(color_scheme="light").open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    element.locator(".ab-reset").click()
    wait_for_state(on, element, "ready")
    signature(element)  # waits until Plotly has drawn
    colour = "e => getComputedStyle(e.querySelector('.ab-plot .xtitle')).fill"
    light = element.evaluate(colour)
    on.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert eventually(on, lambda: element.evaluate(colour) != light)


DRAG = """async element => {
  const input = element.querySelector('[data-control="size_gib"]'), drawers = new Set();
  for (let i = 0; i < 60; i++) {
    input.value = String(200 + 10 * i);
    input.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise(frame => requestAnimationFrame(() => setTimeout(frame)));
    for (const drawn of element.querySelector(".ab-plot").children) {
      if (getComputedStyle(drawn).visibility === "visible") drawers.add(drawn.classList[0]);
    }
  }
  return [...drawers];
}"""


def drawers(element) -> list[str]:
    """Whose drawing the reader sees."""
    return element.evaluate(
        """e => [...e.querySelector(".ab-plot").children]
             .filter(drawn => getComputedStyle(drawn).visibility === "visible").map(drawn => drawn.classList[0])"""
    )


def test_python_draws_while_a_handle_moves_and_plotly_when_it_rests(watch):
    on = watch().open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    element.locator(".ab-reset").click()
    wait_for_state(on, element, "ready")
    before = signature(element)
    assert drawers(element) == ["ab-chart"]
    assert "ab-poster" in element.evaluate(DRAG)
    assert signature(element) != before
    assert drawers(element) == ["ab-chart"]


STILL = """async address => {
  const rest = await import(address), one = {}, done = [];
  const pause = ms => new Promise(over => setTimeout(over, ms));
  rest.whenStill(one, () => done.push("replaced"));
  rest.whenStill(one, async () => { await pause(50); done.push("first"); });
  rest.whenStill({}, () => done.push("second"));
  rest.whenStill(done, () => done.push("forgotten"));
  rest.forget(done);
  for (let i = 0; i < 15; i++) { rest.stir(); await pause(30); }
  const meanwhile = done.length;
  for (let i = 0; i < 200 && done.length < 2; i++) await pause(30);
  return [meanwhile, ...done];
}"""


def test_what_takes_long_waits_for_a_still_hand_and_its_turn(watch):
    watched = watch()
    script = joined(STATIC / "rest.js")
    watched.page.route("**/rest.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    on = watched.open(EBS)
    assert on.evaluate(STILL, "/rest.js") == [0, "first", "second"]


ASKED = """(() => {
  window.asked = [];
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...more) {
    if (message.name || message.rehearse) window.asked.push(message.name || message.rehearse);
    return post.call(this, message, ...more);
  };
})()"""


def test_python_rehearses_ahead_of_the_first_move(watch):
    """Its first answer about a topic takes ten times as long as the others, and the next ones twice as long."""
    watched = watch()
    watched.page.add_init_script(ASKED)
    on = watched.open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    assert eventually(on, lambda: BURST in on.evaluate("asked"))
    assert element.get_attribute("data-state") == "idle"
    assert not element.get_attribute("aria-busy")


def test_the_start_of_python_is_told_no_longer_to_a_reader_who_has_an_answer(watch):
    """Python, started for another figure, may have said how far it is before the build's answer for this one comes."""
    watched, held = watch(), []
    watched.page.route(f"**/nearby/{BURST}.json", lambda route: held.append(route))
    watched.page.route("**/topic-ebs.gzip*", lambda route: None)  # Python never gets it
    on = watched.open(EBS)
    explorable(on, "ebs.sizes").locator("input").first.focus()
    element = explorable(on, BURST)
    element.locator('[data-control="size_gib"]').press("End")
    element.locator(".ab-status progress").wait_for()
    for route in held:
        route.continue_()
    wait_for_state(on, element, "ready")
    assert element.locator(".ab-status").inner_text() == ""


def test_a_first_touch_is_answered_before_python_and_without_the_drawing_library(watch):
    watched, asked = watch(), []
    watched.page.route("**/_static/pyodide/**", lambda route: asked.append(route.request.url))  # never answered
    on = watched.open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    before = element.locator(".ab-plot").inner_html()
    element.locator('[data-control="size_gib"]').press("End")
    wait_for_state(on, element, "ready")
    assert element.locator(".ab-plot").inner_html() != before
    assert drawers(element) == ["ab-poster"]
    assert eventually(on, lambda: any("pyodide.asm.wasm" in url for url in asked))
    assert not any("plotly" in url for url in asked)


@pytest.mark.parametrize(
    "answer", [{"status": 404, "body": "gone"}, {"body": "no WebAssembly"}], ids=["gone", "broken"]
)
def test_python_that_cannot_be_compiled_says_so_and_the_figure_stands(watch, answer):
    """Pyodide would only warn in the console, and the page would wait for three minutes."""
    watched = watch()
    kind = {"content_type": "application/wasm"}
    watched.page.route("**/pyodide.asm.wasm", lambda route: route.fulfill(**kind, **answer))
    on = watched.open(f"{EBS}?{BURST}.size_gib=123")
    element = explorable(on, BURST)
    wait_for_state(on, element, "error")
    assert "Python could not start" in element.locator(".ab-status").inner_text()
    assert element.locator(".ab-plot > *").first.is_visible()


def test_controls_that_the_browser_reset_on_the_way_back_are_set_again(watch):
    """As WebKit does to a page out of its back/forward cache."""
    on = watch().open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    number = element.locator('[data-exact="size_gib"]')
    number.fill("300")
    wait_for_state(on, element, "ready")
    element.locator("form").evaluate("form => form.reset()")
    assert number.input_value() != "300"
    on.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert eventually(on, lambda: number.input_value() == "300")


def test_without_the_drawing_library_the_picture_follows_the_controls(watch):
    watched = watch()
    watched.page.route("**/plotly-basic.min.js", lambda route: route.abort())
    on = watched.page
    on.goto(f"{watched.address}{EBS}?{BURST}.size_gib=640")
    element = explorable(on, BURST)
    wait_for_state(on, element, "ready")
    before = signature(element)
    element.locator('[data-exact="size_gib"]').fill("100")
    assert wait_for_change(on, element, before)
    assert drawers(element) == ["ab-poster"]
    assert element.locator(".ab-status").inner_text() == ""


def test_a_drag_is_spoken_once_when_it_rests(watch):
    on = watch().open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    slider = element.locator('[data-control="size_gib"]')
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    wait_for_state(on, element, "ready")
    spoken, sentence = element.locator("[aria-live]"), element.locator(".ab-sentence")
    assert eventually(on, lambda: spoken.inner_text() == sentence.inner_text())


@pytest.mark.parametrize("how", ["hover", "focus", "tap"])
def test_a_fact_shows_its_source_and_date(watch, how):
    on = watch(has_touch=True).open(EBS)
    fact = on.locator(".fact").first
    {"hover": fact.hover, "focus": fact.locator("button").focus, "tap": fact.locator("button").tap}[how]()
    note = fact.locator(".fact-source")
    assert note.is_visible()
    assert re.search(r"20\d\d-\d\d-\d\d", note.inner_text())
    assert note.locator("a").get_attribute("href").startswith("https://")


COVERED = """note => {
  const {left, width, top, height} = note.getBoundingClientRect();
  const inside = [0.02, 0.25, 0.5, 0.75, 0.98];
  return inside.some(x => inside.some(y => {
    const there = document.elementFromPoint(left + x * width, top + y * height);
    return there !== null && !note.contains(there);
  }));
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_no_section_covers_a_note(watch, width):
    """Each section is painted apart from the others; the later ones must not be painted over a note."""
    on = watch(viewport={"width": width, "height": 900}).open(EBS)
    lasts = on.locator("main section > p:has(.fact):last-of-type")
    covered = unmarked = 0
    for i in range(lasts.count()):
        fact = lasts.nth(i).locator(".fact").last
        fact.hover()
        note = fact.locator(".fact-source")
        assert note.is_visible()
        covered += note.evaluate(COVERED)
        on.evaluate("document.querySelectorAll('.fact-inside').forEach(s => s.classList.remove('fact-inside'))")
        unmarked += note.evaluate(COVERED)  # planted fault: what it would be without the mark
        on.mouse.move(0, 0)
    assert (covered, unmarked > 0) == (0, True)


INSIDE = """note => {
  const {left, right, top, bottom, width} = note.getBoundingClientRect();
  const {clientWidth, clientHeight, scrollWidth} = document.documentElement;
  const inside = left >= 0 && top >= 0 && right <= clientWidth && bottom <= clientHeight;
  return width > 0 && inside && scrollWidth <= clientWidth;
}"""


@pytest.mark.parametrize("width", [390, 640, 768, 1024, 1280])
@pytest.mark.parametrize("foot", [False, True])
def test_a_note_stays_in_the_window(watch, width, foot):
    """Wherever its fact stands in its line; and where the fact is the last thing in the window."""
    on = watch(viewport={"width": width, "height": 900}, reduced_motion="reduce").open("book/ec2/launch-types.html")
    outside, looked_at = [], 0
    for fact in on.locator(".fact").all():
        if not fact.is_visible():  # in an answer that is folded
            continue
        fact.scroll_into_view_if_needed()
        if foot:
            fact.evaluate(
                "f => scrollBy({top: f.getBoundingClientRect().bottom - innerHeight + 4, behavior: 'instant'})"
            )
        fact.hover()
        looked_at += 1
        if not fact.locator(".fact-source").evaluate(INSIDE):
            outside.append(fact.inner_text())
    assert looked_at > 20
    assert not outside


def test_escape_closes_a_fact(watch):
    on = watch().open(EBS)
    fact = on.locator(".fact").first
    fact.locator("button").focus()
    on.keyboard.press("Escape")
    assert not fact.locator(".fact-source").is_visible()


def test_icons_are_seen_where_the_system_chooses_the_colours(watch):
    for scheme in ("light", "dark"):
        on = watch(color_scheme=scheme, forced_colors="active", viewport={"width": 768, "height": 900}).open(EBS)
        colours = on.evaluate(
            """[...document.querySelectorAll(".fa-solid")].filter(icon => icon.checkVisibility()).map(icon =>
                 [getComputedStyle(icon).backgroundColor, getComputedStyle(document.body).backgroundColor])"""
        )
        assert len(colours) >= 3
        assert all(icon != page for icon, page in colours), colours


def test_a_page_from_the_dark_theme_is_printed_in_the_light_one(watch):
    """Plotly's chart and Python's picture; afterwards the reader's theme is back."""
    on = watch(color_scheme="dark").open(EBS)
    element = explorable(on, BURST)
    element.scroll_into_view_if_needed()
    element.locator(".ab-reset").click()
    wait_for_state(on, element, "ready")
    signature(element)  # waits until Plotly has drawn
    on.evaluate(
        """() => {
          const fill = selector => getComputedStyle(document.querySelector(selector)).fill;
          const text = () => getComputedStyle(document.body).color;
          const colours = () => [fill(".ab-chart .xtitle"), fill(".ab-poster text"), text()];
          window.seen = [colours()];
          matchMedia("print").addEventListener("change", () => seen.push(colours()));
        }"""
    )
    on.pdf()
    dark, printed, after = on.evaluate("seen")
    assert dark == after
    brightest = [max(map(int, re.findall(r"\d+", colour))) for colour in printed]
    assert max(brightest) < 100, printed


def test_print_unfolds_the_answers_and_breaks_long_lines(watch):
    on = watch(viewport={"width": 700, "height": 900}).open(EBS)
    on.emulate_media(media="print")
    shut = on.evaluate(
        """[...document.querySelectorAll(".guess details > div, .quiz-answer > div")]
             .filter(answer => !answer.checkVisibility()).length"""
    )
    assert shut == 0
    assert on.locator(".quiz-answer > div").count() > 10
    assert on.evaluate("[...document.querySelectorAll('.bd-article pre')].every(e => e.scrollWidth <= e.clientWidth)")


def test_nothing_moves_by_itself_under_reduced_motion(watch):
    on = watch(reduced_motion="reduce").open(EBS)
    lengths = on.evaluate("[...document.querySelectorAll('.ab *')].map(e => getComputedStyle(e).transitionDuration)")
    assert set(lengths) <= {"0s"}
