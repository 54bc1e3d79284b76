"""The query API without a server: asked by ASGI, with a pipeline and tokens that stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from projections.clickhouse_connection import Address, Warehouse
from query_api.app import build
from query_api.ports import Editor, Progress, Reader
from schemas.facts import Microseconds
from schemas.rules import Rules
from tests.builders import NOW


@dataclass
class Standing:
    """A pipeline, tokens and hashing that stand still."""

    shards: dict[int, tuple[int, Microseconds]] = field(default_factory=lambda: {0: (7, NOW)})

    def progress(self, store: str) -> Progress:
        return Progress(9, 8, 7, 1, 0.5, False)

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        return self.shards

    def reader(self, token: str) -> Reader | None:
        return Reader("shop") if token == "qt" else None

    def editor(self, token: str) -> Editor | None:
        return Editor("shop", "admin token") if token == "at" else None

    async def record(self, store: str, message: dict[str, Any]) -> str:
        return "recorded"

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        return ""


@dataclass
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def get(path: str, query: bytes = b"", token: str | None = "qt", pipeline: Standing | None = None) -> Answer:
    """Speak ASGI to the app as a server does, headers as raw bytes."""
    state = pipeline or Standing()
    app = build(Warehouse(Address("nowhere", 0, "", "")), Rules(), state, state, state, recorder=state)
    headers = [(b"host", b"shop"), *([(b"authorization", f"Bearer {token}".encode())] if token else [])]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query, "headers": headers, "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], sent[0]["headers"], body)
