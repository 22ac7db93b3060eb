"""The explorables of the Kinesis chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math

from awsbook.explore import Choice, Goal, Slider, Table, Text, Toggle, View, explorable, figure, words
from awsbook.facts import fact

from . import figures, model_age, model_cost, model_lineage, model_shards, model_skew
from .keys import read_keys
from .model_readers import Reader, left_by, refused_calls, shares
from .routing import hash_key, owner, shard_ranges


def _value(name):
    return fact(f"kinesis.{name}").value


RULES = model_shards.ShardRules(
    **{name: _value(f"shard.{name}") for name in ("write_mib", "write_records", "read_mib", "read_calls")},
    fan_out_mib=_value("fan_out.mib"),
)
FAQ = (_value("formula.faq_write"), _value("formula.faq_read"))
GUIDE = (_value("formula.guide_write"), _value("formula.guide_read"))
MAX_FAN_OUT = _value("fan_out.max_consumers")
LIMITS = {"bytes_in": "bytes in", "records_in": "records in", "bytes_out": "bytes out"}
PRICES = model_cost.Prices(
    **{
        name: _value(f"price.{name}")
        for name in (
            "shard_hour",
            "put_million",
            "put_unit_kb",
            "on_demand_hour",
            "on_demand_in",
            "on_demand_out",
            "on_demand_round_kb",
            "fan_out_hour",
        )
    }
)


def _num(value):
    """Records and MiB with what a reader can check: whole numbers whole, others with three digits."""
    return words.num(round(value)) if abs(value - round(value)) < 1e-6 else words.num(value)


def _at_least(shards):
    """Two digits, rounded up as shards are: what asks for an eleventh shard does not read as 10.00."""
    return f"{math.ceil(100 * shards - 1e-7) / 100:,.2f}"


@explorable(
    "How many shards",
    record_bytes=Slider("Record size", 1000, min=50, max=51_200, step=50, unit="B", log=True),
    records_per_s=Slider("Records", 4000, min=500, max=100_000, step=500, unit="/s", log=True),
    consumers=Slider("Consumers", 5, min=1, max=MAX_FAN_OUT, source="kinesis.fan_out.max_consumers"),
    fan_out=Toggle("Enhanced fan-out", False),
)
def shards_needed(record_bytes, records_per_s, consumers, fan_out):
    need = model_shards.need(record_bytes, records_per_s, consumers, fan_out, RULES)
    load = (record_bytes, records_per_s, consumers)
    bare = model_shards.published(*load, *FAQ, rounded=False)
    faq = model_shards.published(*load, *FAQ, rounded=True)
    guide = model_shards.published(*load, *GUIDE, rounded=True)
    calls = 0 if fan_out else model_shards.calls_per_shard(consumers, 1, RULES)
    limits = {label: getattr(need, name) for name, label in LIMITS.items()}
    formulas = {"FAQ, bare": bare, "FAQ": faq, "guide": guide}
    refused = (
        f" But {consumers} shared consumers that poll once a second make {consumers} calls/s to each shard, which "
        f"takes {RULES.read_calls}: no number of shards mends that."
        if calls > 1
        else ""
    )
    return View(
        figure.chart(
            [
                figure.bars("a limit asks for", list(limits), list(limits.values()), series=1),
                figure.bars("a formula says", list(formulas), list(formulas.values()), series=2),
            ],
            "",
            "Shards",
            stacked=True,
            marks=[figure.level(need.shards, f"needed: {need.shards}")],
        ),
        f"The stream needs {words.plural(need.shards, 'shard')}, and {LIMITS[need.binds]} decides. The FAQ's formula "
        f"says {bare:,} with the size as it is and {faq:,} with the size rounded up to whole KB.{refused}",
        Table(
            ("Asked by", "Shards"),
            (
                *((f"Limit: {label}", _at_least(value)) for label, value in limits.items()),
                ("Needed", f"{need.shards:,}"),
                ("FAQ formula, size not rounded", f"{bare:,}"),
                ("FAQ formula, size rounded up", f"{faq:,}"),
                ("Guide's formula, size rounded up", f"{guide:,}"),
                (
                    "Calls to each shard, one poll a second",
                    "none: records are pushed" if fan_out else f"{consumers} of {RULES.read_calls}/s",
                ),
            ),
        ),
        (
            Goal("Make records, not bytes, decide", need.binds == "records_in"),
            Goal("Make the bare formula ask for less than half of what is needed", 2 * bare < need.shards),
            Goal("Make the rounded formula ask for half as much again as is needed", 2 * faq >= 3 * need.shards),
            Goal(
                "Serve 6 consumers or more with reading not what decides",
                consumers >= 6 and need.binds != "bytes_out" and calls <= 1,
            ),
        ),
    )


@explorable(
    "The Kinesis family",
    write_mib=Slider("Written in all", 2.5, min=0.5, max=6, step=0.25, unit="MiB/s"),
    shards=Slider("Shards", 4, min=1, max=6),
    apps=Slider("Shared apps", 1, min=0, max=5),
    firehose=Toggle("Firehose (shared)", True),
    flink=Choice("Managed Flink", "shared", {"off": "off", "shared": "shared", "fan_out": "enhanced fan-out"}),
    fan_out_apps=Slider("Fan-out apps", 1, min=0, max=4),
    polls=Slider("Polls of each shard", 1, min=1, max=5, unit="/s each"),
)
def family(write_mib, shards, apps, firehose, flink, fan_out_apps, polls):
    taken = min(write_mib, shards * RULES.write_mib)
    readers = [Reader(f"app {i + 1}", False, polls) for i in range(apps)]
    readers += [Reader("Firehose", False, polls)] * firehose
    readers += [Reader("Flink", flink == "fan_out", polls)] * (flink != "off")
    readers += [Reader(f"fan-out {i + 1}", True) for i in range(fan_out_apps)]
    got = shares(taken / shards, tuple(readers), RULES)
    refused = refused_calls(tuple(readers), RULES)
    late = [share for share in got if not share.keeps_up]
    lands = {"Firehose": "S3", "Flink": "stream"}
    each = [(share.reader.name, lands.get(share.reader.name, ""), share.reader.fan_out) for share in got]
    over = f" {_num(write_mib - taken)} MiB/s more are refused: ProvisionedThroughputExceededException."
    lost = over if taken < write_mib else ""
    if late:
        story = (
            f"{words.plural(len(late), 'shared reader')} may read {_num(late[0].may_read_mib)} MiB/s of each shard "
            f"and fall behind by {words.num(late[0].behind_per_s)} s in every second"
        )
    else:
        story = "every reader keeps up" if got else "nobody reads"
    each_takes = "The shard takes" if shards == 1 else f"Each of {shards} shards takes"
    calls = f"; {words.percent(refused)} of their polls are refused" if refused else ""
    return View(
        figures.family(
            shards,
            [(name, to) for name, to, pushed in each if not pushed],
            [(name, to) for name, to, pushed in each if pushed],
            bool(late),
        ),
        f"{each_takes} {_num(taken / shards)} MiB/s: {story}{calls}.{lost}",
        Table(
            ("Reader", "How", "Of each shard", "Behind each second"),
            (
                (f"Shards: {shards}", "-", f"{_num(RULES.read_mib)} MiB/s", "-"),
                ("Written to each", "PutRecord", f"{_num(taken / shards)} MiB/s", "-"),
                ("Refused writes", "PutRecord", f"{_num(write_mib - taken)} MiB/s", "-"),
                ("Refused polls", "GetRecords", words.percent(refused), "-"),
                *(
                    (
                        share.reader.name,
                        "pushed" if share.reader.fan_out else "polls",
                        f"{_num(share.may_read_mib)} MiB/s",
                        f"{words.num(share.behind_per_s)} s" if share.behind_per_s else "keeps up",
                    )
                    for share in got
                ),
            ),
        ),
        (
            Goal("Make the shared readers fall behind", bool(late)),
            Goal("Let 6 readers or more keep up with full shards", len(got) >= 6 and not late and taken >= shards),
            Goal("Get polls refused while every reader keeps up", refused > 0 and not late),
        ),
    )  # fmt: skip


OWN_KEYS = """\
till-1,300
till-3,250
shop-2,750
till-4,400
shop-6,300
shop-7,200
shop-3,400
shop-5,400
Zürich,50
"""


@explorable(
    "Your own partition keys",
    keys=Text("One key a line, or key,records/s", OWN_KEYS, max_chars=6000, rows=9, accept=".csv,.txt"),
    shards=Slider("Shards", 4, min=1, max=16),
    record_bytes=Slider("Record size", 500, min=50, max=10_000, step=50, unit="B", log=True),
)
def own_keys(keys, shards, record_bytes):
    rates = read_keys(keys, _value("record.key_max"))
    ranges = shard_ranges(shards)
    loads = model_skew.loads(rates, ranges, record_bytes, RULES.write_records, RULES.write_mib)
    records = [load.records for load in loads]
    fullest = records.index(max(records))
    total, throttled = math.fsum(records), math.fsum(load.throttled for load in loads)
    busiest = sorted(rates, key=rates.get, reverse=True)
    at = {key: owner(hash_key(key), ranges) for key in busiest}
    limit = min(RULES.write_records, RULES.write_mib * model_shards.MIB / record_bytes)
    return View(
        figures.key_space(
            [figures.steps("shards", ranges, records, fill=True)], rates, limit, max(limit, records[fullest])
        ),
        f"{_num(total)} records/s of {words.plural(len(rates), 'key')} go to {words.plural(shards, 'shard')}; shard "
        f"{fullest} is the fullest with {_num(records[fullest])} of the {_num(limit)} it takes, and "
        f"{_num(throttled)} records/s are throttled.",
        Table(
            ("What", "MD5", "Shard", "Records/s", "Refused/s"),
            (
                (f"Sent by {words.plural(len(rates), 'key')}", "-", "all", _num(total), _num(throttled)),
                ("A shard takes", "-", "any", _num(limit), "-"),
                *(
                    (f"shard {i}", f"{owned.start:032x}"[:6], str(i), _num(load.records), _num(load.throttled))
                    for i, (owned, load) in enumerate(zip(ranges, loads, strict=True))
                ),
                *(
                    (key, f"{hash_key(key):032x}"[:6], str(at[key]), _num(rates[key]), "-")
                    for key in busiest[:12]
                ),
            ),
        ),
        (
            Goal("Throttle nothing while 3,000 records/s or more come in", total >= 3000 and throttled == 0),
            Goal("Leave a shard without a key though there are as many keys as shards",
                 len(rates) >= shards and 0 in records),
            Goal("Throttle a shard by bytes while it takes fewer than 1,000 records/s",
                 any(load.throttled > 0 and load.records < RULES.write_records for load in loads)),
        ),
    )  # fmt: skip


SEEDS = 9


@explorable(
    "The hot shard",
    keys=Slider("Keys", 100, min=5, max=400, log=True),
    exponent=Slider("Skew (Zipf exponent)", 1.0, min=0.0, max=2.0, step=0.1),
    total=Slider("Records in all", 8000, min=500, max=40_000, step=500, unit="/s", log=True),
    shards=Slider("Shards", 12, min=1, max=64, log=True),
    salts=Slider("Busiest key cut into", 1, min=1, max=16),
    seed=Slider("Seed", 1, min=1, max=99),
)
def hot_shard(keys, exponent, total, shards, salts, seed):
    parts = model_skew.zipf(keys, exponent)
    limit, ranges = RULES.write_records, shard_ranges(shards)
    every = [model_skew.seeded(parts, ranges, seed + i, salts) for i in range(SEEDS)]
    tops = [total * max(one) for one in every]
    records = sorted((total * share for share in every[0]), reverse=True)
    refused = [model_skew.throttled(one, 0, limit, RULES.write_mib) for one in records]
    throttled = math.fsum(refused)
    busiest = total * max(parts[0] / salts, parts[1])  # the second key is not cut
    hopeless = f" One key alone sends {_num(busiest)}, so no number of shards mends it." if busiest > limit else ""
    rank = list(range(1, shards + 1))
    return View(
        figure.chart(
            [
                figure.bars("taken", rank, [one - no for one, no in zip(records, refused, strict=True)]),
                figure.bars("throttled", rank, refused, series=2, colour="@bad"),
            ],
            "Shards, fullest first",
            "Records/s",
            stacked=True,
            marks=[figure.level(total / shards, "if keys were even"), figure.level(limit, "limit", "@bad")],
        ),
        f"Even keys would give each shard {_num(total / shards)} records/s; the fullest gets {_num(records[0])}, and "
        f"{_num(throttled)} of {_num(total)} are throttled. Over {SEEDS} seeds the fullest gets {_num(min(tops))} to "
        f"{_num(max(tops))}.{hopeless}",
        Table(
            ("Quantity", "Records/s"),
            (
                ("In all", _num(total)),
                ("Each shard if keys were even", _num(total / shards)),
                ("Busiest key" + (f", the first cut into {salts}" if salts > 1 else ""), _num(busiest)),
                ("Fullest shard", _num(records[0])),
                ("Emptiest shard", _num(records[-1])),
                ("Throttled", _num(throttled)),
                (f"Fullest shard, least of {SEEDS} seeds", _num(min(tops))),
                (f"Fullest shard, most of {SEEDS} seeds", _num(max(tops))),
            ),
        ),
        (
            Goal("Throttle nothing at 8,000 records/s with a skew of 1 or more",
                 throttled == 0 and total >= 8000 and exponent >= 1),
            Goal("Throttle in spite of 64 shards and 8,000 records/s or less",
                 throttled > 0 and shards == 64 and total <= 8000),
            Goal("Find a load where the seed decides whether anything is throttled",
                 min(tops) <= limit < max(tops)),
        ),
    )  # fmt: skip


# records/s of eight shops' keys; the two busiest lie in the lower half of the same shard of four
SHOPS = {
    "shop-1": 850.0, "till-2": 500.0, "till-9": 300.0, "sensor-5": 250.0,
    "shop-7": 250.0, "sensor-8": 150.0, "shop-4": 200.0, "shop-3": 150.0,
}  # fmt: skip
FRESH = model_lineage.fresh(4)


@explorable(
    "Split and merge",
    action=Choice("Do", "split", {"split": "split a shard", "move": "split, merge with next"}),
    shard=Slider("Shard", 2, min=0, max=3),
    at=Slider("Split at", 50, min=1, max=99, unit="% of its range"),
    hours=Slider("Look after", 1, min=0, max=200, unit="hours"),
    retention=Slider("Retention", _value("retention.default_hours"), min=24, max=168, step=24, unit="hours"),
)
def reshard(action, shard, at, hours, retention):
    stream, refusal = model_lineage.split_shard(FRESH, shard, at / 100, 0), ""
    upper = stream[-1].id
    if action == "move" and shard == 3:
        refusal = "Kinesis refuses to merge: shard 3 has the highest keys, so no adjacent shard follows it. "
    elif action == "move":
        stream = model_lineage.merge_shards(stream, upper, shard + 1, 0)
    now = model_lineage.open_shards(stream)
    ranges = tuple(one.owned for one in now)
    limit = RULES.write_records
    before = model_skew.spread(SHOPS, shard_ranges(4))
    after = model_skew.spread(SHOPS, ranges)
    refused = {
        one.id: model_skew.throttled(got, 0, limit, RULES.write_mib) for one, got in zip(now, after, strict=True)
    }
    throttled = math.fsum(refused.values())
    states = {one.id: model_lineage.state(one, hours, retention) for one in stream}
    parents = [one.id for one in stream if one.closed_at_h is not None]
    gone = states[parents[0]] == "EXPIRED"
    whose = "The parent is" if len(parents) == 1 else f"The {len(parents)} parents are"
    left = "are gone" if gone else f"can be read for another {words.plural(retention - hours, 'hour')}"
    fate = f" {whose} {states[parents[0]]}: the records there {left}."
    got = dict(zip((one.id for one in now), after, strict=True))
    return View(
        figures.key_space(
            [
                figures.steps("before", shard_ranges(4), before, series=5, dash="dot"),
                figures.steps("now", ranges, after, series=1),
            ],
            SHOPS,
            limit,
            max(limit, *before, *after),
        ),
        f"{refusal}{words.plural(len(now), 'shard')} open, {_num(throttled)} records/s throttled; the fullest gets "
        f"{_num(max(after))}.{fate}",
        Table(
            ("Shard", "State", "From", "Keys (%)", "Records/s"),
            (
                *(
                    (
                        f"{one.id}",
                        states[one.id],
                        " and ".join(map(str, one.parents)) or "-",
                        f"{figures.place(one.owned.start):.0f} to {figures.place(one.owned.end):.0f}",
                        _num(got[one.id]) if one.id in got else "-",
                    )
                    for one in stream
                ),
                ("all", f"{len(now)} open", "-", "0 to 100", _num(math.fsum(after))),
                ("all", "throttled", "-", "-", _num(throttled)),
                (f"{len(parents)} closed", f"{words.plural(max(0, retention - hours), 'hour')} left", "-", "-", "-"),
            ),
        ),
        (
            Goal("Throttle nothing by one split", action == "split" and throttled == 0),
            Goal("Throttle nothing with 4 shards open", len(now) == 4 and throttled == 0),
            Goal("Let a parent expire", gone),
        ),
    )  # fmt: skip


HOUR = 3600


@explorable(
    "After the outage",
    outage=Slider("Consumer down for", 6, min=0, max=96, unit="hours"),
    write=Slider("Written to a shard", 0.5, min=0.1, max=1.0, step=0.05, unit="MiB/s"),
    speed=Slider("Consumer can do", 0.8, min=0.1, max=3.0, step=0.1, unit="MiB/s"),
    others=Slider("Other shared readers", 1, min=0, max=4),
    fan_out=Toggle("Enhanced fan-out", False),
    retention=Slider("Retention", _value("retention.default_hours"), min=24, max=168, step=24, unit="hours"),
)
def after_outage(outage, write, speed, others, fan_out, retention):
    pipe = RULES.fan_out_mib if fan_out else left_by(others, write, RULES)
    read = min(speed, pipe)
    setting = (outage * HOUR, write, read, retention * HOUR)
    found = model_age.recovery(*setting)
    never = math.isinf(found.caught_up_s)
    back = math.inf if never else found.caught_up_s / HOUR
    end = outage + (24 if never else min(back, 240)) + 4
    corners = sorted({0, min(outage, retention), outage, end, *([outage + back] if outage + back < end else [])})
    if read < write:  # the age climbs until it meets the retention
        meets = outage + max(0, retention - outage) / (1 - read / write)
        end = max(end, min(meets * 1.1, outage + 240))
        corners = sorted({*corners, end, *([meets] if meets < end else [])})
    age = [model_age.age_at(t * HOUR, *setting) / HOUR for t in corners]
    holds = "its own speed" if speed <= pipe else "its own pipe" if fan_out else "its share of the shard"
    if never:
        ends = "it never catches up" + (", and records expire unread for ever" if read < write else "")
    else:
        ends = f"it is level again after {words.span(found.caught_up_s)}" if back else "it was never behind"
    down, behind = (words.plural(hours, "hour") for hours in (outage, min(outage, retention)))
    lost = f" {words.span(found.lost_s)} of records expired unread." if 0 < found.lost_s < math.inf else ""
    return View(
        figure.chart(
            [figure.line("iterator age", corners, age, fill=True)],
            "Hours since the outage",
            "Iterator age (hours)",
            x_range=[0, end],
            y_range=[0, retention * 1.15],
            marks=[
                figure.level(retention, "retention: older is gone", "@bad"),
                *([figure.moment(outage, "back up")] if outage else []),
            ],
        ),
        f"After {down} down the consumer is {behind} behind. It reads {_num(read)} MiB/s, held by {holds}, against "
        f"{_num(write)} MiB/s written: {ends}.{lost}",
        Table(
            ("Quantity", "Value"),
            (
                ("Down for", down),
                ("Written to the shard", f"{_num(write)} MiB/s"),
                ("May read", f"{_num(pipe)} MiB/s"),
                ("Reads", f"{_num(read)} MiB/s"),
                ("Behind when it comes back", behind),
                ("Level again after", "never" if never else words.span(found.caught_up_s) if back else "at once"),
                (
                    "Records expired unread",
                    "without end" if math.isinf(found.lost_s) else words.span(found.lost_s) if found.lost_s else "none",
                ),
            ),
        ),
        (
            Goal("Be level within 2 hours of an outage of 8 hours or more", outage >= 8 and back <= 2),
            Goal("Lose records in an outage", outage * HOUR > found.peak_age_s),
            Goal("Never catch up although nothing is broken any more", never),
        ),
    )


@explorable(
    "A month of the stream",
    peak=Slider("Peak", 5000, min=100, max=50_000, step=100, unit="records/s", log=True),
    average=Slider("Average load", 30, min=1, max=100, unit="% of the peak"),
    record_bytes=Slider("Record size", 1000, min=50, max=51_200, step=50, unit="B", log=True),
    consumers=Slider("Consumers", 2, min=1, max=5),
    fan_out=Toggle("Enhanced fan-out", False),
)
def month(peak, average, record_bytes, consumers, fan_out):
    shards = model_shards.need(record_bytes, peak, consumers, fan_out, RULES).shards
    pushed = consumers if fan_out else 0

    def bills(share):
        now = peak * share / 100
        return (
            model_cost.provisioned(shards, now, record_bytes, PRICES, pushed),
            model_cost.on_demand(now, record_bytes, consumers, PRICES),
        )

    fixed, used = bills(average)
    (low_fixed, low_used), (high_fixed, high_used) = bills(0), bills(100)
    even = model_cost.break_even(shards, peak, record_bytes, consumers, PRICES, pushed)
    if even is None:
        where = f"{'Provisioned' if high_fixed < high_used else 'On-demand'} is cheaper at every load"
    else:
        where = f"Both cost the same at an average of {words.percent(even)} of the peak"
    shared = " The on-demand bill here has its consumers share, without enhanced fan-out." if fan_out else ""
    return View(
        figure.chart(
            [
                figure.line("provisioned", [0, 100], [low_fixed, high_fixed], series=1),
                figure.line("on-demand", [0, 100], [low_used, high_used], series=2),
                figure.points("now", [average, average], [fixed, used], series=3, symbol="diamond", size=10),
            ],
            "Average (% of the peak)",
            "US dollars a month",
            x_range=[0, 100],
            marks=[figure.moment(100 * even, "same cost")] if even is not None else (),
        ),
        f"With {words.plural(shards, 'shard')} for the peak, provisioned costs {words.usd(fixed)} a month, on-demand "
        f"{words.usd(used)}. {where}.{shared}",
        Table(
            ("Quantity", "Value"),
            (
                ("Shards for the peak", f"{shards:,}"),
                ("Provisioned, a month", words.usd(fixed)),
                ("On-demand, a month", words.usd(used)),
                ("Provisioned, idle", words.usd(low_fixed)),
                ("On-demand, idle", words.usd(low_used)),
                ("Same cost at", "never" if even is None else f"{words.percent(even)} of the peak"),
            ),
        ),
        (
            Goal("Make on-demand the cheaper one", used < fixed),
            Goal("Make on-demand cost ten times as much", used >= 10 * fixed),
            Goal("Find a load where both cost the same, to a tenth", abs(used - fixed) <= 0.1 * fixed),
        ),
    )
