"""Which certificate a listener shows, and whether the client takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEYS = {"RSA-1024": ("RSA", 1024), "RSA-2048": ("RSA", 2048), "RSA-3072": ("RSA", 3072), "RSA-4096": ("RSA", 4096),
        "EC-256": ("EC", 256), "EC-384": ("EC", 384)}  # fmt: skip
NAME = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]+", re.I)


class BadLine(ValueError):
    """What is wrong in line `line` (from 1)."""

    def __init__(self, line: int, why: str):
        super().__init__(f"line {line}: {why}")
        self.line = line


@dataclass(frozen=True)
class Certificate:
    """names: its subject alternative names; kind: RSA or EC; bits: of its key; days: for which it is valid."""

    line: int
    names: tuple[str, ...]
    kind: str
    bits: int
    days: int

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.bits}"


@dataclass(frozen=True)
class Shown:
    """certificate: the one shown, or None: the handshake fails. matches: the listed ones that fit the name.
    fits: whether the client's name stands on the one shown."""

    certificate: Certificate | None
    matches: tuple[Certificate, ...]
    fits: bool


def read(text: str, most: int) -> tuple[Certificate, ...]:
    """Certificates, the default first, a line each: `example.com,*.example.com RSA-2048 90`. BadLine names the line."""
    found = []
    for line, words in enumerate(text.split("\n"), 1):
        if not words.strip() or words.strip().startswith("#"):
            continue
        names, key, days = [*words.split(), "", ""][:3]
        for name in names.split(","):
            if not NAME.fullmatch(name):
                raise BadLine(line, f"{name[:40]!r} is no name; a * stands for the whole first label")
        if key not in KEYS or len(words.split()) > 3 or not days.isascii() or not days.isdigit() or len(days) > 4:
            raise BadLine(line, f"after the names comes {', '.join(KEYS)}, then the days it is valid")
        found.append(Certificate(line, tuple(names.lower().split(",")), *KEYS[key], int(days)))
    if not found:
        raise BadLine(1, "an HTTPS listener needs a default certificate")
    if len(found) - 1 > most:
        raise BadLine(found[-1].line, f"TooManyCertificates: more than {most} besides the default")
    return tuple(found)


def covers(certificate: Certificate, name: str) -> bool:
    """Whether a client takes the certificate for `name`: a * stands for exactly one label, the first (RFC 6125)."""
    name = name.lower()
    rest = name.partition(".")[2]
    return any(said == name or (said.startswith("*.") and said[2:] == rest) for said in certificate.names)


def show(certificates: tuple[Certificate, ...], name: str, sends_sni: bool, takes_ec: bool) -> Shown:
    """The certificate that the listener shows to a client that wants `name`.

    Rule: ALB guide, "SSL certificates": without SNI, or if none in the list fits, the default; if several fit, the best
    that the client supports: EC before RSA, then the longest key, then validity.
    Leaves out: the hash (all have SHA here), chains, dates that have passed.
    Where the guide is silent: we take the longest validity, and the default if the client supports none that fits.
    """
    default, listed = certificates[0], certificates[1:]
    matches = tuple(one for one in listed if sends_sni and covers(one, name))
    able = [one for one in matches if takes_ec or one.kind == "RSA"]
    best = max(able, key=lambda one: (one.kind == "EC", one.bits, one.days), default=default)
    shown = best if takes_ec or best.kind == "RSA" else None
    return Shown(shown, matches, shown is not None and covers(shown, name))
