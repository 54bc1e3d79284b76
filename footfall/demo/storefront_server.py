"""Serves the sample shop on the loopback: HTTP alone, by the standard library, in threads that end with the process."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from footfall.demo.ordering import NotAnOrder
from footfall.demo.storefront import FOLDER, Shop
from footfall.settings import ConfigurationError
from ingest.key_kinds import StoreKeys

Json = dict[str, Any]
HOST, USUAL_PORT = "127.0.0.1", 8090
VISITOR = "footfall_id"
MOST_BYTES = 64 * 1024
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}


class _Handler(BaseHTTPRequestHandler):
    shop: Shop

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        file = self.shop.folder / asked.path.lstrip("/")
        if asked.path == "/visit":
            self._visit(parse_qs(asked.query).get("customer", [None])[0])
        elif file.suffix in TYPES and file.resolve().is_relative_to(self.shop.folder) and file.is_file():
            self._answer(200, TYPES[file.suffix], file.read_bytes())
        else:
            status, text = self.shop.page(asked.path)
            self._answer(status, "text/html; charset=utf-8", text.encode())

    def do_POST(self) -> None:
        act = {"/orders": self.shop.take, "/login": self.shop.log_in}.get(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        # A page of another site cannot send this type without asking first, and is never told that it may.
        if act is None or length > MOST_BYTES or self.headers.get("Content-Type") != "application/json":
            self._json(404, {"message": "There is no such thing."})
            return
        try:
            self._json(200, act(json.loads(self.rfile.read(length)), self._visitor()))
        except (NotAnOrder, ValueError, AttributeError, TypeError) as error:
            self._json(400, {"message": str(error)})

    def _visit(self, customer: str | None) -> None:
        try:
            self._json(200, self.shop.visit(customer, self._visitor()))
        except OSError:  # not known yet, or the product is away
            self._json(404, {"message": "Nothing is known."})

    def _visitor(self) -> str | None:
        """Return the id that the snippet keeps in a cookie of the shop."""
        cookie: SimpleCookie = SimpleCookie()
        with contextlib.suppress(CookieError):
            cookie.load(self.headers.get("Cookie", ""))
        return cookie[VISITOR].value if VISITOR in cookie else None

    def _json(self, status: int, body: Json) -> None:
        self._answer(status, "application/json", json.dumps(body).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.shop.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        """Say nothing: the terminal is the tour's."""


@contextlib.contextmanager
def storefront(shop: Shop, port: int | None = None) -> Iterator[str]:
    """Serve the shop and give its address; on the usual port, or any free one, where none is named."""
    handler = type("Handler", (_Handler,), {"shop": shop})
    server = _listening(handler, port)
    for work in (server.serve_forever, shop.report):
        threading.Thread(target=work, name="shop", daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def serving(port: int | None) -> Iterator[Callable[[str, str, StoreKeys], str | None]]:
    """Give what serves the sample shop of a product, until the end; None where its folder did not come along."""
    with contextlib.ExitStack() as stack:

        def serve(footfall: str, answers: str, keys: StoreKeys) -> str | None:
            here = FOLDER.is_dir()
            return stack.enter_context(storefront(Shop(footfall, answers, keys), port)) if here else None

        yield serve


def _listening(handler: type[BaseHTTPRequestHandler], port: int | None) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer((HOST, USUAL_PORT if port is None else port), handler)
    except OSError as error:
        if port is not None:
            raise ConfigurationError([f"shop-port: cannot listen on {HOST}:{port}: {error.strerror}"]) from error
        return ThreadingHTTPServer((HOST, 0), handler)
