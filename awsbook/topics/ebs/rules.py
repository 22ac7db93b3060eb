"""The ledger's numbers as the models want them."""

from __future__ import annotations

import math

from awsbook.facts import fact

from .model_burst import Bucket
from .model_volume import TIB, Rules

PERCENT = 100


def number(name: str) -> float:
    """The value of the fact `ebs.<name>`."""
    return fact(f"ebs.{name}").value


def _type(name, family, iops_usd=(), **more):
    def several(*fields):
        return {field: number(f"{name}.{field}") for field in fields}

    return Rules(
        name=name,
        family=family,
        gib_usd=number(f"price.{name}_gib"),
        afr=number(f"{name}.afr") / PERCENT,
        iops_usd=iops_usd,
        **several("min_size", "max_size", "max_iops", "max_mibs"),
        **more,
    )


IO2_TIERS = (
    (number("price.io2_tier1_until"), number("price.io2_iops")),
    (number("price.io2_tier2_until"), number("price.io2_iops_tier2")),
    (math.inf, number("price.io2_iops_tier3")),
)
GP2 = _type(
    "gp2", "credits", min_iops=number("gp2.min_iops"), iops_per_gib=number("gp2.iops_per_gib"),
    burst_iops=number("gp2.burst_iops"), small_mibs=number("gp2.small_mibs"),
    small_until=number("gp2.small_until"), max_io=number("io1.max_io"),
)  # fmt: skip
GP3 = _type(
    "gp3", "both", ((math.inf, number("price.gp3_iops")),), min_iops=number("gp3.included_iops"),
    iops_per_gib=number("gp3.iops_per_gib"), included_mibs=number("gp3.included_mibs"),
    mibs_per_iops=number("gp3.mibs_per_iops"), mibs_usd=number("price.gp3_mibs"),
)  # fmt: skip
IO1 = _type(
    "io1", "iops", ((math.inf, number("price.io1_iops")),), min_iops=number("io1.min_iops"),
    iops_per_gib=number("io1.iops_per_gib"), flat_mibs=number("io1.flat_mibs"),
    flat_until=number("io1.flat_until"), kib_per_iops=number("io1.kib_per_iops"), max_io=number("io1.max_io"),
)  # fmt: skip
IO2 = _type(
    "io2", "iops", IO2_TIERS, min_iops=number("io2.min_iops"), iops_per_gib=number("io2.iops_per_gib"),
    mibs_per_iops=number("io2.mibs_per_iops"),
)  # fmt: skip
ST1, SC1 = (
    _type(name, "disk", base_per_tib=number(f"{name}.base_mibs_per_tib"),
          burst_per_tib=number(f"{name}.burst_mibs_per_tib"))
    for name in ("st1", "sc1")
)  # fmt: skip
TYPES = {rules.name: rules for rules in (GP2, GP3, IO1, IO2, ST1, SC1)}

INSTANCES = {
    "m7i_large": "m7i.large",
    "i4i_32xlarge": "i4i.32xlarge",
    "m7i_48xlarge": "m7i.48xlarge",
    "r8gb_48xlarge": "r8gb.48xlarge",
}
MIB_PER_MB = 1_000_000 / 1024 / 1024


def instance(key: str, sustained: bool = False) -> tuple[float, float]:
    """IOPS and MiB/s that an instance type carries to EBS: at most, or for ever. AWS gives MB/s."""
    which = "base" if sustained else "max"
    iops, mbs = number(f"instance.{key}.{which}_iops"), number(f"instance.{key}.{which}_mbs")
    return iops, mbs * MIB_PER_MB


def gp2_bucket(size: float) -> Bucket:
    """The I/O credit bucket of a gp2 volume of `size` GiB."""
    baseline = min(GP2.max_iops, max(GP2.min_iops, GP2.iops_per_gib * size))
    return Bucket(baseline, max(GP2.burst_iops, baseline), number("gp2.bucket"))


def disk_bucket(name: str, size: float) -> Bucket:
    """The throughput credit bucket, in MiB, of an st1 or sc1 volume of `size` GiB."""
    rules, tib = TYPES[name], size / TIB
    holds = number(f"{name}.bucket_per_tib") * tib * TIB * TIB
    fills = min(rules.max_mibs, rules.base_per_tib * tib)
    return Bucket(fills, min(rules.max_mibs, rules.burst_per_tib * tib), holds)
