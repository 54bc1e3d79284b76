"""The aggregator: every accepted event becomes a fact once, wherever the process ends in between."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from aggregates.aggregator import BATCH_EVENTS, Aggregator
from aggregates.errors import RecordConflict, Unrecordable
from aggregates.event_store import RecordedEventStore
from aggregates.notification_log import StoredNotificationLog
from aggregates.ports import NONE_REFUSED, EventStore, Poisoned, Refused
from aggregates.recording import MAX_CONFLICTS
from aggregates.sqlite_recorder import open_recorder
from schemas.facts import CustomerEvent, Microseconds
from schemas.streams import StreamId
from tests.unit.aggregates.doubles import (
    SECRET,
    Crash,
    Fuse,
    Fused,
    Hands,
    ListAcceptedLog,
    MemoryKeys,
    said,
    stream_of,
)

RECORDS = ([said("1"), said("2"), said("1")], [said("2"), said("3", "a-2")], [said("4")])
ONCE = ["1", "2", "3", "4"]


class Place:
    """The files of one test, and the processes that come and go on them."""

    def __init__(self, path: Path) -> None:
        self.log = ListAcceptedLog.of(*RECORDS)
        self.keys = MemoryKeys()
        self.poison: list[Poisoned] = []
        self._path = path

    def keep(self, poisoned: Sequence[Poisoned]) -> None:
        self.poison += poisoned

    def store(self, fuse: Fuse | None = None) -> RecordedEventStore:
        return RecordedEventStore(open_recorder(self._path, Hands()), Fused(self.keys, fuse) if fuse else self.keys)

    def message_ids(self) -> list[str]:
        log = StoredNotificationLog(open_recorder(self._path), self.keys)
        return [one.event.message_id for one in log.read(0, 100).notifications]

    def process(self, fuse: Fuse) -> None:
        """One life of the aggregator's process: until the log is exhausted, or it crashes."""
        aggregator = Aggregator(SECRET, Fused(self.log, fuse), Fused(self.store(fuse), fuse), Fused(self, fuse).keep)
        while aggregator.step():
            pass


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "events.db")


def test_what_was_accepted_is_recorded_once_and_forgotten(place: Place) -> None:
    place.process(Fuse(0))
    assert place.message_ids() == ONCE
    assert place.log.records == {}
    assert place.store().position() == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_of_any_port_changes_nothing(tmp_path: Path, after: bool) -> None:
    for at in count(1):
        place, fuse = Place(tmp_path / f"{at}.db"), Fuse(at, after)
        try:
            place.process(fuse)
        except Crash:
            place.process(Fuse(0))
        assert place.message_ids() == ONCE, f"a crash at call {at}"
        assert place.log.records == {}
        assert place.store().position() == 3
        if fuse.calls < at:
            assert at > 8, "reading, deciding, sealing, appending and forgetting were all interrupted"
            return


def test_a_log_that_forgets_nothing_is_not_recorded_twice(place: Place) -> None:
    place.process(Fuse(0))
    place.log = ListAcceptedLog.of(*RECORDS)
    place.process(Fuse(0))
    assert place.message_ids() == ONCE


def test_a_start_forgets_what_a_crash_left_recorded(place: Place) -> None:
    place.process(Fuse(0))
    place.log.records = {3: RECORDS[2], 4: [said("5")]}
    Aggregator(SECRET, place.log, place.store(), place.keep)
    assert list(place.log.records) == [4]


def test_one_step_takes_no_more_than_a_batch(place: Place) -> None:
    half = BATCH_EVENTS // 2 + 1
    place.log = ListAcceptedLog.of(*([said(f"{record}-{n}") for n in range(half)] for record in range(2)))
    aggregator = Aggregator(SECRET, place.log, place.store(), place.keep)
    assert [aggregator.step(), aggregator.step(), aggregator.step()] == [half, half, 0]


def test_the_gate_is_held_while_anything_is_recorded(place: Place) -> None:
    store, seen = place.store(), []

    @contextmanager
    def gate() -> Iterator[None]:
        seen.append(store.position())
        yield
        seen.append(store.position())

    Aggregator(SECRET, place.log, store, place.keep, gate).step()
    assert seen == [0, 3]


