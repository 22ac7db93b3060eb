"""The poster: well-formed for every explorable, in place, in proportion, and clear about what it cannot draw."""

from __future__ import annotations

import copy
import itertools
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from awsbook.explore import Slider, everything, figure
from awsbook.explore.poster import poster
from awsbook.explore.poster.axes import Axis, PosterError, kind_of, ticks
from awsbook.explore.poster.frame import BEFORE, LENGTH, Frame
from awsbook.explore.poster.svg import GRID

EXPLORABLES = [made for made in everything() if "data" in made().figure]  # a picture is its own poster
assert EXPLORABLES, "no explorable found"


def settings_of(made):
    """The default, and each slider at both ends."""
    yield {}
    for name, control in made.controls.items():
        if isinstance(control, Slider):
            yield {name: control.min}
            yield {name: control.max}


def tree(figure, label="a label", **place):
    return ET.fromstring(poster(figure, label, **place).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


def tags(root, tag):
    return root.iter("{http://www.w3.org/2000/svg}" + tag)


def line_chart(x, y, **more):
    return figure.chart([figure.line("a", x, y)], "x", "y", **more)


def at(root, kind):
    """The dots or corners of the first path of that kind, as shares of the box."""
    (path,) = [p for p in tags(root, "path") if p.get("stroke", "").startswith("var(--ab-1)") and kind in p.attrib]
    places, x, y = [], 0, 0
    for letter, numbers in re.findall(r"([a-zA-Z])([-\d ]*)", path.get("d")):
        n = [int(v) for v in re.findall(r"-?\d+", numbers)]
        if letter == "M":
            x, y = n
        elif letter in "ml":
            x, y = x + n[0], y + n[1]
        elif letter == "h":
            x += n[0]
        elif letter == "v":
            y += n[0]
        if kind == "stroke-miterlimit" or letter == "m":
            places.append((x / GRID, y / GRID))
    return places


@pytest.mark.parametrize("made", EXPLORABLES, ids=lambda made: made.id)
def test_every_explorable_has_a_well_formed_poster_at_the_ends_of_its_sliders(made):
    for setting in settings_of(made):
        text = poster(made(**setting).plain()["figure"], made.title)
        root = ET.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-label") == made.title
        assert not re.search(r"nan|inf[^o]|http|url\((?!#)|\son\w+=", text), setting


@pytest.mark.parametrize("made", EXPLORABLES, ids=lambda made: made.id)
def test_no_poster_outweighs_the_page(made):
    assert len(poster(made().plain()["figure"], made.title)) < 20_000


def test_the_label_and_all_texts_are_escaped():
    root = tree(
        figure.chart([figure.line("a<b", [0, 1], [0, 1]), figure.line("c&d", [0, 1], [1, 0])], "<x>", '"y"'),
        'say "<hi>"',
    )
    assert root.get("aria-label") == 'say "<hi>"'
    assert {"a<b", "c&d", "<x>", '"y"'} <= {text.text for text in tags(root, "text")}


def test_the_same_figure_gives_the_same_bytes_and_another_label_another_prefix():
    shown = figure.chart([figure.bars("a", ["u", "v"], [1, 2], series=2)], "x", "y")
    assert poster(shown, "one") == poster(shown, "one")
    ids = [set(re.findall(r' id="([^"]*)"', poster(shown, label))) for label in ("one", "two")]
    assert all(ids)
    assert not ids[0] & ids[1]


numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: round(v, 3))


@settings(max_examples=60)
@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=30, unique_by=lambda p: p[0]))
def test_points_stand_inside_the_plot_in_the_order_of_their_values(points):
    x, y = zip(*points, strict=True)
    root = tree(figure.chart([figure.points("a", x, y)], "x", "y"))
    places = at(root, "stroke-linecap")
    assert len(points) == len(places)
    assert all(-1 <= a * GRID <= GRID + 1 and -1 <= b * GRID <= GRID + 1 for a, b in places)
    by_value = sorted(range(len(x)), key=lambda i: x[i])
    across = [places[i][0] for i in by_value]
    assert across == sorted(across)


@settings(max_examples=60)
@given(st.lists(st.floats(0.5, 1e5).map(lambda v: round(v, 2)), min_size=2, max_size=12))
def test_bars_are_as_high_as_their_values(values):
    root = tree(figure.chart([figure.bars("a", [f"bar {i}" for i in range(len(values))], values)], "x", "y"))
    heights = [float(rect.get("height")[:-1]) for rect in tags(root, "rect")]
    for height, value in zip(heights, values, strict=True):
        assert heights[0] / values[0] * value == pytest.approx(height, abs=0.02 + 0.02 * value / values[0])


