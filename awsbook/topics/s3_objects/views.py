"""The explorables of the S3 chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

from itertools import takewhile
from random import Random

from awsbook.explore import (
    Choice,
    ControlError,
    Goal,
    Slider,
    Steps,
    Table,
    Text,
    Toggle,
    View,
    explorable,
    figure,
    words,
)
from awsbook.facts import fact

from . import model_consistency as consistent
from . import model_encryption as encrypt
from . import model_etag as tags
from . import model_keys as names
from . import model_multipart as parts
from . import model_versions as versioned
from . import model_writers as writing
from . import pictures

MIB_A_GIB, MIB_A_TIB = 1024, 1024 * 1024
MIB_A_GB = 1e9 / 1024**2


def number(key):
    return fact(f"s3-objects.{key}").value


# --- versions


@explorable(
    "What a delete deletes",
    size=Slider("Size of each body", 100, min=1, max=1000, unit="GB"),
    steps=Steps("What you do to report.csv", "on put put delete get", {
        "put": "PUT", "get": "GET", "delete": "DELETE", "undelete": "DELETE the marker",
        "remove": "DELETE the newest version", "restore": "copy the oldest back", "old": "GET the oldest",
        "on": "versioning on", "suspend": "suspend it",
    }, max_steps=16),
)  # fmt: skip
def versions(size, steps):
    bucket, log = versioned.play(steps, versioned.Bucket())
    top = bucket.stack[0] if bucket.stack else None
    stored = len(bucket.objects)
    cost = stored * size * number("price.standard")
    answer = "404 NoSuchKey" if top is None or top.marker else f"body {top.body}"
    taken = steps.split()
    undone = any("versionId" in call.request and "delete-marker: true" in call.answer for call in log)
    rows = [(f"{i}", call.request, call.answer) for i, call in enumerate(log, start=1)]
    rows += [
        ("now", "GetObject would answer", answer),
        ("now", f"stored: {words.plural(stored, 'body', 'bodies')}", f"{words.num(stored * size)} GB"),
        ("now", "a month of it", words.usd(cost)),
    ]
    return View(
        pictures.stack(bucket),
        f"GetObject would answer {answer}; {words.plural(stored, 'body', 'bodies')} of {words.num(size)} GB "
        f"{'is' if stored == 1 else 'are'} stored and cost {words.usd(cost)} a month.",
        Table(("Step", "Call", "Answer"), tuple(rows)),
        (
            Goal("Delete the file, then bring it back with one DELETE",
                 "undelete" in taken and undone and top is not None and not top.marker),
            Goal("Pay for four bodies of a file that GET cannot find", stored >= 4 and answer.startswith("404")),
            Goal("Lose a body for ever with a plain PUT or DELETE, though versioning was once on",
                 bool(versioned.lost(steps, versioned.Bucket()))),
        ),
    )  # fmt: skip


# --- keys


KEYS = """\
logs/2026/11/22.gz
logs/2026/11/23.gz
logs/readme.txt
photos/a.jpg
photos/b.jpg
photos/raw/a.dng
photos-old/a.jpg
report.csv"""


@explorable(
    "There are no folders",
    keys=Text("Keys, one a line", KEYS, max_chars=4000, rows=9, lines=True),
    prefix=Text("Prefix", "photos/", max_chars=80),
    delimiter=Choice("Delimiter", "/", {"/": "/", "": "none", "-": "-", ".": "."}),
    max_keys=Slider("MaxKeys", 4, min=1, max=20),
)
def keys(keys, prefix, delimiter, max_keys):
    given = keys.removesuffix("\n").split("\n")
    try:
        names.check(given, number("key.max_bytes"))
    except names.BadKey as error:
        raise ControlError(f"line {error.index + 1}: {error}", control="keys", line=error.index + 1) from None
    entries = names.listing(given, prefix, delimiter)
    answers = names.pages(given, prefix, delimiter, max_keys)
    copies, deletes, inside = names.rename(given, prefix, number("delete.max_keys"))
    common = sum(one for _, one in entries)
    rows = [
        (f"answer {i}", f"{len(page.contents)}", f"{len(page.common_prefixes)}", "yes" if page.truncated else "no")
        for i, page in enumerate(answers, start=1)
    ]
    rows += [
        ("all answers", f"{len(entries) - common}", f"{common}", f"{words.plural(len(answers), 'call')}"),
        ("keys under the prefix", f"{inside}", "–", f"of {len(given)}"),
        (
            "to rename them all",
            words.plural(copies, "copy", "copies"),
            words.plural(deletes, "delete call"),
            "no call does it",
        ),
        ("a million such renames", words.usd(1e6 * copies / 1000 * number("price.put")), "–", "copies alone"),
    ]
    return View(
        pictures.folders(entries, min(max_keys, len(entries)), prefix),
        f"ListObjectsV2 answers with {words.plural(len(entries) - common, 'key')} and "
        f"{words.plural(common, 'common prefix', 'common prefixes')} in {words.plural(len(answers), 'call')}; "
        f"renaming what begins with {prefix!r} takes {words.plural(copies, 'copy', 'copies')} "
        f"and {words.plural(deletes, 'delete call')}.",
        Table(("Answer", "Keys", "Prefixes", "Truncated"), tuple(rows)),
        (
            Goal("List two “folders” that share the letters of their names, with a prefix that ends in no slash",
                 bool(prefix) and not prefix.endswith("/") and delimiter == "/" and common >= 2),
            Goal("Hide six keys or more behind one common prefix",
                 any(sum(k.startswith(name) for k in given) >= 6 for name, one in entries if one)),
            Goal("Need three calls or more to see everything", len(answers) >= 3),
        ),
    )  # fmt: skip


# --- encryption


@explorable(
    "Who can read the disk?",
    header=Choice("Encryption headers", "", {
        "": "none", "AES256": "…-encryption: AES256", "aws:kms": "…-encryption: aws:kms",
        "aws:kms:dsse": "…-encryption: aws:kms:dsse", "customer": "…-customer-key and two more",
    }),
    https=Toggle("HTTPS", True),
    client=Toggle("Encrypted before it is sent", False),
    default=Choice("The bucket's default", "AES256", {"AES256": "SSE-S3", "aws:kms": "SSE-KMS"}),
    blocked=Toggle("The bucket blocks SSE-C", True),
    policy=Choice("Bucket policy", "none", {
        "none": "none", "https": "deny without TLS", "kms": "deny unless the request names aws:kms",
    }),
)  # fmt: skip
def encryption(header, https, client, default, blocked, policy):
    upload = encrypt.Upload(header, https, default, blocked, policy, client)
    outcome = encrypt.judge(upload)
    wire = "sealed" if https or client else "readable by whoever listens"
    if outcome.refused:
        sentence = f"S3 refuses the upload ({outcome.refused}); on the wire the body was {wire}."
    else:
        sentence = (
            f"S3 stores the body with {outcome.stored}; on the wire it was {wire}; a reader needs {outcome.needs}."
        )
    rows = (
        ("Answer", outcome.refused or "200"),
        ("Stored with", outcome.stored or "nothing is stored"),
        ("The wire", wire),
        ("Who holds the key", outcome.key),
        ("A reader needs", outcome.needs),
        ("This bucket", f"{encrypt.HEADERS[default]} by default, SSE-C {'blocked' if blocked else 'allowed'}"),
        ("Each use of the key in CloudTrail", "yes" if outcome.audited else "no"),
        ("The ETag is the body's MD5", "–" if outcome.refused else "yes" if outcome.etag_is_md5 and not client
         else "of the encrypted body" if outcome.etag_is_md5 else "no"),
    )  # fmt: skip
    would_be_kms = policy == "kms" and default == "aws:kms" and header == "" and bool(outcome.refused)
    return View(
        pictures.locks(upload, outcome),
        sentence,
        Table(("What", "Here"), rows),
        (
            Goal("Have a policy refuse what the bucket's default would have encrypted as it asks", would_be_kms),
            Goal("Store something with a key that AWS does not keep", outcome.stored == "SSE-C"),
            Goal("Send over HTTP, and still show a listener nothing", not https and client and not outcome.refused),
        ),
    )


# --- multipart


def limits():
    return parts.Limits(
        min_part=number("multipart.min_part"),
        max_part=number("multipart.max_part") * MIB_A_GIB,
        max_parts=number("multipart.max_parts"),
        max_object=number("object.max_tib") * MIB_A_TIB,
        max_put=number("object.max_put") * MIB_A_GB,
    )


def mib(size):
    """A size in its natural unit."""
    if size >= MIB_A_TIB:
        return f"{words.num(size / MIB_A_TIB)} TiB"
    return f"{words.num(size / MIB_A_GIB)} GiB" if size >= MIB_A_GIB else f"{words.num(size)} MiB"


@explorable(
    "How large is a part?",
    size=Slider("Object", 200, min=0.1, max=60_000, step=0.1, unit="GiB", log=True),
    part=Slider("Part size", 8, min=1, max=6000, step=1, unit="MiB", log=True),
    streams=Slider("Parts at once", 10, min=1, max=64),
    stream=Slider("Speed of one stream", 20, min=1, max=200, unit="MiB/s"),
    line=Slider("Speed of the line", 120, min=10, max=3000, step=10, unit="MiB/s", log=True),
    broken=Slider("The connection breaks at (0: never)", 61, min=0, max=99, unit="%"),
)
def multipart(size, part, streams, stream, line, broken):
    object_mib, rules = size * MIB_A_GIB, limits()
    refused = parts.refusal(object_mib, part, rules)
    n, least = parts.count(object_mib, part), parts.smallest_part(object_mib, rules)
    put_refused = object_mib > rules.max_put
    whole_s = parts.single(object_mib, stream, line)
    at = broken / 100
    again_put, again_part = parts.sent_again_mib(object_mib, part, at)
    grid = [1.25**i for i in range(40) if 1.25**i <= 6000]
    fits = [p for p in grid if not parts.refusal(object_mib, p, rules)]
    hours = [parts.seconds(object_mib, p, streams, stream, line) / 3600 for p in fits]
    took = parts.seconds(object_mib, part, streams, stream, line)
    traces = [figure.line("in parts", fits, hours, series=1)] if fits else []
    if not refused:
        traces.append(figure.points("yours", [part], [took / 3600], series=2, symbol="diamond", size=11))
    marks = [figure.level(whole_s / 3600, "one PUT (too large)" if put_refused else "one PUT")]
    if not refused:
        sentence = (
            f"{words.plural(n, 'part')} of {mib(part)} take {words.span(took)}, one PUT of one stream "
            f"{'would take' if put_refused else 'takes'} {words.span(whole_s)}"
            f"{', but is too large for a PUT' if put_refused else ''}; "
            f"after the break at most {mib(again_part)} go again in parts, {mib(again_put)} in one PUT."
        )
    else:
        hint = f"; parts of {mib(least)} fit" if least <= rules.max_part and object_mib <= rules.max_object else ""
        sentence = f"S3 refuses {words.plural(n, 'part')} of {mib(part)} ({refused}){hint}."
    rows = (
        ("Object", mib(object_mib)),
        ("Parts", f"{words.plural(n, 'part')} of {mib(part)}"),
        ("S3 answers", refused or "200"),
        ("Smallest part that fits", mib(least) if object_mib <= rules.max_object else "none"),
        ("In parts", "–" if refused else words.span(took)),
        ("One PUT", f"{words.span(whole_s)}{' (refused: too large)' if put_refused else ''}"),
        ("Sent again, in parts, at most", mib(again_part)),
        ("Sent again, one PUT", mib(again_put)),
        ("Requests", "–" if refused else f"{n + 2:,}"),
    )
    return View(
        figure.chart(traces, "Part size (MiB)", "Hours", log_x=True, marks=marks, x_range=(1, 6000)),
        sentence,
        Table(("What", "Value"), rows),
        (
            Goal("Send an object of 10 TiB or more with parts as small as they can be",
                 not refused and object_mib >= 10 * MIB_A_TIB and part == least),
            Goal("Be no faster in parts than in one PUT, with ten at once or more",
                 not refused and streams >= 10 and n > 1 and took >= 0.99 * whole_s),
            Goal("Be refused because parts are too small, not because they are too many",
                 refused.startswith("EntityTooSmall")),
        ),
    )  # fmt: skip


# --- etag


@explorable(
    "The ETag is not always an MD5",
    body=Text("Body", "the quick brown fox jumps over the lazy dog", max_chars=400, rows=2),
    part=Slider("Part size (0: one PUT; real parts are far larger)", 16, min=0, max=64, unit="bytes"),
    way=Choice("Stored with", "SSE-S3", {"SSE-S3": "SSE-S3", "SSE-KMS": "SSE-KMS", "SSE-C": "SSE-C"}),
)
def etag(body, part, way):
    data = body.encode("utf-8")
    cut = tags.parts(data, part) if part else [data]
    digest = tags.whole(data)
    shown = tags.multipart(data, part) if part else digest
    if way != "SSE-S3":
        shown = f"something else, ending in -{len(cut)}" if part else "something else"
    same = shown == digest
    shapes = [figure.words(0, 16, f"{len(data)} bytes", bold=True)]
    for i, piece in enumerate(cut[:6]):
        y = 26 + 30 * i
        shapes += [
            figure.box(0, y, 34, 24, f"{len(piece)} bytes", colour="@1"),
            figure.arrow(36, y + 12, 44, y + 12),
            figure.words(46, y + 17, f"{tags.whole(piece)[:12]}…"),
        ]
    if len(cut) > 6:
        shapes.append(figure.words(0, 26 + 30 * 6 + 14, f"and {len(cut) - 6} more"))
    foot = 26 + 30 * min(6, len(cut)) + (24 if len(cut) > 6 else 0)
    split = shown if way != "SSE-S3" else f"{shown[:12]}…-{len(cut)}" if part else f"{shown[:12]}…"
    shapes.append(figure.words(0, foot + 22, f"ETag: {split}", bold=True, colour="@good" if same else "@bad"))
    sentence = (
        f"The ETag is {shown}"
        + (", the MD5 of the body" if same else "")
        + (f", from {words.plural(len(cut), 'part')}, and not the body's MD5, {digest}" if part else "")
        + (f"; the body's MD5 is {digest}" if not part and not same else "")
        + "."
    )
    rows = [("MD5 of the body", digest), ("ETag", shown), ("Parts", f"{len(cut)}" if part else "one PUT")]
    rows += [(f"MD5 of part {i}", tags.whole(piece)) for i, piece in enumerate(cut[:20], start=1) if part]
    return View(
        figure.picture(shapes, foot + 34),
        sentence,
        Table(("What", "Value"), tuple(rows)),
        (
            Goal(
                "Cut the body into four parts or more, for another ETag of the same bytes", bool(part) and len(cut) >= 4
            ),
            Goal("Send one part only, and still not get the MD5", bool(part) and len(cut) == 1),
            Goal("Get the body's MD5", same),
        ),
    )


# --- consistency


@explorable(
    "What you wrote, and what you read",
    era=Choice("When", "then", {"then": "before December 2020", "now": "today"}),
    mean=Slider("Mean lag of a copy (ours)", 2, min=0.1, max=10, step=0.1, unit="s"),
    every=Slider("Read every", 1, min=0.2, max=5, step=0.2, unit="s"),
    copies=Slider("Copies", 3, min=1, max=6),
    seed=Slider("Seed", 1, min=1, max=50),
)
def consistency(era, mean, every, copies, seed):
    until, strong = 10.0, era == "now"

    def run(seed):
        rng = Random(seed)
        arrivals = consistent.lags(copies, mean, rng)
        return arrivals, consistent.reads(arrivals, every, until, strong, rng)

    arrivals, seen = run(seed)
    stale, back = sum(read.stale for read in seen), consistent.went_back(seen)
    runs = [sum(read.stale for read in run(s)[1]) for s in range(1, 21)]
    expected = 0.0 if strong else consistent.expected_stale(every, until, mean)
    last = max((read.at for read in seen if read.stale), default=0)
    rows = (
        ("Reads in 10 s", f"{len(seen)}"),
        ("Stale", f"{stale}"),
        ("By the formula", words.num(expected)),
        ("Over seeds 1 to 20", f"{min(runs)} to {max(runs)}"),
        ("The old came back", words.plural(back, "time")),
        ("Last stale read", f"{words.num(last)} s after the write" if stale else "none"),
        ("The first read is stale", words.percent(0 if strong else consistent.stale_chance(every, mean))),
    )
    return View(
        pictures.copies(arrivals, seen, until, strong),
        f"{stale} of {len(seen)} reads in 10 s show the old version; {words.num(expected)} were to be expected, and "
        f"over 20 seeds it is {min(runs)} to {max(runs)}. The old came back {words.plural(back, 'time')}.",
        Table(("What", "Value"), rows),
        (
            Goal("Read the new version, and then the old one again, three times", back >= 3),
            Goal(
                "Be lucky then: no stale read, though one was to be expected",
                not strong and stale == 0 and expected >= 1,
            ),
            Goal("Make stale reads impossible", strong),
        ),
    )


# --- writers


@explorable(
    "Two writers, one counter",
    condition=Choice("Each PUT carries", "none", {
        "none": "no condition", "match": "If-Match: the ETag it read", "free": "If-None-Match: *",
    }),
    steps=Steps("Who does what", "ann-get bo-get ann-put", {
        "ann-get": "ann GETs", "ann-put": "ann PUTs one more", "bo-get": "bo GETs", "bo-put": "bo PUTs one more",
        "delete": "DELETE",
    }, max_steps=10),
)  # fmt: skip
def writers(condition, steps):
    desk, log = writing.play(steps, condition, writing.Desk())
    lost, held = writing.lost(desk), "nothing" if desk.count is None else f"{desk.count}"
    refused = sum(turn.answer.startswith("412") for turn in log)
    since = takewhile(lambda turn: turn.request != "DeleteObject", reversed(log))  # the key was free last
    puts = [turn for turn in since if turn.request.startswith("PutObject")]
    rows = [(f"{i}", turn.who, turn.request, turn.answer) for i, turn in enumerate(log, start=1)]
    rows.append(("now", "", f"count.txt holds {held}", f"{desk.accepted} accepted, {lost} lost, {refused} refused"))
    return View(
        pictures.turns(log),
        f"count.txt holds {held} after {desk.accepted} accepted {'PUT' if desk.accepted == 1 else 'PUTs'}: "
        f"{lost} lost without a word, {refused} refused.",
        Table(("Step", "Who", "Call", "Answer"), tuple(rows)),
        (
            Goal("Lose an update: two PUTs are answered 200, and the count is 1", lost >= 1),
            Goal("Have one PUT refused with 412, and both updates counted in the end",
                 condition == "match" and refused >= 1 and lost == 0 and len({put.who for put in puts if put.ok}) == 2),
            Goal("Let two clients race to create the key, and only one win",
                 condition == "free" and desk.accepted == 1 and len({put.who for put in puts}) == 2),
        ),
    )  # fmt: skip
