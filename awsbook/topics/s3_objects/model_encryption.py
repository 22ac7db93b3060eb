"""One upload and its reading back, by the headers it carries. Source: botocore's s3 model (PutObject, GetObject,
PutBucketEncryption), the user guide on SSE-C, and IAM's rule that a negated condition holds where the key is missing.

Judged in this order: the bucket policy, the transport, the block on SSE-C. AWS does not say in which order it judges;
the first reason is named here. Left out: grants on the KMS key, bucket keys, the caller's own policies.
"""

from __future__ import annotations

from dataclasses import dataclass

HEADERS = {"": "", "AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS", "customer": "SSE-C"}
POLICIES = ("none", "https", "kms")


@dataclass(frozen=True)
class Upload:
    """What is asked for, and of which bucket.

    header: a key of HEADERS ("" for none, "customer" for the three SSE-C headers). default: the bucket's ("AES256" or
    "aws:kms"). blocked: the bucket blocks SSE-C. policy: "none", "https" (deny without TLS) or "kms" (deny unless the
    request names aws:kms). client: the body was encrypted before it was sent.
    """

    header: str
    https: bool
    default: str
    blocked: bool
    policy: str
    client: bool


@dataclass(frozen=True)
class Outcome:
    """What became of it. refused: status and reason, or ""; stored: the way it lies in S3, or "" if refused.

    key: who holds the key; needs: what a reader needs; audited: each use of the key leaves a line in CloudTrail.
    """

    refused: str
    stored: str
    key: str
    needs: str
    etag_is_md5: bool
    audited: bool


_KEYS = {
    "SSE-S3": ("S3", "s3:GetObject"),
    "SSE-KMS": ("KMS", "s3:GetObject and kms:Decrypt"),
    "DSSE-KMS": ("KMS, two layers", "s3:GetObject and kms:Decrypt"),
    "SSE-C": ("you; S3 forgets it", "s3:GetObject, HTTPS, and your key in three headers again"),
}


def judge(upload: Upload) -> Outcome:
    """What becomes of an upload."""
    if reason := _refusal(upload):
        return Outcome(reason, "", "–", "–", False, False)
    way = HEADERS[upload.header] or HEADERS[upload.default]
    key, needs = _KEYS[way]
    if upload.client:
        key, needs = f"{key}; and you, before that", f"{needs}, then your own key"
    return Outcome("", way, key, needs, way == "SSE-S3", "KMS" in way)


def _refusal(upload):
    if upload.policy == "https" and not upload.https:
        return "403 AccessDenied: the policy denies requests without TLS"
    if upload.policy == "kms" and upload.header != "aws:kms":
        return "403 AccessDenied: the policy denies requests that do not name aws:kms"
    if upload.header == "customer" and not upload.https:
        return "rejected: S3 takes SSE-C over HTTPS only, and the key you sent is to be thrown away"
    if upload.header == "customer" and upload.blocked:
        return "403 AccessDenied: the bucket blocks SSE-C"
    return ""
