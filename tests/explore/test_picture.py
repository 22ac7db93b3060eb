"""Pictures: SVG that fits any width, follows the theme and cannot be broken by what a reader types."""

import xml.etree.ElementTree as ET

import pytest

from awsbook.explore import figure
from awsbook.explore.figure import LIGHT
from awsbook.explore.picture import painted


def one_of_each(text="a"):
    return [
        figure.box(0, 0, 40, 30, text),
        figure.arrow(40, 15, 60, 15, label=text),
        figure.link(0, 50, 100, 50),
        *(figure.dot(10, 60, shape=shape, label=text) for shape in ("circle", "ring", "square", "cross")),
        figure.words(50, 90, text, anchor="middle", bold=True, small=True),
    ]


def test_every_shape_is_drawn_as_well_formed_svg():
    made = figure.picture(one_of_each(), 100)
    root = ET.fromstring(made["svg"])
    assert made["height"] == 100
    assert {"rect", "line", "circle", "svg", "text"} <= {element.tag for element in root.iter()}


def test_text_is_text_whatever_a_reader_typed():
    """Planted fault: markup in a label."""
    nasty = "</text><script>alert(1)</script>&\"'"
    root = ET.fromstring(figure.picture(one_of_each(nasty), 100)["svg"])
    assert not list(root.iter("script"))
    assert nasty in {element.text for element in root.iter("text")}


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (figure.dot(101, 5), "101"),
        (figure.dot(5, 101), "101"),
        (figure.link(-1, 0, 5, 5), "-1"),
    ],
)
def test_a_shape_outside_the_picture_is_refused(shape, said):
    with pytest.raises(ValueError, match=said):
        figure.picture([shape], 100)


def test_a_colour_that_is_no_token_is_refused():
    """It would not follow the theme."""
    with pytest.raises(ValueError, match="red"):
        figure.picture([figure.box(0, 0, 1, 1, colour="red")], 10)


def test_two_pictures_do_not_share_their_arrow_heads():
    first, second = (figure.picture([figure.arrow(0, 0, x, 9)], 10)["svg"] for x in (50, 60))
    ids = [ET.fromstring(svg).find(".//marker").get("id") for svg in (first, second)]
    assert ids[0] != ids[1]
    assert f"url(#{ids[0]})" in first


def test_a_host_without_the_page_s_colours_gets_its_own():
    assert "var(--" not in painted(figure.picture(one_of_each(), 100)["svg"], LIGHT)
