"""What every topic's test may rely on."""

import pytest


@pytest.fixture(autouse=True)
def no_endpoint_of_a_lab(monkeypatch):
    """moto answers only for AWS's own addresses; one that a lab's test left in the environment leads past it."""
    for name in ("AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)
