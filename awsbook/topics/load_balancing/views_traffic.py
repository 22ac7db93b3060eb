"""The explorables about traffic: balance, health checks, cookies, zones, draining."""

from __future__ import annotations

import math
import random
from functools import lru_cache

from awsbook.explore import Choice, Goal, Sketch, Slider, Table, Toggle, View, explorable, figure, words
from awsbook.facts import fact

from . import model_health as checks
from . import model_queueing as queues
from . import pictures_traffic as pictures
from .model_draining import Kind, drain, rolling
from .model_sticky import Plan, deal, follow, rates, uneven, visits
from .model_zones import spread

SEED = Slider("Seed", 1, min=1, max=50)


def number(key):
    return fact(f"load-balancing.{key}").value


def mean(values):
    return math.fsum(values) / len(values)


def span(values, text):
    """Lowest to highest: "3 to 5", or "3" if they read the same."""
    low, high = text(min(values)), text(max(values))
    return low if low == high else f"{low} to {high}"


def percent(share):
    return f"{100 * share:.1f} %"


# --- who gets the request

WORK_S, REQUESTS, RUNS = 0.05, 2000, 5  # an ordinary request, and how many in a run: examples of ours
FIRST = 40  # requests, of the first run, that a hand on a control sees at once
NAMES = {"weighted_random": "random", "round_robin": "round robin", "least_outstanding_requests": "least outstanding",
         "one_line": "one line for all"}  # fmt: skip
SHOWN = {"mean": "mean latency", "p50": "p50 latency", "p99": "p99 latency", "flight": "in flight, busiest target"}


@lru_cache(maxsize=64)
def _runs(targets, rate, work, seed):
    """The runs of a setting as far as they are known: `balance` adds to them, and takes them up again."""
    return []


def _measured(targets, rate, work, seed):
    """{policy: {"mean", "p50", "p99" (ms), "flight"}} of one drawn stream; yields the share done."""
    came = queues.stream(rate, work, REQUESTS, random.Random(seed))
    made = {}
    for policy in NAMES:
        parts = queues.serving(policy, came, targets, work.lame)
        made[policy] = _figures((yield from _scaled(parts, len(made), len(NAMES))))
    return made


def _first(targets, rate, work, seed):
    """The same of its first requests: what comes later changes nothing for them."""
    came = queues.stream(rate, work, FIRST, random.Random(seed))
    return {policy: _figures(queues.serve(policy, came, targets, work.lame)) for policy in NAMES}


def _figures(run):
    latency = [1000 * s for s in run.latency]
    return {
        "mean": mean(latency),
        "p50": queues.quantile(latency, 0.5),
        "p99": queues.quantile(latency, 0.99),
        "flight": max(run.flight),
    }


def _scaled(parts, before, all):
    """One of several long works: yields the share of all that is done, returns what it returns."""
    while True:
        try:
            share = next(parts)
        except StopIteration as end:
            return end.value
        yield (before + share) / all


@explorable(
    "Three ways to spread uneven work",
    targets=Slider("Targets", 4, min=2, max=12),
    load=Slider("Load of the group", 70, min=10, max=90, step=5, unit="%"),
    slow=Slider("Slow requests", 5, min=0, max=20, unit="%"),
    times=Slider("They take longer by", 6, min=1, max=20, unit="times"),
    lame=Slider("Target 1 is slower by", 1.0, min=1.0, max=5.0, step=0.5, unit="times"),
    show=Choice("Show", "mean", SHOWN),
    seed=SEED,
)
def balance(targets, load, slow, times, lame, show, seed):
    work = queues.Work(WORK_S, slow / 100, times, lame)
    rate = load / 100 * (targets - 1 + 1 / lame) / work.moments[0]
    runs = _runs(targets, rate, work, seed)

    def told(known, of):
        return _balanced(targets, rate, work, show, known, of)

    while len(runs) < RUNS:
        yield Sketch(
            len(runs) / RUNS,
            lambda: told(runs, f"{len(runs)} of {RUNS} runs") if runs
            else told([_first(targets, rate, work, seed * 100)], f"the first {FIRST} requests"),
        )  # fmt: skip
        one = _measured(targets, rate, work, seed * 100 + len(runs))
        runs.append((yield from _scaled(one, len(runs), RUNS)))
    return told(runs, f"{RUNS} runs")


