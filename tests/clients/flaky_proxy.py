"""A proxy between a client and the product: loses answers or refuses requests as told, and keeps what it was sent."""

from __future__ import annotations

import gzip
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple

import httpx

from tests.product.running import Json, client

Fault = Literal["lose the answer", "answer 503"]
NOT_FORWARDED = {"host", "connection", "accept-encoding"}


class Request(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def message_ids(self) -> list[str]:
        return [message["messageId"] for message in self.body["batch"]]


class FlakyProxy:
    """Forwards to a product; the faults that are ordered befall the next requests, one each."""

    def __init__(self, target: str) -> None:
        self.requests: list[Request] = []
        self._faults: deque[Fault] = deque()
        self._upstream = client(target)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy.handle(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def order(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    @contextmanager
    def running(self) -> Iterator[FlakyProxy]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
            self._upstream.close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        sent = request.rfile.read(int(request.headers["content-length"]))
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in NOT_FORWARDED}
        text = gzip.decompress(sent) if headers.get("content-encoding") == "gzip" else sent
        self.requests.append(Request(request.path, headers, json.loads(text)))
        fault = self._faults.popleft() if self._faults else None
        request.close_connection = True
        if fault == "answer 503":
            body = b'{"code": "unavailable", "message": "for the test"}'
            _answer(request, httpx.Response(503, content=body, headers={"retry-after": "1"}))
            return
        said = self._upstream.post(request.path, content=sent, headers=headers)
        if fault != "lose the answer":
            _answer(request, said)


def _answer(request: BaseHTTPRequestHandler, said: httpx.Response) -> None:
    request.send_response(said.status_code)
    for name in ("content-type", "retry-after"):
        if name in said.headers:
            request.send_header(name, said.headers[name])
    request.send_header("content-length", str(len(said.content)))
    request.send_header("connection", "close")
    request.end_headers()
    request.wfile.write(said.content)
