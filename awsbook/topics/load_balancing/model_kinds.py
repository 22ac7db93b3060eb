"""The four kinds of Elastic Load Balancing, and a Network one before an Application one: which meets which needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """name: short; layer, targets, charged: what a table says; lacks: {need: why it does not meet it}."""

    name: str
    full: str
    layer: str
    targets: str
    charged: str
    lacks: dict[str, str]


NEEDS = ("front", "path", "static", "udp", "through", "socket", "function", "appliance", "plain")

_NO_GENEVE = "it has no GENEVE target groups, which appliances need"
_GROUPS = "it sends only to target groups"
_NO_PATH = "it does not read requests"

KINDS = (
    Kind("CLB", "Classic Load Balancer", "4 and 7", "instances, no group", "hours and GB", {
        "path": "it has no rules", "static": "its addresses change", "udp": "it takes HTTP, HTTPS, TCP and SSL",
        "socket": "AWS does not list WebSocket for it", "function": "it takes instances only",
        "appliance": _NO_GENEVE,
    }),
    Kind("ALB", "Application Load Balancer", "7", "instance, ip, lambda", "hours and LCU", {
        "static": "its addresses change, and it takes no Elastic IP", "udp": "it takes HTTP and HTTPS",
        "through": "it opens TLS itself to read the request", "appliance": _NO_GENEVE, "plain": _GROUPS,
    }),
    Kind("NLB", "Network Load Balancer", "4", "instance, ip, alb", "hours and NLCU", {
        "path": _NO_PATH, "function": "its target types are instance, ip and alb", "appliance": _NO_GENEVE,
        "plain": _GROUPS,
    }),
    Kind("GWLB", "Gateway Load Balancer", "3", "instance, ip", "hours and GLCU", {
        "front": "packets are routed to it, no client calls it", "path": _NO_PATH,
        "static": "it takes no Elastic IP", "function": "its target types are instance and ip", "plain": _GROUPS,
    }),
    Kind("N+A", "NLB with an ALB as its target", "4, then 7", "alb, then as an ALB", "hours, NLCU and LCU", {
        "udp": "the ALB behind takes HTTP and HTTPS", "through": "the ALB behind opens TLS",
        "appliance": _NO_GENEVE, "plain": _GROUPS,
    }),
)  # fmt: skip


def missing(kind: Kind, needs: frozenset[str]) -> tuple[str, ...]:
    """Why the kind does not meet the needs, in the order of NEEDS; () if it does. ValueError for an unknown need.

    Source: botocore's elbv2 and elb models (protocols, target types, Elastic IP), AWS's table of features.
    Leaves out: speed, price, security features, listeners of several kinds on one load balancer, and what a Classic
    or Network one carries as plain bytes without knowing it.
    """
    unknown = needs - set(NEEDS)
    if unknown:
        raise ValueError(f"unknown needs {sorted(unknown)}")
    return tuple(kind.lacks[need] for need in NEEDS if need in needs and need in kind.lacks)


def fitting(needs: frozenset[str]) -> tuple[Kind, ...]:
    """The kinds that meet all the needs."""
    return tuple(kind for kind in KINDS if not missing(kind, needs))