def test_lying_bars_are_as_long_as_their_values():
    root = tree(figure.chart([figure.bars("a", ["u", "v"], [10, 40], across=True)], "x", "y"))
    assert [pytest.approx(25), pytest.approx(100)] == [float(rect.get("width")[:-1]) for rect in tags(root, "rect")]


def test_stacked_bars_stand_on_each_other():
    shown = figure.chart([figure.bars("a", ["u"], [3]), figure.bars("b", ["u"], [1])], "x", "y", stacked=True)
    low, high = tags(tree(shown), "rect")
    assert float(low.get("y")[:-1]) == pytest.approx(float(high.get("y")[:-1]) + float(high.get("height")[:-1]))


def test_a_step_holds_each_value_until_the_next():
    shown = figure.chart([figure.line("a", [0, 1, 2], [0, 1, 0], step=True)], "x", "y")
    assert at(tree(shown), "stroke-miterlimit") == [(0, 1), (0.5, 1), (0.5, 0), (1, 0), (1, 1)]


def test_a_gap_in_the_data_is_a_gap_in_the_line():
    (path,) = [
        p for p in tags(tree(line_chart([0, 1, 2, 3, 4], [0, 1, None, 1, 0])), "path") if p.get("stroke-miterlimit")
    ]
    assert path.get("d").count("M") == 2


def test_logarithmic_ticks_are_powers_of_ten_with_plotlys_letters():
    axis = Axis("y", "log", "")
    assert [t.text for t in ticks(axis, (0, 6), 240)] == ["1", "10", "100", "1000", "10k", "100k", "1M"]
    assert [t.text for t in ticks(axis, (-4, 0), 60)] == ["100μ", "0.001", "0.01", "0.1", "1"]


@given(st.floats(-6, 6), st.floats(1, 8), st.integers(100, 900))
@example(0.15, 1.0, 100)  # little more than a decade: even steps, 2 to 14
def test_logarithmic_ticks_stand_at_round_values(low, span, length):
    """At a digit before zeros, or, where the axis is short, in even steps."""
    found = [t.value for t in ticks(Axis("x", "log", ""), (low, low + span), length)]
    assert found
    assert found == sorted(found)
    at_digits = all(min(abs(10 ** (value % 1) - digit) for digit in range(1, 11)) < 1e-6 for value in found)
    shown = [10**value for value in found]
    steps = [b - a for a, b in itertools.pairwise(shown)]
    assert at_digits or max(steps) == pytest.approx(min(steps), rel=1e-6)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(100, 900))
def test_linear_ticks_are_even_inside_the_axis_and_neither_few_nor_many(low, span, length):
    found = [t.value for t in ticks(Axis("x", "linear", ""), (low, low + span), length)]
    assert 1 <= len(found) <= 11
    assert all(low - span * 1e-3 <= v <= low + span * 1.001 for v in found)
    steps = {round((b - a) / span, 6) for a, b in itertools.pairwise(found)}
    assert len(steps) <= 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 24, ["0", "5", "10", "15", "20"]),
        (0, 6300, ["0", "1000", "2000", "3000", "4000", "5000", "6000"]),
        (0, 12_000, ["0", "2k", "4k", "6k", "8k", "10k", "12k"]),
        (0, 4e9, ["0", "1B", "2B", "3B", "4B"]),
        (-0.3, 0.2, ["−0.3", "−0.2", "−0.1", "0", "0.1", "0.2"]),
    ],
)
def test_labels_read_as_plotly_writes_them(low, high, expected):
    """Each list was read from plotly.js 4.1.1's own drawing."""
    assert expected == [t.text for t in ticks(Axis("y", "linear", ""), (low, high), 240)]


def test_ranges_are_plotlys():
    """Read from plotly.js 4.1.1: lines are tight in x, padded in y; markers add their size; bars stand on 0."""
    line = Frame.of(line_chart([0, 24], [10, 50]))
    assert line.x_box.span(640) == (0, 24)
    assert (pytest.approx(7.7778, abs=1e-3), pytest.approx(52.2222, abs=1e-3)) == line.y_box.span(240)
    bars = Frame.of(figure.chart([figure.bars("a", ["u", "v"], [10, 50])], "x", "y"))
    assert bars.x_box.span(640) == (-0.5, 1.5)
    assert (0, pytest.approx(52.63158, abs=1e-4)) == bars.y_box.span(240)
    dots = Frame.of(figure.chart([figure.points("a", [0, 10, 24], [30, 3000, 50])], "x", "y"))
    assert (pytest.approx(-219.92, abs=0.01), pytest.approx(3249.92, abs=0.01)) == dots.y_box.span(227)


def test_a_legend_of_more_rows_leaves_a_lower_plot():
    shown = figure.chart([figure.line(f"series number {i}", [0, 1], [0, i], series=i) for i in range(1, 7)], "x", "y")
    frame = Frame.of(shown)
    assert [frame.at(width).height for width in (230, 278, 560)] == [147, 195, 211]  # read from plotly.js


