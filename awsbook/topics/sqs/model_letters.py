"""One poisoned message, its source queue and its dead-letter queue, call by call."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class State:
    """place: nowhere, source, flight, dlq, dlq-flight or done. receives: from the place's queue since it came there."""

    place: str = "nowhere"
    receives: int = 0
    fixed: bool = False
    wasted: int = 0  # receipts that ended in failure


def act(state: State, step: str, limit: int) -> tuple[State, str, str]:
    """The state after one step, the API call, and what AWS answers.

    limit: maxReceiveCount, 0 for no dead-letter queue. Steps: send, receive, fail, fix, redrive.
    A receive that would exceed the limit moves the message instead. Rule: SQS API, RedrivePolicy and
    StartMessageMoveTask. KeyError for an unknown step. Leaves out: other messages, the time that passes, and the
    message's ApproximateReceiveCount, which goes on counting over all queues.
    """
    return {"send": _send, "receive": _receive, "fail": _fail, "fix": _fix, "redrive": _redrive}[step](state, limit)


def _send(state, limit):
    if state.place in ("nowhere", "done"):
        return State("source", fixed=state.fixed, wasted=state.wasted), "SendMessage", "accepted"
    return state, "SendMessage", "another message; we follow the first"


def _receive(state, limit):
    call = "ReceiveMessage"
    if state.place != "source":
        return state, call, "no message"
    if limit and state.receives >= limit:
        return replace(state, place="dlq", receives=0), call, "no message: moved to the DLQ"
    taken = replace(state, place="flight", receives=state.receives + 1)
    if not state.fixed:
        return taken, call, f"the message, count {taken.receives}"
    return replace(taken, place="done"), call + ", DeleteMessage", f"processed at count {taken.receives}"


def _fail(state, limit):
    if state.place != "flight":
        return state, "(the timeout passes)", "nothing is in flight"
    return replace(state, place="source", wasted=state.wasted + 1), "(the timeout passes)", "visible again"


def _fix(state, limit):
    return replace(state, fixed=True), "(you deploy a fix)", "consumers can read it now"


def _redrive(state, limit):
    call = "StartMessageMoveTask"
    if not limit:
        return state, call, "refused: no queue names a DLQ"
    if state.place != "dlq":
        return state, call, "0 messages moved"
    return replace(state, place="source", receives=0), call, "1 message moved to its source"


def receipts(retention_s: float, visibility_s: float, limit: int) -> int:
    """How often a message that always fails is received before it is moved (limit > 0) or expires."""
    if min(retention_s, visibility_s) <= 0:
        raise ValueError(f"need positive times, got {retention_s} and {visibility_s}")
    until_expiry = int(-(-retention_s // visibility_s))
    return min(limit, until_expiry) if limit else until_expiry
