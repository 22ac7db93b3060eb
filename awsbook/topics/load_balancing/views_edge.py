"""The explorables about the edge: requests on their way, status codes, the four kinds."""

from __future__ import annotations

import bisect
import math
from functools import lru_cache

from awsbook.explore import Choice, Goal, Slider, Table, Toggle, View, explorable, words
from awsbook.facts import fact

from . import model_codes as codes_model
from . import model_flow as flows
from . import model_kinds as kinds_model
from . import pictures_edge as pictures


def number(key):
    return fact(f"load-balancing.{key}").value


# --- requests on their way

LASTS_S = 90  # an example of ours
TRIP_S = 4  # two legs there, two back
BREAKS = {"nothing": "nothing", "one": "one target, a1", "targets": "zone a's targets", "zone": "zone a, node and all",
          "all": "every target"}  # fmt: skip


@lru_cache(maxsize=32)
def _flow(zones, each, rate, interval, threshold, breaks, breaks_at):
    """(setup, run, the requests' starts)"""
    setup = flows.Setup(
        zones, each, rate, interval, threshold, breaks, breaks_at, LASTS_S, ttl_s=number("zones.dns_ttl")
    )
    made = flows.run(setup)
    return setup, made, [request.start for request in made.requests]


def _since(at, now):
    return f"{words.num(float(at))} s" if at <= now else "-"


def _flow_said(setup, made, now, good, bad):
    """What the moment shows, in words."""
    said = f"At {words.num(float(now))} s: {words.plural(good, 'request')} answered, {bad} failed."
    if setup.breaks == "nothing" or now < setup.breaks_at:
        return said + " Everything works."
    what = {
        "one": "Target a1 is",
        "targets": "The targets of zone a are",
        "zone": "Zone a is",
        "all": "All targets are",
    }
    said += f" {what[setup.breaks]} broken since {words.num(float(setup.breaks_at))} s"
    out = made.out_at[0]
    if out > now:
        return said + ", and the health checks have not yet decided: requests still go there."
    if setup.breaks == "all":
        return said + f", all unhealthy since {words.num(float(out))} s: it fails open, and all targets get requests."
    there = "it gets" if setup.breaks == "one" else "they get" if setup.breaks == "targets" else "its targets get"
    said += f"; {there} nothing since {words.num(float(out))} s."
    if setup.breaks == "zone":
        held = any(request.target < 0 and request.start >= now for request in made.requests)
        said += (
            " Clients that hold the dead node's address fail until they ask DNS again."
            if held
            else " All clients have asked DNS again."
        )
    return said


@explorable(
    "A load balancer at work",
    breaks=Choice("What breaks", "one", BREAKS),
    breaks_at=Slider("It breaks at", 16, min=0, max=60, unit="s"),
    zones=Slider("Zones", 3, min=int(number("edge.alb_zones")), max=3),
    each=Slider("Targets in each zone", 2, min=1, max=4),
    rate=Slider("Requests a second", 6, min=1, max=10),
    interval=Slider("Check interval", 10, min=int(number("health.interval.min")), max=30, unit="s"),
    threshold=Slider("Bad checks that decide", int(number("health.unhealthy.default")),
                     min=int(number("health.threshold.min")), max=5),
    time=Slider("Time", 24.0, min=0.0, max=float(LASTS_S), step=0.25, unit="s", play_s=12),
)  # fmt: skip
def flow(breaks, breaks_at, zones, each, rate, interval, threshold, time):
    setup, made, starts = _flow(zones, each, rate, interval, threshold, breaks, breaks_at)
    upto = made.requests[: bisect.bisect_right(starts, time)]
    home = [request for request in upto if request.back <= time]
    good = sum(request.good for request in home)
    bad = len(home) - good
    rows = [_flow_row(setup, made, target, home, time) for target in range(zones * each)]
    lost = sum(request.target < 0 for request in home)
    if lost:
        rows.append(("node a", "broken", "0", str(lost), _since(made.dns_out[0], time)))
    since = made.out_at[0] if breaks != "all" else math.inf
    rows.append(("all", f"broken at {breaks_at} s" if breaks != "nothing" else "well", str(good), str(bad),
                 _since(since, time)))  # fmt: skip
    late = upto[bisect.bisect_right(starts, time - TRIP_S - 1) :]
    whole = [request for request in made.requests if request.back <= LASTS_S]
    failed = sum(not request.good for request in whole)
    ended = time >= LASTS_S
    return View(
        pictures.flow(setup, made, time, late),
        _flow_said(setup, made, time, good, bad),
        Table((f"At {words.num(float(time))} s", "State", "Answered", "Failed", "No requests since"), tuple(rows)),
        (
            Goal("Lose one target, and have no more than 5 failed requests at the end, at 6 a second or more",
                 breaks == "one" and rate >= 6 and ended and failed <= 5),
            Goal("Play a lost zone to the end: find errors long after its targets are out",
                 breaks == "zone" and ended and any(not r.good and r.start > made.dns_out[0] + 20 for r in whole)),
            Goal("Bring about that a broken target goes on getting requests for ever",
                 breaks == "all" and time > made.out_at[0]),
        ),
    )  # fmt: skip


def _flow_row(setup, made, target, home, now):
    zone, i = divmod(target, setup.each)
    mine = [request.good for request in home if request.target == target]
    broken = target in made.broken and now >= setup.breaks_at
    state = "unhealthy" if made.out_at[target] <= now else "broken, in use" if broken else "well"
    since = "-" if setup.breaks == "all" else _since(made.out_at[target], now)
    return "abc"[zone] + str(i + 1), state, str(sum(mine)), str(len(mine) - sum(mine)), since


# --- which status, and who made it

