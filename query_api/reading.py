"""Reads one customer: from the live read models, or the same SQL as of then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from projections import sql
from projections.clickhouse_connection import FOR_EVER, Warehouse, moment
from projections.links import time_parameters
from projections.refresh import READ_MODELS, ReadModel, Refresh
from projections.scope import People, Scope
from schemas.clock import EARLIEST
from schemas.facts import Microseconds

Row = dict[str, Any]
PROFILES, SESSIONS = READ_MODELS[:2]


class Times(NamedTuple):
    """Valid time and recorded time of an answer; None is the present."""

    as_of: Microseconds | None = None
    known_at: Microseconds | None = None

    @property
    def travelled(self) -> bool:
        """Tell whether the live read models cannot answer."""
        return self.as_of is not None or self.known_at is not None


class Place(NamedTuple):
    """A place in the order of facts."""

    at: Microseconds
    event_id: str


FIRST = Place(EARLIEST, "")
LAST = Place(FOR_EVER, "g")
EVERYTHING, ACTIVITY, OUTSIDE = (0, 1), (1,), (0,)


class Reading:
    """Answers about one customer of one store."""

    def __init__(self, warehouse: Warehouse, scope: Scope, refresh: Refresh) -> None:
        self._warehouse = warehouse
        self._scope = scope
        self._refresh = refresh

    def customer_of(self, store: str, stream: str, times: Times) -> str:
        """Return the customer that a stream belongs to: its owner, else itself."""
        return self._scope.customer_of(store, stream, *moments(times))

    def profile(self, store: str, stream: str, times: Times) -> Row | None:
        """Return the profile row of the person that a stream belongs to, None where it has no facts."""
        return self._row(PROFILES, store, stream, times)

    def sessions(self, store: str, stream: str, times: Times) -> Row | None:
        """Return the sessions row of the person that a stream belongs to."""
        return self._row(SESSIONS, store, stream, times)

    def _row(self, model: ReadModel, store: str, stream: str, times: Times) -> Row | None:
        if times.travelled:
            return self._travelled(model, store, stream, times)
        parameters = {"store": store, "customer_id": stream}
        rows = self._warehouse.select_with_names(_query(model.name), parameters)
        if rows:
            return rows[0]
        customer = self.customer_of(store, stream, times)
        return self._row(model, store, customer, times) if customer != stream else None

    def _travelled(self, model: ReadModel, store: str, stream: str, times: Times) -> Row | None:
        as_of, known_at = moments(times)
        people = self._scope.around(store, [stream], as_of, known_at)
        customer = _customer(people, stream)
        rows = self._refresh.compute(model, store, people, as_of, known_at)
        return next((row for row in rows if row["customer_id"] == customer), None)

    def by_address(self, store: str, kind: str, value: str, stream: str, times: Times) -> list[Row]:
        """Return the profiles of whoever owns the stream of an address, or last said it to be theirs."""
        owner = self.customer_of(store, stream, times)
        asked = {"kind": kind, "value": value}
        if not times.travelled:
            parameters = {"store": store, "owner": owner, **asked}
            return self._warehouse.select_with_names(_query("by_address"), parameters)
        said = self._warehouse.select(_query("address_streams"), {**_times(store, times), **asked})
        as_of, known_at = moments(times)
        people = self._scope.around(store, [stream, *(str(one) for (one,) in said)], as_of, known_at)
        rows = self._refresh.compute(PROFILES, store, people, as_of, known_at)
        return [row for row in rows if row["customer_id"] == owner or _says(row, kind, value)]

    def streams(self, store: str, customer: str, times: Times) -> list[str]:
        """Return all streams of a customer."""
        return sorted(self._scope.linked(store, customer, *moments(times)).of(customer))

    def facts(
        self,
        store: str,
        streams: Sequence[str],
        times: Times,
        *,
        after: Place = FIRST,
        before: Place = LAST,
        newest_first: bool = False,
        activity: Sequence[int] = EVERYTHING,
        limit: int = 1_000_000,
    ) -> list[Row]:
        """Return facts of some streams between two places, both excluded."""
        parameters = {
            **_times(store, times),
            "streams": list(streams),
            "activity": list(activity),
            "after_at": moment(after.at),
            "after_id": after.event_id,
            "before_at": moment(before.at),
            "before_id": before.event_id,
            "newest_first": int(newest_first),
            "limit": limit,
        }
        return self._warehouse.select_with_names(_query("facts"), parameters)


def address(kind: str, value: str) -> str:
    """Return an address as addresses are compared."""
    return value.strip().lower() if kind == "email" else "".join(c for c in value if c in "+0123456789")


def _customer(people: People, stream: str) -> str:
    return next((owner for one, owner, _ in people if one == stream), stream)


def _says(row: Row, kind: str, value: str) -> bool:
    said = json.loads(row["traits"].get(kind, "null"))
    return isinstance(said, str) and address(kind, said) == value


def _query(name: str) -> str:
    return sql.text("query_api", "queries", name)


def moments(times: Times) -> tuple[Microseconds, Microseconds]:
    return (
        FOR_EVER if times.as_of is None else times.as_of,
        FOR_EVER if times.known_at is None else times.known_at,
    )


def _times(store: str, times: Times) -> dict[str, Any]:
    return time_parameters(store, *moments(times))
