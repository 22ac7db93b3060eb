"""Numbers as a reader says them."""

import pytest

from awsbook.explore import words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.num(12_345), "12,345"),
        (words.num(0.0123), "0.0123"),
        (words.num(7.0), "7"),
        (words.num(0.0), "0"),
        (words.num(0.0001), "0.0001"),
        (words.num(6.921e-10), "under 0.0001"),
        (words.percent(5.75e-19), "under 0.0001 %"),
        (words.percent(0.5), "50 %"),
        (words.usd(0.0123), "$0.0123"),
        (words.usd(2e-7), "under $0.0001"),
        (words.span(0), "0 s"),
        (words.span(0.0), "0 s"),
        (words.span(0.25), "250 ms"),
        (words.span(5.768e-10), "under 0.0001 ms"),
        (words.span(30), "30 s"),
        (words.span(150), "2.5 min"),
        (words.span(4.5 * 86_400), "4.5 days"),
        (words.plural(1, "copy", "copies"), "1 copy"),
        (words.plural(1200, "copy", "copies"), "1,200 copies"),
        (words.plural(1 + 1e-12, "day"), "1 day"),
        (words.plural(0.5, "day"), "0.5 days"),
    ],
)
def test_a_number_is_said_without_an_exponent(said, text):
    assert said == text
