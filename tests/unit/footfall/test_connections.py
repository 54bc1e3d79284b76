"""The connections of the front door over real sockets, with limits short enough to be waited for."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

import pytest
import uvicorn

from footfall.connections import HEAD_BYTES, REQUEST_BYTES, BoundedConnection, Watch, bounded
from footfall.front_door import listen

HEAD = b"POST / HTTP/1.1\r\nhost: shop.example\r\n"
WHOLE = HEAD + b"content-length: 2\r\n\r\n{}"
MOST = 5


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers `/early` before the body, else after it."""
    while scope["path"] != "/early" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Few(BoundedConnection):
    """Notes how many bytes come at once, by the port of the client."""

    most = MOST
    taken: ClassVar[defaultdict[int, list[int]]] = defaultdict(list)

    def data_received(self, data: bytes) -> None:
        self.taken[self.transport.get_extra_info("peername")[1]].append(len(data))
        super().data_received(data)


class Server(uvicorn.Server):
    """Watches with seconds of its own."""

    watching: asyncio.Task[None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        watch = Watch({"head": 3, "body": 3, "idle": 3})
        self.watching = asyncio.create_task(watch.watch(self.server_state.connections, 0.05))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.watching.cancel()
        await super().shutdown(sockets)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, http=Few, ws="none", lifespan="off", log_config=None, timeout_keep_alive=60)
    server = Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    listener.close()


@contextmanager
def connected(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        yield connection


def is_ended(connection: socket.socket) -> bool:
    """Wait for the other side's end; anything that is still said is read over."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


OWING = [
    b"",
    b"\r\n\r\n",
    b"POST / HT",
    HEAD,
    HEAD + b"content-length: 9\r\n\r\n{",
    HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
    b"POST /early HTTP/1.1\r\ncontent-length: 9\r\n\r\n{",
    WHOLE,
    WHOLE + HEAD,
]


def test_who_owes_the_rest_is_not_waited_for_for_ever(port: int) -> None:
    for some in (OWING[:MOST], OWING[MOST:]):
        with ExitStack() as stack:
            opened = [stack.enter_context(connected(port, sent)) for sent in some]
            assert [is_ended(connection) for connection in opened] == [True] * len(some)


def drip(connection: socket.socket, piece: bytes, most: int) -> bool:
    """Send a piece again and again; tell whether the other side ends it before so many bytes."""
    try:
        for _ in range(most // len(piece)):
            connection.sendall(piece)
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize(
    ("start", "piece", "limit"),
    [
        (HEAD, b"a: " + b"b" * 1000 + b"\r\n", HEAD_BYTES),
        (HEAD + b"a: ", b"b" * 1000, HEAD_BYTES),
        (b"POST /", b"b" * 1000, HEAD_BYTES),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n1;", b"x" * 1000, REQUEST_BYTES),
        (b"POST /early HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 999, REQUEST_BYTES),
        (b"POST /early HTTP/1.1\r\ncontent-length: 999999999\r\n\r\n", b"x" * 1000, REQUEST_BYTES),
    ],
)
def test_no_part_of_a_request_grows_without_end(port: int, start: bytes, piece: bytes, limit: int) -> None:
    with connected(port, start) as connection:
        client = connection.getsockname()[1]
        assert drip(connection, piece, 1024 * 1024 * 1024), "sent is also what lies in the kernel's buffers"
    assert sum(Few.taken[client][:-1]) <= limit < sum(Few.taken[client])


def test_a_request_in_pieces_is_answered(port: int) -> None:
    with connected(port) as connection:
        for byte in WHOLE:
            connection.sendall(bytes([byte]))
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.sendall(WHOLE)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_beyond_the_most_connections_the_idle_ones_make_room_then_newcomers_are_turned_away(port: int) -> None:
    with connected(port, WHOLE) as idle, ExitStack() as stack:
        idle.recv(4096)
        for _ in range(MOST - 1):
            stack.enter_context(connected(port, HEAD))
        with connected(port, WHOLE + HEAD) as late:
            assert late.recv(4096).startswith(b"HTTP/1.1 200")
            assert is_ended(idle)
            with connected(port) as turned_away:
                assert turned_away.recv(4096).startswith(b"HTTP/1.1 503")


def test_the_most_connections_fit_into_what_the_machine_allows() -> None:
    assert bounded(3).most == 3
    assert 1 <= bounded(10**6).most <= 10**6
