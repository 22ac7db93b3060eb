"""Controls judge whatever a URL, a page or a kernel hands them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore import Choice, ControlError, Slider, Steps, Text, Toggle

SIZE = Slider("Volume size", 100, min=1, max=16_384, unit="GiB", source="ebs.gp2.max_size")
SHARE = Slider("Share", 0.1, min=0.0, max=1.0, step=0.05)


@given(st.integers(1, 16_384))
def test_a_legal_whole_number_comes_back_as_it_is(number):
    assert SIZE.parse(number, "size") == number
    assert SIZE.parse(str(number), "size") == number
    assert isinstance(SIZE.parse(str(number), "size"), int)


@given(st.floats(0, 1))
def test_a_fraction_snaps_to_the_grid_inside_the_bounds(number):
    snapped = SHARE.parse(number, "share")
    assert 0 <= snapped <= 1
    assert abs(snapped - number) <= 0.025 + 1e-9


@given(st.one_of(st.none(), st.text(max_size=8), st.booleans(), st.floats(), st.integers(), st.lists(st.integers())))
def test_anything_is_a_legal_number_or_one_kind_of_error(raw):
    """Never another exception: this is what stands between a link and the model."""
    try:
        number = SIZE.parse(raw, "size_gib")
    except ControlError:
        return
    assert 1 <= number <= 16_384


@pytest.mark.parametrize("raw", ["0", "16385", "-1", "1e999", "nan", "abc", "", None, True])
def test_a_bad_number_names_control_value_bounds_and_source(raw):
    with pytest.raises(ControlError, match=r"size_gib \(Volume size\)") as error:
        SIZE.parse(raw, "size_gib")
    for part in (repr(raw), "1 to 16,384 GiB", "ebs.gp2.max_size"):
        assert part in str(error.value)


def test_a_choice_lists_what_it_takes():
    kind = Choice("Type", "gp2", {"gp2": "gp2", "gp3": "gp3"})
    assert kind.parse("gp3", "kind") == "gp3"
    with pytest.raises(ControlError, match="gp2, gp3"):
        kind.parse("gp9", "kind")


def test_a_toggle_reads_what_a_link_writes():
    on = Toggle("On", False)
    assert on.parse("true", "on") is True
    assert on.parse(False, "on") is False
    with pytest.raises(ControlError, match="neither"):
        on.parse("yes", "on")


def test_a_text_has_a_longest():
    keys = Text("Keys", "a", max_chars=5)
    assert keys.parse("abc", "keys") == "abc"
    with pytest.raises(ControlError, match="6 characters"):
        keys.parse("abcdef", "keys")


STEPS = Steps("What you do", "put", {"put": "PUT", "delete": "DELETE"}, max_steps=3)


def test_steps_are_names_with_blanks_between():
    assert STEPS.parse("  put   delete ", "steps") == "put delete"
    assert STEPS.parse("", "steps") == ""


@pytest.mark.parametrize(
    ("bad", "said"), [("jump", "jump"), ("put put put put", "4 steps"), (["put"], "text of steps")]
)
def test_steps_that_cannot_be_taken_are_named(bad, said):
    with pytest.raises(ControlError, match=said):
        STEPS.parse(bad, "steps")


WRONG = [None, [1, 2], (1, 10), {"a": 1}, {1}, object(), b"x", 1j, 10**400, -(10**5000), "9" * 1_000_000, "\ud800"]
EVERY_KIND = [SIZE, Choice("Kind", "a", {"a": "A"}), Toggle("On", False), Text("Keys", "a", max_chars=5), STEPS]


@pytest.mark.parametrize("control", EVERY_KIND, ids=[control.kind for control in EVERY_KIND])
@pytest.mark.parametrize("raw", WRONG, ids=[f"{type(raw).__name__}{i}" for i, raw in enumerate(WRONG)])
def test_whatever_is_handed_in_is_refused_in_few_words(control, raw):
    """In a notebook a learner gives what ipywidgets.interact takes; a huge one would fill the screen."""
    with pytest.raises(ControlError) as refused:
        control.parse(raw, "name")
    assert str(refused.value).startswith(f"name ({control.label})")
    assert len(str(refused.value)) < 250


def test_numpy_s_numbers_are_numbers():
    """As a loop over `numpy.arange` hands them in."""
    numpy = pytest.importorskip("numpy")
    assert type(SIZE.parse(numpy.int64(7), "size")) is int
    assert type(SHARE.parse(numpy.float32(0.5), "share")) is float
