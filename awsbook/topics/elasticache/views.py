"""The explorables of the ElastiCache chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math
from functools import partial

from awsbook.explore import Choice, Goal, Sketch, Slider, Table, Toggle, View, explorable, figure, words

from .engines import FEATURES, lacking
from .model_bill import bill
from .model_che import che, curve, lru, settled, stray
from .model_patterns import Cache, run
from .model_requests import picks, trace, zipf
from .model_ring import load_factor, modulo_moves, owned, ring, ring_moves
from .model_sessions import expires, held, sessions
from .model_stampede import herd, stampede
from .rates import HOURS, RATES, number
from .spread import low_and_high, lying_counts, mean, ms, share, span

SEED = Slider("Seed", 1, min=1, max=50)
PER_SECOND = 10  # requests a second in `patterns`: an example of ours
RUNS = 3
NAMES = {"none": "no cache", "lazy": "lazy", "write": "write-through", "both": "both"}
SHOWN = {
    "hits": ("Reads that hit", share, 100, "% of reads"),
    "stale": ("Stale reads", share, 100, "% of reads"),
    "mean_ms": ("Mean latency", ms, 1, "ms"),
    "p99_ms": ("p99 latency", ms, 1, "ms"),
    "database": ("Database work", share, 100, "% of requests"),
}


def dashed(values, of):
    """Lowest to highest, short enough for a phone: 40.7–44.9."""
    return span(values, words.num if of.endswith("_ms") else "{:.1f}".format).replace(" to ", "–")


REQUESTS, WARM = 450, 150
TWICE, DRAWN = 2, 6  # runs: those that a hand on a control sees at once, and all


@explorable(
    "Four patterns, the same requests",
    keys=Slider("Keys", 300, min=50, max=1000, step=50),
    room=Slider("Cache holds", 30, min=5, max=100, step=5, unit="%"),
    skew=Slider("Zipf exponent", 1.0, min=0.0, max=1.5, step=0.1),
    writes=Slider("Writes", 10, min=0, max=60, step=5, unit="%"),
    ttl=Slider("TTL (0: none)", 0, min=0, max=60, step=2, unit="s"),
    cache_ms=Slider("Cache answers in", 1.0, min=0.1, max=5.0, step=0.1, unit="ms"),
    database_ms=Slider("Database answers in", 20, min=1, max=100, unit="ms"),
    show=Choice("Show", "stale", {name: label for name, (label, *_) in SHOWN.items()}),
    seed=SEED,
)
def patterns(keys, room, skew, writes, ttl, cache_ms, database_ms, show, seed):
    cache = Cache(max(1, keys * room // 100), ttl * PER_SECOND or math.inf)
    outcomes = {name: [] for name in NAMES}

    def told(runs):
        return _compared(outcomes, runs, writes, database_ms, show)

    for i in range(DRAWN):
        if i >= TWICE:
            yield Sketch(i / DRAWN, partial(told, f"{i} of {DRAWN} runs"))
        requests = trace(keys, skew, writes / 100, REQUESTS, seed * 100 + i)
        for name, runs in outcomes.items():
            runs.append(run(name, requests, cache, cache_ms, database_ms, WARM))
    return told(f"{DRAWN} runs")


def _compared(outcomes, runs, writes, database_ms, show):
    """What the runs say of each pattern. runs: how many, in words."""
    values = {name: {of: [getattr(o, of) for o in outcomes[name]] for of in SHOWN} for name in NAMES}
    _, text, factor, unit = SHOWN[show]
    rows = [
        (label, *(dashed([SHOWN[of][2] * v for v in values[name][of]], of) for of in SHOWN))
        for name, label in NAMES.items()
    ]
    both, lazy = values["both"], values["lazy"]
    said = ", ".join(f"{label} {span(values[name][show], text)}" for name, label in NAMES.items())
    return View(
        figure.chart(
            low_and_high(list(NAMES.values()), [[factor * v for v in values[name][show]] for name in NAMES]),
            "Pattern", f"{SHOWN[show][0]} ({unit})",
        ),
        f"{SHOWN[show][0]}, lowest to highest of {runs}: {said}.",
        Table((runs, "Hit %", "Stale %", "Mean ms", "p99 ms", "Database %"), tuple(rows)),
        (
            Goal("Serve under 2 % stale reads with lazy loading, at 10 % writes or more, and still hit 40 %",
                 writes >= 10 and mean(lazy["stale"]) < 0.02 and mean(lazy["hits"]) >= 0.4),
            Goal("Spare the database nine requests in ten", min(mean(v["database"]) for v in values.values()) <= 0.1),
            Goal("Make the cache slow things down: lazy slower on average than no cache",
                 mean(lazy["mean_ms"]) > mean(values["none"]["mean_ms"])),
            Goal("Bring the p99 of both below the database's own mean", mean(both["p99_ms"]) < database_ms),
        ),
    )  # fmt: skip


CHE_REQUESTS, CHE_PARTS = 600, 3


@explorable(
    "Hit ratio against the size of the cache",
    keys=Slider("Keys", 500, min=50, max=1000, step=50),
    room=Slider("Cache holds", 10, min=1, max=95, unit="%"),
    skew=Slider("Zipf exponent", 0.8, min=0.0, max=1.5, step=0.1),
    seed=SEED,
)
def che_curve(keys, room, skew, seed):
    shares = zipf(keys, skew)
    holds = max(1, keys * room // 100)
    predicted = che(shares, holds)
    start = settled(shares, seed + 10_000)
    seen = lru(picks(keys, skew, CHE_PARTS * CHE_REQUESTS, seed), holds, start, CHE_PARTS)
    line = curve(shares)
    off = mean(seen) - predicted
    return View(
        figure.chart(
            [
                figure.line("Che", [100 * c / keys for c, _ in line], [100 * h for _, h in line], series=1),
                figure.points(f"{CHE_PARTS} parts of a run", [100 * holds / keys] * CHE_PARTS, [100 * h for h in seen],
                              series=2, symbol="x"),
            ],
            "Cache holds (% of keys)", "Hits (% of reads)", x_range=[0, 100], y_range=[0, 100],
        ),
        f"A cache for {holds:,} of {keys:,} keys hits {share(predicted)} by Che's approximation; {CHE_PARTS} parts of "
        f"a drawn run of LRU hit {span(seen, share)}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Keys", f"{keys:,}"),
                ("Cache holds", words.plural(holds, "key")),
                ("Hits, by Che", share(predicted)),
                (f"Hits, {CHE_PARTS} parts of a drawn run", span(seen, share)),
                ("Mean of the parts less Che", f"{100 * off:+z.1f} points"),
                ("One part strays by chance, 19 in 20", f"within {100 * stray(predicted, CHE_REQUESTS):.1f} points"),
                ("Share of the most popular key", share(shares[0])),
            ),
        ),
        (
            Goal("Hit 80 % with room for a tenth of the keys or less", room <= 10 and predicted >= 0.8),
            Goal("Make the hit ratio equal the share of keys that fit", skew == 0),
        ),
    )  # fmt: skip


HORIZON_S, BIN_S = 30, 0.5


@explorable(
    "A hot key expires",
    keys=Slider("Hot keys, written together", 1, min=1, max=40),
    rate=Slider("Requests for them", 100, min=10, max=200, step=10, unit="/s"),
    ttl=Slider("TTL", 10, min=2, max=20, unit="s"),
    rebuild=Slider("Database takes", 500, min=50, max=2000, step=50, unit="ms"),
    jitter=Slider("Jitter of the TTL", 0, min=0, max=50, step=5, unit="%"),
    lock=Toggle("One rebuilds, the others wait", False),
    seed=SEED,
)
def hot_key(keys, rate, ttl, rebuild, jitter, lock, seed):
    rebuild_s = rebuild / 1000
    runs = [stampede(keys, rate, ttl, rebuild_s, jitter / 100, lock, HORIZON_S, seed * 100 + i) for i in range(RUNS)]
    bins = [0] * math.ceil(HORIZON_S / BIN_S)
    for start in runs[0].starts_s:
        bins[int(start / BIN_S)] += 1
    peaks, queries = [r.peak for r in runs], [len(r.starts_s) for r in runs]
    each = 1 if lock else herd(rate / keys, rebuild_s)
    count = "{:,}".format
    return View(
        figure.chart(
            [figure.line("database queries begun", [i * BIN_S for i in range(len(bins))], bins, step=True, fill=True)],
            "Time (s)", f"Queries begun in {BIN_S} s", x_range=[0, HORIZON_S],
        ),
        f"Database queries over {HORIZON_S} s: {span(queries, count)}, at worst {span(peaks, count)} at once; "
        f"each time one key expires, {words.num(each)} on average.",
        Table(
            ("Quantity", f"{RUNS} runs"),
            (
                ("Seconds", f"{HORIZON_S}"),
                ("Requests, on average", count(rate * HORIZON_S)),
                ("Database queries", span(queries, count)),
                ("At once, at worst", span(peaks, count)),
                ("Requests that waited for another", span([r.waited for r in runs], count)),
                ("Queries for each expiry, 1 + rate x time", words.num(each)),
            ),
        ),
        (
            Goal("Let one hot key send 100 queries at once", keys == 1 and max(peaks) >= 100),
            Goal("Keep one query at a time, at 100 requests a second or more", rate >= 100 and max(peaks) <= 1),
            Goal("Tame 40 keys to 8 queries at once, at 200 requests a second and 500 ms a query",
                 keys == 40 and rate == 200 and rebuild >= 500 and max(peaks) <= 8),
        ),
    )  # fmt: skip


POINTS_SEEDS = 5


@explorable(
    "One node less",
    nodes=Slider("Nodes", 10, min=2, max=20),
    change=Choice("What happens", "lose", {"lose": "a node is lost", "add": "a node is added"}),
    points=Slider("Ring places a node", 40, min=1, max=100),
    hits=Slider("Hits before", 90, min=0, max=99, unit="%"),
    seed=SEED,
)
def node_lost(nodes, change, points, hits, seed):
    after = nodes - 1 if change == "lose" else nodes + 1
    larger = max(nodes, after)
    by_modulo = modulo_moves(nodes, after)
    by_ring = [ring_moves(larger, points, seed * 100 + i) for i in range(POINTS_SEEDS)]
    fullest = max(owned(ring(nodes, points, seed * 100), nodes)) * nodes
    before = hits / 100
    factors = [load_factor(before, by_modulo), *(load_factor(before, moved) for moved in by_ring)]
    place = words.plural(after, "node")

    def times(value):
        return words.plural(value, "time")

    reads = " or ".join(dict.fromkeys((times(factors[0]), span(factors[1:], times))))

    return View(
        figure.chart(
            low_and_high(["modulo", "ring"], [[100 * by_modulo], [100 * moved for moved in by_ring]]),
            "How a key finds its node", "Keys that move (%)", y_range=[0, 100],
        ),
        f"From {nodes} to {place}, modulo moves {share(by_modulo)} of the keys and the ring {span(by_ring, share)}; "
        f"the database then gets {reads} its usual reads.",
        Table(
            ("Quantity", "Modulo", f"Ring, {POINTS_SEEDS} drawn"),
            (
                ("Nodes", f"{nodes} to {place}", f"{nodes} to {place}"),
                ("Keys that move", share(by_modulo), span(by_ring, share)),
                ("By the formula", f"{share((larger - 1) / larger)}", f"{share(1 / larger)}"),
                ("Hits right after", share(before * (1 - by_modulo)),
                 span([before * (1 - moved) for moved in by_ring], share)),
                ("Reads of the database", times(factors[0]), span(factors[1:], times)),
                ("Fullest node, of its fair part", "1", words.num(fullest)),
            ),
        ),
        (
            Goal("Lose a node so that modulo moves no more keys than the ring should", nodes == 2 and change == "lose"),
            Goal("Keep every ring within a tenth of the formula",
                 all(abs(moved * larger - 1) <= 0.1 for moved in by_ring)),
            Goal("Let modulo send the database 20 times its reads", factors[0] >= 20),
        ),
    )  # fmt: skip


USERS, MINUTES = 24, 240  # as many users at first on each of 1, 2, 3, 4, 6 or 8 instances


@explorable(
    "Who is still logged in?",
    store=Choice("Sessions lie", "instance",
                 {"instance": "in the instance", "sticky": "there, sticky balancer", "cache": "in the cache"}),
    instances=Slider("Instances", 4, min=1, max=10),
    ttl=Slider("TTL", 30, min=1, max=120, unit="min"),
    pause=Slider("Mean pause", 10, min=5, max=60, unit="min"),
    lost=Toggle("One instance is replaced at noon", True),
    seed=SEED,
)  # fmt: skip
def logged_in(store, instances, ttl, pause, lost, seed):
    runs = [sessions(store, USERS, instances, ttl, pause, lost, MINUTES, seed * 100 + i) for i in range(RUNS)]
    again = [(r.expired + r.elsewhere) / r.clicks for r in runs]
    elsewhere = [r.elsewhere / r.clicks for r in runs]
    tenth = MINUTES / 10
    tenths = [0] * 10
    for minute in runs[0].without:
        tenths[int(minute / tenth)] += 1
    at = [10 + tenth / 60 * i for i in range(11)]
    formula, kept = expires(ttl, pause), held(USERS, ttl, pause)
    above = 1.15 * max(1, *tenths)  # room for the word "noon"
    return View(
        figure.chart(
            [figure.line(f"{USERS} users, first run", at, [*tenths, tenths[-1]], step=True, fill=True)],
            "Hour of the day", "Clicks without a session",
            y_range=(0, above), marks=[figure.moment(12, "noon")],
        ),
        f"With sessions {'in the cache' if store == 'cache' else 'on the instances'}, {span(again, share)} of the "
        f"clicks find no session; the TTL alone accounts for {share(formula)}.",
        Table(
            ("Quantity", f"{RUNS} runs"),
            (
                ("Clicks", span([r.clicks for r in runs], "{:,}".format)),
                ("Clicks without a session", span(again, share)),
                ("On the wrong or a lost instance", span(elsewhere, share)),
                ("TTL alone, by the formula", share(formula)),
                (f"Sessions held, of {USERS} users", words.num(kept)),
            ),
        ),
        (
            Goal("Lose no session but by TTL, with four instances or more and one of them replaced",
                 instances >= 4 and lost and not any(elsewhere)),
            Goal("Log out less than one click in a hundred", max(again) < 0.01),
            Goal("Hold sessions for fewer than half of the users, at a pause of 30 minutes or more",
                 pause >= 30 and kept < USERS / 2),
        ),
    )  # fmt: skip


@explorable(
    "Which engine has what you need?",
    backup=Toggle(FEATURES["backup"][0], True),
    failover=Toggle(FEATURES["failover"][0], False),
    replicas=Toggle(FEATURES["replicas"][0], False),
    types=Toggle(FEATURES["types"][0], False),
    threads=Toggle(FEATURES["threads"][0], False),
    regions=Toggle(FEATURES["regions"][0], False),
    durable=Toggle(FEATURES["durable"][0], False),
    serverless=Toggle(FEATURES["serverless"][0], False),
)
def which_engine(backup, failover, replicas, types, threads, regions, durable, serverless):
    asked = {
        "backup": backup, "failover": failover, "replicas": replicas, "types": types, "threads": threads,
        "regions": regions, "durable": durable, "serverless": serverless,
    }  # fmt: skip
    needs = [name for name, wanted in asked.items() if wanted]
    missing = lacking(needs)
    good = [offer for offer, lacks in missing.items() if not lacks]
    rows = tuple(
        (offer, "all" if not lacks else f"{len(needs) - len(lacks)}", "; ".join(FEATURES[n][0] for n in lacks) or "–")
        for offer, lacks in missing.items()
    )
    wanted = ", ".join(FEATURES[name][0] for name in needs) or "nothing in particular"
    return View(
        lying_counts({offer: (len(needs) - len(lacks), len(lacks)) for offer, lacks in missing.items()}, len(asked)),
        f"For {wanted}: {', '.join(good) if good else 'no single offer has it all'}.",
        Table(("Offer", "Has", "Lacks"), rows),
        (
            Goal("Ask for what only Memcached nodes have", good == ["Memcached nodes"]),
            Goal("Ask for what only Valkey nodes have", good == ["Valkey nodes"]),
            Goal("Ask for more than any single offer has", not good),
        ),
    )  # fmt: skip


@explorable(
    "A serverless cache, by the month",
    gb=Slider("Data", 0.5, min=0.1, max=100.0, step=0.1, unit="GB", log=True),
    rate=Slider("Requests", 100, min=0, max=50_000, step=100, unit="/s"),
    kb=Slider("Each moves", 1.0, min=0.1, max=50.0, step=0.1, unit="KB", log=True),
)
def serverless_bill(gb, rate, kb):
    ecpu_kb = number("price.ecpu_kb")
    bills = {engine: bill(gb, rate, kb, rates, HOURS, ecpu_kb) for engine, rates in RATES.items()}
    names = list(bills)
    return View(
        figure.chart(
            [
                figure.bars("data", names, [b.data for b in bills.values()], series=1),
                figure.bars("requests", names, [b.requests for b in bills.values()], series=2),
            ],
            "", "$ a month", stacked=True,
        ),
        f"{words.num(gb)} GB and {rate:,} requests a second of {words.num(kb)} KB cost "
        + ", ".join(f"{words.usd(bills[e].total)} a month on {e}" for e in names) + ".",
        Table(
            (f"{words.num(gb)} GB, {rate:,}/s of {words.num(kb)} KB", "Data", "Requests", "$ a month"),
            tuple((e, words.usd(b.data), words.usd(b.requests), words.usd(b.total)) for e, b in bills.items()),
        ),
        (
            Goal("Pay less than $10 a month", min(b.total for b in bills.values()) < 10),
            Goal("Pay more for requests than for 10 GB of data",
                 gb >= 10 and bills["Valkey"].requests > bills["Valkey"].data),
        ),
    )  # fmt: skip
