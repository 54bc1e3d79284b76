"""Reads one customer: from the live read models, or the same SQL as of then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from projections import sql
from projections.channels import by_channels
from projections.clickhouse_connection import FOR_EVER, Warehouse, moment
from projections.components import components
from projections.left_out import Left, left, unanswered
from projections.links import Links
from projections.perspective import Perspective
from projections.refresh import READ_MODELS, ReadModel, Refresh
from projections.scope import People, Scope
from projections.store_rules import StoreRules
from schemas.clock import EARLIEST
from schemas.facts import Microseconds
from schemas.rules import Rules

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
_ANSWERS = frozenset(("facts", "why_facts"))
"""Queries that ask which facts of a person are answered; their streams are all of that person's."""
EVERYTHING, ACTIVITY, OUTSIDE = (0, 1), (1,), (0,)


class Sources(NamedTuple):
    """Where answers about customers come from."""

    warehouse: Warehouse
    links: Links
    scope: Scope
    refresh: Refresh
    rules: StoreRules

    def perspective(self, store: str, times: Times) -> Perspective:
        """Return the perspective of some times, by the rules that were known then."""
        as_of = FOR_EVER if times.as_of is None else times.as_of
        known_at = FOR_EVER if times.known_at is None else times.known_at
        return self.rules.perspective(store, as_of, known_at)


def sources_of(warehouse: Warehouse, links: Links, default_rules: Rules) -> Sources:
    """Return what reads from a warehouse; `default_rules` are those of a store that never changed them."""
    return Sources(warehouse, links, Scope(warehouse, links), Refresh(warehouse), StoreRules(warehouse, default_rules))


