"""A Faust worker: it fetches the records of a topic and hands them, in batches, to `Consuming`.

Faust decides which worker has which partition. How far each was processed is ours to say (postgres_offsets.py): at
every assignment that is sought, and Faust's own acknowledgements mean nothing. So what one fetch brought of a partition
goes through Faust as one message, since Faust costs by the message.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, NoReturn, cast

import faust
from faust.transport.consumer import RecordMap
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP, ConsumerT, EventT, StreamT
from faust.types.agents import AgentFun

from aggregates.errors import HistoryComing
from footfall.circuit_breaker import EXIT_CODE, TooMuchPoison
from footfall.distributed.consuming import Consuming, Gap, Record
from footfall.distributed.faust_access import faust_options
from footfall.distributed.gathering import Batches, Gathering
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_ends import beginning
from footfall.logs import logger
from footfall.settings import Settings
from footfall.worker import EXPECTED, FIRST_BACKOFF, LONGEST_BACKOFF

log = logger(__name__)

SESSION_SECONDS, HEARTBEAT_SECONDS = 6.0, 1.5
"""After a kill the partitions wait this long for their next worker; brokers allow no less than 6 by default."""

FETCHES = 4
"""Fetches of a partition, of a megabyte at the most, that wait in memory."""

WAIT_SECONDS = 0.5
"""How often it is looked whether a history that is being brought in is there."""

BUG = 70
"""Exit code of a worker that met what nobody expected; its supervisor starts it anew."""


def run_worker(name: str, settings: Settings, work: Mapping[Consuming, Batches]) -> None:
    """Work until SIGTERM or SIGINT."""
    with tempfile.TemporaryDirectory(prefix="footfall-faust-") as folder:
        app = _app(name, settings, work, folder)
        worker = faust.Worker(app, loglevel="WARN", redirect_stdouts=False, override_logging=False)
        worker.execute_from_commandline()


class _App(faust.App):
    """An app that knows where its consumer begins."""

    consumings: Sequence[Consuming] = ()

    def begin(self) -> Mapping[tuple[str, int], int]:
        """Return the offset at which to begin, by topic and partition."""
        return {
            (consuming.topic, partition): offset
            for consuming in self.consumings
            for partition, offset in consuming.begin().items()
        }


class _SeekingConsumer(Consumer):
    """Begins where processing ended, wherever Faust believes that to be."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek all partitions that were assigned."""
        known = await asyncio.to_thread(cast("_App", self.app).begin)
        wanted = {tp: known.get((tp.topic, tp.partition), 0) for tp in self.assignment()}
        await self.seek_wait(wanted)
        return wanted

    async def _wait_next_records(
        self,
        timeout: float,  # noqa: ASYNC109 - the base class's
    ) -> tuple[RecordMap | None, set[TP] | None]:
        """Return what was fetched, of each partition as one record: the last, whose value is all of them."""
        fetched, active = await super()._wait_next_records(timeout)
        return {tp: [replace(part[-1], value=part)] for tp, part in (fetched or {}).items() if part}, active


class _SeekingTransport(Transport):
    Consumer: ClassVar[type[ConsumerT]] = _SeekingConsumer


def _app(name: str, settings: Settings, work: Mapping[Consuming, Batches], folder: str) -> _App:
    app = _App(
        f"footfall-{name}",
        **faust_options(settings),
        datadir=folder,
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        stream_buffer_maxsize=FETCHES,
        stream_wait_empty=False,
    )
    app.consumings = list(work)
    app.transport = _SeekingTransport(app.conf.broker_consumer, app)
    for consuming, batches in work.items():
        topic = app.topic(consuming.topic, value_type=bytes, value_serializer="raw")
        app.agent(topic, name=f"{name}-{consuming.topic}")(_agent(settings, consuming, batches))
    return app


def _agent(settings: Settings, consuming: Consuming, batches: Batches) -> AgentFun[bytes]:
    """Return what gathers the next batch while one is put into effect; Faust thinks all of it done too early."""

    async def take(stream: StreamT[bytes]) -> None:
        gathering = Gathering[Record](batches)
        working = asyncio.create_task(_work(settings, consuming, gathering))
        try:
            async for event in stream.events():
                for record in _records(event):
                    await gathering.put(record)
        finally:
            working.cancel()

    return take


async def _work(settings: Settings, consuming: Consuming, gathering: Gathering[Record]) -> NoReturn:
    while True:
        await _put_into_effect(settings, consuming, await gathering.batch())


def _records(event: EventT[bytes]) -> Iterator[Record]:
    for record in cast("Sequence[Any]", event.message.value):
        yield Record(record.partition, record.offset, record.value or b"", record.headers)


async def _put_into_effect(settings: Settings, consuming: Consuming, records: Sequence[Record]) -> None:
    """Try again until it is done: what leaves an agent by an exception is acknowledged all the same."""
    backoff = FIRST_BACKOFF
    while True:
        try:
            return await asyncio.to_thread(consuming.take, records)
        except Gap as gap:
            await asyncio.to_thread(_over, settings, consuming, gap)
        except HistoryComing:  # said once already
            await asyncio.sleep(WAIT_SECONDS)
        except EXPECTED as error:
            log.warning("worker.retries", error=error, seconds=backoff)
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF)
        except TooMuchPoison as error:
            log.error("worker.too_much_poison", poison=error.poison, processed=error.processed)
            _end(EXIT_CODE)
        except Exception as error:  # noqa: BLE001 - a bug: nothing moves on, and a new process begins where we are
            log.error("worker.bug", error=error)
            _end(BUG)


def _over(settings: Settings, consuming: Consuming, gap: Gap) -> None:
    """Go on behind a gap where Kafka has removed its records; where it has not, begin anew and seek them."""
    earliest = beginning(client_options(settings), consuming.topic, gap.partition)
    if earliest <= gap.expected:
        log.error("worker.gap", partition=gap.partition, expected=gap.expected, found=gap.found)
        _end(BUG)
    log.error("worker.records_gone", topic=consuming.topic, partition=gap.partition, records=earliest - gap.expected)
    consuming.skip(gap.partition, gap.expected, earliest)


def _end(code: int) -> NoReturn:
    """End at once: Faust would acknowledge on its way out, and would not always end."""
    os._exit(code)
