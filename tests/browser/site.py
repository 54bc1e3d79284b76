"""A shop's pages and the way from them to the product, for tests in a real browser.

`Pages` serves what a test writes, `Door` forwards to the product and misbehaves when told to, `Site` knows both and the
store behind. What an answer should be belongs in the tests.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page

from ingest.snippet_files import NEWEST, VERSIONS
from tests.docs.executing import ROOT
from tests.product.running import Json, Shop, client, eventually

PAGE = (ROOT / "docs/snippet.md").read_text(encoding="utf-8")
Fault = Literal["429", "400", "500", "no answer", "lost answer", "silence"]
"""429 (Retry-After: 1), 400 and 500: refused. No answer: the connection ends. Lost answer: taken, then the connection
ends. Silence: nothing comes until the test is over."""

_NOT_FORWARDED = {"host", "connection", "accept-encoding", "content-length", "transfer-encoding"}
_ALLOWED = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after"}


class _Served:
    """An HTTP server of a test, on loopback."""

    def __init__(self) -> None:
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 2  # of a connection that a browser opened ahead and says nothing on

            def do_GET(self) -> None:
                served.handle(self, b"")

            def do_POST(self) -> None:
                served.handle(self, self.rfile.read(int(self.headers.get("content-length", 0))))

            def do_OPTIONS(self) -> None:
                served.handle(self, b"")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # what is under way is finished before the test is over
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def handle(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        raise NotImplementedError


class Content(NamedTuple):
    """What a path answers."""

    body: bytes
    headers: Mapping[str, str]


class Pages(_Served):
    """Serves what is put into `contents`; anything else is 404."""

    def __init__(self) -> None:
        super().__init__()
        self.contents: dict[str, Content] = {}

    def handle(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        found = self.contents.get(urlsplit(request.path).path)
        answer(request, 200 if found else 404, found.headers if found else {}, found.body if found else b"")


class Door(_Served):
    """Forwards to the product; the faults that are ordered befall the next requests with events, one each."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self.bodies: list[Json] = []
        """What was sent, also what was refused."""
        self.delivered: list[Json] = []
        """The events that the product took."""
        self.refused: list[Json] = []
        """What it refused of those that it was sent, as its answer says."""
        self.is_closed = False
        """No event comes through."""
        self._faults: deque[Fault] = deque()
        self._over = threading.Event()
        self._upstream = client(target)

    def order(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    @contextmanager
    def running(self) -> Iterator[None]:
        with super().running():
            try:
                yield
            finally:
                self._over.set()
        self._upstream.close()

    def handle(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        if self.is_closed and "/v1/" in request.path:
            request.close_connection = True
            return
        fault: Fault | None = None
        if body:
            fault = self._faults.popleft() if self._faults else None
            self.bodies.append(json.loads(body))
        if fault in ("no answer", "silence"):
            self._over.wait(0 if fault == "no answer" else 60)
            request.close_connection = True
        elif fault in ("429", "400", "500"):
            answer(request, int(fault), {**_ALLOWED, "retry-after": "1"} if fault == "429" else _ALLOWED, b"{}")
        else:
            self._forward(request, body, fault)

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes, fault: Fault | None) -> None:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_FORWARDED}
        said = self._upstream.request(request.command, request.path, content=body, headers=headers)
        if body and said.status_code == 200:
            refused = {each["index"] for each in said.json().get("refused", ())}
            batch = json.loads(body)["batch"]
            self.refused += said.json().get("refused", ())
            self.delivered += [each for index, each in enumerate(batch) if index not in refused]
        if fault == "lost answer":
            request.close_connection = True
        else:
            answer(request, said.status_code, _kept_headers(said), said.content)


def _kept_headers(said: httpx.Response) -> dict[str, str]:
    dropped = {*_NOT_FORWARDED, "content-encoding"}
    return {name: value for name, value in said.headers.items() if name.lower() not in dropped}


def answer(request: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], body: bytes) -> None:
    request.close_connection = True
    request.send_response(status)
    request.send_header("connection", "close")
    for name, value in headers.items():
        request.send_header(name, value)
    if status not in (204, 304):
        request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def name_of(message: Json) -> str:
    """Return the name of the fact that a message becomes."""
    return str(message.get("event", message["type"]))


STUB = next(line for line in PAGE.splitlines() if "[].slice.call(arguments)" in line)
"""As docs/snippet.md has it."""


def started(page: Page) -> None:
    """Return once the snippet of a page has begun, with all that it watches."""
    page.wait_for_function("window.footfall && footfall.version")
    page.evaluate("footfall.anonymousId()")


@dataclass
class Site:
    """A shop's site: its pages, its way to the product, and its store there."""

    shop: Shop
    pages: Pages
    door: Door

    @property
    def url(self) -> str:
        return self.pages.url

    def snippet(self, **attributes: str) -> str:
        """Return the line that a shop pastes; `consent="required"` is `data-consent="required"`."""
        said = "".join(f' data-{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        return f'<script async src="{self.door.url}/footfall.js" data-key="{self.shop.write_key}"{said}></script>'

    def pinned_snippet(self) -> str:
        """Return the line that holds the script to its hash."""
        line = self.snippet().replace("footfall.js", f"footfall.{NEWEST}.js")
        return line.replace("async", f'async crossorigin integrity="{VERSIONS[NEWEST]}"')

    def put(
        self,
        path: str,
        body: str = "",
        *,
        head: str | None = None,
        headers: Mapping[str, str] | None = None,
        **attributes: str,
    ) -> str:
        """Serve a page with the snippet in its head (or another head), and return its address."""
        within = self.snippet(**attributes) if head is None else head
        html = f"<!doctype html><html lang=en><head><title>{path}</title>{within}</head><body>{body}</body></html>"
        self.put_file(path, html.encode(), {"content-type": "text/html; charset=utf-8", **(headers or {})})
        return f"{self.url}{path}"

    def put_file(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.pages.contents[path] = Content(body, headers)

    def sent(self, name: str) -> list[Json]:
        """Return the messages of a name that came to the door, each id once, in the order they came."""
        found = {each["messageId"]: each for body in self.door.bodies for each in body["batch"]}
        return [each for each in found.values() if name_of(each) == name]

    def wait_for(self, *names: str, within: float = 30.0) -> None:
        """Return once the product has taken so many events of these names."""
        wanted = Counter(names)

        def there() -> bool:
            taken: dict[str, str] = {each["messageId"]: name_of(each) for each in self.door.delivered}
            return not wanted - Counter(taken.values())

        eventually(there, within, f"the delivery of {dict(wanted)}, of {self.door.bodies}, {self.door.refused}")

    def customers(self) -> list[Json]:
        """Return the customers of the store."""
        self.shop.settle()
        return self.shop.items("/customers", limit=1000)

    def facts(self) -> list[Json]:
        """Return all facts of the store as its analyst sees them, by time, each with the customer it belongs to."""
        found: list[Json] = []
        for customer in self.customers():
            facts = self.shop.items(f"/customers/{customer['customer_id']}/events", limit=1000)
            found += [{**fact, "customer": customer} for fact in facts]
        return sorted(found, key=lambda fact: (fact["occurred_at"], fact["event_id"]))

    def names(self) -> list[str]:
        """Return the names of all facts by time, but for those about the leaving of a page."""
        return [fact["name"] for fact in self.facts() if fact["name"] != "Page Left"]
