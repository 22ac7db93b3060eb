"""The exercises of the lab "who may do what": policies, judged by calls that are really made.

Every function takes the open sandbox, with `iam_engine.enforced` in use, and returns the exercise. Each hidden input
gets buckets, users and roles of its own, which are gone afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from botocore.exceptions import ClientError

from awsbook.lab.checks import Exercise, is_blank
from awsbook.lab.iam_engine import OURS, PARTNER, account, document, signed_by

STRANGER = "555566667777"  # a third account
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ENCRYPTED = {"ServerSideEncryption": "AES256"}
OTHERWISE = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/aws/s3"}  # the engine wants a key's name


@dataclass(frozen=True)
class Call:
    """One call to AWS. words: what it is. needed: whether it should come through. make: the call itself."""

    words: str
    needed: bool
    make: Callable[[], object]

    def comes_through(self) -> bool:
        """Makes the call. Any other error than a refusal is raised."""
        return comes_through(self.make)


def comes_through(call: Callable[[], object]) -> bool:
    """Whether AWS did it, and did not say AccessDenied."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def desk(lab) -> Exercise:
    """`desk(bucket)`: the identity policy of the order desk. What it needs: `desk_calls`."""

    def cases(rng):
        for _ in range(3):
            yield f"shop-{rng.randrange(10**4)}", rng.choice(["carol", "dave", "erin"]), rng.randrange(100, 1000)

    def ask(answer, bucket, name, number):
        policy = answer(bucket)
        if is_blank(policy):
            return policy
        return try_desk(lab, policy, bucket, name, number)

    return Exercise("desk", cases, lambda bucket, name, number, got: _complaint(f"bucket {bucket}", got), ask)


def try_desk(lab, policy: dict, bucket: str = "shop-trial", name: str = "trial", number: int = 17) -> list[tuple]:
    """The twenty calls of the desk, made by a new user with this policy: (words, needed, came through) of each."""
    document(policy)  # says what is wrong with it before anything is made
    with ExitStack() as room:
        _furnish(room, lab, bucket, number)
        room.enter_context(user(lab, f"colleague-of-{name}"))
        signed = room.enter_context(user(lab, name, policy))
        return _made(desk_calls(signed, bucket, name, number, _version(lab, bucket, f"drafts/{number}.jpg")))


def desk_calls(signed, bucket: str, name: str, number: int, version: str) -> list[Call]:
    """Eight calls that the desk needs, and twelve that would do harm. signed: clients of its user, who has `name`.

    version: of the draft of this number.
    """
    s3, iam = signed("s3"), signed("iam")
    order, draft, prices = f"orders/{number}.json", f"drafts/{number}.jpg", "prices.csv"
    policy = document(
        _policy(Effect="Deny", Principal="*", Action="s3:DeleteBucket", Resource=f"arn:aws:s3:::{bucket}"), "resource"
    )

    def call(words, needed, make, **more):
        return Call(words, needed, lambda: make(**({"Bucket": bucket} | more)))

    def ours(words, make, **more):
        return Call(words, False, lambda: make(**more))

    suspended = {"Status": "Suspended"}
    return [
        call("list_objects_v2 orders/", True, s3.list_objects_v2, Prefix="orders/"),
        call(f"get_object {order}", True, s3.get_object, Key=order),
        call(f"put_object {order}", True, s3.put_object, Key=order, Body=b"new"),
        call(f"put_object orders/new/{number}.json", True, s3.put_object, Key=f"orders/new/{number}.json", Body=b"x"),
        call("get_object prices.csv", True, s3.get_object, Key=prices),
        call(f"put_object {draft}", True, s3.put_object, Key=draft, Body=b"new"),
        call(f"get_object {draft}", True, s3.get_object, Key=draft),
        call(f"delete_object {draft}", True, s3.delete_object, Key=draft),
        call("list_objects_v2 of the whole bucket", False, s3.list_objects_v2),
        call("list_objects_v2 ledger/", False, s3.list_objects_v2, Prefix="ledger/"),
        call(f"get_object ledger/{number}.csv", False, s3.get_object, Key=f"ledger/{number}.csv"),
        call(f"get_object orders-archive/{number}.json", False, s3.get_object, Key=f"orders-archive/{number}.json"),
        call(f"get_object {order} of the backup", False, s3.get_object, Bucket=f"{bucket}-backup", Key=order),
        call("put_object prices.csv", False, s3.put_object, Key=prices, Body=b"0"),
        call(f"delete_object {order}", False, s3.delete_object, Key=order),
        call(f"delete_object {draft}, one version", False, s3.delete_object, Key=draft, VersionId=version),
        call("put_bucket_versioning Suspended", False, s3.put_bucket_versioning, VersioningConfiguration=suspended),
        call("put_bucket_policy", False, s3.put_bucket_policy, Policy=policy),
        ours("create_access_key for a colleague", iam.create_access_key, UserName=f"colleague-of-{name}"),
        ours(
            "put_user_policy for herself",
            iam.put_user_policy,
            UserName=name,
            PolicyName="more",
            PolicyDocument=document(EVERYTHING),
        ),
    ]


