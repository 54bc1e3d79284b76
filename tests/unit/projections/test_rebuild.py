"""Rebuilding beside a working projector: what it wrote meanwhile is written again, and its lock is always let go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from projections.clickhouse_connection import Session
from projections.perspective import Perspective
from projections.ports import TrackingPosition
from projections.projection import BATCH_EVENTS
from projections.rebuild import Rebuild
from projections.refresh import READ_MODELS, ReadModel
from schemas.facts import LogSection, Notification
from tests.builders import NOW
from tests.unit.projections.doubles import (
    Calls,
    Crash,
    Diary,
    EachByItself,
    ListNotifications,
    ListWarehouse,
    MemoryTracking,
    noted_upkeep,
    notification,
    stream,
)

PROFILES = READ_MODELS[0]


class Busy(EachByItself):
    """While everybody is read, the projector absorbs more."""

    def __init__(self, diary: Diary, tracking: MemoryTracking, up_to: int) -> None:
        super().__init__(diary)
        self._tracking, self._up_to = tracking, up_to

    def everybody(self, session: Session, perspective: Perspective) -> Iterator[int]:
        self._tracking.at = TrackingPosition(self._up_to, NOW)
        yield 3


class Place:
    def __init__(self, *notifications: Notification, since: int = 0, crash_at: int = 0) -> None:
        self.diary = Diary(crash_at)
        self.log = ListNotifications(list(notifications))
        self.tracking = MemoryTracking(self.diary, TrackingPosition(since, NOW))
        self.warehouse = ListWarehouse(self.diary, {"cityHash64": [(1, 10)]})
        self.told: list[tuple[str, int, int]] = []
        self.models: Sequence[ReadModel] = [PROFILES]

    def rebuild(self) -> Rebuild:
        scope = Busy(self.diary, self.tracking, self.log.last_id())
        return Rebuild(self.warehouse, noted_upkeep(self.diary, scope), [self.log], self.tracking, self.diary.lock)

    def tell(self, what: str, done: int, of: int) -> None:
        self.told.append((what, done, of))

    def run(self) -> Calls:
        self.rebuild().rebuild(self.models, ["shop"], self.tell)
        return self.diary.calls


def three() -> list[Notification]:
    return [notification(id_, event_id=str(id_), stream=stream(f"u{id_}")) for id_ in (1, 2, 3)]


def test_a_read_model_is_built_aside_caught_up_under_the_lock_and_swapped_in() -> None:
    caught_up = (stream("u2"), stream("u3"))
    assert Place(*three(), since=1).run() == [
        ("select", "DROP TABLE IF EXISTS profiles_aside SYNC"),
        ("select", "CREATE TABLE profiles_aside AS profiles"),
        ("refresh", "shop", "everybody", "profiles_aside"),
        ("lock",),
        ("around", "shop", caught_up),
        ("refresh", "shop", caught_up, "profiles_aside"),
        ("select", "EXCHANGE TABLES profiles AND profiles_aside"),
        ("unlock",),
        ("select", "DROP TABLE IF EXISTS profiles_aside SYNC"),
    ]


def test_read_models_are_built_together_and_swapped_in_under_one_lock() -> None:
    place = Place(*three(), since=1)
    place.models = READ_MODELS
    calls = place.run()
    assert ("refresh", "shop", "everybody", "profiles_aside", "sessions_aside") in calls
    swaps = [calls.index(("select", f"EXCHANGE TABLES {name} AND {name}_aside")) for name in ("profiles", "sessions")]
    assert calls.index(("lock",)) < swaps[0] < swaps[1] < calls.index(("unlock",))
    assert [call for call in calls[-2:] if "DROP TABLE" in str(call)] == calls[-2:]


def test_where_rules_changed_meanwhile_everybody_is_caught_up() -> None:
    changed = notification(4, event_id="4", stream=stream("s"), names=((stream("s"), ""),), fact="RulesChanged:1")
    calls = Place(*three(), changed, since=1).run()
    assert calls.count(("refresh", "shop", "everybody", "profiles_aside")) == 2
    assert not [call for call in calls if call[0] == "around"]


def test_nothing_is_caught_up_where_nothing_was_projected_meanwhile() -> None:
    place = Place(*three(), since=3)
    assert not [call for call in place.run() if call[0] == "around"]


def test_progress_is_told() -> None:
    place = Place(since=0)
    place.run()
    assert place.told == [("profiles of shop", 3, 3)]


@pytest.mark.parametrize("crash_at", range(1, 9))
def test_the_lock_is_let_go_wherever_a_rebuild_ends(crash_at: int) -> None:
    place = Place(*three(), since=1, crash_at=crash_at)
    caught: Crash | None = None
    try:
        place.run()
    except Crash as crash:  # kept, as a log or a debugger would
        caught = crash
    calls = [call[0] for call in place.diary.calls]
    assert calls.count("lock") == calls.count("unlock")
    assert caught is not None or crash_at == 8


class Erased(ListNotifications):
    """A log of which every section is empty, its facts being erased."""

    def read(self, after: int, limit: int) -> LogSection:
        section = super().read(after, limit)
        return LogSection([], section.last_id, section.exhausted_at)


def test_catching_up_ends_where_all_facts_are_erased() -> None:
    place = Place(since=0)
    place.log = Erased(three())
    assert not [call for call in place.run() if call[0] == "around"]


def test_catching_up_goes_through_more_than_one_section() -> None:
    many = [notification(id_, event_id=str(id_), stream=stream("u1")) for id_ in range(1, BATCH_EVENTS + 3)]
    last = notification(BATCH_EVENTS + 3, event_id="last", stream=stream("u9"))
    place = Place(*many, last)
    (around,) = [call for call in place.run() if call[0] == "around"]
    assert around == ("around", "shop", (stream("u1"), stream("u9")))


def test_verifying_compares_and_swaps_nothing() -> None:
    place = Place(since=0)
    place.warehouse = ListWarehouse(place.diary, {"uniqExact(digest)": [("shop", "u1")], "cityHash64": [(1, 10)]})
    (verdict,) = place.rebuild().verify([PROFILES], ["shop"], place.tell)
    assert verdict.live == verdict.rebuilt == "1-000000000000000a"
    assert verdict.differences == [("profiles", "shop", "u1")]
    assert not any("EXCHANGE" in str(call) for call in place.diary.calls)
