"""A Faust worker: it fetches the records of a topic and hands them, in batches, to `Consuming`.

Faust decides which worker has which partition. How far each was processed is ours to say (postgres_offsets.py): at
every assignment that is sought, and Faust's own acknowledgements mean nothing.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, ClassVar, NamedTuple, cast

import faust
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP, ConsumerT
from kafka import KafkaConsumer, TopicPartition

from footfall.distributed.consuming import Consuming, Gap, Record
from footfall.distributed.kafka_access import client_options, faust_options
from footfall.logs import logger
from footfall.settings import Settings
from footfall.worker import EXPECTED, FIRST_BACKOFF, LONGEST_BACKOFF

log = logger(__name__)

SESSION_SECONDS, HEARTBEAT_SECONDS = 6.0, 1.5
"""After a kill the partitions wait this long for their next worker; brokers allow no less than 6 by default."""

BUG = 70
"""Exit code of a worker that met what nobody expected; its supervisor starts it anew."""


class Batches(NamedTuple):
    """How records are gathered: so many at the most, within so many seconds."""

    records: int
    seconds: float


def run_worker(name: str, settings: Settings, batches: Batches, consuming: Consuming) -> None:
    """Work until SIGTERM or SIGINT."""
    with tempfile.TemporaryDirectory(prefix="footfall-faust-") as folder:
        app = _app(name, settings, batches, consuming, folder)
        worker = faust.Worker(app, loglevel="WARN", redirect_stdouts=False, logging_config={"version": 1})
        worker.execute_from_commandline()


class _App(faust.App):
    """An app that knows where its consumer begins."""

    consuming: Consuming


class _SeekingConsumer(Consumer):
    """Begins where processing ended, wherever Faust believes that to be."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek all partitions that were assigned."""
        known = await asyncio.to_thread(cast(_App, self.app).consuming.begin)
        wanted = {tp: known.get(tp.partition, 0) for tp in self.assignment()}
        await self.seek_wait(wanted)
        return wanted


class _SeekingTransport(Transport):
    Consumer: ClassVar[type[ConsumerT]] = _SeekingConsumer


def _app(name: str, settings: Settings, batches: Batches, consuming: Consuming, folder: str) -> _App:
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
        stream_buffer_maxsize=batches.records,  # what waits in memory while a batch cannot be put into effect
        stream_wait_empty=False,
    )
    app.consuming = consuming
    app.transport = _SeekingTransport(app.conf.broker_consumer, app)
    topic = app.topic(consuming.topic, value_type=bytes, value_serializer="raw")

    @app.agent(topic, name=name)
    async def take(stream: faust.Stream[bytes]) -> None:
        async for events in stream.take_events(batches.records, batches.seconds):
            records = [Record(event.message.partition, event.message.offset, event.message.value) for event in events]
            await _put_into_effect(settings, consuming, records)

    return app


async def _put_into_effect(settings: Settings, consuming: Consuming, records: Sequence[Record]) -> None:
    """Try again until it is done: what leaves an agent by an exception is acknowledged all the same."""
    backoff = FIRST_BACKOFF
    while True:
        try:
            return await asyncio.to_thread(consuming.take, records)
        except Gap as gap:
            await asyncio.to_thread(_over, settings, consuming, gap)
        except EXPECTED as error:
            log.warning("worker.retries", error=error, seconds=backoff)
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF)
        except Exception as error:  # noqa: BLE001 - a bug: nothing moves on, and a new process begins where we are
            _end("worker.bug", error=error)


def _over(settings: Settings, consuming: Consuming, gap: Gap) -> None:
    """Go on behind a gap where Kafka has removed its records; where it has not, begin anew and seek them."""
    where = TopicPartition(consuming.topic, gap.partition)
    with closing(KafkaConsumer(**client_options(settings))) as consumer:
        earliest = consumer.beginning_offsets([where])[where]
    if earliest <= gap.expected:
        _end("worker.gap", partition=gap.partition, expected=gap.expected, found=gap.found)
    log.error("worker.records_gone", topic=consuming.topic, partition=gap.partition, records=earliest - gap.expected)
    consuming.skip(gap.partition, gap.expected, earliest)


def _end(event: str, **fields: Any) -> None:
    """End at once: Faust would acknowledge on its way out, and would not always end."""
    log.error(event, **fields)
    os._exit(BUG)
