"""In the place of the colours of a terminal: `traceback` imports them, and their themes are made at every start.

They are a dozen classes of `dataclasses`, written as text and compiled: a seventh of Pyodide's start, seen in Node.
"""


class _Plain:
    """Before and after each part of a traceback, nothing."""

    def __getattr__(self, part):
        return ""


class _Theme:
    traceback = _Plain()


def can_colorize(*, file=None):
    return False


def get_theme(*, force_color=False, force_no_color=False):
    return _Theme
