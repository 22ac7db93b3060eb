"""Status codes of an Application Load Balancer: which one the client gets, who made it, and what counts it."""

from __future__ import annotations

from dataclasses import dataclass

BALANCER, TARGET = "load balancer", "target"


@dataclass(frozen=True)
class Clocks:
    """Seconds. idle: the load balancer's idle timeout; answer: the target's answer comes after; keep_alive: the target
    closes an unused connection after; client: the client waits no longer; connect: the load balancer's attempt."""

    idle: float
    answer: float
    keep_alive: float
    client: float
    connect: float


@dataclass(frozen=True)
class Verdict:
    """status: 0 for none; maker: BALANCER or TARGET; reached: the target got the request; metrics count it; after: s
    until status; seen: the client is still there to see it; look: where to look first."""

    status: int
    maker: str
    reached: bool
    metrics: tuple[str, ...]
    after: float
    seen: bool
    look: str


# fault: (status, the target got the request, metrics beside the code's own, where to look first)
AT_ONCE = {
    "none": (503, False, (), "the target group: nothing is registered"),
    "rst": (502, False, ("TargetConnectionErrorCount",), "the target: does a process listen on that port?"),
    "closes": (502, True, (), "the target's logs: it crashed or closed the connection"),
    "garbled": (502, True, (), "the target's headers: the answer is not valid HTTP"),
    "drained": (502, True, (), "the deregistration delay: shorter than the request"),
    "malformed": (400, False, (), "the client: its request is not valid HTTP, or a header is too long"),
    "trace": (405, False, (), "the client: it uses TRACE"),
    "waf": (403, False, (), "AWS WAF: which rule blocked it"),
    "hops": (463, False, (), "X-Forwarded-For: more addresses than the load balancer takes"),
}
FAULTS = ("nothing", "unhealthy", *AT_ONCE, "drops", "stale", "error", "silent")


def metric(status: int, maker: str) -> str:
    """The CloudWatch metric (AWS/ApplicationELB) that counts such a code. A 4xx of the load balancer has no own one."""
    if maker == TARGET:
        return f"HTTPCode_Target_{status // 100}XX_Count"
    return f"HTTPCode_ELB_{status}_Count" if status in (500, 502, 503, 504) else f"HTTPCode_ELB_{status // 100}XX_Count"


def _made(status, maker, reached, after, look, more=(), seen=True):
    return Verdict(status, maker, reached, (metric(status, maker), *more), after, seen, look)


def _race(clocks, status, look):
    """An answer is under way: what comes first, it, the client's end of patience, or the idle timeout?"""
    if clocks.answer <= min(clocks.idle, clocks.client):
        return _made(status, TARGET, True, clocks.answer, look)
    if clocks.client < clocks.idle:
        return _made(460, BALANCER, True, clocks.client, "the client's timeout, and why the target is slow",
                     seen=False)  # fmt: skip
    return _made(504, BALANCER, True, clocks.idle, "TargetResponseTime; then the idle timeout")


def verdict(fault: str, clocks: Clocks) -> Verdict:
    """What becomes of one request. ValueError for an unknown fault or a clock that is not above 0.

    Rules: ALB guide, troubleshooting, and its CloudWatch metrics. unhealthy: all targets fail their checks though they
    work, and it fails open. stale: the request meets a kept connection that the target is closing; if the target keeps
    connections longer than the idle timeout, the load balancer has closed it first. drops: packets vanish on the way.
    silent: the client stops sending in the middle of its request. Leaves out: Lambda, WebSocket, gRPC, retries.
    """
    if fault not in FAULTS or not all(s > 0 for s in (clocks.idle, clocks.answer, clocks.keep_alive, clocks.client)):
        raise ValueError(f"need a known fault and clocks above 0, got {fault!r} and {clocks}")
    if fault in AT_ONCE:
        status, reached, more, look = AT_ONCE[fault]
        return _made(status, BALANCER, reached, 0, look, more)
    if fault == "drops":
        if clocks.client < clocks.connect:
            return _made(460, BALANCER, False, clocks.client, "the client's timeout, and the target's security group",
                         ("TargetConnectionErrorCount",), seen=False)  # fmt: skip
        return _made(504, BALANCER, False, clocks.connect,
                     "the target's security group: does it let in the load balancer's?",
                     ("TargetConnectionErrorCount",))  # fmt: skip
    if fault == "stale" and clocks.keep_alive <= clocks.idle:
        return _made(502, BALANCER, False, 0, "the target's keep-alive: longer than the idle timeout it must be")
    if fault == "silent":
        return _made(408, BALANCER, False, clocks.idle, "the client: it sent nothing for the idle timeout")
    look = {"error": "the target's logs: the application failed",
            "unhealthy": "the health check's path and UnHealthyHostCount"}  # fmt: skip
    return _race(clocks, 500 if fault == "error" else 200, look.get(fault, "nowhere: it works"))
