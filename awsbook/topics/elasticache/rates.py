"""The ledger's prices as the model wants them."""

from __future__ import annotations

from awsbook.facts import fact

from .model_bill import Rates

MB_PER_GB = 1000
HOURS = 365 * 24 / 12  # in a mean month


def number(name: str) -> float:
    """The value of the fact `elasticache.<name>`."""
    return fact(f"elasticache.{name}").value


def _rates(engine, min_gb):
    return Rates(number(f"price.{engine}_gb_hour"), number(f"price.{engine}_million_ecpu"), min_gb)


RATES = {
    "Valkey": _rates("valkey", number("price.valkey_min_mb") / MB_PER_GB),
    "Redis OSS": _rates("redis", number("price.others_min_gb")),
    "Memcached": _rates("memcached", number("price.others_min_gb")),
}
