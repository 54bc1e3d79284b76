"""Writes the table `bursts`: the hours in which an anonymous stream may have gone faster than a person.

An upper bound of what the rule for bots looks at, whatever it is (`bots.py`); no answer depends on how far it is above.
An hour is written before the facts that make it one: who reads facts later than their versions sees it as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from projections import sql
from projections.bots import LEAST_IN_HOUR, LEAST_IN_MINUTE
from projections.clickhouse_connection import ExternalTable, Warehouse
from schemas.facts import KeyClass, Notification

_ARRIVING = {"stream": "FixedString(33)", "event_id": "FixedString(32)", "at": "Int64"}
_RATES = {"least_in_minute": LEAST_IN_MINUTE, "least_in_hour": LEAST_IN_HOUR}


class Bursts:
    """The table `bursts`."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def expect(self, notifications: Sequence[Notification]) -> None:
        """Write the hours that become bursts with these facts, which are not there yet, or are again; idempotent."""
        for store, arriving in _arriving(notifications).items():
            table = ExternalTable("arriving", _ARRIVING, arriving)
            self._insert("bursts_arriving", {"store": store}, [table])

    def find(self) -> None:
        """Write those of all facts that are there."""
        self._insert("bursts", {}, [])

    def _insert(self, query: str, parameters: dict[str, str], tables: Sequence[ExternalTable]) -> None:
        text = f"INSERT INTO bursts {sql.text('projections', 'queries', query)}"
        self._warehouse.select(text, {**parameters, **_RATES}, tables)


def _arriving(notifications: Sequence[Notification]) -> dict[str, list[tuple[str, str, int]]]:
    """Return by store the facts of anonymous streams that are long enough: a burst ends with a high version."""
    long = {(n.event.store, n.event.stream) for n in notifications if n.event.version > LEAST_IN_MINUTE}
    found: defaultdict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for event in [notification.event for notification in notifications] if long else []:
        if event.stream[0] == "a" and event.key_class is KeyClass.WRITE and (event.store, event.stream) in long:
            found[event.store].append((event.stream, event.event_id, event.occurred_at))
    return found