def protect(lab) -> Exercise:
    """`protect(bucket, folder)`: the policy of a group. Its members may do everything, but lose nothing of the folder.

    folder: its name, without a slash.
    """

    def cases(rng):
        yield "shop-books", "ledger"
        for _ in range(2):
            yield f"shop-{rng.randrange(10**4)}", rng.choice(["invoices", "contracts", "tax/2025"])

    def ask(answer, bucket, folder):
        policy = answer(bucket, folder)
        if is_blank(policy):
            return policy
        with ExitStack() as room:
            kept, free, near = (f"{path}/1.csv" for path in (folder, "drafts", f"{folder}-copy"))
            old = room.enter_context(filled_bucket(lab, bucket, [kept, f"{folder}/a/2.csv", free, near]))
            signed = room.enter_context(user(lab, "member", EVERYTHING))
            room.enter_context(_group(lab, "hidden-staff", "member", policy))
            return _made(_protected_calls(signed("s3"), bucket, folder, old))

    return Exercise("protect", cases, lambda bucket, folder, got: _complaint(f"{bucket}, folder {folder}", got), ask)


def _protected_calls(s3, bucket, folder, old):
    kept, free, near = (f"{path}/1.csv" for path in (folder, "drafts", f"{folder}-copy"))
    expire = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": f"{folder}/"}, "Expiration": {"Days": 1}}

    def call(words, needed, make, **more):
        return Call(words, needed, lambda: make(Bucket=bucket, **more))

    return [
        call(f"get_object {kept}", True, s3.get_object, Key=kept),
        call(f"put_object {kept}", True, s3.put_object, Key=kept, Body=b"corrected"),
        call(f"put_object {folder}/new.csv", True, s3.put_object, Key=f"{folder}/new.csv", Body=b"x"),
        call(f"list_objects_v2 {folder}/", True, s3.list_objects_v2, Prefix=f"{folder}/"),
        call(f"delete_object {kept}", False, s3.delete_object, Key=kept),
        call(f"delete_object {folder}/a/2.csv", False, s3.delete_object, Key=f"{folder}/a/2.csv"),
        call(f"delete_object {kept}, one version", False, s3.delete_object, Key=kept, VersionId=old[kept]),
        call(f"delete_object {free}", True, s3.delete_object, Key=free),
        call(f"delete_object {free}, one version", True, s3.delete_object, Key=free, VersionId=old[free]),
        call(f"delete_object {near}", True, s3.delete_object, Key=near),
        call(
            "put_bucket_lifecycle_configuration",
            False,
            s3.put_bucket_lifecycle_configuration,
            LifecycleConfiguration={"Rules": [expire]},
        ),
        call(
            "put_bucket_versioning Suspended",
            False,
            s3.put_bucket_versioning,
            VersioningConfiguration={"Status": "Suspended"},
        ),
    ]


def must_encrypt(lab) -> Exercise:
    """`must_encrypt(bucket)`: the bucket policy that refuses a put without the header for AES256, and nothing else."""

    def cases(rng):
        for _ in range(3):
            yield f"shop-{rng.randrange(10**4)}", rng.choice(["orders", "drafts", "tax/2025"])

    def ask(answer, bucket, folder):
        policy = answer(bucket)
        if is_blank(policy):
            return policy
        with ExitStack() as room:
            room.enter_context(filled_bucket(lab, bucket, [f"{folder}/1"]))
            people = {name: room.enter_context(user(lab, name, EVERYTHING)) for name in ("alice-too", "bob-too")}
            lab.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(policy, "resource"))
            return [
                made for name, signed in people.items() for made in _made(_puts(signed("s3"), bucket, folder, name))
            ]

    return Exercise("must_encrypt", cases, lambda bucket, _, got: _complaint(f"bucket {bucket}", got), ask)


def _puts(s3, bucket, folder, name):
    source = {"Bucket": bucket, "Key": f"{folder}/1"}

    def call(words, needed, make, key=f"{folder}/{name}", **more):
        return Call(f"{words} by {name}", needed, lambda: make(Bucket=bucket, Key=key, **more))

    return [
        call("put_object without the header", False, s3.put_object, Body=b"x"),
        call("put_object with AES256", True, s3.put_object, Body=b"x", **ENCRYPTED),
        call("put_object with aws:kms", False, s3.put_object, Body=b"x", **OTHERWISE),
        call("put_object with AES256, outside of folders", True, s3.put_object, key=name, Body=b"x", **ENCRYPTED),
        call("put_object without the header, outside of folders", False, s3.put_object, key=name, Body=b"x"),
        call("copy_object without the header", False, s3.copy_object, CopySource=source),
        call("copy_object with AES256", True, s3.copy_object, CopySource=source, **ENCRYPTED),
        call("get_object", True, s3.get_object, key=f"{folder}/1"),
        call("delete_object", True, s3.delete_object),
    ]