class Reading:
    """Answers about one customer of one store as of then; for one request."""

    def __init__(self, sources: Sources, store: str, times: Times) -> None:
        self._sources = sources
        self._store = store
        self._times = times
        self._people: dict[tuple[str, ...], People] = {}
        self._without: dict[tuple[tuple[str, ...] | None, bool], Left] = {}

    @cached_property
    def perspective(self) -> Perspective:
        """Read when it is needed: a live profile needs none."""
        return self._sources.perspective(self._store, self._times)

    def customer_of(self, stream: str) -> str:
        """Return the customer that a stream belongs to: its owner, else itself."""
        if self._times.travelled:
            return _customer(self._around([stream]), stream)
        return self._sources.scope.customer_of(self.perspective, stream)

    def profile(self, stream: str) -> Row | None:
        """Return the profile row of the person that a stream belongs to, None where it has no facts."""
        return self._row(PROFILES, stream)

    def sessions(self, stream: str) -> Row | None:
        """Return the sessions row of the person that a stream belongs to."""
        return self._row(SESSIONS, stream)

    def sessions_behind(self, customer: str, after: Place, limit: int) -> Row | None:
        """Return some of a customer's sessions behind a place, as they are at present: where there are many."""
        behind = {"after_at": moment(after.at), "after_id": after.event_id, "limit": limit}
        parameters = {"store": self._store, "customer_id": customer, **behind}
        rows = self._sources.warehouse.select_with_names(_query("sessions_behind"), parameters)
        return rows[0] if rows else None

    def _row(self, model: ReadModel, stream: str) -> Row | None:
        if self._times.travelled:
            return self._travelled(model, stream)
        parameters = {"store": self._store, "customer_id": stream}
        rows = self._sources.warehouse.select_with_names(_query(model.name), parameters)
        if rows:
            return rows[0]
        customer = self.customer_of(stream)
        return self._row(model, customer) if customer != stream else None

    def _travelled(self, model: ReadModel, stream: str) -> Row | None:
        people = self._around([stream])
        customer = _customer(people, stream)
        rows = self._sources.refresh.compute(model, self.perspective, people)
        return next((row for row in rows if row["customer_id"] == customer), None)

    def by_address(self, kind: str, value: str, stream: str) -> list[Row]:
        """Return the profiles of whoever owns the stream of an address, or last said it to be theirs."""
        owner = self.customer_of(stream)
        asked = {"kind": kind, "value": value}
        if not self._times.travelled:
            return self._select("by_address", owner=owner, **asked)
        said = [str(row["stream"]) for row in self._select("address_streams", **asked)]
        people = self._around([stream, *said])
        rows = self._sources.refresh.compute(PROFILES, self.perspective, people)
        found = [row for row in rows if row["customer_id"] == owner or _says(row, kind, value)]
        return sorted(found, key=lambda row: str(row["customer_id"]))

    def streams(self, customer: str) -> list[str]:
        """Return all streams of a customer."""
        return [stream for stream, owner, _ in self._around([customer]) if owner == customer]

    def facts(
        self,
        streams: Sequence[str],
        *,
        after: Place = FIRST,
        before: Place = LAST,
        newest_first: bool = False,
        activity: Sequence[int] = EVERYTHING,
        limit: int = 1_000_000,
    ) -> list[Row]:
        """Return facts of some streams between two places, both excluded."""
        return self._select(
            "facts",
            streams=list(streams),
            activity=list(activity),
            after_at=moment(after.at),
            after_id=after.event_id,
            before_at=moment(before.at),
            before_id=before.event_id,
            newest_first=int(newest_first),
            limit=limit,
        )

    def consent(self, streams: Sequence[str], *, after_at: Microseconds, **behind: Any) -> list[Row]:
        """Return changes of consent in some streams behind a place, which is excluded."""
        return self._select("consent", streams=list(streams), after_at=moment(after_at), **behind)

    def held(self, streams: Sequence[str], until: Microseconds, after: Place, limit: int) -> list[Row]:
        """Return where the event store has facts of some streams, behind a place, whatever the answers make of them."""
        return self._select(
            "held",
            streams=list(streams),
            until=moment(until),
            after_at=moment(after.at),
            after_id=after.event_id,
            limit=limit,
        )

    def why_facts(self, streams: Sequence[str]) -> list[Row]:
        """Return all facts of some streams in short, in their order."""
        return self._select("why_facts", streams=list(streams))

    def order_facts(self, order_ids: Sequence[str]) -> list[Row]:
        """Return the facts of some orders in short, whoever reported them."""
        return self._select("why_orders", order_ids=list(order_ids))

    def links(self, customer: str) -> list[str]:
        """Return the ids of the facts that say which streams are this person, and which are not: all that hang together
        with its own, whether or not they hold. What later facts link, or an order alone, is left out.
        """
        rows = self._select("why_links", streams=[stream for stream, _, _ in self._around([customer])])
        root = components((row["claimant"], row["claimed"]) for row in rows)
        return list(dict.fromkeys(str(row["event_id"]) for row in rows if root(row["claimant"]) == root(customer)))

    def _around(self, streams: Sequence[str]) -> People:
        """Looked for once: one answer is about one person, and asks for it several times."""
        asked = tuple(streams)
        if asked not in self._people:
            self._people[asked] = self._sources.scope.around(self.perspective, streams)
        return self._people[asked]

    def _left_out(self, name: str, streams: Sequence[str] | None) -> Left:
        """Read once for the same streams: a page is asked for in several steps. Answers are about one person."""
        asked, answers = None if streams is None else tuple(streams), name in _ANSWERS
        if (asked, answers) not in self._without:
            source, perspective = self._sources.warehouse, self.perspective
            self._without[asked, answers] = (
                unanswered(source, perspective, asked, lambda: [(stream, asked[0]) for stream in asked])
                if answers and asked
                else left(source, perspective, asked)
            )
        return self._without[asked, answers]

    def _select(self, name: str, **parameters: Any) -> list[Row]:
        found = self._left_out(name, parameters.get("streams"))
        said = {**self.perspective.parameters(), **found.parameters, **parameters}
        query = found.query(by_channels(_query(name), self.perspective.rules))
        return self._sources.warehouse.select_with_names(query, said, found.tables)


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
