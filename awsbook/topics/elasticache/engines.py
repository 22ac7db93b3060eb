"""What each offer of ElastiCache can do, feature by feature.

Read in botocore 1.43.127, service elasticache, on 2026-11-23: CreateSnapshot and CreateServerlessCacheSnapshot (which
engines), CreateReplicationGroup (Engine, ReplicasPerNodeGroup, AutomaticFailoverEnabled, Durability),
CreateGlobalReplicationGroup. Threads, data types: user guide, SelectEngine. Copies in several Zones of a serverless
cache: AWS's FAQ of ElastiCache.
"""

from __future__ import annotations

OFFERS = (
    "Valkey nodes", "Redis OSS nodes", "Memcached nodes",
    "Valkey serverless", "Redis OSS serverless", "Memcached serverless",
)  # fmt: skip
# need: what it is called, and which offers have it, in the order of OFFERS
FEATURES = {
    "sharding": ("Data over several nodes", (True, True, True, True, True, True)),
    "backup": ("Backup and restore", (True, True, False, True, True, True)),
    "failover": ("Survives a lost Zone", (True, True, False, True, True, True)),
    "replicas": ("Read replicas you count", (True, True, False, False, False, False)),
    "types": ("Lists, sorted sets, pub/sub", (True, True, False, True, True, False)),
    "threads": ("Large nodes, many threads", (False, False, True, False, False, False)),
    "regions": ("Copy in another Region", (True, True, False, False, False, False)),
    "durable": ("Acknowledged writes survive", (True, False, False, False, False, False)),
    "serverless": ("No nodes to choose", (False, False, False, True, True, True)),
}


def lacking(needs: list[str]) -> dict[str, list[str]]:
    """For each offer, those of `needs` that it does not have, by their names in FEATURES. KeyError for another."""
    return {offer: [need for need in needs if not FEATURES[need][1][i]] for i, offer in enumerate(OFFERS)}
