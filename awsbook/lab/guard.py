"""The guard: while it stands, this Python process opens no connection to another machine.

It listens to the interpreter's own audit events, so it hears every socket that Python code opens, however the code
came by it. It does not hear compiled code with sockets of its own: Jupyter's messages (ZeroMQ, on this machine) pass
it untouched for that reason, and so would a program started with `!curl`, and on Windows an address that is handed to
asyncio's proactor loop as a number.

A proxy on this machine would carry a request off it, so its port is refused too.
"""

from __future__ import annotations

import ipaddress
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies

_ADDRESS_AT = {  # audit event: where in its arguments the address stands
    "socket.connect": 1,  # connect and connect_ex both raise it
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
}
_standing = 0  # how many guards stand now; the process is guarded while it is above zero
_for_good = False  # whether one of them never goes
_proxies = set()  # ports of this machine on which a proxy was known when a guard was raised
_hooked = False  # an audit hook cannot be taken out again, so it is put in once and asks `_standing`


class LeftTheMachine(RuntimeError):
    """Code in the lab tried to reach another machine.

    Not an OSError on purpose: an HTTP client would take that for a bad line, and try again.
    """


def raise_guard(for_good: bool = False) -> None:
    """Refuses, from now on, every address that is not this machine's own.

    for_good: it will never be lowered. Where only such a guard stands, what it says is that the lab is closed.
    """
    global _standing, _hooked, _for_good
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked = True
    _for_good = _for_good or for_good
    _proxies.update(proxy_ports(getproxies()))
    _standing += 1


def lower_guard() -> None:
    """Takes one guard away. RuntimeError if none stands."""
    global _standing
    if not _standing:
        raise RuntimeError("no guard stands: lower_guard() was called more often than raise_guard()")
    _standing -= 1


@contextmanager
def guarded():
    """A block of code that reaches no other machine."""
    raise_guard()
    try:
        yield
    finally:
        lower_guard()


def is_loopback(host: str | bytes | None) -> bool:
    """Whether `host` can only mean this machine: a loopback address, `localhost`, or no host at all."""
    if not host:
        return True  # None and "" ask for this machine's own wildcard address
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:  # a name, and asking what it means would already be a packet to a name server
        return False


def proxy_ports(proxies: dict[str, str]) -> set[int]:
    """The ports of this machine that these proxies, as `urllib.request.getproxies` names them, listen on."""
    ports = set()
    for kind, proxy in proxies.items():
        try:
            parts = urlsplit(proxy if "://" in proxy else f"//{proxy}")
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:  # no address, so that no client can use it either
            continue
        if kind != "no" and parts.hostname and is_loopback(parts.hostname):  # "no" lists who needs no proxy
            ports.add(port)
    return ports


def _hear(event, args):
    if not _standing or event not in _ADDRESS_AT:
        return
    address = args[_ADDRESS_AT[event]]
    if address is None:  # sendmsg on a connected socket: the connection was judged when it was made
        return
    by_name = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    if not by_name and not isinstance(address, tuple):  # the path of a Unix socket: a file on this machine
        return
    host = address if by_name else address[0]
    if not is_loopback(host):
        raise LeftTheMachine(_refusal(f"{host!r} ({event})"))
    if not by_name and address[1] in _proxies:
        raise LeftTheMachine(_refusal(f"another machine by the proxy on port {address[1]}"))


def _refusal(whom):
    if _for_good and _standing == 1:
        return f"the lab is closed: run its first cell to open it again. This kernel refuses to reach {whom}"
    return (
        f"the lab refuses to reach {whom}: it works with engines on this machine only, "
        "so that it can cost nothing; a kernel that has opened a lab stays here until it is restarted"
    )
