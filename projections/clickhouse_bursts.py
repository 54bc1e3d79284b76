"""Writes the table `bursts`: the hours in which an anonymous stream may have gone faster than a person, and how fast.

An hour is written before the facts that make it a burst: who reads facts later than their versions sees it as well. How
fast it was is written after them, and spares the readers the counting. No answer depends on how far `bursts` is above
what the rule for bots asks (`bots.py`). What counts (`judged`) must stay what it is for a fact that is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from projections import sql
from projections.bots import LEAST_IN_HOUR, LEAST_IN_MINUTE
from projections.clickhouse_connection import FOR_EVER, ExternalTable, Warehouse
from schemas.clock import EARLIEST
from schemas.facts import KeyClass, Microseconds, Notification

_HOUR = 3_600_000_000
_ARRIVING = {"stream": "FixedString(33)", "event_id": "FixedString(32)", "at": "Int64"}
_ASKED = {"stream": "FixedString(33)"}
_RATES = {"least_in_minute": LEAST_IN_MINUTE, "least_in_hour": LEAST_IN_HOUR}
_LONG_STREAMS = (
    "SELECT store, groupUniqArray(stream) FROM events WHERE judged AND version > {least:UInt64} GROUP BY store"
)


class Arriving(NamedTuple):
    """A fact that may be part of a burst."""

    stream: str
    event_id: str
    at: Microseconds


Expected = Mapping[str, Sequence[Arriving]]
"""By store the facts of the streams that are long enough for a burst."""


class Bursts:
    """The table `bursts`. All may be repeated."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def expect(self, expected: Expected) -> None:
        """Write the hours that become bursts with these facts, which are not there yet, or are there again."""
        for store, arriving in expected.items():
            self._insert("bursts_arriving", {"store": store}, ExternalTable("arriving", _ARRIVING, arriving))

    def count(self, expected: Expected) -> None:
        """Write how fast the hours of these facts are, which are there now."""
        for store, arriving in expected.items():
            times = [fact.at for fact in arriving]
            self._count(store, {fact.stream for fact in arriving}, min(times), max(times))

    def count_all(self) -> None:
        """Write how fast all hours are."""
        for store, streams in self._warehouse.select(_LONG_STREAMS, {"least": LEAST_IN_MINUTE}):
            self._count(store, streams, EARLIEST, FOR_EVER)

    def _count(self, store: str, streams: Collection[str], first: Microseconds, last: Microseconds) -> None:
        hours = {"first": first - first % _HOUR, "last": last - last % _HOUR + _HOUR}
        asked = ExternalTable("asked", _ASKED, [(stream,) for stream in streams])
        self._insert("bursts", {"store": store, **hours}, asked)

    def _insert(self, query: str, parameters: Mapping[str, Any], table: ExternalTable) -> None:
        text = f"INSERT INTO bursts {sql.text('projections', 'queries', query)}"
        self._warehouse.select(text, {**parameters, **_RATES}, [table])


def expected(notifications: Sequence[Notification]) -> Expected:
    """Return what of these facts may be part of a burst: the last fact of one has a high version, and few have."""
    long = {(n.event.store, n.event.stream) for n in notifications if n.event.version > LEAST_IN_MINUTE}
    found: defaultdict[str, list[Arriving]] = defaultdict(list)
    for event in [notification.event for notification in notifications] if long else []:
        if event.stream[0] == "a" and event.key_class is KeyClass.WRITE and (event.store, event.stream) in long:
            found[event.store].append(Arriving(event.stream, event.event_id, event.occurred_at))
    return found
