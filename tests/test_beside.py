"""The other hosts of benchmarks/beside.py run the book's own Python, in a cell that no other test would call."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

from awsbook.topics.ebs.views import gp2_burst

CELL = Path(__file__).parents[1] / "benchmarks" / "beside" / "cell.py"


def test_the_other_hosts_draw_the_same_explorable(monkeypatch):
    drawn = []
    monkeypatch.setitem(sys.modules, "host", SimpleNamespace(bundle=lambda figure: drawn.append(figure) or {}))
    start = {name: control.value for name, control in gp2_burst.controls.items()}
    runpy.run_path(str(CELL))["shown"](**start)
    assert drawn[-1]["layout"]["title"]["text"] == gp2_burst(**start).sentence
    assert "@" not in str(drawn[-1]["data"])  # our names of colours, which only the book's page knows
