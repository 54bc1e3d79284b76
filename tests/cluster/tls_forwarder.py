"""Speaks TLS in front of a server that cannot: what ClickHouse's own secure port does, which the chdb wheel lacks."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from footfall.cluster.certified import Certified
from footfall.loopback import HOST

PIECE = 64 * 1024


class TlsForwarder:
    """Forwards to a port of this machine, and counts what clients said once they had taken the certificate."""

    def __init__(self, certified: Certified, target: int) -> None:
        self.port = 0
        self.received = 0
        self._target = target
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certified.certificate, certified.key)
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._ended = asyncio.Event()

    @contextmanager
    def running(self) -> Iterator[TlsForwarder]:
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        thread.start()
        try:
            assert self._listening.wait(10)
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)
            thread.join()
            self._loop.close()

    async def _serve(self) -> None:
        self._loop.set_exception_handler(lambda *_: None)  # clients that refuse the certificate
        server = await asyncio.start_server(self._forward, HOST, 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._ended.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader_behind, writer_behind = await asyncio.open_connection(HOST, self._target)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, writer_behind, count=True))
                both.create_task(self._pump(reader_behind, writer))
        except* OSError:
            pass
        finally:
            for one in (writer, writer_behind):
                one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, count: bool = False) -> None:
        while piece := await reader.read(PIECE):
            if count:
                self.received += len(piece)
            writer.write(piece)
            await writer.drain()
        raise ConnectionResetError("one side has ended, so does the other")
