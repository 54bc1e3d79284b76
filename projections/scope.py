"""Which persons a query is about: the table `people` of a session, which every read model is worked out from.

A scope is closed under links (held or not) and shared orders: whatever could change a person's row together lies in
it together, and the row's version is the sum of the versions of all those streams and of the store's rules
(docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from projections import sql
from projections.clickhouse_connection import ExternalTable, Session, Warehouse
from projections.perspective import Perspective

People = list[tuple[str, str, int]]
"""Rows (stream, customer_id, version)."""

SLICE = 1_000_000
"""Streams and facts of one rebuilding query, about: of more, ClickHouse groups on disk, in twice the time."""


def put_people(session: Session, people: People) -> None:
    """Fill the table `people` of a session."""
    _create(session, "people")
    if people:
        session.insert("INSERT INTO people VALUES", list(zip(*people, strict=True)))


class Scope:
    """Finds the people of a store in ClickHouse."""

    def __init__(self, warehouse: Warehouse, slice_size: int = SLICE) -> None:
        self._warehouse = warehouse
        self._slice_size = slice_size

    def around(self, perspective: Perspective, streams: Iterable[str]) -> People:
        """Return everybody who could be affected by the given streams."""
        parameters = perspective.parameters()
        known = {stream for stream in streams if not stream.startswith("s")}
        pairs: list[tuple[str, str]] = []
        fresh = known
        while fresh:
            found = self._asked("neighbours", parameters, fresh)
            pairs += found
            fresh = {neighbour for _, neighbour in found} - known
            known |= fresh
        if not known:
            return []
        states = self._asked("stream_states", parameters, known)
        versions = {stream: version for stream, _, version in states}
        total = component_versions(versions, pairs)
        seen = perspective.rules_seen
        return [(stream, customer_id, total(stream) + seen) for stream, customer_id, _ in states]

    def everybody(self, session: Session, perspective: Perspective) -> Iterator[int]:
        """Fill the session's `people` with all people of a store, slice by slice; give the length of each.

        A slice is closed like `around`. All is read before its first one: versions before owners, so that no row says
        it saw more than it did, and owners before pairs, so that no owner lies in another slice.
        """
        parameters = perspective.parameters()
        for statement in sql.script("projections", "workings", "everybody"):
            session.select(statement, parameters)
        pairs = session.select(sql.text("projections", "queries", "all_pairs"), parameters)
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
                {"slices": slices, "slice": number, "rules_seen": perspective.rules_seen},
            )
            ((length,),) = session.select("SELECT count() FROM people")
            yield length

    def _asked(self, name: str, parameters: Mapping[str, Any], streams: Iterable[str]) -> list[tuple[Any, ...]]:
        asked = ExternalTable("asked", {"stream": "FixedString(33)"}, [(stream,) for stream in sorted(streams)])
        return self._warehouse.select(sql.text("projections", "queries", name), parameters, [asked])


def _create(session: Session, table: str) -> None:
    for statement in sql.script("projections", "workings", table):
        session.select(statement)


def components(pairs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """Return the function from a stream to the representative of its connected component."""
    parents: dict[str, str] = {}

    def root(stream: str) -> str:
        while (parent := parents.get(stream, stream)) != stream:
            parents[stream] = stream = parents.get(parent, parent)
        return stream

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        if first != second:
            parents[second] = first
    return root


def component_versions(versions: Mapping[str, int], pairs: Iterable[tuple[str, str]]) -> Callable[[str], int]:
    """Return the function from a stream to the sum of the versions of its component."""
    root = components(pairs)
    sums: dict[str, int] = {}
    for stream, version in versions.items():
        sums[root(stream)] = sums.get(root(stream), 0) + version
    return lambda stream: sums[root(stream)]
