"""In the place of Pyodide's own, which starts an event loop; see the asyncio beside it."""

from . import _state  # noqa: F401 (as Pyodide's own does: what it imports must be there before Python is used)
