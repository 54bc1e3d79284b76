"""The projector: insert, refresh, advance, in that order; a crash between any two is made good by the next step."""

from __future__ import annotations

from itertools import count

import msgspec
import pytest

from projections.ports import Poisoned, StoreCurrencies, TrackingPosition
from projections.projection import LOOK_BACK, Projection
from projections.projector import Projector, _position
from schemas.errors import FootfallError
from schemas.facts import LogSection, Notification
from schemas.rules import LEAST_BOT_IN_MINUTE
from tests.builders import NOW, message
from tests.unit.projections.doubles import (
    POISON,
    Calls,
    Crash,
    Diary,
    Euros,
    ListEvents,
    ListNotifications,
    MemoryTracking,
    noted_upkeep,
    notification,
    stream,
)


class Place:
    """A projector among its doubles. What lies on disks stays when the process ends."""

    def __init__(self, *notifications: Notification, gaps: tuple[int, ...] = (), crash_at: int = 0) -> None:
        self.diary = Diary(crash_at)
        self.log = ListNotifications(list(notifications))
        self.tracking = MemoryTracking(self.diary)
        self.events = ListEvents(self.diary, gaps)
        self.kept: list[Poisoned] = []
        self.currencies: StoreCurrencies = Euros()

    def projection(self) -> Projection:
        return Projection(self.events, noted_upkeep(self.diary), self.currencies, self.kept.extend)

    def projector(self) -> Projector:
        return Projector(self.log, self.tracking, self.projection(), self.diary.lock)

    def calls(self, *names: str) -> Calls:
        return [call for call in self.diary.calls if call[0] in names]


def two_of_two_stores() -> tuple[Notification, Notification]:
    return (
        notification(1, event_id="1", stream=stream("a1"), names=((stream("a1"), "1"), (stream("e1"), "x"))),
        notification(2, event_id="2", stream=stream("u1"), store="other"),
    )


def test_a_change_of_rules_refreshes_everybody_of_its_store_and_nobody_else() -> None:
    one, other = two_of_two_stores()
    changed = notification(3, event_id="3", stream=stream("s"), names=((stream("s"), ""),), fact="RulesChanged:1")
    place = Place(one, other, changed)
    place.projector().step()
    assert place.calls("around", "refresh", "advance") == [
        ("refresh", "shop", "everybody", "profiles", "sessions"),
        ("around", "other", (stream("u1"),)),
        ("refresh", "other", (stream("u1"),), "profiles", "sessions"),
        ("advance", 3),
    ]


def test_a_step_inserts_then_refreshes_each_store_then_advances() -> None:
    place = Place(*two_of_two_stores())
    assert place.projector().step() == 2
    both = (stream("a1"), stream("e1"))
    assert place.diary.calls == [
        ("lock",),
        ("insert", (1, 2)),
        ("around", "shop", both),
        ("refresh", "shop", both, "profiles", "sessions"),
        ("around", "other", (stream("u1"),)),
        ("refresh", "other", (stream("u1"),), "profiles", "sessions"),
        ("advance", 2),
        ("unlock",),
    ]
    assert place.tracking.at == TrackingPosition(2, NOW)


def test_a_burst_is_written_before_the_facts_that_make_it() -> None:
    long = notification(1, event_id="1", version=LEAST_BOT_IN_MINUTE + 1)
    place = Place(long, notification(2, event_id="2"))
    place.projector().step()
    assert place.calls("expect", "insert", "inserted", "refresh")[:3] == [
        ("expect", 1),
        ("insert", (1, 2)),
        ("inserted", {"shop": [(stream("a1"), 0)]}),
    ]


def test_a_crash_between_any_two_lines_is_made_good_by_the_next_step() -> None:
    for crash_at in count(1):
        place = Place(*two_of_two_stores(), crash_at=crash_at)
        undisturbed = Place(*two_of_two_stores())
        undisturbed.projector().step()
        try:
            place.projector().step()
        except Crash:
            before = [call for call in place.diary.calls if call[0] == "advance"]
            assert before == [], "the position must not move before everything is in the answers"
            place.diary.calls.clear()
            assert place.projector().step() == 2
        else:
            assert crash_at == len(undisturbed.diary.calls)
            return
        assert place.diary.calls == undisturbed.diary.calls, f"a crash at call {crash_at}"
        assert place.events.rows == undisturbed.events.rows
        assert place.tracking.at == undisturbed.tracking.at


