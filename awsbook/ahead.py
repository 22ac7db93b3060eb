"""Spares the pages' Python work that the build has done.

`dataclasses` writes the methods of each class as text and has it compiled, at every start: more than half of the time
that it took to import the book, seen in Node. The pack keeps the compiled code beside the modules; here it is used.
"""

import dataclasses
import marshal
from pathlib import Path

SUFFIX = ".ahead"


def spare(folder: str = ".") -> list[str]:
    """From now on `dataclasses` finds its texts compiled if `folder` has them, in files {text: code} as marshal writes.

    A text that is in none of them is compiled, as ever, and stands in the list that this returns.
    """
    known: dict = {}
    for file in Path(folder).glob(f"*{SUFFIX}"):
        known |= marshal.loads(file.read_bytes())
    missed: list[str] = []

    def run(text, globals, names):
        if text not in known:
            missed.append(text)
        exec(known.get(text, text), globals, names)

    dataclasses.exec = run  # the module calls the builtin by name, and a name of its own comes first
    return missed
