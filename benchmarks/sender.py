"""Sends batches over a few kept connections, as fast as they are answered or at a pace; in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import itertools
import time
from typing import NamedTuple, cast

import httptools
import uvloop

from benchmarks.messages import Traffic

CONNECTIONS = 16


class Sent(NamedTuple):
    """What was sent: wall-clock times of the first request and the last answer, and answers that said to come again."""

    began: float
    ended: float
    requests: int
    put_off: int


class _Sender:
    """Requests, and the connections that share them."""

    def __init__(self, key: str, traffic: Traffic, rate: float | None) -> None:
        self.bodies = enumerate(traffic.bodies())
        self.interval = traffic.batch / rate if rate else 0.0
        token = base64.b64encode(f"{key}:".encode()).decode()
        self.head = (
            "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"authorization: Basic {token}\r\ncontent-length: %d\r\n\r\n"
        ).encode()
        self.began = 0.0
        self.started = 0.0
        self.answered = self.put_off = 0


class _Connection(asyncio.Protocol):
    def __init__(self, sender: _Sender) -> None:
        self.sender = sender
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = self._said = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has no base class in common
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the product hung up"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, the measurement is void
            self._fail(RuntimeError(f"{type(error).__name__}: {error}"))

    def on_body(self, body: bytes) -> None:
        """Keep what was said (httptools calls this)."""
        self._said += body

    def on_message_complete(self) -> None:
        """Go on after an answer (httptools calls this)."""
        status = self._parser.get_status_code()
        if status == 200 and b"refused" not in self._said:
            self.sender.answered += 1
            self._next()
        elif status in (429, 503):
            self.sender.put_off += 1
            asyncio.get_running_loop().call_later(0.5, self._send)
        else:
            self._fail(RuntimeError(f"{status}: {self._said[:500]!r}"))

    def _next(self) -> None:
        number, body = next(self.sender.bodies, (0, b""))
        if not body:
            self.done.set_result(None)
            self._transport.close()
            return
        self._request = self.sender.head % len(body) + body
        due = self.sender.started + number * self.sender.interval
        loop = asyncio.get_running_loop()
        if self.sender.interval and due > loop.time():
            loop.call_at(due, self._send)
        else:
            self._send()

    def _send(self) -> None:
        self._said = b""
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(self._request)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
        self._transport.close()


def send(port: int, key: str, traffic: Traffic, rate: float | None = None, connections: int = CONNECTIONS) -> Sent:
    """Send it all; `rate` in events a second, as fast as possible where there is none."""
    return uvloop.run(_send(port, key, traffic, rate, connections))


async def _send(port: int, key: str, traffic: Traffic, rate: float | None, connections: int) -> Sent:
    sender = _Sender(key, traffic, rate)
    loop = asyncio.get_running_loop()
    sender.began, sender.started = time.time(), loop.time()
    made = [await loop.create_connection(lambda: _Connection(sender), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*itertools.chain(connection.done for _, connection in made))
    return Sent(sender.began, time.time(), sender.answered, sender.put_off)
