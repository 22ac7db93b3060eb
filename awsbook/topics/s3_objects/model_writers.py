"""Two writers who each read a counter and write it back one higher. Source: botocore's s3 model, PutObject, IfMatch
and IfNoneMatch, and the user guide on conditional writes; the 404 for If-Match on a free key is as moto has it.

Left out: two requests in flight at the same moment, where S3 may answer 409 and the client has to try again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import md5

NOTHING = None  # the key is free


@dataclass(frozen=True)
class Memory:
    """What a client read last. count: None if the key was free; etag: "" until something was read."""

    count: int | None = NOTHING
    etag: str = ""


@dataclass(frozen=True)
class Desk:
    """The object's count (None: the key is free), what each client remembers, and how many PUTs were answered 200."""

    count: int | None = 0
    ann: Memory = Memory()
    bo: Memory = Memory()
    accepted: int = 0


@dataclass(frozen=True)
class Turn:
    """One call. who: ann, bo or you; ok: S3 did it; count: what the object holds after it."""

    who: str
    request: str
    answer: str
    ok: bool
    count: int | None


def etag(count: int) -> str:
    """The ETag of a body that is this number in digits: its MD5 (one PUT, SSE-S3)."""
    return md5(str(count).encode(), usedforsecurity=False).hexdigest()


def get(desk: Desk, who: str) -> tuple[Desk, Turn]:
    """GetObject, which the client remembers."""
    if desk.count is NOTHING:
        return replace(desk, **{who: Memory()}), Turn(who, "GetObject", "404 NoSuchKey", False, NOTHING)
    tag = etag(desk.count)
    after = replace(desk, **{who: Memory(desk.count, tag)})
    return after, Turn(who, "GetObject", f"200, body {desk.count}, ETag {tag[:6]}…", True, desk.count)


def put(desk: Desk, who: str, condition: str) -> tuple[Desk, Turn]:
    """PutObject of what was remembered and one more. condition: "none", "match" or "free" (If-None-Match: *)."""
    memory = getattr(desk, who)
    body = (memory.count or 0) + 1
    if condition == "match" and not memory.etag:
        return desk, Turn(who, "(nothing read to match)", "no call", False, desk.count)
    header = {"none": "", "match": f", If-Match {memory.etag[:6]}…", "free": ", If-None-Match *"}[condition]
    request, answer = f"PutObject, body {body}{header}", refusal(desk, memory, condition)
    if answer:
        return desk, Turn(who, request, answer, False, desk.count)
    after = replace(desk, count=body, accepted=desk.accepted + 1)
    return after, Turn(who, request, "200", True, body)


def refusal(desk: Desk, memory: Memory, condition: str) -> str:
    """Why S3 does not take the PUT, or ""."""
    if condition == "free" and desk.count is not NOTHING:
        return "412 PreconditionFailed"
    if condition == "match" and desk.count is NOTHING:
        return "404 NoSuchKey"
    if condition == "match" and etag(desk.count) != memory.etag:
        return "412 PreconditionFailed"
    return ""


def delete(desk: Desk) -> tuple[Desk, Turn]:
    """DeleteObject: the key is free, and the count of PUTs begins again."""
    return replace(desk, count=NOTHING, accepted=0), Turn("you", "DeleteObject", "204", True, NOTHING)


def play(steps: str, condition: str, start: Desk) -> tuple[Desk, list[Turn]]:
    """The desk after steps like "ann-get bo-put delete", and their log."""
    desk, log = start, []
    for step in steps.split():
        who, _, verb = step.partition("-")
        desk, turn = (
            delete(desk) if step == "delete" else get(desk, who) if verb == "get" else put(desk, who, condition)
        )
        log.append(turn)
    return desk, log


def lost(desk: Desk) -> int:
    """PUTs that were answered 200 and do not count: accepted ones less what the object holds."""
    return desk.accepted - (desk.count or 0)
