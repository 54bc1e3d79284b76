"""A page that loads one library, and the servers that the library talks to, all on one port of the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.libraries import Library

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cast Iron Teapot</title><link rel="icon" href="data:,">
LINES</head><body><h1>Cast Iron Teapot</h1><p>Holds heat for an hour and outlives its owner.</p>
<form><button>Put into the cart</button></form></body></html>
"""


class PageServer:
    """Serves it, remembers which scripts were asked for, and hears when something was sent."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.heard = threading.Event()
        self.url = ""
        self._scripts = {path: library.script(path) for path in library.files}
        self._asked: set[str] = set()

    def scripts(self) -> list[bytes]:
        """Return the scripts that the page loaded."""
        return [self._scripts[path] for path in sorted(self._asked)]

    @contextmanager
    def running(self) -> Iterator[PageServer]:
        """Serve on a free port, until the end."""
        server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def answer(self, path: str) -> tuple[str, bytes]:
        """Return type and text of what is at a path."""
        if path == "/":
            return "text/html", self._filled(PAGE.replace("LINES", self.library.lines))
        if path in self._scripts:
            self._asked.add(path)
            return "text/javascript", self._scripts[path]
        return "application/json", self._filled(json.dumps(self.library.answers.get(path, {})))

    def _filled(self, text: str) -> bytes:
        return text.replace("ORIGIN", self.url).replace("HOST", self.url.removeprefix("http://")).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a page that was closed before its answer."""


class _Handler(BaseHTTPRequestHandler):
    site: PageServer

    def do_GET(self) -> None:
        self._send(*self.site.answer(self.path.partition("?")[0]))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send("application/json", b'{"success": true}')
        if self.path.partition("?")[0] == self.site.library.hears:
            self.site.heard.set()

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        """Say nothing."""
