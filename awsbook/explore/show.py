"""Puts an explorable on the host it finds itself in.

The book's build sets AWSBOOK_HOST=page in the environment that its kernels inherit; there the answer is an HTML
fragment, and no ipywidget is ever created (myst-nb would copy each widget's whole state, megabytes, into the page).
Everywhere else with IPython it is ipywidgets.
"""

from __future__ import annotations

import os

from .explorable import Explorable


def explore(view: Explorable, /, **overrides):
    """Shows `view` with its controls, starting from `overrides`: one value each, such as `size_gib=500`.

    ControlError if an override is unknown or out of bounds; TypeError if `view` is no explorable.
    """
    if not isinstance(view, Explorable):
        what = f"{view!r}, a text" if isinstance(view, str) else f"a {type(view).__name__}"
        raise TypeError(f"explore takes an explorable, such as awsbook.topics.ebs.views.gp2_burst, and not {what}")
    start = view.parse(overrides)
    if os.environ.get("AWSBOOK_HOST") == "page":
        from .fragment import Fragment

        return Fragment(view, start)
    from .jupyter import widget

    return widget(view, start)
