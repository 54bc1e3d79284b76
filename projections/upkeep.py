"""Keeps read models up to date: refreshes whom facts touch, or everybody of a store whose rules changed.

Serves the projector (into the live tables) and a rebuild (into those beside them). How a row is worked out is not
known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from projections.clickhouse_connection import Warehouse
from projections.perspective import Perspective
from projections.refresh import LIVE, Refresh, Tables
from projections.scope import People, Scope
from projections.store_rules import StoreRules
from schemas.facts import Notification

RULES_CHANGED = "RulesChanged:"
"""What the stored name of a change of rules begins with."""


Turn = Callable[[], int]
"""Gives a refresh a number above those of all refreshes that have begun, whoever began them."""


def no_turns() -> int:
    """`Turn` where refreshes are never at work at the same time: what is written last stands."""
    return 0


class Upkeep:
    """Writes the rows of read models anew. Everything may be repeated."""

    def __init__(
        self, warehouse: Warehouse, scope: Scope, refresh: Refresh, rules: StoreRules, turn: Turn = no_turns
    ) -> None:
        self._turn = turn
        self._warehouse = warehouse
        self._scope = scope
        self._refresh = refresh
        self._rules = rules

    def refresh(self, notifications: Iterable[Notification], tables: Tables = LIVE) -> None:
        """Write the rows of all whom some facts touch; the facts are in `events` already."""
        touched: defaultdict[str, set[str]] = defaultdict(set)
        anew: set[str] = set()
        for notification in notifications:
            event = notification.event
            touched[event.store].update(stream for stream, _ in event.names)
            if event.fact.startswith(RULES_CHANGED):
                anew.add(event.store)
        for store, streams in touched.items():
            if store in anew:
                self.refresh_everybody(store, tables)
            else:
                self.refresh_around(store, streams, tables)

    def refresh_around(self, store: str, streams: Iterable[str], tables: Tables = LIVE) -> None:
        """Write the rows of all whom some streams could affect."""
        perspective = self._perspective(store)
        self._refresh.write(perspective, self._scope.around(perspective, streams), tables)

    def around(self, store: str, streams: Iterable[str]) -> People:
        """Return all whom some streams could affect, at present."""
        return self._scope.around(self._rules.perspective(store), streams)

    def refresh_everybody(
        self, store: str, tables: Tables = LIVE, written: Callable[[int], None] = lambda _: None
    ) -> None:
        """Write the rows of all persons of a store, slice by slice; `written` is told how many streams each had.

        Whoever is touched meanwhile is refreshed by others with a higher version, which stands.
        """
        perspective = self._perspective(store)
        with self._warehouse.session() as session:
            for streams in self._scope.everybody(session, perspective):
                self._refresh.write_people_of(session, perspective, tables)
                written(streams)

    def _perspective(self, store: str) -> Perspective:
        """Take a turn, then look: ClickHouse shows a fact a moment before what it derives from it (claims, retractions,
        orders), and who looked in between has seen as much by its version as who looks later.
        """
        turn = self._turn()
        return self._rules.perspective(store)._replace(turn=turn)
