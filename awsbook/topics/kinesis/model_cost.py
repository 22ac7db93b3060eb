"""What a month of a stream costs, provisioned and on-demand."""

from __future__ import annotations

import math
from dataclasses import dataclass

HOURS = 730  # in a month, as AWS's calculators count
GB = 2**30


@dataclass(frozen=True)
class Prices:
    """US dollars, one Region, one day."""

    shard_hour: float
    put_million: float  # for a million PUT payload units
    put_unit_kb: float
    on_demand_hour: float
    on_demand_in: float  # for a GB
    on_demand_out: float  # for a GB
    on_demand_round_kb: float
    fan_out_hour: float  # for a shard and a consumer


def provisioned(
    shards: int, records_per_s: float, record_bytes: float, prices: Prices, fan_out_consumers: int = 0
) -> float:
    """US dollars a month. records_per_s: the average, for PUTs are paid by the record; shards are paid anyway.

    Leaves out: retention beyond the first day, and what enhanced fan-out charges for each GB.
    """
    units = math.ceil(record_bytes / 1024 / prices.put_unit_kb) * records_per_s * 3600 * HOURS
    hours = shards * HOURS * (prices.shard_hour + fan_out_consumers * prices.fan_out_hour)
    return hours + units / 1e6 * prices.put_million


def on_demand(records_per_s: float, record_bytes: float, consumers: int, prices: Prices) -> float:
    """US dollars a month in On-demand Standard, one stream. consumers: each reads everything, shared.

    Leaves out: retention beyond the first day, enhanced fan-out, On-demand Advantage.
    """
    records = records_per_s * 3600 * HOURS
    step = prices.on_demand_round_kb * 1024
    gb_in = records * math.ceil(record_bytes / step) * step / GB
    gb_out = records * record_bytes * consumers / GB
    return HOURS * prices.on_demand_hour + gb_in * prices.on_demand_in + gb_out * prices.on_demand_out


def break_even(
    shards: int,
    peak_records_per_s: float,
    record_bytes: float,
    consumers: int,
    prices: Prices,
    fan_out_consumers: int = 0,
) -> float | None:
    """The average load, as a share of the peak, at which both cost the same; None if one is always dearer.

    fan_out_consumers: on the provisioned bill only.
    Both bills are straight lines in the average load, so this is where two lines cross.
    """
    start, end = (
        provisioned(shards, load, record_bytes, prices, fan_out_consumers)
        - on_demand(load, record_bytes, consumers, prices)
        for load in (0, peak_records_per_s)
    )
    if start == end or start * end > 0:
        return None
    return start / (start - end)
