"""S3 objects: every goal within reach, what is refused, and what botocore says of the facts."""

from __future__ import annotations

import re

import pytest
from botocore.session import get_session

from awsbook.explore import ControlError
from awsbook.explore.explorable import in_topic
from awsbook.facts import fact

ALL = in_topic("s3-objects")
BY_NAME = {made.name: made for made in ALL}

REACH = [
    ("versions", 0, {"steps": "on put delete undelete"}),
    ("versions", 1, {"steps": "on put put put put delete"}),
    ("versions", 2, {"steps": "on put suspend put put"}),
    ("keys", 0, {"prefix": "photos"}),
    ("keys", 1, {"prefix": "", "keys": "\n".join(f"a/{i}" for i in range(6))}),
    ("keys", 2, {"prefix": "", "delimiter": "", "max_keys": 3}),
    ("encryption", 0, {"policy": "kms", "default": "aws:kms"}),
    ("encryption", 1, {"header": "customer", "blocked": False}),
    ("encryption", 2, {"https": False, "client": True}),
    ("multipart", 0, {"size": 11_000, "part": 1127}),
    ("multipart", 1, {"size": 1, "part": 8, "stream": 120, "line": 120}),
    ("multipart", 2, {"size": 1, "part": 4}),
    ("etag", 0, {"part": 4}),
    ("etag", 1, {"part": 64}),
    ("etag", 2, {"part": 0}),
    ("consistency", 0, {"mean": 10, "every": 0.2}),
    ("consistency", 1, {"seed": 3}),
    ("consistency", 2, {"era": "now"}),
    ("writers", 0, {"steps": "ann-get bo-get ann-put bo-put"}),
    ("writers", 1, {"condition": "match", "steps": "ann-get bo-get ann-put bo-put bo-get bo-put"}),
    ("writers", 2, {"condition": "free", "steps": "delete ann-put bo-put"}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH, ids=lambda thing: str(thing)[:40])
def test_every_goal_can_be_reached(name, goal, setting):
    assert BY_NAME[name](**setting).goals[goal].met


@pytest.mark.parametrize(
    ("name", "goal", "setting"),
    [
        ("versions", 2, {"steps": "on suspend restore put"}),  # the restore found nothing
        ("versions", 2, {"steps": "on put suspend restore restore"}),  # a version has the body still
        ("versions", 2, {"steps": "put put on suspend"}),  # before versioning was on
        ("versions", 2, {"steps": "put suspend put"}),
        ("versions", 2, {"steps": "on put remove"}),
        ("writers", 1, {"condition": "match", "steps": "ann-get ann-put ann-put ann-get ann-put"}),  # ann alone
        ("writers", 2, {"condition": "free", "steps": "delete ann-put ann-put"}),
        ("writers", 2, {"condition": "free", "steps": "bo-put delete ann-put ann-put"}),
    ],
)
def test_a_goal_is_not_reached_by_something_like_it(name, goal, setting):
    assert not BY_NAME[name](**setting).goals[goal].met


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (made.name, i) for made in ALL for i in range(len(made().goals))
    }


def test_no_goal_is_reached_at_the_start():
    assert not [(made.name, goal.text) for made in ALL for goal in made().goals if goal.met]


def test_a_key_that_is_too_long_gets_its_line():
    with pytest.raises(ControlError, match="1,026 bytes") as caught:
        BY_NAME["keys"](keys="a\n" + "é" * 513)
    assert (caught.value.control, caught.value.line) == ("keys", 2)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"size": 1, "part": 4}, "EntityTooSmall"),
        ({"size": 1, "part": 6000}, "EntityTooLarge"),
        ({"size": 60_000, "part": 5120}, "EntityTooLarge"),
        ({"size": 200, "part": 8}, "parts of 21 MiB fit"),
    ],
)
def test_an_upload_that_s3_refuses_is_refused_in_its_words(setting, said):
    assert said in BY_NAME["multipart"](**setting).sentence


def model():
    """botocore's words on S3, without markup."""
    service = get_session().get_service_model("s3")
    shape = service.shape_for

    def plain(text):
        return re.sub(r"<[^>]+>", "", text)

    def operation(name):
        return plain(service.operation_model(name).documentation)

    def member(of, name):
        return plain(shape(of).members[name].documentation)

    return operation, member


def test_botocore_states_the_same_numbers():
    operation, member = model()

    def value(key):
        return fact(f"s3-objects.{key}").value

    assert f"individual objects of up to {value('object.max_size')} TB" in operation("CopyObject")
    assert f"up to {value('object.max_put')} GB in size in a single atomic action" in operation("CopyObject")
    assert f"list of up to {value('delete.max_keys'):,} keys" in operation("DeleteObjects")
    assert f"up to {value('list.max_keys'):,} key names" in member("ListObjectsV2Request", "MaxKeys")
    assert f"any number from 1 to {value('multipart.max_parts'):,}" in operation("UploadPart")
    assert f"default checksum, {value('checksum.default')}" in member("PutObjectOutput", "ChecksumCRC64NVME")


def test_botocore_states_what_the_models_rest_on():
    operation, member = model()
    assert "specified version is a delete marker, the response returns a 405" in operation("HeadObject")
    assert "removes the object that has a null versionId" in operation("DeleteObject")
    assert "inserts a delete marker" in operation("DeleteObject")
    assert "HTTP 403 Access Denied error when you specify the SSE-C request headers" in operation("UploadPart")
    assert "encrypted by SSE-C or SSE-KMS, have ETags that are not an MD5" in member("Object", "ETag")
    assert "412 Precondition Failed" in member("PutObjectRequest", "IfNoneMatch")
