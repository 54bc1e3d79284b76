"""ClickHouse as what an erasure asks (whose a stream is, which sales are kept), and as a place of copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from footfall.erasing.erasure import Erasure, LastFact, Removed
from footfall.erasing.ports import Ledger, Persons
from footfall.erasing.sales import FACTS, nameless
from projections import sql
from projections.clickhouse_connection import ExternalTable, microseconds, moment
from projections.left_out import left_out
from projections.perspective import Perspective
from projections.removal import Removal
from query_api.reading import Sources, Times
from schemas import json
from schemas.clock import EARLIEST
from schemas.facts import AcceptedEvent, KeyClass, Microseconds
from schemas.streams import StreamId

OLD_PARTS: Microseconds = 10 * 60 * 1_000_000
"""How long a ClickHouse that is not ours may keep parts that it has replaced: eight minutes, and until it looks."""


class Answers:
    """What the answers know of persons."""

    def __init__(self, sources: Sources, secret: bytes, keeps_sales: Callable[[str], bool]) -> None:
        self._warehouse = sources.warehouse
        self._sources = sources
        self._secret = secret
        self._keeps_sales = keeps_sales

    def persons(self, store: str, streams: Iterable[StreamId]) -> Persons:
        """See `footfall.erasing.ports.Facts`."""
        asked = set(streams)
        people = self._sources.scope.around(self._perspective(store), asked)
        customers = {customer for stream, customer, _ in people if stream in asked}
        own: defaultdict[StreamId, list[StreamId]] = defaultdict(list)
        others = set()
        for stream, customer, _ in people:
            if customer in customers:
                own[StreamId(customer)].append(StreamId(stream))
            else:
                others.add(StreamId(stream))
        return Persons({customer: tuple(sorted(streams)) for customer, streams in own.items()}, frozenset(others))

    def inactive(self, store: str, before: LastFact, limit: int) -> Sequence[StreamId]:
        """See `footfall.erasing.ports.Facts`."""
        times = {"visitors_before": before.visitors, "customers_before": before.customers}
        moments = {name: moment(EARLIEST if at is None else at) for name, at in times.items()}
        rows = self._select(
            "inactive", {**self._sources.links.of_store(self._perspective(store)), **moments, "limit": limit}
        )
        return [StreamId(customer) for (customer,) in rows]

    def customer(self, store: str, stream: StreamId) -> StreamId | None:
        """Return the customer that a stream belongs to, None where nobody has facts."""
        perspective = self._perspective(store)
        people = self._sources.scope.around(perspective, [stream])
        customer = next((customer for one, customer, _ in people if one == stream), stream)
        versions = [version for _, one, version in people if one == customer]
        return StreamId(customer) if any(version > perspective.version for version in versions) else None

    def _perspective(self, store: str) -> Perspective:
        return self._sources.perspective(store, Times())

    def latest(self, store: str, streams: Collection[StreamId]) -> Microseconds:
        """See `footfall.erasing.ports.Facts`."""
        ((at,),) = self._select("latest", {"store": store}, [_asked(streams)])
        return microseconds(at)

    def sales(self, store: str, streams: Collection[StreamId]) -> Sequence[AcceptedEvent]:
        """See `footfall.erasing.ports.Facts`. An order that somebody else reported too stays theirs."""
        if not self._keeps_sales(store):
            return []
        perspective = self._perspective(store)
        parameters = perspective.times() | left_out(self._warehouse, perspective, streams)
        rows = self._select("sales", {**parameters, "facts": list(FACTS)}, [_asked(streams)])
        return [
            nameless(
                self._secret,
                store,
                event_id=str(event_id),
                fact=fact,
                key_class=KeyClass.SERVER if server else KeyClass.WRITE,
                occurred_at=microseconds(occurred_at),
                received_at=microseconds(received_at),
                properties=json.decode(properties.encode()) if properties else {},
            )
            for event_id, fact, server, occurred_at, received_at, properties in rows
        ]

    def _select(
        self, name: str, parameters: dict[str, Any], tables: Sequence[ExternalTable] = ()
    ) -> list[tuple[Any, ...]]:
        return self._warehouse.select(sql.text("footfall", "erasing", name), parameters, tables)


def _asked(streams: Iterable[StreamId]) -> ExternalTable:
    return ExternalTable("asked", {"stream": "FixedString(33)"}, [(stream,) for stream in sorted(streams)])


class AnswersPlace:
    """`footfall.erasing.ports.Place`."""

    name = "clickhouse"

    def __init__(self, ledger: Ledger, removal: Removal, now: Callable[[], Microseconds]) -> None:
        self._ledger = ledger
        self._removal = removal
        self._now = now

    def remove(self, erasure: Erasure) -> Removed:
        """See the port. Who else is concerned is kept first: when links are gone, nothing tells any more."""
        others = {*erasure.others, *self._removal.others(erasure.store, erasure.streams)}
        self._ledger.save(replace(erasure, others=tuple(sorted(others))))
        outcome = self._removal.remove(erasure.id, erasure.store, erasure.streams, sorted(others))
        rows = ", ".join(f"{table} {count}" for table, count in outcome.found.items() if count)
        return Removed(
            found=sum(outcome.found.values()),
            done="rows removed: the parts that held them are written anew, the old ones deleted",
            at=self._now(),
            pending_until=None if outcome.gone else self._now() + OLD_PARTS,
            note=rows,
        )
