"""Consuming a topic exactly as far as it was processed: which records are new, and what is missing before them.

Knows offsets, not Kafka: who fetches records hands them in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from footfall.distributed.postgres_offsets import Move


class Record(NamedTuple):
    """A record of a topic."""

    partition: int
    offset: int
    value: bytes
    headers: Any = None
    """Pairs of name and bytes, or a mapping."""


class Offsets(Protocol):
    """Where next offsets are kept."""

    def positions(self, topic: str) -> dict[int, int]:
        """Return the next offset of each partition that was ever consumed."""

    def move(self, topic: str, moves: Mapping[int, Move]) -> set[int]:
        """Move partitions on; return those that were moved."""


class Gap(Exception):
    """Records were handed in that do not follow what was processed: some in between are missing."""

    def __init__(self, partition: int, expected: int, found: int) -> None:
        super().__init__(f"partition {partition}: expected offset {expected}, found {found}")
        self.partition, self.expected, self.found = partition, expected, found


Process = Callable[[Sequence[Record]], Mapping[int, int]]
"""Puts records into effect, harmlessly also a second time; returns how many accepted events each partition's records
held."""


class Consuming:
    """The work of one worker on a topic."""

    def __init__(self, topic: str, offsets: Offsets, process: Process) -> None:
        self.topic = topic
        self._offsets = offsets
        self._process = process
        self._expected: dict[int, int] = {}

    def begin(self) -> Mapping[int, int]:
        """Return where to begin in each partition that was ever consumed; others begin at their beginning."""
        self._expected = self._offsets.positions(self.topic)
        return self._expected

    def take(self, records: Sequence[Record]) -> None:
        """Process what is new of some records, then move on. Raises Gap, and whatever processing raises."""
        fresh = self._fresh(records)
        if not fresh:
            return
        events = self._process([record for part in fresh.values() for record in part])
        self._move(
            {
                partition: Move(part[0].offset, part[-1].offset + 1, events.get(partition, 0))
                for partition, part in fresh.items()
            }
        )

    def _fresh(self, records: Sequence[Record]) -> Mapping[int, Sequence[Record]]:
        """Return the new ones by partition: what was processed may be handed in again."""
        expected = dict(self._expected)
        fresh: defaultdict[int, list[Record]] = defaultdict(list)
        for record in records:
            next_offset = expected.get(record.partition, record.offset)
            if record.offset > next_offset:
                raise Gap(record.partition, next_offset, record.offset)
            if record.offset == next_offset:
                fresh[record.partition].append(record)
                expected[record.partition] = record.offset + 1
        return fresh

    def skip(self, partition: int, first: int, last: int) -> None:
        """Move on behind records that are there no more."""
        self._move({partition: Move(first, last, 0)})

    def _move(self, moves: Mapping[int, Move]) -> None:
        """Where another worker was first, go on from where it is."""
        moved = self._offsets.move(self.topic, moves)
        self._expected |= {partition: moves[partition].last for partition in moved}
        if moved != moves.keys():
            self._expected |= self._offsets.positions(self.topic)
