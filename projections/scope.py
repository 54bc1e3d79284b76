"""Which persons a query is about: the table `people` of a session, which every read model is worked out from.

A scope is closed under links (held or not) and shared orders: whatever could change a person's row together lies in
it together, and the row's version is the sum of the versions of all those streams, behind the number of changes of the
store's rules (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from projections import sql
from projections.clickhouse_connection import ExternalTable, Session, Warehouse
from projections.components import component_versions, components
from projections.identity import Identity
from projections.left_out import Left, left
from projections.links import Links, Neighbour
from projections.perspective import Perspective

People = list[tuple[str, str, int]]
"""Rows (stream, customer_id, version)."""

SLICE = 1_000_000
"""Streams and facts of one rebuilding query, about: of more, ClickHouse groups on disk, in twice the time."""


def streams_of(people: People) -> list[str]:
    """Return their streams."""
    return [stream for stream, _, _ in people]


def put_people(session: Session, people: People) -> None:
    """Fill the table `people` of a session."""
    _create(session, "people")
    if people:
        session.insert("INSERT INTO people VALUES", list(zip(*people, strict=True)))


class Linked(NamedTuple):
    """Streams that hang together by links, held or not, and by orders."""

    streams: set[str]
    identity: Identity
    parameters: dict[str, Any]
    """Of the view `owners`."""
    owners: dict[str, str]
    """The customer of each stream that is no customer of its own."""

    def customer(self, stream: str) -> str:
        """Return the customer that a stream belongs to."""
        return self.owners.get(stream, stream)

    def of(self, customer: str) -> set[str]:
        """Return the streams of a customer."""
        return {stream for stream in self.streams if self.customer(stream) == customer}


class Scope:
    """Finds the people of a store in ClickHouse."""

    def __init__(self, warehouse: Warehouse, links: Links, slice_size: int = SLICE) -> None:
        self._warehouse = warehouse
        self._links = links
        self._slice_size = slice_size

    def around(self, perspective: Perspective, streams: Iterable[str]) -> People:
        """Return everybody who could be affected by the given streams.

        Versions are read before links, so that no row says it saw more than it did.
        """
        known, neighbours = self._closure(perspective, {stream for stream in streams if not stream.startswith("s")})
        if not known:
            return []
        versions: dict[str, int] = dict(self._asked(_query("stream_versions"), perspective.times(), known))
        owners = self._linked(perspective, known, neighbours).owners if neighbours else {}
        total = component_versions(
            {stream: versions.get(stream, 0) for stream in known}, [(one, other) for one, other, _ in neighbours]
        )
        return [(stream, owners.get(stream, stream), perspective.version + total(stream)) for stream in known]

    def linked(self, perspective: Perspective, stream: str) -> Linked:
        """Return all streams that hang together with one, and by which links."""
        return self._linked(perspective, *self._closure(perspective, {stream}))

    def customer_of(self, perspective: Perspective, stream: str) -> str:
        """Return the customer that a stream belongs to, without looking at all that it has."""
        above, neighbours = self._closure(perspective, {stream}, upwards=True)
        if not neighbours:
            return stream
        identity = self._links.of_some(perspective, above, any(each.by_act for each in neighbours))
        return self._owners(self._of_owners(perspective, identity, above), [stream]).get(stream, stream)

    def _linked(self, perspective: Perspective, known: set[str], neighbours: list[Neighbour]) -> Linked:
        identity = self._links.within(perspective, neighbours)
        told = self._of_owners(perspective, identity, known)
        claimed = {each.stream for each in neighbours}  # the others belong to themselves, and cost as much to look up
        return Linked(known, identity, told.parameters, self._owners(told, claimed))

    def _of_owners(self, perspective: Perspective, identity: Identity, streams: set[str]) -> Left:
        found = left(self._warehouse, perspective, streams)
        return found._replace(parameters=perspective.times() | {"identity": identity.text()} | found.parameters)

    def _owners(self, told: Left, streams: Iterable[str]) -> dict[str, str]:
        return dict(self._asked(told.query(_query("stream_owners")), told.parameters, streams))

    def _closure(
        self, perspective: Perspective, known: set[str], *, upwards: bool = False
    ) -> tuple[set[str], list[Neighbour]]:
        """Return all streams that hang together with the given ones, and by what."""
        neighbours: list[Neighbour] = []
        parameters = self._with_blocked(perspective) | {"upwards": int(upwards)}
        fresh = known
        while fresh:
            found = [Neighbour(*row) for row in self._asked(_query("neighbours"), parameters, fresh)]
            neighbours += found
            fresh = {each.neighbour for each in found} - known
            known = known | fresh
        return known, neighbours

    def everybody(self, session: Session, perspective: Perspective) -> Iterator[int]:
        """Fill the session's `people` with all people of a store, slice by slice; give the length of each.

        A slice is closed like `around`. All is read before its first one: versions before owners, so that no row says
        it saw more than it did, and owners before pairs, so that no owner lies in another slice.
        """
        _create(session, "everybody", perspective.times())
        _create(session, "owned", self._links.of_store(perspective))
        pairs = session.select(_query("all_pairs"), self._with_blocked(perspective))
        root = components(pairs)
        linked = {stream for pair in pairs for stream in pair}
        _create(session, "roots")
        if linked:
            session.insert("INSERT INTO roots VALUES", [list(linked), [root(stream) for stream in linked]])
        ((size,),) = session.select("SELECT count() + sum(version) FROM streams")
        slices = -(-size // self._slice_size)
        for number in range(slices):
            _create(session, "people")
            session.select(
                sql.text("projections", "workings", "everybody_of_slice"),
                {"slices": slices, "slice": number, "first_part": perspective.version},
            )
            ((length,),) = session.select("SELECT count() FROM people")
            yield length

    def _with_blocked(self, perspective: Perspective) -> dict[str, Any]:
        return perspective.times() | {"blocked": list(self._links.blocked(perspective))}

    def _asked(self, query: str, parameters: Mapping[str, Any], streams: Iterable[str]) -> list[tuple[Any, ...]]:
        asked = ExternalTable("asked", {"stream": "FixedString(33)"}, [(stream,) for stream in sorted(streams)])
        return self._warehouse.select(query, parameters, [asked])


def _query(name: str) -> str:
    return sql.text("projections", "queries", name)


def _create(session: Session, table: str, parameters: Mapping[str, Any] | None = None) -> None:
    for statement in sql.script("projections", "workings", table):
        session.select(statement, parameters)
