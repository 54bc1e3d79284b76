"""kafka-python's idempotent producer for what an HTTP request waits for: acknowledged by all, or given up soon.

What the records mean does not belong here.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from ingest.ports import Overloaded

MAX_WAIT = 1.4
"""Seconds that a request waits for the broker; with the half second between two looks at it, less than 2."""

GIVE_UP_SECONDS = 1.0
"""How long the thread of a producer that was given up may take to notice."""

MAX_RECORD_BYTES = 512 * 1024
"""More of one partition becomes several records: half of what the topic takes."""


def close_lost_sockets() -> None:
    """Close what a client that failed has left open, five files each.

    kafka-python leaves that to the search for garbage; our processes search seldom, and would run out of files.
    """
    gc.collect()


class Outgoing(NamedTuple):
    """A record to be sent."""

    value: bytes
    partition: int | None = None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


def give_up(producer: KafkaProducer) -> None:
    """Let go of a producer and of what waits in it.

    Its `close` alone waits for that first, however short the timeout, and raises where it comes to nothing: then the
    thread and the connections of the producer would stay for ever.
    """
    producer._sender.force_close()
    with suppress(KafkaError):
        producer.close(timeout=GIVE_UP_SECONDS)


class DurableProducer:
    """Sends records to one topic; safe for threads. What was given up may be acknowledged later all the same."""

    def __init__(self, client: Mapping[str, Any], topic: str) -> None:
        """`client` holds the options by which kafka-python reaches the brokers."""
        self._client = dict(client)
        self._topic = topic
        self._producer: KafkaProducer | None = None
        self._connecting = threading.Lock()

    def send(self, records: Iterable[Outgoing]) -> None:
        """Return once all are acknowledged, or raise Overloaded."""
        deadline = time.monotonic() + MAX_WAIT
        producer = None
        try:
            producer = self._connected()
            sent = [
                producer.send(
                    self._topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
                )
                for record in records
            ]
            for one in sent:
                one.get(timeout=max(0.0, deadline - time.monotonic()))
        except KafkaError as error:
            self._let_go(producer)
            raise Overloaded(f"Kafka does not acknowledge: {type(error).__name__}", 2) from None

    def close(self) -> None:
        """Let go of the broker."""
        if self._producer is not None:
            try:
                self._producer.close(timeout=MAX_WAIT)
            except KafkaError:
                give_up(self._producer)

    def _connected(self) -> KafkaProducer:
        """Return the one producer; made when first needed, since the broker may come later than the collector."""
        with self._connecting:
            if self._producer is None:
                self._producer = KafkaProducer(**self._options())
            return self._producer

    def _let_go(self, failed: KafkaProducer | None) -> None:
        """Make a new producer after any fault: one that is idempotent cannot always go on, and never says so."""
        with self._connecting:
            if self._producer is not failed:
                return
            self._producer = None
        if failed is not None:
            give_up(failed)
        close_lost_sockets()

    def _options(self) -> dict[str, Any]:
        wait = int(MAX_WAIT * 1000)
        return {
            **self._client,
            "acks": "all",
            "enable_idempotence": True,
            "allow_auto_create_topics": False,
            "batch_size": MAX_RECORD_BYTES,
            "max_block_ms": wait,
            "bootstrap_timeout_ms": wait,
            "request_timeout_ms": wait,
            "delivery_timeout_ms": 2 * wait,  # what nobody waits for any more must not fill the memory
            "reconnect_backoff_max_ms": 1000,
            "metrics_enabled": False,
        }
