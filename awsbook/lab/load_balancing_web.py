"""Both ends of a load balancer: web servers that stand behind it, and people who come to it.

The servers are threads of this process on free ports of this machine, and they can crash, forget their health page, or
hold an answer back until somebody lets it go. Nothing here knows of AWS or of HAProxy.
"""

from __future__ import annotations

import datetime
import http.client
import json
import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from awsbook.lab.engines import HOST

PATIENCE_S = 15  # real seconds that anybody here waits for anything


def moment(seconds: float) -> float:
    """A moment of the lab's clock, which counts whole microseconds: a sum of fractions can lie a hair beside it."""
    return round(seconds, 6)


class Server:
    """A web server of the shop. `id`: the address by which AWS would know it. `port`: where it really listens.

    It says who it is and what it was sent, keeps a cart for each visitor in its memory, and holds `/report` back until
    the report is let go. `health_page`: the path that answers 200; every path below /health that is not this one is
    404. `seen`: the paths it was asked for, health checks left out.
    """

    def __init__(self, name: str, id: str, clock, boots: float = 0):
        """boots: seconds of lab time in which every request gets a 500."""
        self.name, self.id, self.health_page = name, id, "/health"
        self.seen, self.carts, self.held, self.gone = [], {}, {}, False
        self._clock, self._up_at, self._down = clock, moment(clock.elapsed + boots), False
        self._lines = set()
        self._http = _Listener((HOST, 0), _Handler)
        self._http.shop = self
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=[0.05], daemon=True).start()

    @property
    def up(self) -> bool:
        return not self._down

    @property
    def booted(self) -> bool:
        return self._clock.elapsed >= self._up_at

    def crash(self) -> None:
        """Cuts every connection, and from now on each new one. What was in its memory is lost.

        The port stays ours, so that no other program of this machine gets it meanwhile.
        """
        self._down = True
        self.carts.clear()
        for line in list(self._lines):
            _reset(line)
        for report in self.held.values():
            report.set()

    def restart(self) -> None:
        self._down = False

    def close(self) -> None:
        """Ends the server for good; harmless when it has ended."""
        if self.gone:
            return
        self.gone = True
        self.crash()
        self._http.shutdown()
        self._http.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 64

    def handle_error(self, request, client_address):
        """Says nothing: a cut connection is what the lab is about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version, timeout, disable_nagle_algorithm = "HTTP/1.1", PATIENCE_S, True

    def setup(self):
        super().setup()
        self.server.shop._lines.add(self.connection)

    def finish(self):
        self.server.shop._lines.discard(self.connection)
        super().finish()

    def do_GET(self):
        shop, url = self.server.shop, urlsplit(self.path)
        if not shop.up:  # cut only now that the request is read, or the load balancer might call it a failed connection
            return self._cut()
        if url.path.startswith("/health"):
            return self._answer(200 if url.path == shop.health_page and shop.booted else 404, {})
        shop.seen.append(url.path)
        if not shop.booted:
            return self._answer(500, {"server": shop.name, "says": "not ready yet"})
        if url.path == "/report":
            self._hold(url.query)
        if not shop.up:
            return self._cut()
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        visitor = cookies["visitor"].value if "visitor" in cookies else None
        cart = shop.carts.setdefault(visitor, []) if visitor else []
        cart += parse_qs(url.query).get("add", []) if url.path == "/cart" else []
        self._answer(
            200,
            {
                "server": shop.name,
                "path": self.path,
                "peer": self.client_address[0],
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "cart": cart,
            },
        )

    do_POST = do_HEAD = do_GET

    def _hold(self, ticket):
        go = threading.Event()
        self.server.shop.held[ticket] = go
        go.wait(PATIENCE_S)

    def _cut(self):
        self.close_connection = True
        _reset(self.connection)

    def _answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Says nothing: a lab prints what it is about."""


def _reset(line):
    """Cuts a connection as a machine does that has lost its program."""
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is gone already
        pass


@dataclass(frozen=True)
class Answer:
    """What came back. `status` 0: the line was cut without a word. `server`: who answered, "" if no server did.

    headers: by their names in lower case, here and in what a server says it was sent.
    """

    status: int
    body: dict = field(default_factory=dict)
    text: str = ""
    headers: dict = field(default_factory=dict, repr=False)

    @property
    def server(self) -> str:
        return self.body.get("server", "")