def _balanced(targets, rate, work, show, runs, of_runs):
    """What the runs say, beside theory. of_runs: how many, in words."""
    got = {policy: {of: [run[policy][of] for run in runs] for of in SHOWN} for policy in NAMES}
    plain = (work.slow_share == 0 or work.slow_times == 1) and work.lame == 1
    theory = {"weighted_random": queues.random_latency(rate, work, targets)}
    if plain:
        theory["round_robin"] = queues.round_robin_latency(rate, WORK_S, targets)
        theory["one_line"] = queues.one_line_latency(rate, WORK_S, targets)
    stuck = rate / targets * work.moments[0] * work.lame >= 1

    def said(policy, of):
        return span(got[policy][of], words.num)

    rows = [(label, *(said(policy, of).replace(" to ", "–") for of in SHOWN)) for policy, label in NAMES.items()]
    rows += [
        (f"{NAMES[policy]}, theory", "endless" if math.isinf(known) else words.num(1000 * known), "", "", "")
        for policy, known in theory.items()
    ]
    names = list(NAMES.values())[::-1]
    bars = [
        figure.bars(label, names, [pick(got[policy][show]) for policy in list(NAMES)[::-1]], series=k, across=True)
        for k, (label, pick) in enumerate((("highest run", max), ("lowest run", min)), 1)
    ]
    unit = "requests" if show == "flight" else "ms"
    made = figure.chart(bars, f"{SHOWN[show].capitalize()} ({unit})", "")
    made["layout"]["margin"]["l"] = 118  # the longest name
    turn, least = got["round_robin"], got["least_outstanding_requests"]
    return View(
        made,
        f"{SHOWN[show].capitalize()} of {of_runs}, lowest to highest: "
        + ", ".join(f"{label} {said(policy, show)}" for policy, label in NAMES.items())
        + f" {unit}."
        + (" An even share is more than target 1 can do: its line only grows." if stuck else ""),
        Table(("ms", "Mean", "p50", "p99", "In flight"), tuple(rows)),
        (
            Goal("Halve round robin's mean by least outstanding requests, without slow requests or a slow target",
                 plain and mean(least["mean"]) <= mean(turn["mean"]) / 2),
            Goal("Make round robin fail for ever, and keep least outstanding requests below 200 ms on average",
                 stuck and mean(least["mean"]) < 200),
            Goal("Find a state where random is no worse than 20 % above one line for all",
                 mean(got["weighted_random"]["mean"]) <= 1.2 * mean(got["one_line"]["mean"])),
        ),
    )  # fmt: skip


# --- who is alive

RATE, GROUP = 100, 4  # requests a second over all, and targets: examples of ours
INTERVAL = Slider("HealthCheckIntervalSeconds", int(number("health.interval.default")),
                  min=int(number("health.interval.min")), max=60, step=5, unit="s")  # fmt: skip
TIMEOUT = Slider("HealthCheckTimeoutSeconds", int(number("health.timeout.default")),
                 min=int(number("health.timeout.min")), max=30, unit="s")  # fmt: skip


def _threshold(label, key):
    return Slider(label, int(number(key)), min=int(number("health.threshold.min")),
                  max=int(number("health.threshold.max")), source="load-balancing.health.threshold.max")  # fmt: skip


UNHEALTHY = _threshold("UnhealthyThresholdCount", "health.unhealthy.default")
HEALTHY = _threshold("HealthyThresholdCount", "health.healthy.default")
REFUSAL = "Health check interval must be greater than the timeout."


def _refused(picture, rules, goals):
    return View(
        picture,
        f"AWS refuses this with ValidationError: {REFUSAL} Your interval is {rules.interval_s} s, your timeout "
        f"{rules.timeout_s} s.",
        Table(("Refused", "Value"), (("interval", f"{rules.interval_s} s"), ("timeout", f"{rules.timeout_s} s"))),
        tuple(Goal(text, False) for text in goals),
    )


HEALTH_GOALS = (
    "Lose 300 requests or fewer to one broken target, in the worst phase",
    "Let the target break and mend without any check noticing that it should go",
    "Make the load balancer send requests to targets that it knows are broken",
)


