"""What every event store must do, whatever it is built on: subclass `EventStoreSuite` and say how to open one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import pytest

from aggregates.customer import propose
from aggregates.errors import RecordConflict
from aggregates.ports import EventStore, StreamKeys
from aggregates.recording import record
from projections.ports import NotificationLog
from schemas.facts import CustomerEvent, KeyClass, Microseconds
from schemas.streams import StreamKind, StreamRef
from schemas.vocabulary.stored import FACT_NAMES
from tests.builders import NOW
from tests.unit.aggregates.doubles import SECRET, Hands, MemoryKeys, facts, said, stream_of


class Opened(NamedTuple):
    """A store and the log that it writes."""

    store: EventStore
    log: NotificationLog

    def record(self, *message_ids: str, position: int = 0, anonymous: str = "a-1") -> None:
        self.store.append(facts(self.store, *(said(one, anonymous) for one in message_ids)), position)

    def recorded(self) -> list[CustomerEvent]:
        return [notification.event for notification in self.log.read(0, 10_000).notifications]

    def message_ids(self) -> list[str]:
        return [event.message_id for event in self.recorded()]


def renumbered(event: CustomerEvent, version: int) -> CustomerEvent:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return CustomerEvent(**{**fields, "version": version})


class EventStoreSuite(ABC):
    """The conformance suite. `open` opens the same place again at every call of one test."""

    @abstractmethod
    def open(self, clock: Callable[[], Microseconds], keys: StreamKeys) -> Opened:
        """Open the store of this test once more, as another process would."""

    @pytest.fixture
    def hands(self) -> Hands:
        return Hands()

    @pytest.fixture
    def keys(self) -> MemoryKeys:
        return MemoryKeys()

    @pytest.fixture
    def opened(self, hands: Hands, keys: MemoryKeys) -> Opened:
        return self.open(hands, keys)

    def test_a_new_store_holds_nothing(self, opened: Opened) -> None:
        assert opened.store.position() == 0
        assert opened.store.versions([stream_of("a-1")]) == {stream_of("a-1"): 0}
        assert opened.log.last_id() == 0
        assert opened.recorded() == []

    def test_a_fact_reads_back_as_it_was_decided(self, opened: Opened) -> None:
        event = said("m", claims=(StreamRef(StreamKind.EMAIL, "ada@example.com"),), key_class=KeyClass.SERVER)
        (decided,) = facts(opened.store, event)
        opened.store.append([decided], 7)
        (read,) = opened.recorded()
        fields = [name for name in read.__struct_fields__ if name != "recorded_at"]
        assert {name: getattr(read, name) for name in fields} == {name: getattr(decided, name) for name in fields}
        assert read.recorded_at >= NOW

    def test_facts_and_position_survive_reopening(self, opened: Opened, hands: Hands, keys: MemoryKeys) -> None:
        opened.record("1", "2", position=5)
        again = self.open(hands, keys)
        assert again.message_ids() == ["1", "2"]
        assert again.store.position() == 5
        assert again.store.versions([stream_of()]) == {stream_of(): 2}
        again.record("1", "3", position=6)
        assert again.message_ids() == ["1", "2", "3"]

    def test_the_position_never_goes_back(self, opened: Opened) -> None:
        opened.record("1", position=9)
        opened.record("2", position=4)
        assert opened.store.position() == 9

    def test_a_batch_of_duplicates_alone_still_moves_the_position(self, opened: Opened) -> None:
        opened.record("1", position=1)
        opened.record("1", position=2)
        assert opened.store.position() == 2
        assert opened.message_ids() == ["1"]

    def test_only_what_is_recorded_is_taken(self, opened: Opened) -> None:
        opened.record("1", "2")
        wanted = [(event.stream, event.event_id) for event in opened.recorded()]
        (other,) = facts(opened.store, said("3"))
        assert opened.store.taken([*wanted, (other.stream, other.event_id)]) == set(wanted)
        assert opened.store.taken([]) == set()

    def test_a_failing_insert_leaves_nothing_behind(self, opened: Opened) -> None:
        opened.record("1", position=1)
        fresh, clashing = facts(opened.store, said("2"), said("3"))
        with pytest.raises(RecordConflict):
            opened.store.append([fresh, renumbered(clashing, 1)], 2)
        assert opened.store.position() == 1
        assert opened.message_ids() == ["1"]
        assert opened.store.taken([(fresh.stream, fresh.event_id)]) == set()
        assert opened.store.versions([stream_of()]) == {stream_of(): 1}

    def test_a_reservation_that_is_taken_is_a_conflict(self, opened: Opened) -> None:
        (event,) = facts(opened.store, said("1"))
        opened.store.append([event], 1)
        with pytest.raises(RecordConflict):
            opened.store.append([renumbered(event, 2)], 2)
        assert opened.store.position() == 1

    def test_after_a_conflict_reading_and_deciding_again_works(
        self, opened: Opened, hands: Hands, keys: MemoryKeys
    ) -> None:
        opened.record("1")
        late = facts(opened.store, said("2"), said("3"))
        self.open(hands, keys).record("2")
        with pytest.raises(RecordConflict):
            opened.store.append(late, 0)
        opened.record("2", "3")
        assert [(event.message_id, event.version) for event in opened.recorded()] == [("1", 1), ("2", 2), ("3", 3)]

    def test_the_time_of_recording_rises_whatever_the_clock_does(self, opened: Opened, hands: Hands) -> None:
        for number, at in enumerate([NOW, NOW, NOW - 1_000_000, 0, NOW + 5, NOW + 5]):
            hands.at = at
            opened.record(str(number))
            opened.store.tick()
        times = [event.recorded_at for event in opened.recorded()]
        assert times == sorted(set(times))
        assert all(time >= NOW for time in times)

    def test_the_clock_of_the_log_survives_reopening(self, opened: Opened, hands: Hands, keys: MemoryKeys) -> None:
        opened.record("1")
        hands.at = 0
        self.open(hands, keys).record("2")
        first, second = opened.recorded()
        assert second.recorded_at > first.recorded_at

    def test_facts_of_one_commit_share_their_time_of_recording(self, opened: Opened) -> None:
        opened.record("1", "2", "3")
        assert len({event.recorded_at for event in opened.recorded()}) == 1

    def test_the_log_gives_facts_in_the_order_of_recording(self, opened: Opened) -> None:
        opened.record("1", anonymous="a-2")
        opened.record("2", anonymous="a-1")
        opened.record("3", anonymous="a-2")
        section = opened.log.read(0, 10)
        assert [one.event.message_id for one in section.notifications] == ["1", "2", "3"]
        ids = [one.id for one in section.notifications]
        assert ids == sorted(ids)
        assert section.last_id == ids[-1] == opened.log.last_id()

    def test_a_section_ends_at_its_limit_and_says_nothing_of_the_end(self, opened: Opened) -> None:
        opened.record("1", "2", "3")
        section = opened.log.read(0, 2)
        assert [one.event.message_id for one in section.notifications] == ["1", "2"]
        assert section.exhausted_at is None
        rest = opened.log.read(section.last_id, 2)
        assert [one.event.message_id for one in rest.notifications] == ["3"]
        assert rest.exhausted_at is not None

    def test_an_exhausted_log_has_no_last_id_and_is_exhausted_at_its_clock(self, opened: Opened, hands: Hands) -> None:
        opened.record("1")
        hands.at = NOW + 77
        opened.store.tick()
        section = opened.log.read(opened.log.last_id(), 10)
        assert (list(section.notifications), section.last_id, section.exhausted_at) == ([], 0, NOW + 77)

    def test_notifications_are_found_by_their_ids(self, opened: Opened) -> None:
        opened.record("1", "2", "3")
        ids = [one.id for one in opened.log.read(0, 10).notifications]
        found = opened.log.read_ids([ids[2], ids[0], ids[2] + 100])
        assert [(one.id, one.event.message_id) for one in found] == [(ids[0], "1"), (ids[2], "3")]
        assert list(opened.log.read_ids([])) == []

    def test_more_ids_than_one_statement_takes_are_found(self, opened: Opened) -> None:
        opened.record(*(str(number) for number in range(1_201)))
        ids = [one.id for one in opened.log.read(0, 2_000).notifications]
        assert [one.id for one in opened.log.read_ids(ids)] == ids
        reservations = [(event.stream, event.event_id) for event in opened.recorded()]
        assert opened.store.taken(reservations) == set(reservations)

    def test_no_commit_in_progress_is_stamped_up_to_where_the_log_was_exhausted(
        self, hands: Hands, keys: MemoryKeys
    ) -> None:
        reader = self.open(hands, keys)
        exhausted: list[Microseconds] = []

        def reading_clock() -> Microseconds:
            """A reader comes between the look at the clock and the end of the commit."""
            section = reader.log.read(0, 10)
            exhausted.append(section.exhausted_at or 0)
            return 0

        writer = self.open(reading_clock, keys)
        for number in range(3):
            writer.record(str(number))
        times = [event.recorded_at for event in writer.recorded()]
        assert all(absorbed < time for absorbed, time in zip(exhausted, times, strict=True))

    @pytest.mark.parametrize("seed", range(5))
    def test_nothing_is_ever_recorded_up_to_a_moment_at_which_the_log_was_exhausted(
        self, opened: Opened, hands: Hands, seed: int
    ) -> None:
        chance = Random(seed)
        absorbed, seen = 0, 0
        for number in range(40):
            hands.at = NOW + chance.randint(-20, 20)
            if chance.random() < 0.3:
                opened.store.tick()
            if chance.random() < 0.6:
                opened.record(*(f"{number}-{copy}" for copy in range(chance.randint(0, 3))))
            section = opened.log.read(seen, chance.randint(1, 4))
            assert all(one.event.recorded_at > absorbed for one in section.notifications)
            seen = max(seen, section.last_id)
            absorbed = max(absorbed, section.exhausted_at or 0)

    def test_facts_whose_key_is_destroyed_are_left_out(self, opened: Opened, keys: MemoryKeys) -> None:
        opened.record("1", anonymous="erased")
        opened.record("2", anonymous="kept")
        opened.record("3", anonymous="erased")
        last_id = opened.log.last_id()
        keys.destroy(stream_of("erased"), 3, NOW)
        section = opened.log.read(0, 10)
        assert [one.event.message_id for one in section.notifications] == ["2"]
        assert section.last_id == last_id
        assert [one.event.message_id for one in opened.log.read_ids(range(1, last_id + 1))] == ["2"]

    def test_what_comes_after_an_erasure_opens_a_new_generation(self, opened: Opened, keys: MemoryKeys) -> None:
        opened.record("1", anonymous="erased")
        keys.destroy(stream_of("erased"), 2, NOW)
        opened.record("2", anonymous="erased")
        (fact,) = opened.recorded()
        assert (fact.message_id, fact.version) == ("2", 2)

    def test_what_happened_before_an_erasure_is_refused_and_counted_once(
        self, opened: Opened, keys: MemoryKeys
    ) -> None:
        opened.record("1", anonymous="erased")
        keys.destroy(stream_of("erased"), 2, NOW)
        for _ in range(2):  # it comes again, as everything may
            late = [said("2", "erased", occurred_at=NOW), said("3", "erased", occurred_at=NOW + 1), said("4", "kept")]
            proposals = dict(enumerate(propose(SECRET, event) for event in late))
            record(opened.store, proposals, lambda _: None)
        assert opened.message_ids() == ["3", "4"]
        assert self.refused() == {"erasure": 1}
        assert self.open(lambda: NOW, keys).message_ids() == ["3", "4"]

    def test_what_is_refused_for_want_of_consent_is_counted_once_and_not_recorded(self, opened: Opened) -> None:
        counts = said("1", fact="", refused="consent")
        for _ in range(2):  # it comes again, as everything may
            proposals = dict(enumerate(propose(SECRET, event) for event in (counts, said("2"), counts)))
            record(opened.store, proposals, lambda _: None)
        assert opened.message_ids() == ["2"]
        assert self.refused() == {"consent": 1}

    @abstractmethod
    def refused(self) -> dict[str, int]:
        """How many events were refused, by reason."""

    def test_every_stored_topic_is_a_frozen_name_with_its_version(self, opened: Opened) -> None:
        for known in FACT_NAMES.values():
            fact = f"{known.fact}:{known.version}"
            opened.store.append(facts(opened.store, said(fact, fact=fact)), 0)
        assert self.topics() == {f"{known.fact}:{known.version}" for known in FACT_NAMES.values()}

    @abstractmethod
    def topics(self) -> set[str]:
        """Every topic that lies in the store, read past the product."""
