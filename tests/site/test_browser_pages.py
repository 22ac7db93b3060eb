"""Every page of the built site: light, dark and phone; no complaint, no request elsewhere, nothing too wide."""

from __future__ import annotations

import pytest

from awsbook.site import vendor

from .conftest import SITE, pages

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
    # WCAG 1.4.10: a window of 1280 px at four times the size
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
}
# texts of explorables' pictures that stand more than a pixel outside the picture's place
CUT_OFF = """() => [...document.querySelectorAll(".ab-plot")].flatMap(plot => {
  const place = plot.getBoundingClientRect();
  const outside = ({left, right, width}) => width && (left < place.left - 1 || right > place.right + 1);
  return [...plot.querySelectorAll("text")]
    .filter(text => getComputedStyle(text).visibility !== "hidden" && outside(text.getBoundingClientRect()))
    .map(text => `${plot.parentElement.id}: ${text.textContent}`);
})"""
AXE = vendor.folder("axe-core") / "axe.min.js"
# The theme's own faults: (rule, part of the element's HTML or selector). Everything of ours is held to zero.
FRONT = "book/index.html"
THEMES_OWN = [
    ("label-content-name-mismatch", "search-button-field"),  # its label is "Search", its text also shows the key
    ("region", "navbar-brand logo"),  # the book's name stands outside every landmark
]


def test_there_are_pages_to_look_at():
    """The gate's count: zero would make every test below pass."""
    assert len(pages()) >= 5


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("page", pages())
def test_a_page_is_quiet_stays_at_home_and_fits(watch, page, look):
    """No console error, no failed file, no other host; no sideways scroll; the policy is on the page."""
    watched = watch(**LOOKS[look])
    on = watched.open(page)
    on.wait_for_timeout(300)
    for explorable in on.locator("[data-explorable]").all():
        explorable.scroll_into_view_if_needed()
    on.wait_for_timeout(500)
    assert not watched.elsewhere, "\n".join(watched.elsewhere)  # first: it is the cause of a problem, too
    assert not watched.problems, "\n".join(watched.problems)
    wide = on.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page} is {wide} px wider than the {look} screen"
    assert on.locator('meta[http-equiv="Content-Security-Policy"]').count() == 1


@pytest.mark.parametrize("page", [page for page in pages() if "data-explorable" in (SITE / page).read_text("utf-8")])
def test_no_text_of_a_picture_is_cut_off_on_a_phone(watch, page):
    for width in (390, 360):
        on = watch(**LOOKS["phone"] | {"viewport": {"width": width, "height": 844}}).open(page)
        assert not on.evaluate(CUT_OFF), f"at {width} px"
    # planted fault
    shown = "[...document.querySelectorAll('.ab-plot text')].find(text => text.getBoundingClientRect().width)"
    on.evaluate(f"{shown}.setAttribute('x', '-999')")
    assert len(on.evaluate(CUT_OFF)) == 1


def test_a_page_found_by_search_is_quiet_and_as_it_was_written(watch):
    """Sphinx would mark the word in pictures, too, with a link that the policy refuses; and show their numbers here."""
    watched = watch()
    on = watched.open("search.html?q=burst")
    excerpts = on.locator("ul.search p.context")
    excerpts.nth(2).wait_for()
    said = " ".join(excerpts.all_inner_texts())
    assert "How long a gp2 volume bursts A 100 GiB gp2 volume" in " ".join(said.split())  # title, then sentence
    on.locator('ul.search a[href*="storage/ebs.html"]').first.click()
    on.locator("aws-explorable").first.wait_for()
    on.wait_for_timeout(300)
    assert not watched.problems
    assert not on.locator('.highlighted, a[href^="javascript:"]').count()


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("page", [page for page in pages() if page != "index.html"])  # which only leads to the front
def test_axe_finds_nothing_of_ours(watch, page, look):
    """axe-core, all its rules; what is the theme's own is named in THEMES_OWN."""
    on = watch(**LOOKS[look], bypass_csp=True).open(page)
    on.wait_for_timeout(300)
    found = violations(on)
    assert not found, "\n".join(found)


def test_axe_notices_an_image_without_words(watch):
    """Planted fault."""
    on = watch(bypass_csp=True).open(FRONT)
    on.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert any("image-alt" in one for one in violations(on))


def test_a_request_elsewhere_is_noticed(watch):
    """Planted fault: the policy stops it, and the test sees it."""
    watched = watch()
    on = watched.open(FRONT)
    on.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    on.wait_for_timeout(300)
    assert watched.problems or watched.elsewhere


def violations(page) -> list[str]:
    """What axe finds, without the theme's own."""
    page.add_script_tag(path=str(AXE))
    answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert answer["passes"], "axe looked at nothing"
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for rule in answer["violations"]
        for node in rule["nodes"]
        if not any(rule["id"] == id and part in node["html"] + str(node["target"]) for id, part in THEMES_OWN)
    ]
