"""How long temporary credentials last, and how long a thief has them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """Seconds. least: of DurationSeconds; most: the highest maximum a role can have; chained: of a chained session."""

    least: int
    most: int
    chained: int


def refusal(asked: float, role_max: float, chained: bool, rules: Rules) -> str:
    """Why AssumeRole refuses `asked` seconds; "" if it does not. ValueError if no role can have that maximum.

    Rule: STS API, AssumeRole, DurationSeconds. Leaves out: a lower limit set by an administrator.
    """
    if not role_max <= rules.most:
        raise ValueError(f"no role has a maximum of {role_max} s; up to {rules.most} s")
    if asked < rules.least:
        return "shorter than a session can be"
    if asked > role_max:
        return "longer than this role's maximum"
    if chained and asked > rules.chained:
        return "longer than a chained session can be"
    return ""


def in_hands(lasts: float, stolen: float, noticed: float) -> float:
    """Seconds that a thief can use credentials: until they end, or until somebody acts, whichever is first.

    lasts: from their issue, math.inf for an access key; stolen: after their issue; noticed: after the theft, math.inf
    for never. Leaves out: how long IAM takes to spread a change, and what the thief made for himself meanwhile.
    """
    if min(lasts, stolen, noticed) < 0:
        raise ValueError(f"need nothing negative, got {lasts}, {stolen} and {noticed}")
    return min(max(0.0, lasts - stolen) if math.isfinite(lasts) else math.inf, noticed)
