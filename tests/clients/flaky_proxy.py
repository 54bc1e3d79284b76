"""A proxy between a client and the product: spoils requests or answers as told, and keeps what it was sent."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple

import httpx

from tests.product.running import Json, client

Fault = Literal["lose the answer", "cut the answer", "cut the request", "delay", "answer 503"]
NOT_FORWARDED = {"connection", "accept-encoding"}  # browsers are told to send to the host that they named
NOT_GIVEN_BACK = {"connection", "date", "server", "transfer-encoding"}
DELAY_SECONDS = 0.5


class Request(NamedTuple):
    """A request with a body, as it came."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def message_ids(self) -> list[str]:
        messages = self.body.get("batch", [self.body])
        return [message["messageId"] for message in messages if "messageId" in message]


class FlakyProxy:
    """Forwards to a product; the faults that are ordered befall the next requests with bodies, one each."""

    def __init__(self, target: str) -> None:
        self.requests: list[Request] = []
        self._faults: deque[Fault] = deque()
        self._upstream = client(target)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy.handle(self)

            do_GET = do_OPTIONS = do_POST  # noqa: N815 - the names are the base class's

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def order(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    def times_sent(self) -> Counter[str]:
        """Return how often each message came."""
        return Counter(message_id for one in self.requests for message_id in one.message_ids)

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
        sent = request.rfile.read(int(request.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in NOT_FORWARDED}
        fault: Fault | None = None
        if request.command == "POST":
            text = gzip.decompress(sent) if headers.get("content-encoding") == "gzip" else sent
            self.requests.append(Request(request.path, headers, json.loads(text)))
            fault = self._faults.popleft() if self._faults else None
        request.close_connection = True
        self._pass_on(request, sent, headers, fault)

    def _pass_on(
        self, request: BaseHTTPRequestHandler, sent: bytes, headers: dict[str, str], fault: Fault | None
    ) -> None:
        if fault == "cut the request":
            return
        if fault == "answer 503":
            body = b'{"code": "unavailable", "message": "for the test"}'
            allowed = {"access-control-allow-origin": headers.get("origin", "*")}
            _answer(request, httpx.Response(503, content=body, headers={"retry-after": "1", **allowed}))
            return
        if fault == "delay":
            time.sleep(DELAY_SECONDS)
        said = self._upstream.request(request.command, request.path, content=sent, headers=headers)
        if fault == "cut the answer":
            request.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{")
        elif fault != "lose the answer":
            _answer(request, said)


def _answer(request: BaseHTTPRequestHandler, said: httpx.Response) -> None:
    request.send_response(said.status_code)
    for name, value in said.headers.items():
        if name not in NOT_GIVEN_BACK:
            request.send_header(name, value)
    request.send_header("connection", "close")
    request.end_headers()
    request.wfile.write(said.content)
