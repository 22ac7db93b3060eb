"""Would AWS make this volume? The checks of CreateVolume, in its own terms."""

from __future__ import annotations

from dataclasses import dataclass

from .model_volume import Rules, included_iops, mibs_of


@dataclass(frozen=True)
class Refusal:
    """One reason. about: what is wrong (size, iops, iops ratio, throughput, throughput ratio); code: the API's
    error code; text: the reason in the API's words; asked, limit: the numbers."""

    about: str
    code: str
    text: str
    asked: float
    limit: float


BAD_VALUE, BAD_PAIR = "InvalidParameterValue", "InvalidParameterCombination"


def refusals(size: int, iops: int, mibs: int, rules: Rules) -> tuple[Refusal, ...]:
    """Every rule a CreateVolume request breaks; empty if AWS would make the volume.

    size in GiB; iops and mibs: 0 means the parameter is left out.
    Rule: CreateVolume in the EC2 API reference (ranges), the User Guide (ratios). The wording is that of errors
    that users have reported (both ratios, too few IOPS, too small a size, iops not supported); the others are
    worded after them, so a word may differ.
    Leaves out: quotas, Regions, snapshots larger than the size, and that AWS names the first reason only.
    """
    return (*_size(size, rules), *_iops(size, iops, rules), *_throughput(iops, mibs, rules))


def _size(size, rules):
    name = rules.name
    if size < rules.min_size:
        yield Refusal(
            "size", BAD_VALUE,
            f"The volume size is invalid for {name} volumes: {size} GiB. "
            f"{name} volumes must be at least {rules.min_size} GiB in size.",
            size, rules.min_size)  # fmt: skip
    if size > rules.max_size:
        yield Refusal(
            "size", BAD_VALUE,
            f"The volume size is invalid for {name} volumes: {size} GiB. "
            f"{name} volumes must be at most {rules.max_size} GiB in size.",
            size, rules.max_size)  # fmt: skip


def _iops(size, iops, rules):
    if rules.family in ("credits", "disk"):
        if iops:
            yield Refusal("iops", BAD_PAIR, f"The parameter iops is not supported for {rules.name} volumes.", iops, 0)
        return
    if not iops:
        if rules.family == "iops":
            text = f"The parameter iops must be specified for {rules.name} volumes."
            yield Refusal("iops", BAD_PAIR, text, 0, rules.min_iops)
        return
    if iops < rules.min_iops:
        text = f"Volume iops of {iops} is too low; minimum is {rules.min_iops:g}."
        yield Refusal("iops", BAD_VALUE, text, iops, rules.min_iops)
    if iops > rules.max_iops:
        text = f"Volume iops of {iops} is too high; maximum is {rules.max_iops:.0f}."
        yield Refusal("iops", BAD_VALUE, text, iops, rules.max_iops)
    ratio = iops / size
    if iops > included_iops(rules) and ratio > rules.iops_per_gib:
        text = f"Iops to volume size ratio of {ratio:.6f} is too high; maximum is {rules.iops_per_gib:g}"
        yield Refusal("iops ratio", BAD_VALUE, text, ratio, rules.iops_per_gib)


def _throughput(iops, mibs, rules):
    if not mibs:
        return
    if rules.family != "both":
        text = f"The parameter throughput is not supported for {rules.name} volumes."
        yield Refusal("throughput", BAD_PAIR, text, mibs, 0)
        return
    if mibs < rules.included_mibs:
        text = f"Volume throughput of {mibs} is too low; minimum is {rules.included_mibs:g}."
        yield Refusal("throughput", BAD_VALUE, text, mibs, rules.included_mibs)
    if mibs > rules.max_mibs:
        text = f"Volume throughput of {mibs} is too high; maximum is {rules.max_mibs:g}."
        yield Refusal("throughput", BAD_VALUE, text, mibs, rules.max_mibs)
    provisioned = iops or rules.min_iops
    # a volume at its highest throughput is judged by that limit, above, not by the ratio as well
    if mibs_of(provisioned, rules) < min(mibs, rules.max_mibs):
        text = (
            f"Throughput (MiBps) to iops ratio of {mibs / provisioned:.6f} is too high; "
            f"maximum is {rules.mibs_per_iops:.6f} MiBps per iops"
        )
        yield Refusal("throughput ratio", BAD_VALUE, text, mibs / provisioned, rules.mibs_per_iops)
