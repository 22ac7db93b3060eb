"""The gate on numbers in prose."""

from __future__ import annotations

import pytest

from awsbook.site.prose import unsourced


@pytest.mark.parametrize(
    "claim",
    ["3,000 IOPS", "16 TiB", "125 MiB/s", "30 seconds", "two minutes", "14 days", "99.9 %", "$0.08", "1 MB", "4 vCPUs"],
)
def test_a_bare_number_with_a_unit_is_found(claim):
    """Planted faults: each must be seen, with its line."""
    assert unsourced(f"# Title\n\nIt gives {claim} to everyone.\n") == [(3, claim)]


@pytest.mark.parametrize(
    "innocent",
    [
        "It gives {fact}`ebs.gp2.burst_iops` to everyone.",
        "Take {eg}`100 GiB` of it.",
        "Type `sleep 30 s` and wait.",
        "% covers: 30 s and 5 GiB",
        "Two volumes, 3 shards and 14 of them.",
        "In 2017 it changed.",
        "[a page](https://example.com/5GB)",
        "```\n5 GiB\n```",
        ":::{guess} Which?\n- one\n:::",
    ],
)
def test_what_is_marked_or_no_claim_passes(innocent):
    assert unsourced(f"{innocent}\n") == []


def test_front_matter_is_not_prose():
    assert unsourced("---\nx: 5 GiB\n---\n\n5 GiB\n") == [(5, "5 GiB")]


def test_prose_after_a_fence_is_prose_again():
    assert unsourced("````\n```\n5 GiB\n```\n````\n6 GiB\n") == [(6, "6 GiB")]
