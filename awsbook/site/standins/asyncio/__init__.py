"""In the place of asyncio: Pyodide imports it at its start, and asks it for a loop when Python awaits a Promise.

Nothing in a page does. With it come 65 modules (ssl, subprocess, logging, ...), half of all that a start imports.
"""


def __getattr__(name):
    raise AttributeError(f"asyncio.{name}: the pages' Python has no asyncio; see awsbook/site/standins")
