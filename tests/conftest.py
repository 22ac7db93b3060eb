"""For all tests: Hypothesis sets no time for an example, since a test never asserts an absolute time."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
