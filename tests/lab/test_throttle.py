import random

import pytest

from awsbook.lab.throttle import IN_VAIN, Bucket, Patience, TimeStandsStill


def test_a_bucket_agrees_with_counting_the_tokens_one_by_one():
    """The closed form of refilling, beside a loop that hands out a token every thousandth of a second."""
    time = [0]  # in ms, as whole numbers: the loop must not drift
    bucket = Bucket(1000, lambda: time[0] / 1000)
    left, draw = 1000, random.Random(3)
    for _ in range(3000):
        wants = draw.randrange(1, 40)
        granted = bucket.holds(wants)
        assert granted == (wants <= left)
        if granted:
            bucket.take(wants)
            left -= wants
        for _ in range(draw.randrange(20)):
            time[0] += 1
            left = min(1000, left + 1)


def test_a_bucket_never_holds_more_than_a_second_of_its_rate():
    """A quiet hour saves nothing up."""
    time = [0.0]
    bucket = Bucket(10, lambda: time[0])
    time[0] = 3600.0
    assert bucket.holds(10)
    assert not bucket.holds(10.1)


def test_patience_ends_in_one_instant_only():
    """One call less in each instant, and it lasts for ever; planted fault: one more, and it ends."""
    time = [0]
    patience = Patience(lambda: time[0])
    for _ in range(5):
        for _ in range(IN_VAIN - 1):
            patience.count_in_vain()
        time[0] += 1
    for _ in range(IN_VAIN - 1):
        patience.count_in_vain()
    with pytest.raises(TimeStandsStill, match="wait between two attempts"):
        patience.count_in_vain()
