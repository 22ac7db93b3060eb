"""The explorables of the EBS chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math
import random
from functools import lru_cache

from awsbook.explore import Choice, Goal, Slider, Table, Toggle, View, explorable, figure, words

from .model_burst import HOUR_S, day, lasts, scan
from .model_check import refusals
from .model_life import EVENTS, survives
from .model_raid import array, fails_within, fleet_loss, loss
from .model_snapshot import expected_stored, freed_between, history, order, stored
from .model_volume import cheapest, included_iops, price, speed, top_iops
from .options import for_demand
from .rules import GP2, GP3, INSTANCES, IO1, IO2, ST1, TYPES, disk_bucket, gp2_bucket, instance, number
from .shares import HOURS, bends, chance, dollars, gib, hours, lying_bars, rate, spaced

DAY_S = 86_400
KINDS = {name: name for name in TYPES}
SEED = Slider("Seed", 1, min=1, max=50)
BLOCKS = 200  # of a volume, in the history of its snapshots


def _full(gibs, rules):
    """What a volume of this size is when it is as fast as it may be: IOPS and MiB/s for ever, $ a month."""
    made = speed(gibs, rules)
    bought = made.base_mibs if rules.mibs_usd else 0
    usd = price(gibs, rules, made.base_iops if rules.iops_usd else 0, bought)
    return {"iops": made.base_iops, "mibs": made.base_mibs, "usd": usd}


@lru_cache(maxsize=32)
def _by_size(name, show):
    """The line of one type over all its sizes: GiB, and what is shown of a volume."""
    rules = TYPES[name]
    grid = spaced(rules.min_size, rules.max_size, 24)
    return bends(grid, [_full(gibs, rules)[show] for gibs in grid])


@explorable(
    "What a volume of this size may do",
    size=Slider("Size", 100, min=1, max=GP3.max_size, unit="GiB", log=True, source="ebs.gp3.max_size"),
    show=Choice("Show", "iops", {"iops": "IOPS", "mibs": "MiB/s", "usd": "$ a month"}),
)
def sizes(size, show):
    unit = {"iops": "IOPS", "mibs": "MiB/s", "usd": "$ a month"}[show]

    lines, rows = [], []
    for i, (name, rules) in enumerate(TYPES.items()):
        lines.append(figure.line(name, *_by_size(name, show), series=i + 1))
        limits = f"{gib(rules.min_size)} to {gib(rules.max_size)}"
        if rules.min_size <= size <= rules.max_size:
            here = _full(size, rules)
            cells = f"{here['iops']:,.0f}", f"{here['mibs']:,.1f}", words.usd(here["usd"])
        else:
            cells = ("refused",) * 3
        rows.append((name, *cells, limits))
    gp2_here = top_iops(min(size, GP2.max_size), GP2)
    refused = [row[0] for row in rows if row[1] == "refused"]
    at = {"iops": 1, "mibs": 2, "usd": 3}[show]
    said = ", ".join(f"{row[0]} {row[at]}" for row in rows if row[1] != "refused")
    return View(
        figure.chart(lines, "Size (GiB)", unit, log_x=True, log_y=True, marks=[figure.moment(size, gib(size))]),
        f"At {size:,} GiB, as fast as the size allows, in {unit}: {said}"
        + (f"; AWS makes no {', '.join(refused)} of this size." if refused else "."),
        Table(("Type", "Top IOPS", "MiB/s", "$ a month", "Sizes"), tuple(rows)),
        (
            Goal("Give gp2 for ever what it bursts to, and no GiB more than 10 % beyond it",
                 GP2.burst_iops <= gp2_here <= 1.1 * GP2.burst_iops),
            Goal("Find a size that only gp3 and io2 offer", TYPES.keys() - set(refused) == {"gp3", "io2"}),
        ),
    )  # fmt: skip


@explorable(
    "How long a gp2 volume bursts",
    size_gib=Slider("Volume size", 100, min=1, max=2000, unit="GiB"),
    demand_iops=Slider("Steady demand", 3000, min=0, max=6000, step=50, unit="IOPS"),
)
def gp2_burst(size_gib, demand_iops):
    bucket = gp2_bucket(size_gib)
    lasts_s = lasts(demand_iops, bucket)
    full, after = min(demand_iops, bucket.spends), min(demand_iops, bucket.fills)
    ends_h = min(HOURS, lasts_s / HOUR_S)
    ends = "never empties" if math.isinf(lasts_s) else f"is empty after {words.span(lasts_s)}"
    return View(
        figure.chart(
            [
                figure.line("demand", [0, HOURS], [demand_iops] * 2, series=2),
                figure.line("served", [0, ends_h, HOURS], [full, after if ends_h < HOURS else full, after if
                            ends_h < HOURS else full], series=1, step=True),
            ],
            "Time (hours)", "IOPS", y_range=[0, max(6000, bucket.fills) * 1.05],
            marks=[figure.level(bucket.fills, "baseline")],
        ),
        f"A {size_gib:,} GiB gp2 volume has a baseline of {words.num(bucket.fills)} IOPS; asked for "
        f"{demand_iops:,} IOPS, its bucket {ends}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Size", f"{size_gib:,} GiB"),
                ("Demand", f"{demand_iops:,} IOPS"),
                ("Baseline", f"{words.num(bucket.fills)} IOPS"),
                ("Served while credits last", f"{words.num(full)} IOPS"),
                ("Bucket lasts", "for ever" if math.isinf(lasts_s) else words.span(lasts_s)),
                ("Idle time to refill it", words.span(bucket.holds / bucket.fills)),
            ),
        ),
        (
            Goal(f"Let the bucket last a whole day at {GP2.burst_iops:,} IOPS",
                 demand_iops >= GP2.burst_iops and lasts_s >= DAY_S),
            Goal("Make it last between 5 and 8 hours", 5 * HOUR_S <= lasts_s <= 8 * HOUR_S),
        ),
    )  # fmt: skip


@explorable(
    "A gp2 volume through a working day",
    size=Slider("Volume size", 100, min=10, max=1000, step=10, unit="GiB"),
    quiet=Slider("Demand at night", 100, min=0, max=1000, step=20, unit="IOPS"),
    busy=Slider("Demand from 9:00", 900, min=0, max=4000, step=50, unit="IOPS"),
    busy_h=Slider("Busy hours", 8, min=0, max=12, unit="h"),
    start=Slider("Bucket at midnight", 100, min=0, max=100, step=5, unit="%"),
    waits=Toggle("Unserved work waits", False),
    show=Choice("Show", "served", {"served": "demand and served", "credits": "credits left"}),
)
def gp2_day(size, quiet, busy, busy_h, start, waits, show):
    bucket = gp2_bucket(size)
    demands = [busy if 9 <= hour < 9 + busy_h else quiet for hour in range(HOURS)]
    moments = day(demands, bucket, bucket.holds * start / 100, waits)
    empty = next((m.at_s for m in moments[:-1] if m.credits == 0 and m.served < max(m.demand, m.waiting)), None)
    last = moments[-1]
    left = last.credits / bucket.holds
    if show == "served":
        traces = [figure.line(name, *hours(moments, of), series=series, step=True)
                  for series, name, of in ((2, "demand", "demand"), (1, "served", "served"))]  # fmt: skip
        marks = [figure.level(bucket.fills, "baseline")]
    else:
        x, y = hours(moments, "credits")
        traces, marks = [figure.line("credits left", x, [v / 1e6 for v in y], series=1, fill=True)], []
    clock = "never runs dry" if empty is None else f"runs dry at {int(empty // 3600)}:{int(empty % 3600 // 60):02d}"
    lost = last.waiting + last.unserved
    fate = "still wait at midnight" if waits else "were not served"
    put_off = f"{words.num(lost / 1e6)} million" if lost >= 1 else "no"
    return View(
        figure.chart(traces, "Hour of the day", "IOPS" if show == "served" else "Million credits",
                     x_range=[0, HOURS], marks=marks),
        f"The {size:,} GiB volume {clock}; at midnight its bucket is {words.percent(left)} full and "
        f"{put_off} I/Os {fate}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Size", f"{size:,} GiB"),
                ("Baseline", f"{words.num(bucket.fills)} IOPS"),
                ("Bucket", clock),
                ("Bucket at midnight", words.percent(left)),
                ("I/Os that " + fate, put_off),
                ("The same size as gp2 costs", dollars(price(size, GP2))),
                (f"As gp3, with {GP3.min_iops:,} IOPS always", dollars(price(size, GP3))),
            ),
        ),
        (
            Goal("Serve every I/O of 8 busy hours at 900 IOPS or more",
                 busy_h >= 8 and busy >= 900 and lost < 1),
            Goal("Empty the bucket so deep that work still waits at midnight", waits and last.waiting > 0),
            Goal("Run dry at noon, between 11:45 and 12:15",
                 empty is not None and 11.75 <= empty / HOUR_S <= 12.25),
        ),
    )  # fmt: skip


@explorable(
    "Reading a disk volume from end to end",
    kind=Choice("Type", "st1", {"st1": "st1", "sc1": "sc1"}),
    size=Slider("Size", 5120, min=ST1.min_size, max=ST1.max_size, unit="GiB", log=True, source="ebs.st1.max_size"),
    full=Slider("Bucket at the start", 100, min=0, max=100, step=5, unit="%"),
)
def disk_scan(kind, size, full):
    bucket, rules = disk_bucket(kind, size), TYPES[kind]
    took, quick = scan(size / 1024, bucket, full / 100)
    read = min(size / 1024, quick * bucket.spends / (1024 * 1024))
    fast, slow = rate(bucket.spends, "MiB/s"), rate(bucket.fills, "MiB/s")
    if quick == took:
        how = f"all of it at {fast}"
    else:
        how = f"{words.span(quick)} at {fast}, the rest at {slow}" if quick else f"all of it at {slow}"
    x = [0, quick / HOUR_S] + ([took / HOUR_S] if took > quick else [])
    y = [0, read] + ([size / 1024] if took > quick else [])
    return View(
        figure.chart([figure.line("read so far", x, y, fill=True)], "Time (hours)", "Read (TiB)",
                     marks=[figure.moment(took / HOUR_S, "done")]),
        f"Reading a {gib(size)} {kind} volume once takes {words.span(took)}: {how}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Size", gib(size)),
                ("Baseline", rate(bucket.fills, "MiB/s")),
                ("Burst", rate(bucket.spends, "MiB/s")),
                ("Bucket at the start", f"{full} % of {gib(bucket.holds / 1024)}"),
                ("At burst speed", words.span(quick)),
                ("Whole scan", words.span(took)),
                ("Small random reads, at burst", f"{min(rules.max_iops, bucket.spends):,.0f} IOPS"),
                ("Price", dollars(price(size, rules))),
            ),
        ),
        (
            Goal("Scan 5 TiB or more for under $100 a month", size >= 5120 and price(size, rules) < 100),
            Goal("Make a scan take a day or longer", took >= DAY_S),
        ),
    )  # fmt: skip


@explorable(
    "Would AWS make this volume?",
    kind=Choice("Type", "io1", KINDS),
    size=Slider("Size", 100, min=1, max=70_000, unit="GiB", log=True),
    iops=Slider("Iops (0: left out)", 10_000, min=0, max=260_000, step=100),
    mibs=Slider("Throughput (0: left out)", 0, min=0, max=4500, step=25, unit="MiB/s"),
)
def check(kind, size, iops, mibs):
    rules = TYPES[kind]
    found = refusals(size, iops, mibs, rules)
    settable = rules.family in ("both", "iops")
    top = top_iops(size, rules)
    asked_iops = iops or (rules.min_iops if rules.family == "both" else 0)
    wrong = {refusal.about for refusal in found}
    shares = [
        ("Size", size / rules.max_size, "size"),
        ("Iops", asked_iops / rules.max_iops if settable else 2.0 * bool(iops), "iops"),
        (
            "Iops per GiB",
            # no ratio is asked of IOPS that come with any size
            iops / size / rules.iops_per_gib if settable and iops > included_iops(rules) else 0,
            "iops ratio",
        ),
        ("Throughput", mibs / rules.max_mibs if rules.mibs_usd else 2.0 * bool(mibs), "throughput"),
        (
            "MiB/s per Iops",
            min(mibs, rules.max_mibs) / max(asked_iops, 1) / rules.mibs_per_iops if rules.mibs_usd else 0,
            "throughput ratio",
        ),
    ]
    made = [(name, min(200.0, 100 * share), about not in wrong) for name, share, about in shares]
    if found:
        verdict = f"AWS refuses this {kind} volume with {found[0].code}: “{found[0].text.rstrip('.')}”."
        rows = tuple((f"{number_}. {r.code}", r.text) for number_, r in enumerate(found, 1))
    else:
        cost = price(size, rules, asked_iops if rules.iops_usd else 0, mibs)
        has = speed(size, rules, asked_iops if settable else 0)
        reach = min(has.base_mibs, max(mibs, rules.included_mibs)) if rules.mibs_usd else has.base_mibs
        verdict = (
            f"AWS makes this {kind} volume: {gib(size)}, {rate(has.base_iops, 'IOPS')} and up to "
            f"{rate(reach, 'MiB/s')} for ever, {dollars(cost)}."
        )
        rows = (
            ("Size", gib(size)),
            ("IOPS for ever", rate(has.base_iops, "IOPS")),
            ("Throughput for ever", rate(reach, "MiB/s")),
            ("Price", dollars(cost)),
        )
    return View(
        lying_bars(
            made,
            "% of limit, up to 200",
            ("allowed", "refused"),
            marks=[figure.moment(100, "limit")],
        ),
        verdict,
        Table(("Answer", "In AWS's words"), (*rows, ("Most IOPS at this size", f"{top:,.0f}"))),
        (
            Goal(f"Get an io1 volume with {IO1.max_iops:,.0f} IOPS accepted",
                 kind == "io1" and iops == IO1.max_iops and not found),
            Goal("Get a gp3 volume refused for its throughput alone",
                 kind == "gp3" and bool(wrong) and wrong <= {"throughput", "throughput ratio"}),
            Goal("Get 200,000 IOPS accepted", iops >= 200_000 and not found),
        ),
    )  # fmt: skip


@explorable(
    "RAID over several volumes",
    level=Choice("RAID", "0", {"0": "RAID 0, stripe", "1": "RAID 1, mirror"}),
    volumes=Slider("Volumes", 4, min=1, max=16),
    kind=Choice("Each is", "gp3", {name: name for name in ("gp2", "gp3", "io1", "io2")}),
    size=Slider("Size of each", 500, min=8, max=GP2.max_size, unit="GiB", log=True, source="ebs.gp2.max_size"),
    iops=Slider("IOPS of each", 10_000, min=3000, max=IO1.max_iops, step=500, source="ebs.io1.max_iops"),
    on=Choice("Instance", "m7i_large", INSTANCES),
    sustained=Toggle("Hour after hour", False),
)
def raid(level, volumes, kind, size, iops, on, sustained):
    rules, level = TYPES[kind], int(level)
    each = min(iops, top_iops(size, rules)) if rules.family != "credits" else top_iops(size, rules)
    limit_iops, limit_mibs = instance(on, sustained)
    mibs = rules.included_mibs or speed(size, rules, each).base_mibs
    made = array(level, volumes, size, each, mibs, limit_iops, limit_mibs)
    usd = volumes * price(size, rules, each if rules.iops_usd else 0)
    gone = loss(level, volumes, rules.afr)
    bound = made.carried >= limit_iops
    cut = "cannot carry more" if bound else "could carry more"
    return View(
        figure.chart(
            [
                figure.bars("IOPS", ["one", "all", "written", "to EBS"],
                            [each, volumes * each, made.iops, made.carried]),
            ],
            "", "IOPS", marks=[figure.level(limit_iops, f"{INSTANCES[on]}: {limit_iops:,.0f}", "@bad")],
        ),
        f"{words.plural(volumes, kind + ' volume')} in RAID {level}: {gib(made.size)} and "
        f"{made.iops:,.0f} writes a second; the {INSTANCES[on]} {cut}, and the data is lost within a year with "
        f"a chance of {chance(gone)}.",
        Table(
            ("Quantity", "One volume", f"RAID {level}"),
            (
                ("Volumes", "1", f"{volumes}"),
                ("Size", gib(size), gib(made.size)),
                ("Writes a second", f"{each:,.0f}", f"{made.iops:,.0f}"),
                ("Throughput", rate(mibs, "MiB/s"), rate(made.mibs, "MiB/s")),
                ("Loss within a year", chance(rules.afr), chance(gone)),
                ("Price", dollars(usd / volumes), dollars(usd)),
            ),
        ),
        (
            Goal("Write 100,000 times a second", made.iops >= 100_000),
            Goal("Build an array that is slower than the sum of its volumes", made.iops < volumes * each - 1),
            Goal("Halve what one volume would write, by mirroring it", level == 1 and made.iops <= each / 2),
        ),
    )  # fmt: skip


@explorable(
    "The chance of losing it all",
    afr=Slider("Volumes that fail in a year", 0.2, min=0.001, max=5, step=0.001, unit="%", log=True),
    volumes=Slider("Volumes in the array", 4, min=1, max=12),
    years=Slider("Years", 1, min=1, max=5),
    seed=SEED,
)
def raid_loss(afr, volumes, years, seed):
    fails = fails_within(afr / 100, years)
    counts = list(range(1, 13))
    stripe, mirror = ([loss(level, n, fails) for n in counts] for level in (0, 1))
    arrays, runs, rng = 1000, 8, random.Random(seed)
    drawn, pair = zip(*(fleet_loss(volumes, fails, arrays, rng) for _ in range(runs)), strict=True)
    zero, one = stripe[volumes - 1], mirror[volumes - 1]
    top = 1e12

    def one_in(chances):
        return [min(top, 1 / p) for p in chances]

    return View(
        figure.chart(
            [
                figure.line("RAID 0", counts, one_in(stripe), series=1),
                figure.line("RAID 1", counts, one_in(mirror), series=2),
                figure.points("drawn", [volumes] * sum(p > 0 for p in drawn),
                              one_in(p for p in drawn if p > 0), series=3, symbol="x"),
            ],
            "Volumes in the array", "One array in … is lost", log_y=True, y_range=[1, top],
        ),
        f"With {afr:g} % of volumes failing in a year, the data on {words.plural(volumes, 'volume')} in RAID 0 is lost "
        f"within {words.plural(years, 'year')} with a chance of {chance(zero)}, in RAID 1 of {chance(one)}; of "
        f"{arrays:,} drawn stripes, {min(drawn) * arrays:.0f} to {max(drawn) * arrays:.0f} were lost.",
        Table(
            ("Array", "Formula", f"Drawn: lost of {arrays:,}, in {runs} fleets"),
            (
                ("One volume", chance(fails), "not drawn"),
                (f"RAID 0 of {volumes}", chance(zero), f"{min(drawn) * arrays:.0f} to {max(drawn) * arrays:.0f}"),
                (f"RAID 1 of {volumes}", chance(one), f"{min(pair) * arrays:.0f} to {max(pair) * arrays:.0f}"),
            ),
        ),
        (
            Goal("Make a stripe ten times as likely to be lost as one volume", zero >= 10 * fails),
            Goal("Make a stripe of eight as safe as one volume of 0.2 % a year",
                 volumes >= 8 and loss(0, volumes, fails) <= 0.002),
        ),
    )  # fmt: skip


@explorable(
    "Which of these gives 210,000 IOPS?",
    demand=Slider("Asked for", 210_000, min=5000, max=1_000_000, step=5000, unit="IOPS"),
    data=Slider("Data", 2000, min=100, max=16_000, step=100, unit="GiB"),
    on=Choice("Instance", "m7i_large", INSTANCES),
)
def which_gives(demand, data, on):
    limit = instance(on)[0]
    options = for_demand(demand, data, limit)
    rows, bars = [], []
    for o in options:
        bars.append((o.name, o.reaches, o.enough))
        reaches = f"{o.reaches:,.0f}" + ("" if o.enough else ": no")
        lost = chance(o.lost) if o.survives_stop else "at any stop"
        rows.append((o.name, o.made_of, reaches, f"{o.usd:,.0f}" if o.usd else "–", lost))
    rows.append(("instance's limit", INSTANCES[on], f"{limit:,.0f}", "–", "–"))
    good = [o for o in options if o.enough]
    kept = [o for o in good if o.survives_stop]
    best = min(kept, key=lambda o: o.usd) if kept else None
    names = ", ".join(o.name for o in good) or "nothing here"
    tail = f"The cheapest that keeps its data through a stop is {best.name}, ${best.usd:,.0f} a month." if best else (
        "None of these keeps its data through a stop.")  # fmt: skip
    return View(
        lying_bars(bars, "IOPS", marks=[figure.moment(demand, "asked")]),
        f"On an {INSTANCES[on]}, which carries {limit:,.0f} IOPS to EBS, {demand:,} IOPS on {gib(data)} come from "
        f"{names}. {tail}",
        Table(("Answer", "Made of", "IOPS", "$ a month", "Lost in a year"), tuple(rows)),
        (
            Goal("Get 210,000 IOPS from one EBS volume",
                 demand >= 210_000 and any(o.name == "one io2" and o.enough for o in options)),
            Goal("Ask for so much that no single volume is enough, but a stripe is",
                 any(o.name.startswith("RAID") and o.enough for o in options)
                 and not any(o.name.startswith("one") and o.enough for o in options)),
        ),
    )  # fmt: skip


@explorable(
    "The cheapest volume for a demand",
    iops=Slider("IOPS", 3000, min=100, max=IO2.max_iops, step=100, log=True, source="ebs.io2.max_iops"),
    mibs=Slider("Throughput", 100, min=0, max=IO2.max_mibs, step=10, unit="MiB/s", source="ebs.io2.max_mibs"),
    data=Slider("Data", 200, min=1, max=65_000, unit="GiB", log=True),
    burst=Toggle("Burst speed is enough", False),
)
def cheapest_volume(iops, mibs, data, burst):
    offers = {name: cheapest(iops, mibs, data, rules, burst) for name, rules in TYPES.items()}
    rows = [
        (name, gib(o.size), f"{o.iops:,.0f}", f"{o.mibs:,.0f}", f"{o.usd:,.2f}")
        if o
        else (name, "none does", "–", "–", "–")
        for name, o in offers.items()
    ]
    made = sorted((o for o in offers.values() if o), key=lambda o: o.usd)
    if made:
        best = made[0]
        second = f"; next is {made[1].type}, {dollars(made[1].usd)}" if len(made) > 1 else "; no other type can"
        verdict = f"{best.type} is the cheapest, {gib(best.size)} for {dollars(best.usd)}{second}."
    else:
        verdict = "no single volume does this: stripe several (RAID 0), or use instance store."
    return View(
        figure.chart(
            [figure.bars("$ a month", list(offers), [o.usd if o else 0 for o in offers.values()],
                         text=[f"${o.usd:,.0f}" if o else "no" for o in offers.values()])],
            "Volume type", "$ a month",
        ),
        f"For {iops:,} IOPS, {mibs:,} MiB/s and {gib(data)}: {verdict}",
        Table(("Type", "Size", "IOPS", "MiB/s", "$ a month"), tuple(rows)),
        (
            Goal("Make gp2 cheaper than gp3, on burst alone or not at all",
                 bool(offers["gp2"] and offers["gp3"]) and offers["gp2"].usd < offers["gp3"].usd),
            Goal("Make st1 the cheapest", bool(made) and made[0].type == "st1"),
            Goal("Ask for what only io2 can do", len(made) == 1 and made[0].type == "io2"),
        ),
    )  # fmt: skip


@explorable(
    "Snapshots hold blocks that changed",
    data=Slider("Data in the volume", 500, min=10, max=5000, step=10, unit="GiB"),
    change=Slider("Rewritten in between", 10, min=0, max=100, step=5, unit="%"),
    kept=Slider("Snapshots taken", 7, min=1, max=14),
    delete=Slider("Delete number (0: none)", 4, min=0, max=14),
    seed=Slider("Seed", 3, min=1, max=50),
)
def snapshots(data, change, kept, delete, seed):
    changed, per_block = BLOCKS * change // 100, data / BLOCKS
    shows = history(BLOCKS, changed, kept, random.Random(seed))
    before = stored(shows)
    gone = {delete - 1} if 1 <= delete <= kept else set()
    after = stored(shows, gone)
    total, freed = sum(after) * per_block, (sum(before) - sum(after)) * per_block
    names = [f"{i + 1}" for i in range(kept)]
    spread = "none"
    if gone:
        # what goes with a snapshot in the middle depends on its two neighbours only; the ends are no chance
        if delete in (1, kept):
            runs = [freed]
        else:
            runs = [per_block * freed_between(*_orders(seed + run), changed) for run in range(20)]
        spread = f"{min(runs):,.0f} to {max(runs):,.0f} GiB"
    closed = expected_stored(BLOCKS, changed, kept, delete if gone else 0) * per_block
    usd = total * number("price.snapshot_gib")
    full_copies = (kept - len(gone)) * data
    if not delete:
        what = "nothing is deleted"
    elif not gone:
        what = f"there is no number {delete} to delete"
    else:
        what = f"deleting number {delete} of {before[delete - 1] * per_block:,.0f} GiB freed {freed:,.0f} GiB"
    return View(
        figure.chart([figure.bars("stored for it", names, [v * per_block for v in after])], "Snapshot", "GiB"),
        f"For {words.plural(kept - len(gone), 'snapshot')} of {data:,} GiB, {total:,.0f} GiB are stored, not "
        f"{full_copies:,.0f}: {dollars(usd)}; {what}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Snapshots kept", f"{kept - len(gone)}"),
                ("Data shown by each", f"{data:,} GiB"),
                ("Stored", f"{total:,.0f} GiB"),
                ("Stored, by the formula", f"{closed:,.0f} GiB"),
                ("As full copies", f"{full_copies:,.0f} GiB"),
                ("Deleted", what),
                ("Freed, over 20 seeds", spread),
                ("Price", dollars(usd)),
            ),
        ),
        (
            Goal("Delete the first snapshot, the full one, and free less than a fifth of it",
                 gone == {0} and kept > 1 and freed < 0.2 * data),
            Goal("Keep 14 snapshots in less room than two full copies", kept - len(gone) == 14 and total < 2 * data),
        ),
    )  # fmt: skip


@lru_cache(maxsize=100)
def _orders(seed):
    """The blocks in the order of chance of a second and of a third snapshot."""
    rng = random.Random(seed)
    return order(BLOCKS, rng), order(BLOCKS, rng)


EVENT_NAMES = {
    "reboot": "Reboot",
    "stop": "Stop, then start",
    "hibernate": "Hibernate, then start",
    "terminate": "Terminate",
    "host": "The host fails",
    "volume": "The data volume fails",
    "zone": "The Zone is lost",
}


@explorable(
    "What is still there?",
    event=Choice("What happens", "terminate", {event: EVENT_NAMES[event] for event in EVENTS}),
    root_deleted=Toggle("DeleteOnTermination of the root volume", True),
    data_deleted=Toggle("DeleteOnTermination of the data volume", False),
)
def what_survives(event, root_deleted, data_deleted):
    there = survives(event, root_deleted, data_deleted)
    left = [thing for thing, kept in there.items() if kept]
    lost = [thing for thing, kept in there.items() if not kept]
    everything = {e: survives(e, root_deleted, data_deleted) for e in EVENTS}
    rows = tuple(
        (("▸ " if e == event else "") + EVENT_NAMES[e], *("kept" if kept else "lost" for kept in row.values()))
        for e, row in everything.items()
    )
    lived = {thing: sum(row[thing] for row in everything.values()) for thing in there}
    made = lying_bars(
        [(thing, lived[thing], kept) for thing, kept in there.items()],
        f"Events survived, of {len(EVENTS)}",
        ("kept now", "lost now"),
        x_range=[0, len(EVENTS) + 0.2],
    )
    return View(
        made,
        f"{EVENT_NAMES[event]}: kept {_listed(left)}; lost {_listed(lost)}.",
        Table(("Event", *there), rows),
        (
            Goal("Terminate the instance and keep both EBS volumes",
                 event == "terminate" and there["root volume"] and there["data volume"]),
            Goal("Keep what was in memory without the instance running on", event == "hibernate"),
            Goal("Lose everything but the snapshot", left == ["snapshot"]),
        ),
    )  # fmt: skip


def _listed(things):
    return ", ".join(things) if things else "nothing"
