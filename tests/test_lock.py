"""What pyproject.toml asks for, where machines need different versions of one package."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
INTEL_MAC = {"sys_platform": "darwin", "platform_machine": "x86_64"}
OTHER = {"sys_platform": "linux", "platform_machine": "x86_64"}


def test_an_old_version_for_one_machine_is_not_everybodys():
    """uv locks two versions only where no version satisfies both; else an upgrade takes the old one for all."""
    asked = defaultdict(list)
    for text in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]:
        asked[Requirement(text).name].append(Requirement(text))
    split = {name: both for name, both in asked.items() if len(both) > 1}
    assert split
    for name, both in split.items():
        (mac,) = [one for one in both if one.marker and one.marker.evaluate(INTEL_MAC)]
        (rest,) = [one for one in both if not one.marker or one.marker.evaluate(OTHER)]
        ceiling = next(bound.version for bound in mac.specifier if bound.operator == "<")
        assert f">={ceiling}" in str(rest.specifier), name
