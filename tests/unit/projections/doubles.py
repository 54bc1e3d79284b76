"""Doubles for what the projector works with, and builders of notifications."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from projections.clickhouse_bursts import Expected
from projections.clickhouse_connection import Address, ExternalTable, Session, Warehouse
from projections.clickhouse_events import Block, EventsTable
from projections.perspective import Perspective
from projections.ports import TrackingPosition
from projections.refresh import LIVE, Refresh, Tables
from projections.rows import Row
from projections.scope import People, Scope
from projections.store_rules import RuleChange, StoreRules
from projections.upkeep import Upkeep
from schemas import json
from schemas.facts import CustomerEvent, KeyClass, LogSection, Microseconds, Notification
from schemas.rules import LEAST_BOT_IN_MINUTE, Rules
from schemas.streams import StreamId
from tests.builders import NOW, message


def stream(name: str) -> StreamId:
    """A stream that a test can read: a kind's letter, a name, zeros."""
    return StreamId(name.ljust(33, "0"))


def customer_event(said: dict[str, Any] | None = None, **fields: Any) -> CustomerEvent:
    own = fields.get("stream", stream("a1"))
    built: dict[str, Any] = {
        "store": "shop",
        "stream": own,
        "version": 1,
        "event_id": "e".ljust(32, "0"),
        "key_class": KeyClass.WRITE,
        "name": "Product Viewed",
        "fact": "ProductViewed:1",
        "message_id": "m-1",
        "occurred_at": NOW,
        "received_at": NOW,
        "recorded_at": NOW,
        "names": ((own, "a-1"),),
        "message": msgspec.Raw(msgspec.json.encode(message() if said is None else said)),
    }
    return CustomerEvent(**{**built, **fields})


def notification(id_: int = 1, said: dict[str, Any] | None = None, **fields: Any) -> Notification:
    return Notification(0, id_, customer_event(said, **fields))


POISON = b'{"properties": {]'
"""A message that no version of the product can read."""


@dataclass
class ListNotifications:
    """A notification log in memory."""

    notifications: list[Notification] = field(default_factory=list)
    exhausted_at: Microseconds = NOW
    shard: int = 0

    def read(self, after: int, limit: int) -> LogSection:
        found = [one for one in self.notifications if one.id > after][:limit]
        last_id = found[-1].id if found else 0
        return LogSection(found, last_id, self.exhausted_at if len(found) < limit else None)

    def read_ids(self, ids: Collection[int]) -> Sequence[Notification]:
        return [one for one in self.notifications if one.id in set(ids)]

    def last_id(self) -> int:
        return self.notifications[-1].id if self.notifications else 0


Calls = list[tuple[Any, ...]]


class Crash(Exception):
    """The process ends here."""


class Diary:
    """What the doubles were told, in order; ends the process at the n-th line, once."""

    def __init__(self, crash_at: int = 0) -> None:
        self.calls: Calls = []
        self._crash_at = crash_at

    def note(self, *call: Any) -> None:
        if self._crash_at == len(self.calls) + 1:
            self._crash_at = 0
            raise Crash
        self.calls.append(call)

    def lock(self) -> AbstractContextManager[None]:
        return self._held()

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.note("lock")
        try:
            yield
        finally:
            self.calls.append(("unlock",))


class MemoryTracking:
    def __init__(self, diary: Diary, position: TrackingPosition | None = None) -> None:
        self._diary = diary
        self.at = position or TrackingPosition(0, 0)

    def position(self, shard: int) -> TrackingPosition:
        return self.at

    def advance(self, shard: int, position: TrackingPosition) -> None:
        self._diary.note("advance", position.notification_id)
        self.at = TrackingPosition(*map(max, self.at, position))


class ListEvents(EventsTable):
    """The table `events` in memory; a repeated row replaces itself."""

    def __init__(self, diary: Diary, gaps: Sequence[int] = ()) -> None:
        self._diary = diary
        self._gaps = gaps
        self.rows: dict[str, Row] = {}

    def expect(self, notifications: Sequence[Notification]) -> Expected:
        if not (long := [one for one in notifications if one.event.version > LEAST_BOT_IN_MINUTE]):
            return {}
        self._diary.note("expect", len(long))
        return {one.event.store: [(one.event.stream, 0)] for one in long}

    def inserted(self, expected: Expected) -> None:
        if expected:
            self._diary.note("inserted", expected)

    def all_inserted(self) -> None:
        self._diary.note("all inserted")

    def insert(self, rows: Block) -> None:
        said = [json.decode(row.encode()) for row in rows]
        self._diary.note("insert", tuple(row[6] for row in said))
        self.rows |= {row[3]: row for row in said}

    def missing(self, shard: int, up_to: int) -> list[int]:
        return [gap for gap in self._gaps if gap <= up_to]


class EachByItself(Scope):
    """Every stream is a person by itself."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    def around(self, perspective: Perspective, streams: Iterable[str]) -> People:
        self._diary.note("around", perspective.store, tuple(sorted(streams)))
        return [(one, one, 1) for one in sorted(streams)]

    def everybody(self, session: Session, perspective: Perspective) -> Iterator[int]:
        yield 1


class NotedRefresh(Refresh):
    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    def write(self, perspective: Perspective, people: People, tables: Tables = LIVE) -> None:
        self._diary.note("refresh", perspective.store, tuple(customer for _, customer, _ in people), *tables.values())

    def write_people_of(self, session: Session, perspective: Perspective, tables: Tables) -> None:
        self._diary.note("refresh", perspective.store, "everybody", *tables.values())


class ListWarehouse(Warehouse):
    """Notes what it is asked, and answers by the first question that it knows."""

    def __init__(self, diary: Diary, answers: Mapping[str, list[tuple[Any, ...]]] | None = None) -> None:
        super().__init__(Address("nowhere", 0, "", ""))
        self._diary = diary
        self._answers = answers or {}

    def select(
        self, query: str, parameters: Mapping[str, Any] | None = None, tables: Sequence[ExternalTable] = ()
    ) -> list[tuple[Any, ...]]:
        self._diary.note("select", query)
        return next((rows for known, rows in self._answers.items() if known in query), [])

    @contextmanager
    def session(self, seconds: float = 0) -> Iterator[Session]:
        yield Session(self._connect())


class UnchangedRules(StoreRules):
    """No store ever changed its rules."""

    def __init__(self) -> None:
        self.default = Rules()

    def changes(self, store: str) -> Sequence[RuleChange]:
        return []


def noted_upkeep(diary: Diary, scope: Scope | None = None) -> Upkeep:
    warehouse = ListWarehouse(diary)
    return Upkeep(warehouse, scope or EachByItself(diary), NotedRefresh(diary), UnchangedRules())


class Euros:
    def currency(self, store: str) -> str:
        return "EUR"
