"""The log of the distributed mode: the topic of accepted events.

A record holds several events of one partition, a line of JSON each, since the client's cost is by record. All events of
a stream go to one partition. What an event means, and what the topic must be, does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import msgspec

from ingest.group_commit import GroupCommit
from ingest.kafka_producer import MAX_RECORD_BYTES, MAX_WAIT, DurableProducer, Outgoing
from schemas.facts import AcceptedEvent

GROUPS_UNDER_WAY = 4
"""So many groups wait for the broker at once: while one is acknowledged, the next are packed and sent."""

DISTANCE_SECONDS = 0.02
"""From group to group at the least: a group makes at least one record, and who comes after a pause does not wait."""

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
        self, client: Mapping[str, Any], topic: str, partitions: int, *, max_waiting: int = 16 * 1024 * 1024
    ) -> None:
        """`client` holds the options by which kafka-python reaches the brokers."""
        self._partitions = partitions
        self._producer = DurableProducer(client, topic)
        self._commits: GroupCommit[Packed] = GroupCommit(
            "kafka", self._write, max_waiting, MAX_WAIT, GROUPS_UNDER_WAY, DISTANCE_SECONDS
        )

    async def append(self, events: Sequence[AcceptedEvent]) -> None:
        """See Log."""
        packed = self._packed(events)
        await self._commits.commit(packed, sum(len(line) for lines in packed.values() for line in lines))

    def append_now(self, events: Sequence[AcceptedEvent]) -> None:
        """Append from a process without an event loop; durable on return, or Overloaded."""
        self._write([self._packed(events)])

    def ready(self) -> bool:
        """See Log."""
        return self._commits.ready()

    def close(self) -> None:
        """Send what waits, then let go of the broker."""
        self._commits.close()
        self._producer.close()

    def _packed(self, events: Sequence[AcceptedEvent]) -> Packed:
        packed: defaultdict[int, list[bytes]] = defaultdict(list)
        for event in events:
            packed[partition_of(event, self._partitions)].append(_encode(event))
        return packed

    def _write(self, group: list[Packed]) -> None:
        """Send a group and return once all of it is acknowledged."""
        self._producer.send(Outgoing(value, partition) for partition, value in _records(group))


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