@explorable(
    "A target dies: how long do you notice?",
    interval=INTERVAL,
    timeout=TIMEOUT,
    unhealthy=UNHEALTHY,
    healthy=HEALTHY,
    lasts=Slider("Broken for", 300, min=5, max=600, step=5, unit="s"),
    phase=Slider("It breaks after a check", 5, min=5, max=100, step=5, unit="% of interval"),
    how=Choice("A broken target", "hangs", {"hangs": "hangs", "refuses": "answers with an error at once"}),
    broken=Slider("Targets that break, of 4", 1, min=1, max=GROUP),
)
def health(interval, timeout, unhealthy, healthy, lasts, phase, how, broken):
    rules = checks.Rules(interval, timeout, unhealthy, healthy)
    if not checks.legal(rules):
        return _refused(pictures.refused(["the interval must be", "greater than the timeout"]), rules, HEALTH_GOALS)
    breaks, hangs = interval * phase / 100, how == "hangs"
    seen = checks.course(rules, breaks, lasts, hangs)
    best, usual, worst = checks.detection(rules, hangs)
    open_all = broken == GROUP
    lost = checks.failed(RATE, GROUP, broken, seen.exposed_s, lasts)
    at_worst = checks.failed(RATE, GROUP, broken, min(worst, lasts), lasts)
    errors = lasts if open_all else seen.exposed_s
    never = math.isinf(seen.out_at)
    fails_open = open_all and not never  # it must have noticed
    out = "never" if never else words.span(seen.out_at - breaks)
    back = "never out" if never else words.span(max(0.0, seen.back_at - breaks - lasts))
    share = words.percent(broken / GROUP)
    if fails_open:
        story = "All are unhealthy, so the load balancer fails open and sends to all of them. "
    elif never:
        story = f"No row of bad checks is long enough: {'it is' if broken == 1 else 'they are'} never taken out. "
    elif broken == 1:
        story = f"It is out after {out}, and gets requests again {back} after its repair. "
    else:
        story = f"They are out after {out}, and get requests again {back} after their repair. "
    return View(
        pictures.course(seen, breaks, lasts, fails_open, words.span),
        f"{words.plural(broken, 'target breaks', 'targets break')} for {words.span(lasts)}. {story}"
        f"Users see errors for {words.span(errors)}: {lost:,.0f} requests fail, {share} of those that come.",
        Table(
            ("Quantity", "Value"),
            (
                ("Broken", f"{broken} of {GROUP} targets, {words.span(lasts)}"),
                ("Out after", out),
                ("Best, mean, worst phase", " / ".join(words.span(s) for s in (best, usual, worst))),
                ("Back after the repair", back),
                ("Errors seen for", words.span(errors)),
                ("Share of requests that fail meanwhile", share),
                ("Requests that fail", f"{lost:,.0f}"),
                ("Requests that fail, worst phase", f"{at_worst:,.0f}"),
                ("Checks a day, each node and target", f"{86_400 / interval:,.0f}"),
            ),
        ),
        (
            Goal(HEALTH_GOALS[0], broken == 1 and lasts >= 300 and at_worst <= 300),
            Goal(HEALTH_GOALS[1], never),
            Goal(HEALTH_GOALS[2], open_all and seen.out_at < breaks + lasts),
        ),
    )


FLAP_GOALS = (
    "Take a dead target out within 30 s, and a living one of ten not once in 100 days, though a check takes 0.5 s",
    "Have half of all living targets out of service at any time",
    "Have one chance in ten that all living targets are out at once",
)
LONG_DAYS = 36_500


def _days(often):
    """Days between removals, at `often` a day, no more than a hundred years."""
    return LONG_DAYS if often * LONG_DAYS <= 1 else 1 / often


