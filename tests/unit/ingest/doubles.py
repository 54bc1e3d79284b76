"""Doubles for the collector's ports, and a client that speaks ASGI to it: no network, no disk."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.admission import Rules
from ingest.collector import Collector
from ingest.ports import Caller, DeadLetter, Overloaded
from schemas.facts import AcceptedEvent
from tests.builders import NOW, SERVER, WRITE

WRITE_KEY = "wk_test"
SERVER_KEY = "sk_test"


@dataclass
class ListLog:
    events: list[AcceptedEvent] = field(default_factory=list)
    fault: Exception | None = None

    async def append(self, events: Sequence[AcceptedEvent]) -> None:
        if self.fault:
            raise self.fault
        self.events.extend(events)

    def ready(self) -> bool:
        return self.fault is None


@dataclass
class ListDeadLetters:
    letters: list[DeadLetter] = field(default_factory=list)
    fault: Overloaded | None = None

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        if self.fault:
            raise self.fault
        self.letters.extend(letters)


@dataclass
class FixedKeys:
    callers: dict[str, Caller] = field(default_factory=lambda: {WRITE_KEY: WRITE, SERVER_KEY: SERVER})

    def lookup(self, key: str) -> Caller | None:
        return self.callers.get(key)


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Shop:
    """A collector with its doubles, and the shop that sends to it."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.log = ListLog()
        self.dead_letters = ListDeadLetters()
        self.keys = FixedKeys()
        self.collector = Collector(self.keys, self.log, self.dead_letters, rules=rules, clock=lambda: NOW)

    @property
    def letters(self) -> list[DeadLetter]:
        return self.dead_letters.letters

    def post(
        self,
        path: str,
        body: Any,
        key: str | None = WRITE_KEY,
        headers: dict[str, str] | None = None,
        query: str = "",
        chunk: int | None = None,
    ) -> Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {} if key is None else {"authorization": basic(key)}
        return self.request("POST", path, raw, {**sent, **(headers or {})}, query, chunk)

    def batch(self, *items: Any, key: str = WRITE_KEY, **envelope: Any) -> Response:
        return self.post("/v1/batch", {"batch": items, **envelope}, key)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        query: str = "",
        chunk: int | None = None,
    ) -> Response:
        given = {"host": "shop.example", "content-length": str(len(body)), **(headers or {})}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": "http",
            "query_string": query.encode(),
            "client": ("203.0.113.77", 1),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        }
        size = chunk or max(len(body), 1)
        chunks = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
        arriving = [
            {"type": "http.request", "body": part, "more_body": number < len(chunks)}
            for number, part in enumerate(chunks, 1)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return arriving.pop(0) if arriving else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.collector(scope, receive, send))
        start, end = sent
        found = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], found, end["body"])


def basic(key: str) -> str:
    return "Basic " + b64encode(f"{key}:".encode()).decode()