def test_the_lock_is_let_go_when_a_step_fails() -> None:
    place = Place(*two_of_two_stores(), crash_at=2)
    with pytest.raises(Crash):
        place.projector().step()
    assert place.diary.calls[-1] == ("unlock",)


def test_an_exhausted_log_absorbs_its_moment() -> None:
    place = Place()
    place.log.exhausted_at = NOW + 5
    assert place.projector().step() == 0
    assert place.tracking.at == TrackingPosition(0, NOW + 5)


def test_a_poisonous_event_is_kept_and_its_neighbours_are_projected() -> None:
    place = Place(
        notification(1, event_id="1"),
        notification(2, event_id="2", message=msgspec.Raw(POISON)),
        notification(3, event_id="3", fact="NobodyKnows:1"),
        notification(4, event_id="4"),
    )
    assert place.projector().step() == 4
    assert place.calls("insert") == [("insert", (1, 4))]
    assert [(one.notification.id, one.place, type(one.error)) for one in place.kept] == [
        (2, 1, msgspec.DecodeError),
        (3, 2, KeyError),
    ]
    assert place.tracking.at.notification_id == 4


def test_a_start_tells_poison_that_never_had_a_row_from_what_this_version_alone_cannot_project() -> None:
    poison = msgspec.Raw(POISON)
    place = Place(*(notification(id_, event_id=str(id_), message=poison) for id_ in range(1, 4)), gaps=(1, 3))
    place.tracking.at = TrackingPosition(3, NOW)
    place.projector().start()
    assert [(one.notification.id, one.place) for one in place.kept] == [(1, None), (2, 1), (3, None)]


class NoCurrencies:
    """The file with the stores cannot be read now."""

    def currency(self, store: str) -> str:
        raise FootfallError(store)


def test_a_fault_of_storage_is_no_poison() -> None:
    order = message(event="Order Completed", properties={"order_id": "1", "total": 5})
    place = Place(notification(1, order, event_id="1", fact="OrderCompleted:1", name="Order Completed"))
    place.currencies = NoCurrencies()
    with pytest.raises(FootfallError):
        place.projector().step()
    assert (place.kept, place.tracking.at.notification_id) == ([], 0)


def test_a_start_puts_back_gaps_and_what_came_last() -> None:
    place = Place(*(notification(id_, event_id=str(id_)) for id_ in range(1, 6)), gaps=(2, 9))
    place.tracking.at = TrackingPosition(4, NOW)
    assert place.projector().start() == 1
    assert place.calls("insert", "advance") == [("insert", (1, 2, 3, 4))]


def test_a_start_looks_back_no_further_than_it_must() -> None:
    position = LOOK_BACK + 10
    place = Place(*(notification(id_, event_id=str(id_)) for id_ in range(1, position + 1)), gaps=(3,))
    place.tracking.at = TrackingPosition(position, NOW)
    assert place.projector().start() == 1
    assert set(place.events.rows) == {"3"} | {str(id_) for id_ in range(11, position + 1)}


def test_refilling_writes_events_and_refreshes_nobody() -> None:
    place = Place()
    projection = place.projection()
    projection.insert(projection.rows(list(two_of_two_stores())))
    assert place.diary.calls == [("insert", (1, 2))]


def test_of_a_log_that_goes_on_all_before_the_last_moment_is_absorbed() -> None:
    section = LogSection([notification(1, recorded_at=NOW), notification(2, recorded_at=NOW + 9)], 2, None)
    assert _position(section) == TrackingPosition(2, NOW + 8)


def test_of_a_log_that_ends_its_moment_is_absorbed() -> None:
    assert _position(LogSection([notification(1)], 1, NOW + 50)) == TrackingPosition(1, NOW + 50)
    assert _position(LogSection([], 0, NOW)) == TrackingPosition(0, NOW)


def test_a_section_of_erased_facts_alone_moves_on_and_absorbs_no_moment() -> None:
    assert _position(LogSection([], 7, None)) == TrackingPosition(7, 0)
