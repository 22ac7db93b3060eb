"""Serves one host's folder as `tools/serve.py` serves the book, and counts what it sends.

python serving.py FOLDER PORT [--free]

--free leaves out the book's policy, under which neither thebe nor JupyterLab runs.

GET /counted answers [[path, bytes], ...] of everything sent since the last time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import serve


class Handler(serve.Handler):
    sent: ClassVar[list[tuple[str, int]]] = []
    free = False
    length = 0

    def send_header(self, keyword, value):
        if keyword == "Content-Length":
            self.length = int(value)
        super().send_header(keyword, value)

    def do_GET(self):
        if self.path == "/counted":
            self.answer(json.dumps(self.sent).encode())
            self.sent.clear()
            return
        self.length = 0
        super().do_GET()
        self.sent.append((self.path, self.length))

    def answer(self, body: bytes):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def policy(self, path, changed_ns):
        return "" if self.free else super().policy(path, changed_ns)


if __name__ == "__main__":
    Handler.free = "--free" in sys.argv
    made = serve.server(Path(sys.argv[1]), int(sys.argv[2]), Handler)
    print("listens", flush=True)
    made.serve_forever()
