"""Consuming a topic exactly as far as it was processed, whatever order and however often records are handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from footfall.distributed.consuming import Consuming, Gap, Record
from footfall.distributed.postgres_offsets import Move

TOPIC = "topic"


@dataclass
class MemoryOffsets:
    """Next offsets as the table keeps them: a move counts only from where they are."""

    at: dict[int, int] = field(default_factory=dict)
    events: int = 0

    def positions(self, topic: str) -> dict[int, int]:
        return dict(self.at)

    def move(self, topic: str, moves: Mapping[int, Move]) -> set[int]:
        moved = {partition for partition, move in moves.items() if self.at.get(partition, move.first) == move.first}
        for partition in moved:
            self.at[partition] = moves[partition].last
            self.events += moves[partition].events
        return moved


class Worker:
    """A worker that notes what it put into effect."""

    def __init__(self, offsets: MemoryOffsets) -> None:
        self.done: list[tuple[int, int]] = []
        self.fails = False
        self.consuming = Consuming(TOPIC, offsets, self.process)
        self.consuming.begin()

    def process(self, records: Sequence[Record]) -> Mapping[int, int]:
        if self.fails:
            raise OSError("away")
        self.done += [(record.partition, record.offset) for record in records]
        return Counter(record.partition for record in records)


def records(partition: int, *offsets: int) -> list[Record]:
    return [Record(partition, offset, b"") for offset in offsets]


def test_what_follows_is_processed_and_moved_behind() -> None:
    offsets = MemoryOffsets()
    worker = Worker(offsets)
    worker.consuming.take([*records(0, 0, 1), *records(1, 5), *records(0, 2)])
    assert offsets.at == {0: 3, 1: 6}
    assert sorted(worker.done) == [(0, 0), (0, 1), (0, 2), (1, 5)]
    assert offsets.events == 4


def test_repeats_are_left_out() -> None:
    offsets = MemoryOffsets({0: 3})
    worker = Worker(offsets)
    worker.consuming.take(records(0, 1, 2, 3, 4))
    worker.consuming.take(records(0, 3, 4))
    assert worker.done == [(0, 3), (0, 4)]
    assert (offsets.at, offsets.events) == ({0: 5}, 2)


def test_a_gap_is_told_and_nothing_of_the_batch_is_processed() -> None:
    offsets = MemoryOffsets({0: 3, 1: 0})
    worker = Worker(offsets)
    with pytest.raises(Gap) as told:
        worker.consuming.take([*records(1, 0), *records(0, 5)])
    assert (told.value.partition, told.value.expected, told.value.found) == (0, 3, 5)
    assert (worker.done, offsets.at) == ([], {0: 3, 1: 0})


def test_behind_records_that_are_there_no_more_it_goes_on() -> None:
    offsets = MemoryOffsets({0: 3})
    worker = Worker(offsets)
    worker.consuming.skip(0, 3, 5)
    worker.consuming.take(records(0, 5))
    assert (worker.done, offsets.at, offsets.events) == ([(0, 5)], {0: 6}, 1)


def test_a_batch_that_could_not_be_processed_may_come_again() -> None:
    offsets = MemoryOffsets()
    worker = Worker(offsets)
    worker.fails = True
    with pytest.raises(OSError, match="away"):
        worker.consuming.take(records(0, 0, 1))
    assert offsets.at == {}
    worker.fails = False
    worker.consuming.take(records(0, 0, 1))
    assert (worker.done, offsets.at) == ([(0, 0), (0, 1)], {0: 2})


def test_a_zombie_moves_nothing_and_learns_where_the_others_are() -> None:
    offsets = MemoryOffsets()
    zombie, successor = Worker(offsets), Worker(offsets)
    zombie.consuming.take(records(0, 0))
    successor.consuming.begin()
    successor.consuming.take(records(0, 1, 2, 3))
    zombie.consuming.take(records(0, 1, 2))
    assert offsets.at == {0: 4}
    zombie.consuming.take(records(0, 3, 4))
    assert (zombie.done[-1], offsets.at, offsets.events) == ((0, 4), {0: 5}, 5)


@pytest.mark.parametrize("seed", range(20))
def test_with_workers_that_come_and_go_every_record_is_counted_once_and_none_is_left_out(seed: int) -> None:
    chance, offsets, length = Random(seed), MemoryOffsets({0: 0}), 60
    workers = [Worker(offsets) for _ in range(3)]
    while offsets.at.get(0, 0) < length:
        worker = chance.choice(workers)
        if chance.random() < 0.2:
            worker.consuming.begin()
        start = chance.randint(max(0, offsets.at.get(0, 0) - 5), min(length - 1, offsets.at.get(0, 0) + 1))
        try:
            worker.consuming.take(records(0, *range(start, min(length, start + chance.randint(1, 8)))))
        except Gap:
            worker.consuming.begin()
    assert {offset for worker in workers for _, offset in worker.done} == set(range(length))
    assert offsets.events == length