def test_an_annotation_on_a_logarithmic_axis_stands_at_its_level():
    shown = line_chart([1, 10], [1, 1000], log_y=True, marks=[figure.level(100, "target")])
    root = tree(shown)
    (line,) = [e for e in tags(root, "line") if e.get("stroke", "").startswith("var(--ab-muted")]
    (text,) = [e for e in tags(root, "text") if e.text == "target"]
    assert line.get("y1") == text.get("y")
    assert pytest.approx(float(line.get("y1")[:-1]), abs=0.01) == 100 * (1 - 2 / 3)


def test_colours_are_custom_properties_only():
    text = poster(line_chart([0, 1], [0, 1], marks=[figure.level(0.5, "half", "@bad")]), "a")
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb", text)
    assert {"1", "bad", "grid", "text"} == set(re.findall(r"var\(--ab-(\w+)\)", text))


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("data", 0, "type"), "pie", "data[0].type 'pie'"),
        (("data", 0, "mode"), "lines+markers", "data[0].mode 'lines+markers'"),
        (("data", 0, "line", "dash"), "3px", "data[0].line.dash '3px'"),
        (("data", 0, "line", "color"), "red", "colour 'red'"),
        (("data", 0, "visible"), False, "data[0].visible"),
        (("layout", "barmode"), "relative", "layout.barmode 'relative'"),
        (("layout", "title"), {"text": "t"}, "layout.title"),
        (("layout", "xaxis", "tickangle"), 30, "layout.xaxis.tickangle"),
        (("layout", "xaxis", "type"), "date", "axis type 'date'"),
        (("layout", "yaxis", "title", "standoff"), 5, "layout.yaxis.title.standoff"),
    ],
)
def test_what_it_cannot_draw_is_refused_by_name(path, value, named):
    """Planted faults: each is a figure that Plotly would draw otherwise than we."""
    shown = line_chart([0, 1], [0, 1])
    place = shown
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(PosterError, match=re.escape(named)):
        poster(shown, "a")


@pytest.mark.parametrize("made", EXPLORABLES, ids=lambda made: made.id)
@pytest.mark.parametrize("width", [300, 640])
def test_where_the_width_is_known_only_its_variant_is_drawn(made, width):
    """With the ticks that fit there, and no rule that asks for the width."""
    figure = made().figure
    assert "@container" not in poster(figure, "a", "here", width)
    margin = figure["layout"]["margin"]
    shown = Frame.of({**figure, "data": [t for t in figure["data"] if t["x"]]}).at(width - margin["l"] - margin["r"])
    texts = [tick.text for tick, _ in shown.x_ticks[1]] + [tick.text for tick, _ in shown.y_ticks[1]]
    drawn = ["".join(text.itertext()) for text in tags(tree(figure, "a", place="here", width=width), "text")]
    assert texts
    assert not {text for text in texts if text} - set(drawn)


@pytest.mark.parametrize("made", EXPLORABLES, ids=lambda made: made.id)
def test_the_style_stays_while_a_control_moves(made):
    """Only then can the page keep it, and a browser need not style everything anew for each picture."""
    styles = {
        re.search("<style>(.*?)</style>", poster(made(**setting).figure, "a", "here", 640))[1]
        for setting in settings_of(made)
    }
    assert len(styles) == 1


@pytest.mark.parametrize("made", EXPLORABLES, ids=lambda made: made.id)
@pytest.mark.parametrize("width", [200, 640])
def test_the_grid_reaches_the_edges_of_the_plot(made, width):
    """Its lines leave the data's box by half of it on each side; so the padding must be less."""
    for setting in settings_of(made):
        frame = Frame.of(made(**setting).figure)
        state = frame.at(width)
        for (start, length), whole in zip(state.boxes, (width, state.height), strict=True):
            low, long = (share * whole + px for share, px in (start, length))
            assert low / long <= -BEFORE / GRID
            assert (whole - low) / long <= (BEFORE + LENGTH) / GRID


def test_dates_are_refused_because_plotly_would_turn_them_into_time():
    with pytest.raises(PosterError, match="2024-05-01"):
        kind_of("-", ["2024-05-01", "2024-06-01"])


def test_a_changed_value_changes_the_picture():
    """Planted fault: a figure that lies by one value must not look the same."""
    shown = line_chart([0, 1, 2], [0, 1, 0])
    lie = copy.deepcopy(shown)
    lie["data"][0]["y"][1] = 0.5
    lie["data"][0]["y"][2] = 1
    assert at(tree(shown), "stroke-miterlimit") != at(tree(lie), "stroke-miterlimit")
    assert math.isclose(0, at(tree(shown), "stroke-miterlimit")[1][1])