@explorable(
    "The price of a quick verdict",
    answer=Slider("A living target answers a check in", 1.0, min=0.1, max=20.0, step=0.1, unit="s, mean", log=True),
    interval=INTERVAL,
    timeout=TIMEOUT,
    unhealthy=UNHEALTHY,
    healthy=HEALTHY,
    targets=Slider("Targets", 10, min=1, max=20),
)
def flapping(answer, interval, timeout, unhealthy, healthy, targets):
    rules = checks.Rules(interval, timeout, unhealthy, healthy)
    if not checks.legal(rules):
        bars = figure.bars("seconds", ["interval", "timeout"], [interval, timeout], series=2)
        return _refused(figure.chart([bars], "Refused: the interval must be greater", "s"), rules, FLAP_GOALS)
    tries = range(number("health.threshold.min"), number("health.threshold.max") + 1)

    def point(row):
        one = checks.Rules(interval, timeout, row, healthy)
        seen = checks.flapping(one, answer, targets)
        return checks.detection(one, True)[2], targets * 86_400 / (seen.between_s + seen.out_s), seen

    ways = [point(row) for row in tries]
    worst, often, seen = point(unhealthy)
    gap = "100 years or more" if _days(often) == LONG_DAYS else words.span(86_400 * _days(often))
    away = words.percent(seen.out_share) if seen.out_share > 1e-6 else "under 0.0001 %"
    all_out = words.percent(seen.all_out) if seen.all_out > 1e-6 else "under 0.0001 %"
    miss = words.percent(seen.miss) if seen.miss > 1e-6 else "under 0.0001 %"
    return View(
        figure.chart(
            [figure.line("thresholds 2 to 10", [w for w, _, _ in ways], [_days(n) for _, n, _ in ways], series=1),
             figure.points("yours", [worst], [_days(often)], series=2, symbol="diamond", size=12)],
            "Out at worst after (s)", "Days between false removals", log_y=True,
            y_range=[min(0.1, _days(ways[0][1]) / 2), 2 * LONG_DAYS],
            marks=[figure.level(LONG_DAYS, "100 years or more")],
        ),
        f"{miss} of the checks of a living target come too late. With {unhealthy} in a row a dead target is out after "
        f"{words.span(worst)} at worst; of {words.plural(targets, 'living target')} one is removed every {gap}, "
        f"and {away} of them are out at a time.",
        Table(
            ("Quantity", "Value"),
            (
                ("Living targets", words.plural(targets, "living target")),
                ("Checks that miss", miss),
                ("Bad checks in a row that decide", f"{unhealthy}"),
                ("A dead target is out after, worst", words.span(worst)),
                ("One living target removed every", gap),
                ("Back after, mean", words.span(min(seen.out_s, 86_400 * LONG_DAYS))),
                ("Share of living targets out", away),
                ("All out at once, chance", all_out),
                ("Checks a day from each node", f"{targets * 86_400 / interval:,.0f}"),
            ),
        ),
        (
            Goal(FLAP_GOALS[0], worst <= 30 and targets >= 10 and answer >= 0.5 and often <= 0.01),
            Goal(FLAP_GOALS[1], seen.out_share >= 0.5),
            Goal(FLAP_GOALS[2], seen.all_out >= 0.1),
        ),
    )  # fmt: skip


# --- who stays where

HOURS, VISITS, STICKY_RUNS = 6, 300, 3  # length of a run and its requests: examples of ours
KINDS = {"none": "none", "lb_cookie": "lb_cookie", "app_cookie": "app_cookie"}


@lru_cache(maxsize=8)
def _visits(clients, skew, seed):
    owners = deal(rates(clients, skew), VISITS)
    return [visits(owners, clients, HOURS, random.Random(seed * 100 + i)) for i in range(STICKY_RUNS)]


@lru_cache(maxsize=32)
def _followed(kind, duration, clients, skew, targets, logged, seed):
    plan = Plan(kind, duration, logged / 100)
    return [follow(plan, came, targets) for came in _visits(clients, skew, seed)]