def trust(lab) -> Exercise:
    """`trust(partner, word)`: the trust policy of a role that this account may take, if it says the word."""

    def cases(rng):
        yield PARTNER, "Kestrel-4"
        for _ in range(2):
            yield PARTNER, f"{rng.choice(['shop', 'print', 'books'])}:{rng.randrange(10**6)}/A"

    def ask(answer, partner, word):
        policy = answer(partner, word)
        if is_blank(policy):
            return policy
        with ExitStack() as room:
            arn = room.enter_context(_role(lab, "hidden-books", policy))
            people = {
                f"{who} of {number}": room.enter_context(user(lab, who, _may_take(arn), root))
                for who, number, root in [
                    ("ann", partner, account(partner)),
                    ("ben", partner, account(partner)),
                    ("eve", STRANGER, account(STRANGER)),
                    ("hidden-bob", OURS, None),
                ]
            }
            return _made([call for who, signed in people.items() for call in _takes(signed, arn, who, partner, word)])

    return Exercise("trust", cases, lambda partner, word, got: _complaint(f"partner {partner}, word {word}", got), ask)


def _takes(signed, arn, who, partner, word):
    sts, trusted = signed("sts"), who.endswith(partner)

    def call(words, needed, **more):
        taken = {"RoleArn": arn, "RoleSessionName": "check", **more}
        return Call(f"assume_role by {who}, {words}", needed and trusted, lambda: sts.assume_role(**taken))

    return [
        call("with the word", True, ExternalId=word),
        call("without a word", False),
        call("with another word", False, ExternalId="somebody-else"),
        call("with a longer word", False, ExternalId=f"{word}2"),
        call("with the word in other case", False, ExternalId=word.swapcase()),
    ]


@contextmanager
def filled_bucket(lab, name: str, keys: list[str]):
    """A bucket with versioning and these objects, for the length of a block. Yields the version of each object."""
    s3 = lab.client("s3")
    _remove_bucket(s3, name)
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    try:
        yield {key: s3.put_object(Bucket=name, Key=key, Body=b"first")["VersionId"] for key in keys}
    finally:
        _remove_bucket(s3, name)


@contextmanager
def user(lab, name: str, policy: dict | None = None, root=None):
    """A user with this policy and an access key, for the length of a block. Yields clients that sign with the key.

    root: clients of the account's root user, if it is not the lab's own account.
    """
    iam = root("iam") if root else lab.client("iam")
    text = None if policy is None else document(policy)  # before anything is made
    _remove_user(iam, name)
    iam.create_user(UserName=name)
    if text:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=text)
    try:
        yield signed_by(iam.create_access_key(UserName=name)["AccessKey"])
    finally:
        _remove_user(iam, name)


@contextmanager
def _group(lab, name, member, policy):
    iam, text = lab.client("iam"), document(policy)
    _remove_group(iam, name)
    iam.create_group(GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="own", PolicyDocument=text)
    iam.add_user_to_group(GroupName=name, UserName=member)
    try:
        yield
    finally:
        _remove_group(iam, name)


@contextmanager
def _role(lab, name, policy):
    iam, text = lab.client("iam"), document(policy, "trust")
    with suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role(RoleName=name)
    try:
        yield iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)["Role"]["Arn"]
    finally:
        iam.delete_role(RoleName=name)


def _furnish(room, lab, bucket, number):
    order = f"orders/{number}.json"
    kept = [order, f"orders-archive/{number}.json", "prices.csv", f"drafts/{number}.jpg", f"ledger/{number}.csv"]
    room.enter_context(filled_bucket(lab, bucket, kept))
    room.enter_context(filled_bucket(lab, f"{bucket}-backup", [order]))


def _version(lab, bucket, key):
    return lab.client("s3").head_object(Bucket=bucket, Key=key)["VersionId"]


def _made(calls):
    return [(call.words, call.needed, call.comes_through()) for call in calls]


def _complaint(where, made):
    """The first call that went wrong, as a sentence; "" if there is none."""
    for words, needed, came in made:
        if came and not needed:
            return f"{where}: {words} came through, and should not"
        if needed and not came:
            return f"{where}: {words} was refused, and is needed"
    return ""


def _policy(**statement):
    return {"Version": "2012-10-17", "Statement": [statement]}


def _may_take(role):
    return _policy(Effect="Allow", Action="sts:AssumeRole", Resource=role)


def _remove_bucket(s3, name):
    try:
        found = s3.list_object_versions(Bucket=name)
    except s3.exceptions.NoSuchBucket:
        return
    for each in found.get("Versions", []) + found.get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=name)


def _remove_user(iam, name):
    try:
        keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        for key in keys:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        for group in iam.list_groups_for_user(UserName=name)["Groups"]:
            iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        iam.delete_user(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        pass


def _remove_group(iam, name):
    try:
        for member in iam.get_group(GroupName=name)["Users"]:
            iam.remove_user_from_group(GroupName=name, UserName=member["UserName"])
        for policy in iam.list_group_policies(GroupName=name)["PolicyNames"]:
            iam.delete_group_policy(GroupName=name, PolicyName=policy)
        iam.delete_group(GroupName=name)
    except iam.exceptions.NoSuchEntityException:
        pass
