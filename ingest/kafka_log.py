"""The log of the distributed mode: the topic of accepted events, written by kafka-python's idempotent producer.

A record holds several events of one partition, a line of JSON each, since the client's cost is by record. All events of
a stream go to one partition. What an event means, and what the topic must be, does not belong here.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from ingest.group_commit import GroupCommit
from ingest.ports import Overloaded
from schemas.facts import AcceptedEvent

MAX_RECORD_BYTES = 512 * 1024
"""More of one partition becomes several records: half of what the topic takes."""

GROUPS_UNDER_WAY = 4
"""So many groups wait for the broker at once: while one is acknowledged, the next are packed and sent."""

MAX_WAIT = 1.4
"""Seconds that a request waits for the broker; with the half second between two looks at it, less than 2."""

_encode = msgspec.json.Encoder().encode


def partition_of(event: AcceptedEvent, partitions: int) -> int:
    """Return the partition of an event's stream; the same for every collector and every version: frozen."""
    kind, value = event.stream
    return crc32(f"{event.store}\0{kind}\0{value}".encode()) % partitions


Packed = Mapping[int, Sequence[bytes]]
"""Encoded events by partition."""


class KafkaLog:
    """The collector's Log on Kafka. A record that was given up may be acknowledged later: senders may try again."""

    def __init__(
        self, servers: Sequence[str], topic: str, partitions: int, *, max_waiting: int = 16 * 1024 * 1024
    ) -> None:
        self._servers = list(servers)
        self._topic = topic
        self._partitions = partitions
        self._producer: KafkaProducer | None = None
        self._connecting = threading.Lock()
        self._commits: GroupCommit[Packed] = GroupCommit(
            "kafka", self._write, max_waiting, MAX_WAIT, writers=GROUPS_UNDER_WAY
        )

    async def append(self, events: Sequence[AcceptedEvent]) -> None:
        """See Log."""
        packed: defaultdict[int, list[bytes]] = defaultdict(list)
        for event in events:
            packed[partition_of(event, self._partitions)].append(_encode(event))
        await self._commits.commit(packed, sum(len(line) for lines in packed.values() for line in lines))

    def ready(self) -> bool:
        """See Log."""
        return self._commits.ready()

    def close(self) -> None:
        """Send what waits, then let go of the broker."""
        self._commits.close()
        if self._producer is not None:
            self._producer.close(timeout=MAX_WAIT)

    def _write(self, group: list[Packed]) -> None:
        """Send a group and return once all of it is acknowledged."""
        deadline = time.monotonic() + MAX_WAIT
        try:
            producer = self._connected()
            sent = [
                producer.send(self._topic, value=value, partition=partition) for partition, value in _records(group)
            ]
            for record in sent:
                record.get(timeout=max(0.0, deadline - time.monotonic()))
        except KafkaError as error:
            raise Overloaded(f"Kafka does not acknowledge: {type(error).__name__}", 2) from None

    def _connected(self) -> KafkaProducer:
        """Return the one producer; made when first needed, since the broker may come later than the collector."""
        with self._connecting:
            if self._producer is None:
                self._producer = KafkaProducer(**self._options())
            return self._producer

    def _options(self) -> dict[str, Any]:
        wait = int(MAX_WAIT * 1000)
        return {
            "bootstrap_servers": self._servers,
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


def _records(group: Sequence[Packed]) -> Iterator[tuple[int, bytes]]:
    """Give the records of a group: partition and value; the events of a stream stay in their order."""
    lines: defaultdict[int, list[bytes]] = defaultdict(list)
    for packed in group:
        for partition, encoded in packed.items():
            lines[partition] += encoded
    for partition, encoded in lines.items():
        first = size = 0
        for place, line in enumerate(encoded):
            if size and size + len(line) > MAX_RECORD_BYTES:
                yield partition, b"\n".join(encoded[first:place])
                first, size = place, 0
            size += len(line) + 1
        yield partition, b"\n".join(encoded[first:])
