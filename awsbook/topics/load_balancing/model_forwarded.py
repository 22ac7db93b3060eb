"""What a target learns about the client: the connection's address, headers, and a proxy protocol's first line."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("alb", "clb_http", "clb_tcp", "nlb")
READS = ("first", "last", "second", "connection", "proxy")


@dataclass(frozen=True)
class Hop:
    """The addresses: whoever asks, a CDN that may stand in front, and the load balancer's own, towards the targets."""

    client: str
    cdn: str
    balancer: str
    port: int


@dataclass(frozen=True)
class Setup:
    """kind: one of KINDS. mode: append, preserve or remove (ALB). with_port: the client's port too (ALB).
    preserve: client IP preservation (NLB). proxy: the proxy protocol (NLB: version 2, Classic by TCP: version 1).
    cdn: a CDN in front, which appends the client's address. https: the client's protocol."""

    kind: str
    mode: str = "append"
    with_port: bool = False
    preserve: bool = True
    proxy: bool = False
    cdn: bool = False
    https: bool = True


@dataclass(frozen=True)
class Seen:
    """source: where the target's connection comes from. forwarded: X-Forwarded-For, or None. proto, port: those
    headers, or "". proxy: the address in the proxy protocol, or ""."""

    source: str
    forwarded: str | None
    proto: str
    port: str
    proxy: str


def seen(setup: Setup, hop: Hop, forged: str) -> Seen:
    """What the target gets. forged: the client's own X-Forwarded-For, "" for none.

    Rule: API reference, routing.http.xff_header_processing.mode and xff_client_port, preserve_client_ip.enabled,
    proxy_protocol_v2.enabled; Classic guide: x-forwarded-headers and proxy protocol.
    Leaves out: IPv6, PrivateLink, more than one proxy in front.
    """
    if setup.kind not in KINDS:
        raise ValueError(f"kind {setup.kind!r} is not one of {KINDS}")
    peer, came = hop.client, forged
    if setup.cdn:
        peer, came = hop.cdn, f"{forged}, {hop.client}" if forged else hop.client
    reads_http = setup.kind in ("alb", "clb_http")
    if not reads_http:
        source = peer if setup.kind == "nlb" and setup.preserve else hop.balancer
        return Seen(source, came or None, "", "", peer if setup.proxy else "")
    mode = setup.mode if setup.kind == "alb" else "append"
    own = f"{peer}:{hop.port}" if setup.with_port and setup.kind == "alb" else peer
    headers = {"append": f"{came}, {own}" if came else own, "preserve": came or None, "remove": None}[mode]
    return Seen(hop.balancer, headers, "https" if setup.https else "http", "443" if setup.https else "80", "")


def believed(seen: Seen, reads: str) -> str:
    """The address that an application takes for the client's, "" if what it reads is not there.

    reads: first, last or second (from the end) entry of X-Forwarded-For, the connection, or the proxy protocol.
    """
    if reads == "connection":
        return seen.source
    if reads == "proxy":
        return seen.proxy
    entries = [entry.strip() for entry in (seen.forwarded or "").split(",") if entry.strip()]
    place = {"first": 0, "last": -1, "second": -2}[reads]
    if not entries or (reads == "second" and len(entries) < 2):
        return ""
    return entries[place].partition(":")[0]
