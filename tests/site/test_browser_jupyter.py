"""What Jupyter shows of our own, in a browser, with a model that stands in for the kernel's."""

from __future__ import annotations

import pytest

from awsbook.explore import Slider
from awsbook.explore.controls import describe
from awsbook.explore.jupyter import Fit, Slide, Spoken

SCRIPT = str(Slide._esm)
RENDER = """async (source) => {
  const made = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  window.render = made.default.render;
}"""
MODEL = """([control, value]) => {
  const held = {control, value}, heard = {};
  window.said = [];
  window.model = {
    get: (name) => held[name],
    set: (name, to) => {
      if (held[name] === to) return;
      held[name] = to;
      (heard["change:" + name] ?? []).forEach((f) => f());
    },
    save_changes: () => said.push(held.value),
    on: (what, f) => (heard[what] ??= []).push(f),
    off: () => {},
    send: () => (heard["msg:custom"] ?? []).forEach((f) => f()),
  };
  render({model, el: document.body});
}"""
SIZE = Slider("Size", 1, min=1, max=1000, unit="GB", log=True)
TIME = Slider("Time", 10, min=5, max=120, step=5, unit="s", play_s=0.5)


@pytest.fixture
def shown(browser):
    """Shows a slider on an empty page, which it returns."""
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><body>")

    def show(control):
        _show(page, control)
        return page

    yield show
    page.close()


def _show(page, control):
    page.evaluate(RENDER, SCRIPT)
    page.evaluate(MODEL, [describe(control), control.value])


def said(page):
    return page.evaluate("said")


def test_a_key_moves_it_where_the_grid_is_coarse(shown):
    """A thousandth of the way is less than the step from 1 to 2: ipywidgets' slider wanted 59 keys for it."""
    page = shown(SIZE)
    page.get_by_role("slider").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    assert said(page) == [2, 3, 4, 3, 1000, 1]


def test_a_hand_finds_every_value_the_control_takes(shown):
    page = shown(SIZE)
    box = page.get_by_role("slider").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    for way in range(1, 11):
        page.mouse.move(box["x"] + box["width"] * way / 10, box["y"] + box["height"] / 2)
    page.mouse.up()
    values = said(page)
    assert len(values) > 5
    assert values == sorted(values)
    assert values[-1] == 1000
    assert all(value == SIZE.parse(value, "size") for value in values)


def test_it_says_its_name_and_its_value(shown):
    page = shown(SIZE)
    assert page.get_by_role("slider", name="Size", exact=True).get_attribute("aria-valuetext") == "1 GB"
    number = page.get_by_role("spinbutton", name="Size, exact value in GB")
    number.fill("1200")
    number.press("Enter")
    assert said(page) == [1200]  # the kernel says what is wrong with it
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "1,200 GB"
    number.fill("")
    number.press("Tab")
    assert said(page) == [1200]
    assert number.input_value() == "1200"


def test_enter_says_a_number_where_the_host_takes_the_key(shown):
    """JupyterLab prevents what the browser would do with it, and the number stood there unanswered."""
    page = shown(SIZE)
    page.evaluate("addEventListener('keydown', (event) => event.preventDefault(), true)")
    page.get_by_role("spinbutton").fill("40")
    page.get_by_role("spinbutton").press("Enter")
    assert said(page) == [40]
    assert page.locator("[data-lm-suppress-shortcuts=true]").count() == 2


def test_play_goes_from_where_it_stands_to_the_end_and_stops(shown):
    page = shown(TIME)
    page.get_by_role("button", name="Play Time").click()
    page.wait_for_function("said.at(-1) === 120")
    page.get_by_role("button", name="Play Time").wait_for()
    assert said(page)[0] > 10
    assert said(page) == sorted(set(said(page)))
    assert all(value % 5 == 0 for value in said(page))


def test_the_kernel_stops_play(shown):
    page = shown(Slider("Time", 0, min=0, max=1000, play_s=1000))
    page.get_by_role("button", name="Play Time").click()
    page.get_by_role("button", name="Pause Time").wait_for()
    page.evaluate("model.send()")
    page.get_by_role("button", name="Play Time").wait_for()


def test_under_reduced_motion_nothing_moves_by_itself(shown, browser):
    page = browser.new_page(reduced_motion="reduce")
    _show(page, TIME)
    page.get_by_role("button", name="Step Time").click()
    assert said(page) == [15]
    page.close()


def test_a_chart_becomes_as_wide_as_its_place_though_plotly_hears_late(browser):
    page = browser.new_page(viewport={"width": 390, "height": 600})
    page.set_content("<body><svg class='main-svg' width='700'></svg><div id='fit'></div></body>")
    page.evaluate(RENDER, str(Fit._esm))
    page.evaluate(
        """() => {
          const [drawn, el] = [document.querySelector("svg"), document.getElementById("fit")];
          const fit = () => drawn.setAttribute("width", el.clientWidth);
          setTimeout(() => addEventListener("resize", fit), 300);
          render({el});
        }"""
    )
    page.wait_for_function("document.querySelector('svg').clientWidth === document.getElementById('fit').clientWidth")
    page.close()


def test_a_screen_reader_hears_the_last_sentence_of_a_drag(browser):
    """In one place that stays, and nothing at the start."""
    page = browser.new_page()
    page.set_content("<body>")
    page.evaluate(RENDER, str(Spoken._esm))
    heard = page.evaluate(
        """async () => {
          let sentence = "at first", tell;
          render({model: {get: () => sentence, on: (_, f) => (tell = f), off: () => {}}, el: document.body});
          const place = document.querySelector("[aria-live=polite]"), heard = [place.textContent];
          new MutationObserver(() => heard.push(place.textContent)).observe(place, {childList: true});
          for (sentence of ["one", "two", "three"]) tell();
          await new Promise((over) => setTimeout(over, 2000));
          return heard;
        }"""
    )
    page.close()
    assert heard == ["", "three"]
