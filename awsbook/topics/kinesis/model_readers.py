"""Who reads a shard, how fast each may, and who falls behind."""

from __future__ import annotations

from dataclasses import dataclass

from .model_shards import ShardRules


@dataclass(frozen=True)
class Reader:
    """An application that reads the whole stream. polls_per_s: GetRecords calls to each shard; 0 when pushed to."""

    name: str
    fan_out: bool
    polls_per_s: float = 0.0


@dataclass(frozen=True)
class Share:
    """What one reader gets of one shard."""

    reader: Reader
    may_read_mib: float  # MiB/s
    behind_per_s: float  # seconds of data more behind after each second; 0 when it keeps up

    @property
    def keeps_up(self) -> bool:
        return self.behind_per_s <= 0


def shares(write_mib: float, readers: tuple[Reader, ...], rules: ShardRules) -> tuple[Share, ...]:
    """What each reader may read of a shard that takes `write_mib` MiB/s.

    Shared readers divide the shard's read throughput evenly. When together they poll more often than the shard
    allows, the calls are refused in proportion, but a call may bring all that has come since the last one, so
    refused calls cost delay, not throughput. ValueError if write_mib is negative.
    Leaves out: the limit of one call (10 MiB, 10,000 records), luck in who is refused.
    """
    if write_mib < 0:
        raise ValueError(f"a shard cannot take {write_mib} MiB/s")
    together = sum(not reader.fan_out for reader in readers)
    result = []
    for reader in readers:
        may = rules.fan_out_mib if reader.fan_out else rules.read_mib / together
        result.append(Share(reader, may, max(0.0, 1 - may / write_mib) if write_mib else 0.0))
    return tuple(result)


def left_by(others: int, write_mib: float, rules: ShardRules) -> float:
    """MiB/s that a shared reader who is behind may read of a shard, beside `others` who were level.

    The others want what is written and no more; what they leave of the shard's read throughput is free. If they
    cannot have it, all divide evenly (max-min sharing). ValueError if an argument is negative.
    Leaves out: the shard promises nobody a fair share; luck in who is refused.
    """
    if min(others, write_mib) < 0:
        raise ValueError(f"nothing here can be negative: {others}, {write_mib}")
    return max(rules.read_mib / (others + 1), rules.read_mib - others * write_mib)


def refused_calls(readers: tuple[Reader, ...], rules: ShardRules) -> float:
    """The share (0 to 1) of shared readers' GetRecords calls that a shard refuses."""
    calls = sum(reader.polls_per_s for reader in readers if not reader.fan_out)
    return max(0.0, 1 - rules.read_calls / calls) if calls else 0.0
