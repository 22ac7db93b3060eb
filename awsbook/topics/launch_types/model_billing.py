"""What one run of an instance is charged for. Standard library only; the rules come in from `facts.toml`."""

from __future__ import annotations

import math
from dataclasses import dataclass

HOUR_S = 3600


@dataclass(frozen=True)
class BillingRules:
    """What AWS publishes of the clock."""

    minimum_s: int  # charged at every start
    free_if_ec2_interrupts_within_s: int  # Spot only


def charged_s(run_s: int, rules: BillingRules, *, whole_hours: bool = False, ec2_interrupts: bool = False) -> int:
    """Seconds charged for one run of run_s seconds.

    whole_hours: an operating system that is billed by the hour. ec2_interrupts: a Spot Instance that EC2 took back;
    otherwise you ended it. ValueError if run_s <= 0.
    Rule: EC2 User Guide, "Billing for interrupted Spot Instances"; API reference, StartInstances (see facts.toml).
    Leaves out: volumes, addresses and data, which have clocks of their own.
    """
    if run_s <= 0:
        raise ValueError(f"need run_s > 0, got {run_s}")
    if ec2_interrupts and run_s < rules.free_if_ec2_interrupts_within_s:
        return 0
    if whole_hours:
        hours = run_s // HOUR_S if ec2_interrupts else math.ceil(run_s / HOUR_S)
        return hours * HOUR_S
    return max(rules.minimum_s, run_s)
