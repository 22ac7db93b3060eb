"""The price history that stands in the page before a reader opens one: made up, and named so in its instance type.

It has the shape the AWS CLI prints, newest first.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random

TYPE = "synthetic.xlarge"
START = datetime(2026, 10, 1, tzinfo=UTC)


def synthetic_history(on_demand: float, rng: Random, changes: int = 14) -> str:
    """JSON of two pools over about four weeks. on_demand: $ per hour, what the prices are a share of."""
    entries = []
    for zone, share in (("us-east-1a", 0.34), ("us-east-1b", 0.47)):
        when = START
        for _ in range(changes):
            entries.append(
                {
                    "AvailabilityZone": zone,
                    "InstanceType": TYPE,
                    "ProductDescription": "Linux/UNIX",
                    "SpotPrice": f"{on_demand * share:.6f}",
                    "Timestamp": when.isoformat(),
                }
            )
            when += timedelta(minutes=rng.randint(1200, 4000))
            share = min(0.9, max(0.15, share * (1 + rng.uniform(-0.08, 0.09))))
    entries.sort(key=lambda entry: entry["Timestamp"], reverse=True)
    return json.dumps({"SpotPriceHistory": entries}, indent=4)