class Contested:
    """A store on which another process is faster, so many times."""

    def __init__(self, store: EventStore, conflicts: int) -> None:
        self._store = store
        self.conflicts = conflicts

    def taken(self, reservations: Collection[tuple[StreamId, str]]) -> set[tuple[StreamId, str]]:
        return self._store.taken(reservations)

    def versions(self, streams: Iterable[StreamId]) -> dict[StreamId, int]:
        return self._store.versions(streams)

    def erased_until(self, streams: Iterable[StreamId]) -> Mapping[StreamId, Microseconds]:
        return self._store.erased_until(streams)

    def append(self, events: Sequence[CustomerEvent], position: int, refused: Refused = NONE_REFUSED) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise RecordConflict("somebody was faster")
        self._store.append(events, position, refused)

    def position(self) -> int:
        return self._store.position()

    def tick(self) -> None:
        self._store.tick()


def test_after_a_conflict_the_batch_is_decided_anew(place: Place) -> None:
    aggregator = Aggregator(SECRET, place.log, Contested(place.store(), MAX_CONFLICTS - 1), place.keep)
    assert aggregator.step() == 6
    assert place.message_ids() == ONCE


def test_endless_conflicts_stop_the_step_and_forget_nothing(place: Place) -> None:
    contested = Contested(place.store(), MAX_CONFLICTS)
    aggregator = Aggregator(SECRET, place.log, contested, place.keep)
    with pytest.raises(RecordConflict):
        aggregator.step()
    assert len(place.log.records) == len(RECORDS)
    assert contested.position() == 0
    assert aggregator.step() == 6


def test_an_idle_aggregator_moves_the_clock_of_the_log(place: Place) -> None:
    place.process(Fuse(0))
    log = StoredNotificationLog(open_recorder(place._path), place.keys)
    before = log.read(log.last_id(), 1).exhausted_at
    Aggregator(SECRET, place.log, place.store(), place.keep).idle()
    after = log.read(log.last_id(), 1).exhausted_at
    assert before is not None
    assert after is not None
    assert after > before


# Poison

UNKNOWN = said("unknown", fact="FromTheFuture:1")
NEWER = said("newer", fact="ProductViewed:99")
LATE = said("late", received_at=10**30, occurred_at=10**30)


def test_poison_is_handed_over_and_its_neighbours_are_recorded(place: Place) -> None:
    place.log = ListAcceptedLog.of([said("1"), UNKNOWN, said("2")], [NEWER], [said("3"), LATE])
    place.process(Fuse(0))
    assert place.message_ids() == ["1", "2", "3"]
    assert [(one.place, one.event) for one in place.poison] == [(1, UNKNOWN), (3, NEWER), (5, LATE)]
    assert {type(one.error) for one in place.poison} == {Unrecordable}
    assert place.store().position() == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_loses_no_poison(tmp_path: Path, after: bool) -> None:
    for at in count(1):
        place, fuse = Place(tmp_path / f"{at}.db"), Fuse(at, after)
        place.log = ListAcceptedLog.of([said("1"), UNKNOWN], [said("2")])
        try:
            place.process(fuse)
        except Crash:
            place.process(Fuse(0))
        assert place.message_ids() == ["1", "2"], f"a crash at call {at}"
        assert {one.event.message_id for one in place.poison} == {"unknown"}
        if fuse.calls < at:
            return


def test_the_position_stays_where_poison_cannot_be_kept(place: Place) -> None:
    def full(_: Sequence[Poisoned]) -> None:
        raise RuntimeError("too much")

    place.log = ListAcceptedLog.of([said("1"), UNKNOWN])
    with pytest.raises(RuntimeError):
        Aggregator(SECRET, place.log, place.store(), full).step()
    assert (place.message_ids(), place.store().position(), len(place.log.records)) == ([], 0, 1)


def test_places_go_on_from_batch_to_batch_and_stay_when_a_batch_comes_again(place: Place) -> None:
    contested = Contested(place.store(), MAX_CONFLICTS)
    aggregator = Aggregator(SECRET, place.log, contested, place.keep)
    assert place.log.records
    place.log.records = {1: [said("1"), UNKNOWN]}
    with pytest.raises(RecordConflict):
        aggregator.step()
    aggregator.step()
    place.log.records = {2: [UNKNOWN]}
    aggregator.step()
    assert [one.place for one in place.poison] == [1, 1, 2]


class Forgetful(Contested):
    """A store that has no version for one stream: the decision about its events fails."""

    def versions(self, streams: Iterable[StreamId]) -> dict[StreamId, int]:
        return {stream: version for stream, version in super().versions(streams).items() if stream != stream_of("x")}


def test_an_event_on_which_the_decision_fails_is_poison_too(place: Place) -> None:
    place.log = ListAcceptedLog.of([said("1"), said("2", "x"), said("3")])
    Aggregator(SECRET, place.log, Forgetful(place.store(), 0), place.keep).step()
    assert place.message_ids() == ["1", "3"]
    assert [(one.place, one.event.message_id) for one in place.poison] == [(1, "2")]
