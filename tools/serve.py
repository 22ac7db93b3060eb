"""Serves the built book on this machine, as a good host would: compressed, and under the pages' own policy.

python tools/serve.py [folder] [port]
"""

from __future__ import annotations

import argparse
import errno
import functools
import gzip
import http.server
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from awsbook.site.policy import POLICY, policy_of

ROOT = Path(__file__).parents[1]
COMPRESSED = {".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".txt"}
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
}


@functools.lru_cache(maxsize=512)
def compressed(path: Path, changed_ns: int) -> bytes:
    """The file's bytes as gzip sends them; kept until the file changes."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


@functools.lru_cache(maxsize=512)
def policy(path: Path, changed_ns: int) -> str:
    """What the page allows; a file that is no page gets the strictest."""
    found = policy_of(path.read_text(encoding="utf-8")) if path.suffix == ".html" else None
    return found or POLICY.format(hashes="")


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES
    protocol_version = "HTTP/1.1"  # keeps connections: a page asks for some thirty files
    # an answer in one piece and at once: in two, each waits 40 ms for the other side to say it has the first
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.split("?")[0].endswith("/") else path
        if not path.is_file():
            super().do_GET()
            return
        changed = path.stat().st_mtime_ns
        zipped = path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", "")
        body = compressed(path, changed) if zipped else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        # pages change with every build; what they load carries its version or is small
        self.send_header("Cache-Control", "no-cache" if path.suffix == ".html" else "max-age=600")
        self.send_header("Content-Security-Policy", self.policy(path, changed))
        self.end_headers()
        self.wfile.write(body)

    def policy(self, path: Path, changed_ns: int) -> str:
        return policy(path, changed_ns)

    def log_message(self, format, *args):
        """Quiet: the reader of the terminal wants the address, not every file."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # a reader who leaves a page while it loads is no error, and every browser test does
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int = 0, handler=Handler) -> Server:
    """A server of `folder` on 127.0.0.1; port 0 takes a free one. FileNotFoundError if nothing is built there."""
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(
            f"no book in {folder}; build it first: `make site` (one chapter: tools/build.py --only)"
        )
    made = Server(("127.0.0.1", port), functools.partial(handler, directory=str(folder)))
    # the one file that takes a second to compress, before anyone waits for it
    for large in folder.glob("_static/pyodide/*.wasm"):
        threading.Thread(target=compressed, args=(large, large.stat().st_mtime_ns), daemon=True).start()
    return made


def port(given: str) -> int:
    if not (given.isdecimal() and int(given) < 2**16):
        raise argparse.ArgumentTypeError(f"{given}: a port is a whole number from 0 (any free one) to 65535")
    return int(given)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "_build" / "html", help="the built pages")
    parser.add_argument("port", nargs="?", type=port, default=8000)
    wanted = parser.parse_args(arguments)
    try:
        book = server(wanted.folder, wanted.port)
    except FileNotFoundError as error:
        sys.exit(f"book: {error}")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            sys.exit(f"book: cannot serve on port {wanted.port}: {error}")
        other = wanted.port + 1 if wanted.port < 2**16 - 1 else 8000
        sys.exit(
            f"book: port {wanted.port} is taken by another program, or by this book in another terminal; "
            f"take another: make book PORT={other}\n"
            f"book: or, without building anew: {sys.executable} tools/serve.py {wanted.folder} {other}"
        )
    print(f"book: open http://127.0.0.1:{book.server_address[1]} (Ctrl-C stops it)", flush=True)
    try:
        book.serve_forever()
    except KeyboardInterrupt:
        print("book: stopped")


if __name__ == "__main__":
    main()
