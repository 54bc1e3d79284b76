"""Which persons a query is about: the table `people` that goes along with every read model.

A scope is closed under links (held or not) and shared orders: whatever could change a person's row together lies in
it together, and the row's version is the sum of the versions of all those streams (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from projections import sql
from projections.clickhouse_connection import FOR_EVER, ExternalTable, Warehouse, moment
from schemas.facts import Microseconds

People = list[tuple[str, str, int]]
"""Rows (stream, customer_id, version)."""

PEOPLE_COLUMNS = {"stream": "FixedString(33)", "customer_id": "FixedString(33)", "version": "UInt64"}


def people_table(people: People) -> ExternalTable:
    """Return the external table that read models join with."""
    return ExternalTable("people", PEOPLE_COLUMNS, people)


def time_parameters(store: str, as_of: Microseconds = FOR_EVER, known_at: Microseconds = FOR_EVER) -> dict[str, Any]:
    """Return the parameters that the views `facts` and `owners` take."""
    return {"store": store, "as_of": moment(min(as_of, FOR_EVER)), "known_at": moment(min(known_at, FOR_EVER))}


class Scope:
    """Finds the people of a store in ClickHouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def around(
        self, store: str, streams: Iterable[str], as_of: Microseconds = FOR_EVER, known_at: Microseconds = FOR_EVER
    ) -> People:
        """Return everybody who could be affected by the given streams."""
        known = {stream for stream in streams if not stream.startswith("s")}
        pairs: list[tuple[str, str]] = []
        fresh = known
        while fresh:
            found = self._asked("neighbours", {"store": store}, fresh)
            pairs += found
            fresh = {neighbour for _, neighbour in found} - known
            known |= fresh
        if not known:
            return []
        states = self._asked("stream_states", time_parameters(store, as_of, known_at), known)
        versions = {stream: version for stream, _, version in states}
        total = component_versions(versions, pairs)
        return [(stream, customer_id, total(stream)) for stream, customer_id, _ in states]

    def everybody(self, store: str) -> Iterator[People]:
        """Return all people of a store in slices, each closed like `around`."""
        parameters = time_parameters(store)
        versions = dict(self._warehouse.select(sql.text("projections", "queries", "all_streams"), {"store": store}))
        owners = dict(self._warehouse.select(sql.text("projections", "queries", "all_owners"), parameters))
        pairs = self._warehouse.select(sql.text("projections", "queries", "all_pairs"), {"store": store})
        root = components(versions, pairs)
        total = component_versions(versions, pairs, root)
        ordered = sorted(versions, key=lambda stream: (root(stream), stream))
        people = ((stream, owners.get(stream, stream), total(stream)) for stream in ordered)
        return _slices(people, root)

    def _asked(self, name: str, parameters: Mapping[str, Any], streams: Iterable[str]) -> list[tuple[Any, ...]]:
        asked = ExternalTable("asked", {"stream": "FixedString(33)"}, [(stream,) for stream in sorted(streams)])
        return self._warehouse.select(sql.text("projections", "queries", name), parameters, [asked])


SLICE = 500_000
"""Streams of one rebuilding query at the least; bounds its memory."""


def _slices(people: Iterator[tuple[str, str, int]], root: Callable[[str], str]) -> Iterator[People]:
    rest = next(people, None)
    while rest is not None:
        part = [rest, *islice(people, SLICE - 1)]
        last = root(part[-1][0])
        rest = next(people, None)
        while rest is not None and root(rest[0]) == last:
            part.append(rest)
            rest = next(people, None)
        yield part


def components(streams: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
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


def component_versions(
    versions: Mapping[str, int], pairs: Iterable[tuple[str, str]], root: Callable[[str], str] | None = None
) -> Callable[[str], int]:
    """Return the function from a stream to the sum of the versions of its component."""
    representative = root or components(versions, pairs)
    sums: dict[str, int] = {}
    for stream, version in versions.items():
        sums[representative(stream)] = sums.get(representative(stream), 0) + version
    return lambda stream: sums[representative(stream)]
