"""The explorables of the SQS chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math
from functools import lru_cache

from awsbook.explore import Choice, Goal, Sketch, Slider, Steps, Table, Toggle, View, explorable, figure, words
from awsbook.facts import fact

from . import model_letters as letters
from . import model_polling as polls
from . import pictures
from .model_age import life
from .model_charges import charge
from .model_order import fifo_limit, out_of_order, work
from .model_queue import Rules, play
from .model_scaling import erlang_c, follow, mean_wait, watch

SEED = Slider("Seed", 1, min=1, max=50)
HOURS = 730  # of a month, a twelfth of a year
SENT, HORIZON_S = (0.0, 15.0, 30.0), 120


def number(key):
    return fact(f"sqs.{key}").value


def span(values, text):
    """Lowest to highest: "3 to 5", or "3" if they are equal."""
    low, high = text(min(values)), text(max(values))
    return low if low == high else f"{low} to {high}"


# --- one message


@lru_cache(maxsize=32)
def _held(consumers, work_s, rules, crash_at):
    return play(SENT, consumers, work_s, rules, crash_at, 2 * HORIZON_S)


@explorable(
    "Who holds the message?",
    timeout=Slider("VisibilityTimeout", int(number("visibility.default")), min=5, max=120, step=5, unit="s"),
    work=Slider("Work on one message", 40, min=5, max=60, step=5, unit="s"),
    consumers=Slider("Consumers W1, W2 …", 2, min=1, max=3),
    delay=Slider("DelaySeconds", 0, min=0, max=30, step=5, unit="s"),
    crash=Slider("W1 crashes at (0: never)", 0, min=0, max=60, step=5, unit="s"),
    heartbeat=Toggle("Ask for more time (ChangeMessageVisibility)", False),
    time=Slider("Time", 120, min=0, max=120, unit="s", play_s=15),
)
def visibility(timeout, work, consumers, delay, crash, heartbeat, time):
    run = _held(consumers, work, Rules(timeout, delay, heartbeat), crash or None)
    past = [r for r in run.receipts if r.start <= time]
    done = [sum(r.message == m and r.how != "crashed" and r.end <= time for r in past) for m in range(3)]
    first = [min((r.end for r in past if r.message == m and r.how != "crashed" and r.end <= time), default=None)
             for m in range(3)]  # fmt: skip
    received = [sum(r.message == m for r in past) for m in range(3)]
    gone = [at is not None and at <= time for at in run.deleted]
    extra = sum(max(0, n - 1) for n in done)
    rows = [
        ("ABC"[m], f"{received[m]}", f"{done[m]}", "–" if first[m] is None else f"{first[m] - SENT[m]:g} s",
         "yes" if gone[m] else "no")
        for m in range(3)
    ]  # fmt: skip
    once = all(n == 1 for n in done)
    return View(
        pictures.holders(run, SENT, [at + delay for at in SENT], consumers, time, HORIZON_S, timeout),
        f"After {time} s, {sum(gone)} of 3 messages are deleted; consumers received them "
        f"{words.plural(sum(received), 'time')} and did the work {words.plural(sum(done), 'time')}, "
        f"{extra} of them over again.",
        Table(
            ("Message", "Received", "Work done", "First done after", "Deleted"),
            (*rows, (f"all, at {time} s", f"{sum(received)}", f"{sum(done)} ({extra} again)", "–",
                     f"{sum(gone)} of 3")),
        ),
        (
            Goal("Do each work exactly once, though it takes 50 s or more and the timeout is 30 s or less",
                 time == HORIZON_S and work >= 50 and timeout <= 30 and once and all(gone)),
            Goal("Let W1 crash, and still have all three done once by the end",
                 bool(crash) and any(r.how == "crashed" for r in past) and once and all(gone)),
            Goal("Do the same work six times or more", sum(done) >= 6 and not all(gone)),
        ),
    )  # fmt: skip


@explorable(
    "The message that nobody can read",
    limit=Slider("maxReceiveCount (0: no DLQ)", 0, min=0, max=6),
    timeout=Slider("VisibilityTimeout", int(number("visibility.default")), min=10, max=300, step=10, unit="s"),
    steps=Steps("What happens", "send receive fail", {
        "send": "SendMessage", "receive": "a consumer receives", "fail": "it fails, timeout passes",
        "fix": "deploy a fix", "redrive": "redrive the DLQ",
    }, max_steps=14),
)  # fmt: skip
def dead_letters(limit, timeout, steps):
    state, log, moved, before_fix = letters.State(), [], 0, False
    for step in steps.split():
        was = state
        state, call, answer = letters.act(state, step, limit)
        moved += was.place != "dlq" and state.place == "dlq"
        before_fix |= step == "redrive" and was.place == "dlq" and not was.fixed
        log.append((call, answer, f"{state.receives}"))
    ever = letters.receipts(number("retention.default_days") * 86_400, timeout, limit)
    where = {"nowhere": "not sent yet", "source": "in its queue", "flight": "in flight", "dlq": "in the DLQ",
             "done": "processed and deleted"}[state.place]  # fmt: skip
    alone = state.place in ("source", "flight") and not state.fixed
    who, comes, be = ("it", "comes", "is") if alone else ("a poisoned message", "would come", "be")
    after = (
        f"and {be} moved after {words.plural(ever, 'receive')}"
        if limit
        else f"and {be} received up to {words.plural(ever, 'time')}, until it expires"
    )
    return View(
        pictures.letters(state, limit),
        f"The message is {where}; {words.plural(state.wasted, 'receive')} failed so far. "
        f"Left alone, {who} {comes} back every {timeout} s {after}.",
        Table(
            ("API call", "AWS answers", "Count"),
            (*log, ("now", where, f"{state.receives}"), ("failed receives", "so far", f"{state.wasted}"),
             ("left alone" if alone else "a poisoned one, left alone", f"every {timeout} s", f"{ever:,}")),
        ),
        (
            Goal("Get the message into the dead-letter queue", moved > 0),
            Goal("Redrive it too early, so that it dies twice", before_fix and moved >= 2),
            Goal("Bring it back from the DLQ and have it processed", moved > 0 and state.place == "done"),
        ),
    )  # fmt: skip


@explorable(
    "When does the age catch it?",
    kind=Choice("Queues", "standard", {"standard": "standard", "fifo": "FIFO"}),
    delay=Slider("DelaySeconds", 0, min=0, max=int(number("delay.max")), step=60, unit="s"),
    failing=Slider("Fails before it is moved", 1.0, min=0.0, max=14.0, step=0.25, unit="days"),
    source=Slider("Retention of the source", int(number("retention.default_days")), min=1,
                  max=int(number("retention.max_days")), unit="days", source="sqs.retention.max_days"),
    dlq=Slider("Retention of the DLQ", int(number("retention.default_days")), min=1,
               max=int(number("retention.max_days")), unit="days", source="sqs.retention.max_days"),
)  # fmt: skip
def retention(kind, delay, failing, source, dlq):
    lived = life(delay / 86_400, failing, source, dlq, kind == "fifo")

    def days(value):
        said = words.num(value, 4)
        if value < 1 and said != "1":
            return words.span(round(86_400 * value))
        return f"{said} {'day' if said == '1' else 'days'}"

    lost = lived.where == "source"
    return View(
        pictures.ages(lived, kind == "fifo", next(n for n in (7, 14, 28, 29) if lived.gone <= n)),
        f"First seen {delay} s after the send. "
        + (f"The message expires in its own queue after {days(lived.gone)} and never reaches the DLQ."
           if lost else
           f"The message reaches the DLQ after {days(lived.left)}; you have {days(lived.in_dlq)} there to look at it."),
        Table(
            ("Quantity", "Value"),
            (
                ("Visible after", f"{delay} s"),
                ("Leaves the source after", days(lived.left)),
                ("Time in the DLQ", "never there" if lost else days(lived.in_dlq)),
                ("Deleted by its age after", days(lived.gone)),
            ),
        ),
        (
            Goal("Lose the message before it ever reaches the DLQ", lost),
            Goal("Let it die the moment it reaches the DLQ", not lost and lived.in_dlq == 0),
            Goal("Have 9 days in the DLQ after 5 or more of failing on a standard queue",
                 kind == "standard" and failing >= 5 and lived.in_dlq >= 9),
        ),
    )  # fmt: skip


# --- asking


@explorable(
    "Asking an empty queue",
    rate=Slider("Messages", 60, min=0, max=600, step=10, unit="an hour"),
    consumers=Slider("Consumers", 10, min=1, max=50),
    pause=Slider("Short: pause between calls", 1.0, min=0.1, max=20.0, step=0.1, unit="s", log=True),
    wait=Slider("Long: WaitTimeSeconds", int(number("poll.max_wait")), min=1, max=int(number("poll.max_wait")),
                unit="s", source="sqs.poll.max_wait"),
)  # fmt: skip
def polling(rate, consumers, pause, wait):
    short, long = polls.short(rate, consumers, pause), polls.long(rate, consumers, wait)
    price = number("price.standard")
    cost = [polls.bill(p.calls, HOURS, price) for p in (short, long)]

    def late(seconds):
        return "the line only grows" if math.isinf(seconds) else words.span(seconds) if seconds else "none"

    return View(
        figure.chart(
            [figure.bars("empty", ["short", "long"], [short.empty, long.empty], series=2),
             figure.bars("with a message", ["short", "long"], [p.calls - p.empty for p in (short, long)], series=1)],
            "Polling", "Calls an hour", stacked=True,
        ),
        f"Short polling makes {short.calls:,.0f} calls an hour for {words.usd(cost[0])} a month, long polling "
        f"{long.calls:,.0f} for {words.usd(cost[1])}; a message waits {late(short.latency_s)} or "
        f"{late(long.latency_s)}.",
        Table(
            ("Quantity", "Short", "Long"),
            (
                ("Calls an hour", f"{short.calls:,.0f}", f"{long.calls:,.0f}"),
                ("Empty", words.percent(short.empty_share), words.percent(long.empty_share)),
                ("Receive calls, $ a month", words.usd(cost[0]), words.usd(cost[1])),
                ("Mean wait until received", late(short.latency_s), late(long.latency_s)),
            ),
        ),
        (
            Goal("Make long polling cost a fiftieth of short polling or less, with 50 messages an hour or more",
                 rate >= 50 and cost[1] <= cost[0] / 50),
            Goal("Make short polling the cheaper one, and see what a message then waits", cost[0] < cost[1]),
            Goal("Let the line grow for ever", math.isinf(short.latency_s)),
        ),
    )  # fmt: skip


# --- order


MESSAGES = 18


@lru_cache(maxsize=64)
def _worked(groups, consumers, fifo, seed):
    return work(MESSAGES, groups, consumers, fifo, seed)


@explorable(
    "In which order are they done?",
    kind=Choice("Queue", "standard", {"standard": "standard", "fifo": "FIFO"}),
    groups=Slider("Message groups", 2, min=1, max=6),
    consumers=Slider("Consumers W1, W2 …", 4, min=1, max=6),
    seed=SEED,
)
def order(kind, groups, consumers, seed):
    runs = [_worked(groups, consumers, kind == "fifo", seed * 100 + i) for i in range(5)]
    wrong = [out_of_order(jobs) for jobs in runs]
    ends = [max(j.end for j in jobs) for jobs in runs]
    busy = [len({j.consumer for j in jobs}) for jobs in runs]
    rows = [(f"{i + 1}", f"{wrong[i]}", words.span(ends[i]), f"{busy[i]}") for i in range(5)]
    rows.append(("all", span(wrong, str), span(ends, words.span), span(busy, str)))
    return View(
        pictures.lanes(runs[0], consumers, groups, math.ceil(ends[0])),
        f"{'A FIFO' if kind == 'fifo' else 'A standard'} queue with {words.plural(groups, 'group')}: the {MESSAGES} "
        f"messages take {span(ends, words.span)} over 5 runs; {span(wrong, str)} end out of their group's order.",
        Table((f"Run, {MESSAGES} messages, {words.plural(groups, 'group')}", "Out of order", "All done after",
               "Consumers that worked"), tuple(rows)),
        (
            Goal("Keep every run in order, with four consumers or more", consumers >= 4 and not any(wrong)),
            Goal("Keep order and be done within 20 s in every run", not any(wrong) and max(ends) <= 20),
            Goal("Let three consumers or more stand idle", consumers - max(busy) >= 3),
        ),
    )  # fmt: skip


@explorable(
    "How much does a FIFO queue take?",
    asked=Slider("Messages to send", 1000, min=100, max=50_000, step=100, unit="/s", log=True),
    batch=Slider("Messages a call", 1, min=1, max=int(number("batch.max_messages")),
                 source="sqs.batch.max_messages"),
    mode=Choice("Throughput", "queue", {"queue": "default", "high": "high throughput"}),
    partitions=Slider("Partitions that the groups reach", 4, min=1, max=20),
)  # fmt: skip
def fifo_limits(asked, batch, mode, partitions):
    calls = number("fifo.partition_calls" if mode == "high" else "fifo.calls")
    single = fifo_limit(asked, batch, partitions, False, number("fifo.calls"))
    high = fifo_limit(asked, batch, partitions, True, number("fifo.partition_calls"))
    got = high if mode == "high" else single
    refused = asked - got.served
    return View(
        figure.chart(
            [figure.bars("taken", ["default", "high"], [single.served, high.served], series=1),
             figure.bars("throttled", ["default", "high"], [asked - single.served, asked - high.served], series=2)],
            "Throughput mode", "Messages a second", stacked=True,
            marks=[figure.level(asked, "asked")],
        ),
        f"With {calls} calls a second {'a partition' if mode == 'high' else 'for the queue'} and {batch} a call, the "
        f"queue takes {got.served:,.0f} of {asked:,} messages a second"
        + (f"; it answers the rest, {refused:,.0f}, with ThrottlingException." if refused else "."),
        Table(
            (f"{asked:,} messages/s", "Default", "High throughput"),
            (
                ("Calls a second", f"{number('fifo.calls')}", f"{number('fifo.partition_calls')} a partition"),
                ("Messages a call", f"{batch}", f"{batch}"),
                ("Partitions that count", "1", f"{partitions}"),
                ("Limit (messages/s)", f"{single.limit:,.0f}", f"{high.limit:,.0f}"),
                ("Taken (messages/s)", f"{single.served:,.0f}", f"{high.served:,.0f}"),
                ("Throttled (messages/s)", f"{asked - single.served:,.0f}", f"{asked - high.served:,.0f}"),
                ("You chose", "yes" if mode == "queue" else "no", "yes" if mode == "high" else "no"),
            ),
        ),
        (
            Goal("Send 3,000 messages a second without high throughput", mode == "queue" and got.served >= 3000),
            Goal("Send 20,000 messages a second", got.served >= 20_000),
        ),
    )  # fmt: skip


# --- twice


@explorable(
    "Charged twice",
    resend=Slider("Sends repeated by the site", 2.0, min=0.0, max=20.0, step=0.5, unit="%"),
    after=Slider("Repeated after", 60, min=10, max=1200, step=10, unit="s"),
    redeliver=Slider("Messages received twice", 1.0, min=0.0, max=20.0, step=0.5, unit="%"),
    kind=Choice("Queue", "fifo", {"standard": "standard", "fifo": "FIFO"}),
    remember=Slider("Table remembers ids for (0: no table)", 0, min=0, max=1200, step=60, unit="s"),
    price=Slider("One order", 40, min=1, max=200, unit="$"),
    seed=SEED,
)
def charges(resend, after, redeliver, kind, remember, price, seed):
    window = number("fifo.dedup_minutes") * 60 if kind == "fifo" else 0
    setting = (resend / 100, after, redeliver / 100, window, remember)
    runs = [charge(2000, *setting, seed * 100 + i) for i in range(5)]
    double, copies, dropped = [r.double for r in runs], [r.copies for r in runs], [r.dropped for r in runs]
    stopped = [r.copies - r.double for r in runs]
    lost = [f"${n * price:,}" for n in double]
    writes = [r.orders + r.copies if remember else 0 for r in runs]
    too_much = span([n * price for n in double], "${:,}".format)
    names = [f"run {i + 1}" for i in range(5)]
    rows = [
        *zip(names, map(str, dropped), map(str, stopped), map(str, double), lost, strict=True),
        ("all", span(dropped, str), span(stopped, str), span(double, str), too_much),
        ("copies", span(copies, str), "", f"after {after} s", ""),
        ("table writes", span(writes, "{:,}".format), "", "ids kept", f"{runs[0].kept:,}"),
    ]
    return View(
        figure.chart(
            [
                figure.bars("charged twice", names, double, series=2),
                figure.bars("stopped by the table", names, stopped, series=1),
                figure.bars("dropped by FIFO", names, dropped, series=3),
            ],
            f"Run of {runs[0].orders:,} orders", "Second copies", stacked=True,
        ),
        f"Of {runs[0].orders:,} orders, {span(copies, str)} reach a consumer a second time and {span(double, str)} "
        f"are charged twice, {too_much} too much; "
        + (f"the table keeps {runs[0].kept:,} ids." if remember else "no table remembers ids."),
        Table(
            (f"Of {runs[0].orders:,} orders", "FIFO dropped", "Table stopped", "Charged twice", "Too much"),
            tuple(rows),
        ),
        (
            Goal("Charge somebody twice although the queue is FIFO, and nothing is received twice",
                 kind == "fifo" and redeliver == 0 and resend > 0 and min(double) > 0),
            Goal("Charge nobody twice, with 5 % of each kind of copy or more",
                 resend >= 5 and redeliver >= 5 and not any(double)),
            Goal("Do that with 300 ids in the table or fewer",
                 resend >= 5 and redeliver >= 5 and not any(double) and 0 < runs[0].kept <= 300),
        ),
    )  # fmt: skip


# --- consumers that come and go


@explorable(
    "Consumers follow the backlog",
    peak=Slider("Load at noon", 1500, min=100, max=5000, step=100, unit="/min"),
    work=Slider("Work on one message", 1.0, min=0.1, max=5.0, step=0.1, unit="s"),
    target=Slider("Acceptable wait", 60, min=5, max=600, step=5, unit="s"),
    warm=Slider("New instance works after", 3, min=0, max=15, unit="min"),
    most=Slider("Maximum size", 60, min=1, max=200),
    time=Slider("Show until", 12.0, min=0.5, max=12.0, step=0.1, unit="h", play_s=10),
)
def autoscale(peak, work, target, warm, most, time):
    day, goal = _day(peak, work, target, warm, most)
    until, step = max(1, round(time * 60)), 12  # minutes: shown, and to a point
    backlogs, sizes, waits = (of[:until] for of in (day.backlog, day.instances, day.wait_s))
    starts = range(0, until, step)
    hours = [i / 60 for i in starts]
    over = [backlog / (running * goal) for backlog, running in zip(backlogs, sizes, strict=True)]
    worst, largest, paid = max(waits), max(sizes), sum(sizes) / 60
    # a wait of just the target, in floats, is not too slow
    late, said = sum(wait > target * (1 + 1e-9) for wait in waits), words.span(worst)
    return View(
        figure.chart(
            [figure.line("backlog / target", hours, [max(over[i : i + step]) for i in starts], series=2),
             figure.line("instances", hours, [max(sizes[i : i + step]) for i in starts], series=1, step=True)],
            "Time (h)", "Instances; times the target", x_range=[0, 12], marks=[figure.level(1, "target")],
        ),
        f"To keep the wait under {target} s the target is {words.plural(goal, 'message')} per instance. In "
        f"{words.num(time)} h the group grows to {largest}, the longest wait is {said}, "
        f"and {words.plural(late, 'minute is', 'minutes are')} too slow.",
        Table(
            ("Quantity", "Value"),
            (
                ("Hours shown", words.num(time)),
                ("Acceptable wait", f"{target} s"),
                ("Target, wait / work", f"{words.plural(goal, 'message')} per instance"),
                ("Instances at most", f"{largest}"),
                ("Instance-hours", words.num(paid)),
                ("Longest wait", said),
                ("Minutes too slow", f"{late}"),
            ),
        ),
        (
            Goal("Have five slow minutes or fewer over the whole day, at 1,000 a minute or more",
                 time == 12 and peak >= 1000 and late <= 5),
            Goal("Let someone wait for two hours", worst >= 7200),
            Goal("Leave no backlog, at 1,000 a minute or more, with fewer than 120 instance-hours",
                 time == 12 and peak >= 1000 and paid < 120 and backlogs[-1] == 0),
        ),
    )  # fmt: skip


@lru_cache(maxsize=32)
def _day(peak, work_s, target_s, warm, most):
    """Twelve hours: quiet, a step up at 3 h, a fall at 8 h; and the target."""
    load = tuple([peak / 10] * 180 + [float(peak)] * 300 + [peak / 10] * 240)
    goal = target_s / work_s
    return follow(load, work_s, goal, warm, most), goal


RUNS, DRAWN = 40, 600


@explorable(
    "How long is the line?",
    servers=Slider("Consumers", 4, min=1, max=12),
    busy=Slider("Busy share of their time", 80, min=10, max=95, step=5, unit="%"),
    work=Slider("Mean work on one message", 1.0, min=0.1, max=5.0, step=0.1, unit="s"),
    seed=SEED,
)
def waiting(servers, busy, work, seed):
    runs = _runs(servers, busy, work, seed)
    while len(runs) < RUNS:
        yield Sketch(len(runs) / RUNS, lambda: _line(servers, busy, work, runs))
        runs.append(watch(servers * busy / 100 / work, work, servers, DRAWN, seed * 1000 + len(runs)))
    return _line(servers, busy, work, runs)


@lru_cache(maxsize=16)
def _runs(servers, busy, work, seed):
    """The runs of a setting as far as they are known: `waiting` adds to them, and takes them up again."""
    return []


def _line(servers, busy, work, runs):
    """Erlang C, and what is known of the runs."""
    rate, seconds = servers * busy / 100 / work, words.span
    who = f"{words.plural(servers, 'consumer')}, {busy} % busy"
    theory = mean_wait(rate, work, servers)
    rows = [
        ("Messages a second", words.num(rate)),
        ("Chance to wait, Erlang C", words.percent(erlang_c(rate * work, servers))),
        ("Mean wait, Erlang C", seconds(theory)),
        ("Mean line, rate x wait", words.num(rate * theory)),
    ]
    waits, drawn = sorted(r.wait_s for r in runs), []
    said = f"{RUNS} runs of {DRAWN} messages are on their way"
    if runs:
        count = f"{RUNS}" if len(runs) == RUNS else f"{len(runs)} of {RUNS}"
        mean = math.fsum(waits) / len(runs)
        low, high = waits[len(runs) // 10], waits[-(len(runs) // 10) - 1]
        drawn = [
            figure.points(f"{count} runs", list(range(1, len(runs) + 1)), waits, series=2, symbol="x"),
            figure.line("their mean", [1, RUNS], [mean, mean], series=1),
        ]
        rows += [
            (f"Mean wait, {count} runs of {DRAWN}", seconds(mean)),
            ("Eight runs in ten", f"{seconds(low)} to {seconds(high)}"),
            ("Little's law, worst run off by", f"{max(abs(r.line - r.rate * r.all_wait_s) for r in runs):.3f}"),
        ]
        said = (
            f"{count} runs of {DRAWN} messages have {seconds(mean)} on average, eight in ten lie between "
            f"{seconds(low)} and {seconds(high)}"
        )
    return View(
        figure.chart(
            drawn or [figure.line("Erlang C", [1, RUNS], [theory, theory], series=1)],
            "Run, by its wait", "Mean wait (s)", marks=[figure.level(theory, "Erlang C")],
        ),
        f"{who}: Erlang C says a mean wait of {seconds(theory)}; {said}.",
        Table((who, "Value"), tuple(rows)),
        (
            Goal("Keep the mean wait below a fifth of the work, at 80 % busy or more",
                 busy >= 80 and theory < work / 5),
            Goal("Let a message wait ten times its work on average", theory >= 10 * work),
        ),
    )  # fmt: skip
