"""The ETag that S3 gives an object. Source: botocore's s3 model, Object.ETag, for when it is an MD5; the sum over parts
is not documented by AWS, is known from many clients, and is checked here against moto.
"""

from __future__ import annotations

from hashlib import md5


def parts(data: bytes, part_bytes: int) -> list[bytes]:
    """The data in parts, all of `part_bytes` but the last. An empty object is one empty part."""
    return [data[at : at + part_bytes] for at in range(0, len(data), part_bytes)] or [b""]


def whole(data: bytes) -> str:
    """Of one PUT: the MD5 of the bytes, in hex."""
    return md5(data, usedforsecurity=False).hexdigest()


def multipart(data: bytes, part_bytes: int) -> str:
    """Of a multipart upload: the MD5 of the parts' MD5s one after the other, a hyphen, the number of parts."""
    cut = parts(data, part_bytes)
    joined = b"".join(md5(part, usedforsecurity=False).digest() for part in cut)
    return f"{md5(joined, usedforsecurity=False).hexdigest()}-{len(cut)}"