FAULTS = {
    "nothing": "nothing", "none": "no target registered", "unhealthy": "all targets fail their checks",
    "drops": "a security group drops it", "rst": "nothing listens on the port", "closes": "target closes early",
    "stale": "target closes a kept connection", "garbled": "target's headers are invalid",
    "error": "target answers 500", "drained": "deregistration delay is over", "silent": "client stops sending",
    "malformed": "request is malformed", "trace": "client uses TRACE", "waf": "AWS WAF blocks it",
    "hops": "long X-Forwarded-For",
}  # fmt: skip


@explorable(
    "Whose status code is it",
    fault=Choice("What is wrong", "nothing", FAULTS),
    idle=Slider("Idle timeout", int(number("edge.idle_timeout.default")), min=int(number("edge.idle_timeout.min")),
                max=int(number("edge.idle_timeout.max")), unit="s", log=True,
                source="load-balancing.edge.idle_timeout.max"),
    answer=Slider("Target answers after", 0.5, min=0.1, max=300.0, step=0.1, unit="s", log=True),
    keep=Slider("Target keeps idle connections", 5, min=1, max=4000, unit="s", log=True),
    client=Slider("Client waits", 120, min=1, max=600, unit="s", log=True),
)  # fmt: skip
def codes(fault, idle, answer, keep, client):
    clocks = codes_model.Clocks(idle, answer, keep, client, number("edge.connect_timeout"))
    got = codes_model.verdict(fault, clocks)
    shown = [("answer", answer, "@3"), ("idle timeout", idle, "@1"), ("client waits", client, "@6"),
             ("keep-alive", keep, "@2")]  # fmt: skip
    made = pictures.code(got, shown, words.span)
    after = "at once" if not got.after else f"after {words.span(float(got.after))}"
    said = f"{got.status}, made by the {got.maker} {after}; counted by {' and '.join(got.metrics)}."
    if not got.seen:
        said += " The client has gone: the code stands only in the access log."
    elif fault == "unhealthy" and got.status == 200:
        said += " All targets are unhealthy, so all of them get requests."
    elif got.maker == codes_model.TARGET and keep <= idle:
        said += " But the target closes kept connections first: some requests will meet one and get a 502."
    meets_closed = keep <= idle and (got.reached or fault == "stale")  # only a target that is asked has connections
    rows = (
        ("status", str(got.status)), ("made by", got.maker), ("when", after),
        ("target got the request", "yes" if got.reached else "no"), ("counted by", ", ".join(got.metrics)),
        ("now and then", "502, from a connection that the target has closed" if meets_closed else "-"),
        ("look first", got.look), ("clocks", f"answer {words.span(answer)}, idle {words.span(idle)}, client "
                                             f"{words.span(client)}, keep-alive {words.span(keep)}"),
    )  # fmt: skip
    return View(
        made,
        said,
        Table(("What", "Answer"), rows),
        (
            Goal("Get a 504 from a target that is well but slow", fault == "nothing" and got.status == 504),
            Goal("Close a kept connection under a request, and mend it with a number",
                 fault == "stale" and got.status == 200),
            Goal("Find the code that no client ever sees", got.status == 460),
        ),
    )  # fmt: skip


# --- which kind

NEEDS = {
    "front": "clients call it", "path": "rules on the path", "static": "static IP", "udp": "UDP",
    "through": "TLS stays closed", "socket": "WebSocket", "function": "Lambda targets", "appliance": "appliances",
    "plain": "no target group",
}  # fmt: skip


@explorable(
    "Four kinds, and what each cannot do",
    front=Toggle("Clients call its DNS name", True),
    path=Toggle("Rules on path or host name", True),
    static=Toggle("Static IP addresses", False),
    udp=Toggle("UDP", False),
    through=Toggle("TLS passed through unopened", False),
    socket=Toggle("WebSocket", False),
    function=Toggle("Lambda functions as targets", False),
    appliance=Toggle("Third-party network appliances", False),
    plain=Toggle("Instances without a target group", False),
)
def kinds(front, path, static, udp, through, socket, function, appliance, plain):
    given = (front, path, static, udp, through, socket, function, appliance, plain)
    wanted = frozenset(need for need, on in zip(kinds_model.NEEDS, given, strict=True) if on)
    fit = kinds_model.fitting(wanted)
    alone = [kind for kind in fit if kind.name != "N+A"]
    rows = []
    for kind in kinds_model.KINDS:
        why = kinds_model.missing(kind, wanted)
        rows.append((kind.name, "no" if why else "yes", "; ".join(why) or "-", kind.layer, kind.targets, kind.charged))
    asked = ", ".join(NEEDS[need] for need in kinds_model.NEEDS if need in wanted) or "nothing"
    if alone:
        more = ", and an NLB with an ALB as its target" if len(fit) > len(alone) else ""
        said = "What fits: " + ", ".join(kind.full for kind in alone) + more + "."
    elif fit:
        said = "No single kind fits, but an NLB with an ALB as its target does."
    else:
        said = "Nothing fits: split the traffic, or give up a need."
    names = {kind.name for kind in alone}
    return View(
        pictures.kinds(NEEDS, wanted, [(kind.name, kind.lacks) for kind in kinds_model.KINDS]),
        f"Asked: {asked}. {said}",
        Table(("Kind", "Fits", "Why not", "Layer", "Targets", "Charged for"), tuple(rows)),
        (
            Goal("Ask for what only a Network Load Balancer gives", names == {"NLB"}),
            Goal("Ask for what takes two load balancers, one behind the other", not alone and bool(fit)),
            Goal("Find two needs that exclude each other", not fit and len(wanted - {"front"}) == 2),
        ),
    )
