"""How fast a copy between two instances goes when each flow has a limit of its own."""

from __future__ import annotations


def rate(flows: int, per_flow: float, sender: float, receiver: float) -> float:
    """Gbps of `flows` flows together: each up to `per_flow`, all up to the slower instance. All in Gbps.

    Rule: EC2 User Guide, instance network bandwidth. Leaves out: burst credits, packets a second, protocol overhead.
    ValueError if one of them is not positive.
    """
    if min(flows, per_flow, sender, receiver) <= 0:
        raise ValueError(f"need positive numbers, got {flows}, {per_flow}, {sender}, {receiver}")
    return min(flows * per_flow, sender, receiver)


def seconds(size_gb: float, gbps: float) -> float:
    """Time for `size_gb` (GB, 10^9 bytes) at `gbps`."""
    return size_gb * 8 / gbps


def flows_to_fill(per_flow: float, sender: float, receiver: float) -> int:
    """The fewest flows beyond which another brings nothing."""
    return int(-(-min(sender, receiver) // per_flow))
