"""Connections of the public door, bounded: how many there are, how large a request may grow, how long one may say
nothing. uvicorn bounds none of these by itself.

Requests pay for it with a counter. Time is watched from outside, once a second over all connections. What a request
says is no concern of this module.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
REQUEST_BYTES = 4 * 1024 * 1024
"""Of all requests, with what surrounds the pieces of their bodies; the collector takes far less."""
HEAD_SECONDS = 20.0
"""For a connection that says nothing, or does not finish its headers."""
BODY_SECONDS = 40.0
"""For a body, also one that was answered before its end; the collector waits for less."""
IDLE_SECONDS = 80.0
"""Between two requests; uvicorn closes earlier what sends nothing at all."""
SWEEP_SECONDS = 1.0
_OTHER_FILES = 256

_FULL = b'{"code":"overloaded","message":"too many connections","errors":[],"request_id":""}'
_TURNED_AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_FULL), _FULL)
)


class BoundedConnection(HttpToolsProtocol):
    """One connection. `most`: how many there may be at once."""

    most: ClassVar[int] = 1000
    scope: Any  # None at first
    cycle: Any
    received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        if len(self.connections) > self.most and not self._make_room():
            transport.write(_TURNED_AWAY)
            transport.close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        scope, cycle = self.scope, self.cycle
        if cycle is not None and not cycle.more_body and "method" in scope:
            self.received = 0  # all of the request is here
            return
        self.received += len(data)
        if self.received > HEAD_BYTES and (self.received > REQUEST_BYTES or self.awaited() == "head"):
            self.transport.abort()

    def awaited(self) -> str | None:
        """Say what the client owes: `head`, `body`, or nothing but its next request, `idle`; None while we owe."""
        scope, cycle = self.scope, self.cycle
        if scope is None or "method" not in scope:
            return "head"
        if cycle is None or cycle.more_body:
            return "body"
        return "idle" if cycle.response_complete and not self.pipeline else None

    def may_go(self) -> bool:
        """Say whether closing it loses nothing."""
        return self.awaited() == "idle" and not self.transport.is_closing()

    def end(self) -> None:
        """Close; at once where the client does not even read."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _make_room(self) -> bool:
        """Close a connection that waits for its next request, where there is one."""
        for other in self.connections:
            if isinstance(other, BoundedConnection) and other is not self and other.may_go():
                other.end()
                return True
        return False


class Watch:
    """Ends connections that keep us waiting. `seconds` by what is awaited."""

    def __init__(self, seconds: dict[str, float] | None = None) -> None:
        self._seconds = seconds or {"head": HEAD_SECONDS, "body": BODY_SECONDS, "idle": IDLE_SECONDS}
        self._since: dict[BoundedConnection, tuple[Any, str, float]] = {}

    def look(self, connections: Iterable[Any], now: float) -> None:
        """Look at all connections. One that is awaited for the same as before waits since then."""
        since: dict[BoundedConnection, tuple[Any, str, float]] = {}
        for each in list(connections):
            awaited = each.awaited() if isinstance(each, BoundedConnection) else None
            if awaited is None:
                continue
            scope, before, began = self._since.get(each, (None, "", now))
            if scope is not each.scope or before != awaited:
                began = now
            if now - began > self._seconds[awaited]:
                each.end()
            since[each] = (each.scope, awaited, began)
        self._since = since

    async def watch(self, connections: set[Any], every: float = SWEEP_SECONDS) -> None:
        """Look again and again."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(every)
            self.look(connections, loop.time())


def bounded(most: int) -> type[BoundedConnection]:
    """Return connections of which there are at most so many, or as many as the machine lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = most + _OTHER_FILES if hard == resource.RLIM_INFINITY else min(hard, most + _OTHER_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    fitting = most if soft == resource.RLIM_INFINITY else max(min(most, soft - _OTHER_FILES), 1)
    return type("Connection", (BoundedConnection,), {"most": fitting})