@explorable(
    "Clients that keep their target",
    kind=Choice("stickiness.type", "lb_cookie", KINDS),
    duration=Slider("Duration of the cookie", int(number("sticky.default")), min=int(number("sticky.min")),
                    max=int(number("sticky.max")), unit="s", log=True, source="load-balancing.sticky.max"),
    clients=Slider("Clients", 30, min=5, max=150, step=5),
    skew=Slider("Skew (Zipf exponent)", 1.0, min=0.0, max=2.0, step=0.1),
    logged=Slider("Clients that log in", 40, min=5, max=100, step=5, unit="%"),
    targets=Slider("Targets at first", 4, min=2, max=6),
    seed=SEED,
)  # fmt: skip
def sticky(kind, duration, clients, skew, logged, targets, seed):
    # without cookies their duration changes nothing
    seen = {name: _followed(name, 0 if name == "none" else duration, clients, skew, targets, logged, seed)
            for name in KINDS}  # fmt: skip
    # the busiest target over the mean, of those that serve in each stage
    ratios = {name: [(uneven(run.parts[0][:targets]), uneven(run.parts[1]), uneven(run.parts[2][1:])) for run in runs]
              for name, runs in seen.items()}  # fmt: skip
    newcomer = {name: [run.parts[1][targets] / sum(run.parts[1]) for run in runs] for name, runs in seen.items()}

    def even(name, stage):
        return span([run[stage] for run in ratios[name]], "{:.2f}".format)

    def strange(name):
        return span([run.strangers for run in seen[name]], str)

    mine, first = seen[kind], seen[kind][0]
    labels = [f"T{i + 1}" for i in range(targets + 1)]
    texts = ("at first", f"T{targets + 1} has joined", "T1 has died")
    bars = [
        figure.bars(text, labels, [100 * n / max(1, sum(first.parts[stage])) for n in first.parts[stage]],
                    series=stage + 1)
        for stage, text in enumerate(texts)
    ]  # fmt: skip
    measures = (
        ("Busiest / mean, at first", lambda name: even(name, 0)),
        ("with a new target", lambda name: even(name, 1)),
        ("after T1's death", lambda name: even(name, 2)),
        ("The new target gets", lambda name: span(newcomer[name], percent)),
        ("Session unknown, requests", strange),
        ("Sessions lost with T1", lambda name: span([run.lost for run in seen[name]], str)),
    )
    rows = [(text, *(measure(name).replace(" to ", "–") for name in KINDS)) for text, measure in measures]
    worst = max(run[1] for run in ratios[kind])
    strangers = max(run.strangers for run in mine)
    return View(
        figure.chart(bars, f"Target, first of {STICKY_RUNS} runs", "Requests (%)"),
        f"{'No stickiness' if kind == 'none' else kind}, {STICKY_RUNS} runs: the busiest target has "
        f"{even(kind, 0)} times the mean at first and {even(kind, 1)} times once a target has joined, which gets "
        f"{span(newcomer[kind], percent)}. {strange(kind)} "
        f"{'request reaches' if strange(kind) == '1' else 'requests reach'} a target that does not know the session.",
        Table(
            (f"{STICKY_RUNS} runs of {VISITS} requests", *KINDS.values()),
            tuple(rows),
        ),
        (
            Goal("Make one target carry twice the mean or more, with 100 clients or more",
                 clients >= 100 and worst >= 2),
            Goal("Have 7 unknown requests or fewer in every run, and no target above 1.3 times the mean before or "
                 "after the join",
                 strangers <= 7 and max(max(run[:2]) for run in ratios[kind]) <= 1.3),
            Goal("Give the new target its fair share with cookies switched on, in every run",
                 kind != "none" and min(newcomer[kind]) >= 0.9 / (targets + 1)),
        ),
    )  # fmt: skip


# --- which zone


def _zone(name, value):
    return Slider(f"Targets in zone {name}", value, min=0, max=10)


