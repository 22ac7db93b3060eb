"""The models of the S3 chapter: laws, examples of AWS's, and moto's S3 as another reading."""

from __future__ import annotations

import hashlib
import itertools
import re
from random import Random

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from awsbook.topics.s3_objects import model_consistency as consistent
from awsbook.topics.s3_objects import model_encryption as encrypt
from awsbook.topics.s3_objects import model_etag as tags
from awsbook.topics.s3_objects import model_keys as names
from awsbook.topics.s3_objects import model_multipart as parts
from awsbook.topics.s3_objects import model_versions as versioned
from awsbook.topics.s3_objects import model_writers as writing
from awsbook.topics.s3_objects.views import limits

STEPS = st.lists(st.sampled_from(sorted(versioned.ACTIONS)), max_size=16).map(" ".join)
KEYS = st.lists(st.text("ab/é-", min_size=1, max_size=7), max_size=12, unique=True)


def client():
    made = boto3.client("s3", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    made.create_bucket(Bucket="books")
    return made


# --- versions


def stack(steps, bucket=versioned.Bucket()):  # noqa: B008 (frozen)
    return [(v.id, v.body or "marker") for v in versioned.play(steps, bucket)[0].stack]


def test_a_delete_with_versioning_puts_a_marker_and_deleting_the_marker_brings_the_file_back():
    assert stack("on put put delete") == [("v3", "marker"), ("v2", "B"), ("v1", "A")]
    assert stack("on put put delete undelete") == [("v2", "B"), ("v1", "A")]


def test_a_suspended_bucket_keeps_one_null_version_as_the_user_guide_says():
    assert stack("on put suspend put") == [("null", "B"), ("v1", "A")]
    assert stack("on put suspend put put") == [("null", "C"), ("v1", "A")]
    assert stack("on put suspend put delete") == [("null", "marker"), ("v1", "A")]  # B is lost
    assert stack("on put suspend delete") == [("null", "marker"), ("v1", "A")]  # nothing is lost


def test_what_was_there_before_versioning_stays_as_null():
    assert stack("put on put") == [("v1", "B"), ("null", "A")]


def test_a_marker_cannot_be_read_even_by_its_id():
    assert versioned.play("on delete old", versioned.Bucket())[1][-1].answer.startswith("405")


@given(STEPS)
def test_with_versioning_on_only_a_delete_by_version_loses_a_body(steps):
    kept = [s for s in steps.split() if s not in ("suspend", "remove")]
    bucket, _ = versioned.play("on " + " ".join(kept), versioned.Bucket())
    puts = sum(s == "put" for s in kept)
    assert {v.body for v in bucket.objects} == {chr(ord("A") + i % 26) for i in range(puts)}


@given(STEPS)
def test_ids_are_unique_and_there_is_one_null_at_most(steps):
    ids = [v.id for v in versioned.play(steps, versioned.Bucket())[0].stack]
    assert len(ids) == len(set(ids))


class Twin:
    """The same steps on moto's S3; version ids are renamed in the order in which they appear."""

    def __init__(self):
        self.s3, self.names, self.puts = client(), {}, 0

    def stack(self):
        """(id, marker?) newest first, as ListObjectVersions and its LastModified order have it."""
        answer = self.s3.list_object_versions(Bucket="books")
        found = [(v["VersionId"], False, v["IsLatest"]) for v in answer.get("Versions", [])]
        found += [(v["VersionId"], True, v["IsLatest"]) for v in answer.get("DeleteMarkers", [])]
        return found

    def body(self, version=None):
        more = {"VersionId": version} if version else {}
        try:
            return self.s3.get_object(Bucket="books", Key="report.csv", **more)["Body"].read().decode()
        except ClientError as error:
            return error.response["Error"]["Code"]

    def act(self, step, bucket):
        at = {"Bucket": "books", "Key": "report.csv"}
        real = {ours: theirs for theirs, ours in self.names.items()}
        if step == "put":
            self.s3.put_object(**at, Body=chr(ord("A") + self.puts % 26))
            self.puts += 1
        elif step == "delete":
            self.s3.delete_object(**at)
        elif step in ("on", "suspend"):
            status = {"on": "Enabled", "suspend": "Suspended"}[step]
            self.s3.put_bucket_versioning(Bucket="books", VersioningConfiguration={"Status": status})
        elif step == "undelete" and bucket.stack and bucket.stack[0].marker:
            self.s3.delete_object(**at, VersionId=real.get(bucket.stack[0].id, "null"))
        elif step == "remove" and bucket.objects:
            self.s3.delete_object(**at, VersionId=real.get(bucket.objects[0].id, "null"))

    def learn(self, bucket):
        """The name of the version that appeared."""
        for id, _, _ in self.stack():
            if id != "null" and id not in self.names:
                self.names[id] = f"v{bucket.made}"


# moto keeps no null version beside others when versioning is suspended, and makes no marker for a key that was never
# there; so the twin takes the steps of a bucket that is never suspended and begins with a PUT
@given(st.lists(st.sampled_from(["put", "get", "delete", "undelete", "remove"]), max_size=10))
@settings(max_examples=25)
def test_moto_has_the_same_versions_after_the_same_steps(actions):
    with mock_aws():
        twin, bucket = Twin(), versioned.Bucket()
        for step in ["on", "put", *actions]:
            if step == "delete" and not bucket.stack:
                continue
            twin.act(step, bucket)
            bucket, _ = versioned.ACTIONS[step](bucket)
            twin.learn(bucket)
            ours = {(v.id, v.marker, i == 0) for i, v in enumerate(bucket.stack)}
            theirs = {(twin.names.get(id, id), marker, latest) for id, marker, latest in twin.stack()}
            assert theirs == ours
            top = bucket.stack[0] if bucket.stack else None
            assert twin.body() == ("NoSuchKey" if top is None or top.marker else top.body)


def moto_stack(*steps):
    """(id, marker?) on moto after the steps, real ids as "v"."""
    with mock_aws():
        twin, bucket = Twin(), versioned.Bucket()
        for step in steps:
            twin.act(step, bucket)
            bucket, _ = versioned.ACTIONS[step](bucket)
            twin.learn(bucket)
        return {("null" if id == "null" else "v", marker) for id, marker, _ in twin.stack()}


def test_moto_still_differs_from_the_user_guide_where_we_say_so():
    """If this fails, moto was mended: widen the contract test above."""
    assert moto_stack("on", "put", "suspend", "put", "put") != {("null", False), ("v", False)}
    assert moto_stack("on", "delete") != {("v", True)}


def test_a_delete_that_deletes_would_be_noticed(monkeypatch):
    """Planted fault: a model whose plain DELETE takes the newest version."""

    def wrong(bucket):
        return versioned._without(bucket, bucket.stack[0].id), versioned.Call("DeleteObject", "204")

    monkeypatch.setitem(versioned.ACTIONS, "delete", wrong)
    ours = {("v", version.marker) for version in versioned.play("on put delete", versioned.Bucket())[0].stack}
    assert ours != moto_stack("on", "put", "delete")


# --- keys


def test_the_user_guides_example_has_three_folders_and_one_file():
    keys = ["Development/Projects.xls", "Finance/statement1.pdf", "Private/taxdocument.pdf", "s3-dg.pdf"]
    assert names.listing(keys, "", "/") == (
        ("Development/", True), ("Finance/", True), ("Private/", True), ("s3-dg.pdf", False),
    )  # fmt: skip


@given(KEYS, st.text("ab/-", max_size=3), st.sampled_from(["", "/", "-"]), st.integers(1, 6))
def test_every_key_under_the_prefix_is_listed_once_or_rolled_up_once(keys, prefix, delimiter, max_keys):
    answers = names.pages(keys, prefix, delimiter, max_keys)
    contents = [key for page in answers for key in page.contents]
    common = [name for page in answers for name in page.common_prefixes]
    assert len(set(contents)) == len(contents)
    assert len(set(common)) == len(common)
    hidden = {k for k in keys if k.startswith(prefix) and any(k.startswith(name) for name in common)}
    assert set(contents) | hidden == {k for k in keys if k.startswith(prefix)}
    assert not set(contents) & hidden
    assert all(len(page.contents) + len(page.common_prefixes) <= max_keys for page in answers)
    assert [page.truncated for page in answers] == [True] * (len(answers) - 1) + [False]


@given(KEYS, st.text("ab/-", max_size=2), st.sampled_from(["", "/", "-"]))
@settings(max_examples=25)
def test_moto_lists_the_same_keys_and_prefixes(keys, prefix, delimiter):
    with mock_aws():
        s3 = client()
        for key in keys:
            s3.put_object(Bucket="books", Key=key, Body=b"")
        more = {"Delimiter": delimiter} if delimiter else {}
        answer = s3.list_objects_v2(Bucket="books", Prefix=prefix, **more)
    ours = names.listing(keys, prefix, delimiter)
    assert [c["Key"] for c in answer.get("Contents", [])] == [name for name, common in ours if not common]
    assert [c["Prefix"] for c in answer.get("CommonPrefixes", [])] == [name for name, common in ours if common]


@pytest.mark.parametrize(
    ("keys", "index", "said"),
    [(["a", ""], 1, "at least one"), (["é" * 513], 0, "1,026 bytes"), (["a", "b", "a"], 2, "line 1 again")],
)
def test_a_key_that_s3_does_not_take_is_named(keys, index, said):
    with pytest.raises(names.BadKey, match=said) as caught:
        names.check(keys, 1024)
    assert caught.value.index == index


def test_a_rename_is_a_copy_and_a_delete_for_each_key():
    keys = [f"old/{i}" for i in range(2500)]
    assert names.rename([*keys, "older"], "old/", 1000) == (2500, 3, 2500)


# --- encryption


def uploads():
    return [
        encrypt.Upload(*choice)
        for choice in itertools.product(
            encrypt.HEADERS, (True, False), ("AES256", "aws:kms"), (True, False), encrypt.POLICIES, (True, False)
        )
    ]


def test_everything_that_is_stored_is_encrypted_and_nothing_refused_is_stored():
    assert len(uploads()) == 240
    for upload in uploads():
        outcome = encrypt.judge(upload)
        assert bool(outcome.stored) != bool(outcome.refused)
        assert outcome.stored in (*encrypt.HEADERS.values(),)


def test_a_header_beats_the_buckets_default_and_without_one_the_default_counts():
    plain = encrypt.Upload("", True, "aws:kms", True, "none", False)
    assert encrypt.judge(plain).stored == "SSE-KMS"
    assert encrypt.judge(encrypt.Upload("AES256", True, "aws:kms", True, "none", False)).stored == "SSE-S3"


def test_sse_c_is_never_stored_over_http_nor_where_it_is_blocked():
    for upload in uploads():
        if upload.header == "customer" and (not upload.https or upload.blocked):
            assert encrypt.judge(upload).refused


def test_a_policy_that_asks_for_the_header_refuses_a_request_without_it_whatever_the_default():
    for default in ("AES256", "aws:kms"):
        assert encrypt.judge(encrypt.Upload("", True, default, True, "kms", False)).refused.startswith("403")


# --- multipart and ETag


@given(st.integers(1, 4000), st.integers(1, 700), st.integers(1, 20), st.integers(1, 50), st.integers(5, 500))
def test_parts_travel_as_a_schedule_by_hand_has_them(size, part, streams, stream, line):
    """The independent road: rounds of parts, one after the other, each waiting for its slowest."""
    n = parts.count(size, part)
    sizes = [part] * (n - 1) + [size - (n - 1) * part]
    took = 0.0
    for at in range(0, n, streams):
        together = sizes[at : at + streams]
        took += max(together) / min(stream, line / len(together))
    assert parts.seconds(size, part, streams, stream, line) == pytest.approx(took)


@given(st.integers(1, 4000), st.integers(1, 700), st.integers(1, 20), st.integers(1, 50), st.integers(5, 500))
def test_no_upload_is_faster_than_the_line_nor_than_its_streams(size, part, streams, stream, line):
    took = parts.seconds(size, part, streams, stream, line)
    assert took >= size / min(line, streams * stream) - 1e-9
    assert parts.seconds(size, size, 1, stream, line) == pytest.approx(parts.single(size, stream, line))


@given(st.floats(0.1, 51_000_000))
def test_the_smallest_part_fits_and_one_mib_less_does_not(size):
    rules = limits()
    least = parts.smallest_part(size, rules)
    assert parts.refusal(size, least, rules) == ("" if size <= rules.max_object else parts.refusal(size, least, rules))
    if least > rules.min_part and size <= rules.max_object:
        assert parts.refusal(size, least - 1, rules)


def test_the_largest_object_is_ten_thousand_of_the_largest_parts():
    rules = limits()
    assert rules.max_parts * rules.max_part == pytest.approx(rules.max_object, rel=0.001)


@given(st.floats(0, 0.99), st.integers(10, 5000), st.integers(1, 500))
def test_a_break_costs_a_part_at_most(at, size, part):
    whole, piece = parts.sent_again_mib(size, part, at)
    assert piece <= part
    assert piece <= whole + 1e-9


@given(st.binary(max_size=200), st.integers(1, 64))
def test_the_etag_names_its_parts_and_one_part_is_not_the_md5(data, part):
    assert b"".join(tags.parts(data, part)) == data
    assert tags.multipart(data, part).endswith(f"-{len(tags.parts(data, part))}")
    assert tags.multipart(data, part) != tags.whole(data)


def test_moto_gives_the_same_etags():
    part = 5 * 1024 * 1024
    data = Random(1).randbytes(part + 1000)
    with mock_aws():
        s3 = client()
        assert s3.put_object(Bucket="books", Key="a", Body=data)["ETag"].strip('"') == tags.whole(data)
        upload = s3.create_multipart_upload(Bucket="books", Key="b")["UploadId"]
        at = {"Bucket": "books", "Key": "b", "UploadId": upload}
        made = [
            {"PartNumber": i, "ETag": s3.upload_part(**at, PartNumber=i, Body=piece)["ETag"]}
            for i, piece in enumerate(tags.parts(data, part), start=1)
        ]
        etag = s3.complete_multipart_upload(**at, MultipartUpload={"Parts": made})["ETag"]
    assert etag.strip('"') == tags.multipart(data, part)


def test_an_etag_of_the_hex_digits_would_be_noticed():
    """Planted fault: the parts' MD5s joined as text. The right one has a worked value: MD5 of the raw digests."""
    data = b"the quick brown fox jumps over the lazy dog"
    cut = tags.parts(data, 16)
    wrong = hashlib.md5("".join(tags.whole(piece) for piece in cut).encode()).hexdigest()
    right = hashlib.md5(b"".join(hashlib.md5(piece).digest() for piece in cut)).hexdigest()
    assert tags.multipart(data, 16) == f"{right}-3" != f"{wrong}-3"


# --- writers

TURNS = st.lists(st.sampled_from(["ann-get", "ann-put", "bo-get", "bo-put", "delete"]), max_size=10)


@given(TURNS)
def test_with_if_match_no_update_is_lost_and_without_a_condition_only_the_last_counts(turns):
    desk, _ = writing.play(" ".join(t for t in turns if t != "delete"), "match", writing.Desk())
    assert writing.lost(desk) == 0
    desk, log = writing.play(" ".join(turns), "none", writing.Desk())
    written = [turn.count for turn in log if turn.who != "you" and turn.request.startswith("Put")]
    if written and (not turns or turns[-1].endswith("put")):
        assert desk.count == written[-1]


@given(TURNS, st.sampled_from(["none", "match", "free"]))
@settings(max_examples=30)
def test_moto_refuses_the_same_conditional_writes(turns, condition):
    at = {"Bucket": "books", "Key": "count.txt"}
    desk = writing.Desk()
    with mock_aws():
        s3 = client()
        s3.put_object(**at, Body=b"0")
        for step in turns:
            who = step.partition("-")[0]
            memory = getattr(desk, who, None)
            desk, log = writing.play(step, condition, desk)
            turn = log[0]
            try:
                if step == "delete":
                    s3.delete_object(**at)
                elif step.endswith("get"):
                    assert s3.get_object(**at)["Body"].read().decode() == str(turn.count)
                elif turn.answer != "no call":
                    more = {"match": {"IfMatch": memory.etag}, "free": {"IfNoneMatch": "*"}, "none": {}}[condition]
                    s3.put_object(**at, Body=str((memory.count or 0) + 1).encode(), **more)
                said = ""
            except ClientError as error:
                said = error.response["Error"]["Code"]
            assert said == ("" if turn.ok or turn.answer == "no call" else turn.answer.partition(" ")[2])


# --- consistency


def test_drawn_stale_reads_agree_with_the_formula():
    rng, every, until, mean = Random(7), 0.5, 10.0, 2.0
    drawn = []
    for _ in range(3000):
        arrivals = consistent.lags(3, mean, rng)
        drawn.append(sum(read.stale for read in consistent.reads(arrivals, every, until, False, rng)))
    assert sum(drawn) / len(drawn) == pytest.approx(consistent.expected_stale(every, until, mean), rel=0.05)


@given(st.integers(1, 6), st.floats(0.1, 10), st.floats(0.2, 5), st.integers(0, 1000))
def test_today_nothing_is_stale_and_then_a_copy_never_forgets(copies, mean, every, seed):
    rng = Random(seed)
    arrivals = consistent.lags(copies, mean, rng)
    assert not any(read.stale for read in consistent.reads(arrivals, every, 10, True, rng))
    then = consistent.reads(arrivals, every, 10, False, rng)
    for copy in range(copies):
        fresh = [not read.stale for read in then if read.copy == copy]
        assert fresh == sorted(fresh)
    if copies == 1:
        assert consistent.went_back(then) == 0


def test_only_directory_buckets_rename():
    """The chapter says that the usual bucket has no such call; a botocore update says when AWS changes that."""
    said = Loader().load_service_model("s3", "service-2")["operations"]["RenameObject"]["documentation"]
    assert "only supported for objects stored in the S3 Express One Zone storage class" in re.sub("<[^>]+>", "", said)
