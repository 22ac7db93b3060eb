"""What botocore's model of ElastiCache says against the ledger: a botocore update says what AWS changed."""

import re

import pytest
from botocore.loaders import Loader

from awsbook.facts import fact
from awsbook.topics.elasticache.engines import FEATURES, OFFERS

MODEL = Loader().load_service_model("elasticache", "service-2")


def said(text):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text))


def member(shape, name):
    return said(MODEL["shapes"][shape]["members"][name]["documentation"])


def shape(name):
    return said(MODEL["shapes"][name]["documentation"])


NUMBERS = [
    ("shard.max_replicas", lambda: member("CreateReplicationGroupMessage", "ReplicasPerNodeGroup"), r"are 0 to (\d+)"),
    ("cluster.max_shards", lambda: shape("NodeGroupsPerReplicationGroupQuotaExceededFault"), r"maximum is (\d+)"),
    ("snapshot.nodes_default", lambda: member("CreateReplicationGroupMessage", "SnapshotRetentionLimit"),
     r"Default: (\d+)"),
    ("snapshot.serverless_max", lambda: member("CreateServerlessCacheRequest", "SnapshotRetentionLimit"),
     r"allowed is (\d+) days"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text", "pattern"), NUMBERS, ids=[key for key, *_ in NUMBERS])
def test_a_number_in_the_ledger_is_the_one_in_botocore(key, text, pattern):
    found = re.search(pattern, text())
    assert found, text()
    assert fact(f"elasticache.{key}").value == int(found.group(1))


def test_the_api_reference_still_has_an_older_limit_of_memcached_nodes():
    """The guide went from 20 over 40 to 60; once botocore moves too, the ledger can be read from it again."""
    older = re.search(r"between 1 and (\d+)", member("CreateCacheClusterMessage", "NumCacheNodes"))
    assert int(older.group(1)) == 40 < fact("elasticache.memcached.max_nodes").value


def has(feature, offer):
    return FEATURES[feature][1][OFFERS.index(offer)]


def test_backups_are_for_whom_botocore_says():
    nodes = said(MODEL["operations"]["CreateSnapshot"]["documentation"])
    serverless = said(MODEL["operations"]["CreateServerlessCacheSnapshot"]["documentation"])
    assert "valid for Valkey or Redis OSS only" in nodes
    assert "Available for Valkey, Redis OSS and Serverless Memcached only" in serverless
    assert not has("backup", "Memcached nodes")
    assert all(has("backup", offer) for offer in OFFERS if offer != "Memcached nodes")


def test_replication_is_for_valkey_and_redis_only():
    assert "must be set to valkey or redis" in member("CreateReplicationGroupMessage", "Engine")
    assert not has("failover", "Memcached nodes")
    assert not has("replicas", "Memcached nodes")


def test_durability_is_a_setting_of_replication_groups():
    assert "sync" in MODEL["shapes"]["Durability"]["enum"]
    assert [offer for offer in OFFERS if has("durable", offer)] == ["Valkey nodes"]
    assert "Durability" not in MODEL["shapes"]["CreateServerlessCacheRequest"]["members"]