class Line:
    """One connection to a load balancer: as many requests as one likes, one after the other."""

    def __init__(self, port: int, host: str, secure: bool, address: str = HOST):
        """address: whom the connection comes from. Linux has all of 127.0.0.0/8; elsewhere everybody is 127.0.0.1."""
        raw = socket.socket()
        raw.settimeout(PATIENCE_S)
        try:
            raw.bind((address, 0))
        except OSError:
            raw.bind((HOST, 0))
        raw.connect((HOST, port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._http = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
        self._http.sock = authority().trusting().wrap_socket(raw, server_hostname=host) if secure else raw

    def get(self, path: str, headers: dict | None = None, method: str = "GET") -> Answer:
        try:
            self._http.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self._http.host, **(headers or {})}.items():
                self._http.putheader(name, value)
            self._http.endheaders()
            came = self._http.getresponse()
            text = came.read().decode()
        except (http.client.HTTPException, ConnectionError):
            return Answer(0)
        kind = came.headers.get_content_type()
        body = json.loads(text) if kind == "application/json" and text.startswith("{") else {}
        return Answer(came.status, body, text, {name.lower(): value for name, value in came.headers.items()})

    def certificate(self) -> str:
        """The first name in the certificate that was shown."""
        return self._http.sock.getpeercert()["subjectAltName"][0][1]

    def close(self) -> None:
        self._http.close()


class Browser:
    """A customer's browser: it keeps the cookies that it is given. `cookies`: by their names."""

    def __init__(self, site, name: str):
        self.cookies, self._site = {"visitor": name}, site

    def visit(self, url: str) -> Answer:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self._site.visit(url, {"Cookie": sent})
        given = SimpleCookie(answer.headers.get("set-cookie", ""))
        self.cookies |= {name: cookie.value for name, cookie in given.items()}
        return answer


class Pending:
    """A request for a report, which its server holds back. Made by `begin`."""

    def __init__(self, ask, servers, ticket: str):
        self._answer, self._ticket, self._servers = None, ticket, servers
        self._thread = threading.Thread(target=self._run, args=[ask], daemon=True)
        self._thread.start()
        for _ in range(PATIENCE_S * 100):  # it is under way once a server holds it, or lost already
            if self._holder() or not self._thread.is_alive():
                break
            threading.Event().wait(0.01)

    def _run(self, ask):
        self._answer = ask()

    def _holder(self):
        return next((server for server in self._servers if self._ticket in server.held), None)

    @property
    def server(self) -> str:
        """The name of the server that works on it."""
        holder = self._holder()
        return holder.name if holder else ""

    def finish(self) -> Answer:
        """Lets the server finish the report; what the customer gets."""
        if holder := self._holder():
            holder.held[self._ticket].set()
        self._thread.join(PATIENCE_S)
        return self._answer


class Authority:
    """A certificate authority that only this lab trusts."""

    def __init__(self):
        self._key, self._name = _new_key(), _name("The lab")
        self.certificate = _signed(self._name, self._name, self._key, self._key, [], is_authority=True)

    def issue(self, *names: str) -> tuple[bytes, bytes]:
        """A certificate for `names` and its private key, both as PEM."""
        from cryptography.hazmat.primitives import serialization as s

        key = _new_key()
        made = _signed(_name(names[0]), self._name, key, self._key, names)
        private = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        return made.public_bytes(s.Encoding.PEM), private

    def trusting(self, check_name: bool = True) -> ssl.SSLContext:
        """What a browser needs that trusts this authority."""
        from cryptography.hazmat.primitives.serialization import Encoding

        context = ssl.create_default_context(cadata=self.certificate.public_bytes(Encoding.PEM).decode())
        context.check_hostname = check_name
        return context


@cache
def authority() -> Authority:
    return Authority()


def _new_key():
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _name(text):
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _signed(subject, issuer, key, issuer_key, names, is_authority=False):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    # wide dates, because TLS reads the real clock and the lab has its own
    first, last = datetime.datetime(2020, 1, 1), datetime.datetime(2049, 12, 31)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    if is_authority:
        usage = dict.fromkeys(
            [
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ],
            False,
        )
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    return made.sign(issuer_key, hashes.SHA256())


@contextmanager
def closing_all(things: list):
    """Closes each of `things` at the end, also those that are added meanwhile."""
    try:
        yield things
    finally:
        for thing in things:
            thing.close()
