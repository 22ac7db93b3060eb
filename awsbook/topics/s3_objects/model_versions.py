"""The versions of one key, step by step, as S3 keeps them. Source: the user guide on versioning, delete markers and
suspended buckets (June 2023), and botocore's s3 model for HeadObject and DeleteObject.

Real version ids are opaque; here they are v1, v2, … in the order in which they were made. Left out: MFA delete, Object
Lock, lifecycle rules, and the minutes that a bucket takes until a change of versioning holds everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

NULL = "null"


@dataclass(frozen=True)
class Version:
    """One entry of the stack. body: what was put, "" for a delete marker."""

    id: str
    body: str
    marker: bool = False


@dataclass(frozen=True)
class Bucket:
    """One key in one bucket. versioning: "off" (never on), "on" or "suspended"; stack: the newest first."""

    versioning: str = "off"
    stack: tuple[Version, ...] = ()
    made: int = 0
    puts: int = 0

    @property
    def objects(self) -> tuple[Version, ...]:
        return tuple(v for v in self.stack if not v.marker)


@dataclass(frozen=True)
class Call:
    """One API call, as its log line has it."""

    request: str
    answer: str


def _pushed(bucket, body, marker=False):
    """The bucket with a new version on top; without versioning, or with it suspended, in the place of the null one."""
    if bucket.versioning == "on":
        made = Version(f"v{bucket.made + 1}", body, marker)
        return replace(bucket, stack=(made, *bucket.stack), made=bucket.made + 1)
    rest = tuple(v for v in bucket.stack if v.id != NULL)
    return replace(bucket, stack=(Version(NULL, body, marker), *rest))


def _without(bucket, id):
    return replace(bucket, stack=tuple(v for v in bucket.stack if v.id != id))


def _said(bucket):
    """The header that names the new version, where there is one."""
    return "" if bucket.versioning == "off" else f", version-id: {bucket.stack[0].id}"


def put(bucket: Bucket) -> tuple[Bucket, Call]:
    """PutObject with a new body: A, B, C, …"""
    body = chr(ord("A") + bucket.puts % 26)
    after = _pushed(replace(bucket, puts=bucket.puts + 1), body)
    return after, Call(f"PutObject, body {body}", f"200{_said(after)}")


def get(bucket: Bucket) -> tuple[Bucket, Call]:
    """GetObject without a version: the newest, and a marker on top counts as nothing."""
    if not bucket.stack:
        return bucket, Call("GetObject", "404 NoSuchKey")
    top = bucket.stack[0]
    if top.marker:
        return bucket, Call("GetObject", "404 NoSuchKey, delete-marker: true")
    return bucket, Call("GetObject", f"200, body {top.body}")


def get_oldest(bucket: Bucket) -> tuple[Bucket, Call]:
    """GetObject with the version id at the foot of the stack."""
    if not bucket.stack:
        return bucket, Call("GetObject", "404 NoSuchKey")
    foot = bucket.stack[-1]
    request = f"GetObject, versionId={foot.id}"
    return bucket, Call(
        request, "405 MethodNotAllowed, delete-marker: true" if foot.marker else f"200, body {foot.body}"
    )


def delete(bucket: Bucket) -> tuple[Bucket, Call]:
    """DeleteObject without a version: with versioning it deletes nothing, it puts a marker on top."""
    if bucket.versioning == "off":
        return replace(bucket, stack=()), Call("DeleteObject", "204")
    after = _pushed(bucket, "", marker=True)
    return after, Call("DeleteObject", f"204, delete-marker: true{_said(after)}")


def undelete(bucket: Bucket) -> tuple[Bucket, Call]:
    """DeleteObject with the id of the marker on top."""
    if not bucket.stack or not bucket.stack[0].marker:
        return bucket, Call("(no marker on top)", "no call")
    id = bucket.stack[0].id
    return _without(bucket, id), Call(f"DeleteObject, versionId={id}", "204, delete-marker: true")


def remove(bucket: Bucket) -> tuple[Bucket, Call]:
    """DeleteObject with the id of the newest object: gone for good."""
    if not bucket.objects:
        return bucket, Call("(no object to remove)", "no call")
    id = bucket.objects[0].id
    return _without(bucket, id), Call(f"DeleteObject, versionId={id}", "204")


def restore(bucket: Bucket) -> tuple[Bucket, Call]:
    """CopyObject from the oldest object onto the key: the old body, as the newest version."""
    if not bucket.objects:
        return bucket, Call("CopyObject", "404 NoSuchKey")
    old = bucket.objects[-1]
    after = _pushed(bucket, old.body)
    return after, Call(f"CopyObject from versionId={old.id}", f"200{_said(after)}")


def switch(bucket: Bucket, versioning: str) -> tuple[Bucket, Call]:
    """PutBucketVersioning. There is no way back to "off"."""
    status = {"on": "Enabled", "suspended": "Suspended"}[versioning]
    return replace(bucket, versioning=versioning), Call(f"PutBucketVersioning {status}", "200")


ACTIONS = {
    "put": put,
    "get": get,
    "delete": delete,
    "undelete": undelete,
    "remove": remove,
    "restore": restore,
    "old": get_oldest,
    "on": lambda bucket: switch(bucket, "on"),
    "suspend": lambda bucket: switch(bucket, "suspended"),
}


def lost(steps: str, start: Bucket) -> set[str]:
    """The bodies that no version holds any more, though no call named a version and versioning had been on."""
    bucket, was_on, gone = start, False, set()
    for step in steps.split():
        before = {version.body for version in bucket.objects}
        bucket, _ = ACTIONS[step](bucket)
        if was_on and step != "remove":
            gone |= before - {version.body for version in bucket.objects}
        was_on |= step == "on"
    return gone


def play(steps: str, start: Bucket) -> tuple[Bucket, list[Call]]:
    """The bucket after the steps, and the log of their calls."""
    bucket, log = start, []
    for step in steps.split():
        bucket, call = ACTIONS[step](bucket)
        log.append(call)
    return bucket, log
