"""Writes the table `bursts`: the hours in which an anonymous stream may have gone faster than a person, and how fast.

An hour is written before the facts that make it a burst: who reads facts later than their versions sees it as well. How
fast it was is written after them, and spares the readers the counting. No answer depends on how far `bursts` is above
what the rule for bots asks (`bots.py`). What counts (`judged`) must stay what it is for a fact that is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from projections import sql
from projections.clickhouse_connection import FOR_EVER, ExternalTable, Warehouse
from schemas.clock import EARLIEST
from schemas.facts import KeyClass, Microseconds, Notification
from schemas.rules import LEAST_BOT_IN_HOUR, LEAST_BOT_IN_MINUTE

_HOUR = 3_600_000_000
_ARRIVING = {"stream": "FixedString(33)", "event_id": "FixedString(32)", "at": "Int64"}
_ASKED = {"stream": "FixedString(33)"}
_RATES = {"least_in_minute": LEAST_BOT_IN_MINUTE, "least_in_hour": LEAST_BOT_IN_HOUR}
_INSERT = "INSERT INTO bursts (store, stream, hour) VALUES"
_LONG_STREAMS = (
    "SELECT store, groupUniqArray(stream) FROM events WHERE judged AND version > {least:UInt64} GROUP BY store"
)


Hours = Sequence[tuple[str, Microseconds]]
"""Streams, each with the first microsecond of an hour."""
Expected = Mapping[str, Hours]
"""By store."""


class Bursts:
    """The table `bursts`. All may be repeated."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def expect(self, notifications: Sequence[Notification]) -> Expected:
        """Write and return the hours that become bursts with these facts, which are not there yet, or come again."""
        found: dict[str, Hours] = {}
        query = sql.text("projections", "queries", "bursts_arriving")
        for store, arriving in _long(notifications).items():
            table = ExternalTable("arriving", _ARRIVING, arriving)
            if hours := self._warehouse.select(query, {"store": store, **_RATES}, [table]):
                self._warehouse.insert(_INSERT, [[store] * len(hours), *zip(*hours, strict=True)])
                found[store] = hours
        return found

    def count(self, expected: Expected) -> None:
        """Write how fast these hours are; their facts are there now."""
        for store, hours in expected.items():
            begins = [hour for _, hour in hours]
            self._count(store, {stream for stream, _ in hours}, min(begins), max(begins) + _HOUR)

    def count_all(self) -> None:
        """Write how fast all hours are."""
        for store, streams in self._warehouse.select(_LONG_STREAMS, {"least": LEAST_BOT_IN_MINUTE}):
            self._count(store, streams, EARLIEST - EARLIEST % _HOUR, FOR_EVER)

    def _count(self, store: str, streams: Collection[str], first: Microseconds, last: Microseconds) -> None:
        text = f"INSERT INTO bursts {sql.text('projections', 'queries', 'bursts')}"
        asked = ExternalTable("asked", _ASKED, [(stream,) for stream in streams])
        self._warehouse.select(text, {"store": store, "first": first, "last": last, **_RATES}, [asked])


def _long(notifications: Sequence[Notification]) -> Mapping[str, Sequence[tuple[str, str, Microseconds]]]:
    """Return by store the facts of streams that are long enough: a burst ends with a high version, which few have."""
    long = {(n.event.store, n.event.stream) for n in notifications if n.event.version > LEAST_BOT_IN_MINUTE}
    found: defaultdict[str, list[tuple[str, str, Microseconds]]] = defaultdict(list)
    for event in [notification.event for notification in notifications] if long else []:
        if event.stream[0] == "a" and event.key_class is KeyClass.WRITE and (event.store, event.stream) in long:
            found[event.store].append((event.stream, event.event_id, event.occurred_at))
    return found