@explorable(
    "Two targets here, eight there",
    lb=Choice("Load balancer", "nlb", {"alb": "Application (ALB)", "nlb": "Network (NLB)"}),
    cross=Choice("Cross-zone, target group", "default", {"default": "load balancer's default", "true": "on",
                                                         "false": "off"}),
    a=_zone("a", 2),
    b=_zone("b", 8),
    c=_zone("c", 4),
    gb=Slider("Data a month", 1000, min=0, max=100_000, step=100, unit="GB"),
)  # fmt: skip
def cross_zone(lb, cross, a, b, c, gb):
    counts = (a, b, c)
    on = number(f"zones.{lb}_default") == "true" if cross == "default" else cross == "true"
    made, total = spread(counts, on), a + b + c
    if_on, price = spread(counts, True).crossing, number("zones.price_gb") if lb == "nlb" else 0.0
    bill = made.crossing * gb * price
    state = "on" if on else "off"
    rows = [
        (f"zone {'abc'[zone]}", f"{n}", percent(made.nodes[zone]) if made.nodes[zone] else "not in DNS",
         percent(made.targets[zone]) if n else "–", percent(n * made.targets[zone]))
        for zone, n in enumerate(counts)
    ]  # fmt: skip
    rows += [("busiest / mean", f"{made.worst:.2f}", "", "", ""),
             ("crossing zones", percent(made.crossing), "", words.usd(bill), "a month"),
             ("crossing, if on", percent(if_on), "", words.usd(if_on * gb * price), "a month")]  # fmt: skip
    if total:
        story = (
            f"the busiest target gets {made.worst:.2f} times the mean, {percent(max(made.targets))} of the requests. "
            f"{percent(made.crossing)} of the data crosses zones, for {words.usd(bill)} a month."
        )
    else:
        story = "no target is registered, so nobody is served."
    return View(
        pictures.zones(counts, made, on, percent),
        f"Cross-zone is {state} for this {lb.upper()}: {story}",
        Table((f"Cross-zone {state}", "Targets", "Its node", "Each target", "The zone"), tuple(rows)),
        (
            Goal("Load one target six times the mean or more, though there are 15 or more",
                 total >= 15 and made.worst >= 6),
            Goal("Balance 12 targets or more evenly on an NLB, for nothing",
                 lb == "nlb" and total >= 12 and made.worst < 1.001 and bill == 0 and gb > 0),
            Goal("Lose a whole zone from DNS, with targets in the other two",
                 sum(n > 0 for n in counts) == 2 and min(made.nodes) == 0),
        ),
    )  # fmt: skip


# --- who may finish

PAGE_S, CLOSE_S, START_S = 2.0, 10.0, 90.0  # a page at most; a socket closed politely; a new target: examples of ours


@explorable(
    "Taking a target out",
    delay=Slider("deregistration_delay.timeout_seconds", int(number("drain.default")), min=int(number("drain.min")),
                 max=int(number("drain.max")), step=10, unit="s", source="load-balancing.drain.max"),
    pages=Slider("Pages in flight", 40, min=0, max=100),
    uploads=Slider("Uploads in flight", 6, min=0, max=20),
    upload=Slider("An upload takes", 10, min=1, max=60, unit="min"),
    sockets=Slider("WebSockets open", 30, min=0, max=100),
    socket=Slider("A WebSocket lives", 4.0, min=0.1, max=12.0, step=0.1, unit="h"),
    polite=Toggle("The application closes its WebSockets when told", False),
    instances=Slider("Instances to replace in turn", 10, min=1, max=20),
)  # fmt: skip
def draining(delay, pages, uploads, upload, sockets, socket, polite, instances):
    kinds = (Kind("pages", pages, PAGE_S), Kind("uploads", uploads, 60.0 * upload),
             Kind("WebSockets", sockets, CLOSE_S if polite else 3600 * socket))  # fmt: skip
    made = drain(kinds, delay)
    cut, whole = sum(made.cut), pages + uploads + sockets
    goes = words.span(made.goes_s)
    all_s = rolling(instances, made.goes_s, START_S)
    rows = [(kind.name, f"{kind.count}", f"{made.finished[i]}", f"{made.cut[i]}") for i, kind in enumerate(kinds)]
    rows += [("all", f"{whole}", f"{whole - cut}", f"{cut}"), ("instance may go after", goes, "", ""),
             (f"{instances} in turn", words.span(all_s), "", "")]  # fmt: skip
    return View(
        pictures.lives(kinds, made, delay),
        f"Of {words.plural(whole, 'request')} in flight {words.plural(whole - cut, 'finishes', 'finish')} and "
        f"{words.plural(cut, 'is', 'are')} cut. The instance may go after {goes}, and "
        f"replacing {words.plural(instances, 'instance')} in turn takes {words.span(all_s)}.",
        Table(("Kind", "In flight", "Finish", "Cut"), tuple(rows)),
        (
            Goal("Cut nothing, with all three kinds in flight and uploads of 10 min or more",
                 min(pages, uploads, sockets) > 0 and upload >= 10 and cut == 0),
            Goal("Replace 10 instances or more within 20 min, and cut no page",
                 instances >= 10 and pages > 0 and made.cut[0] == 0 and all_s <= 1200),
            Goal("Wait for a whole hour and cut something all the same", made.goes_s >= 3600 and cut > 0),
        ),
    )  # fmt: skip
