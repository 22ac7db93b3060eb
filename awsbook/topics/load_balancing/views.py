"""The explorables on load balancing, in the order of the chapter."""

from .views_client import forwarded, rules, sni
from .views_edge import codes, flow, kinds
from .views_traffic import balance, cross_zone, draining, flapping, health, sticky

__all__ = [
    "balance", "codes", "cross_zone", "draining", "flapping", "flow", "forwarded", "health", "kinds", "rules", "sni",
    "sticky",
]  # fmt: skip
