"""Removes persons from ClickHouse: from every table that holds anything of them, and from the disk.

A mutation writes the parts that hold their rows anew; the old parts go at once, not after the usual eight minutes.
Which tables there are is said here once: a test finds a new one that is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from projections.clickhouse_connection import Warehouse, WarehouseUnavailable
from projections.refresh import READ_MODELS
from projections.upkeep import Upkeep
from schemas.streams import StreamId

OF_FACTS: Mapping[str, str] = {
    "events": "stream",
    "claims": "claimant",
    "claimants": "claimant",
    "order_mentions": "stream",
    "stream_orders": "stream",
    "retractions": "stream",
    "bursts": "stream",
    "refusals": "stream",
}
"""Tables of facts, and the column that says in whose stream a row's fact is: these rows go."""

OF_PERSONS: Mapping[str, str] = {model.name: "customer_id" for model in READ_MODELS}
"""Tables of answers: rows of the persons go, and those of whoever shared something with them are written anew."""

OF_NOBODY = frozenset({"migrations", "erasing", "rule_changes"})
"""Tables that hold nothing of a person but, for a moment, the hashes of ids."""

MUTATION_SECONDS = 600.0
"""How long the parts that hold a person may take to be written anew."""

PARTS_SECONDS = 60.0
"""How long old parts are waited for: a query may still read them, and a server of others' may be slow to look."""


class Outcome(NamedTuple):
    """How many rows of the persons each table held, and whether the files that held them are deleted."""

    found: Mapping[str, int]
    gone: bool


class Removal:
    """The removal of persons; may be repeated."""

    def __init__(self, warehouse: Warehouse, upkeep: Upkeep, lock: Callable[[], AbstractContextManager[None]]) -> None:
        """`lock` keeps every projector still: what is read before would be written after."""
        self._warehouse = warehouse
        self._upkeep = upkeep
        self._lock = lock

    def others(self, store: str, own: Sequence[StreamId]) -> set[StreamId]:
        """Return the streams of everybody else whose answers may change with these."""
        people = self._upkeep.around(store, own)
        return {StreamId(stream) for stream, _, _ in people} - set(own)

    def remove(self, erasure: str, store: str, own: Sequence[StreamId], others: Sequence[StreamId]) -> Outcome:
        """Remove the persons, and write the others anew; return how many rows were found."""
        with self._old_parts_go_at_once():
            with self._lock():
                self._name(erasure, own, others)
                found = {table: self._count(table, column, erasure) for table, column in _TABLES.items()}
                for table, column in _TABLES.items():
                    if found[table] or table in OF_PERSONS:
                        self._delete(table, column, erasure)
                self._wait_for_mutations(erasure)
                if others:
                    self._upkeep.refresh_around(store, others)
            gone = self._old_parts_are_gone()
        self._warehouse.select("TRUNCATE TABLE erasing")
        return Outcome(found, gone)

    def _delete(self, table: str, column: str, erasure: str) -> None:
        whose = "" if table in OF_PERSONS else " AND own"
        self._warehouse.select(
            f"ALTER TABLE {table} DELETE WHERE {column} IN "
            f"(SELECT stream FROM erasing WHERE erasure = '{_plain(erasure)}'{whose}) SETTINGS mutations_sync = 0"
        )

    def _name(self, erasure: str, own: Sequence[StreamId], others: Sequence[StreamId]) -> None:
        streams, is_own = [*own, *others], [True] * len(own) + [False] * len(others)
        self._warehouse.select("TRUNCATE TABLE erasing")
        columns: list[Sequence[object]] = [[erasure] * len(streams), streams, is_own]
        self._warehouse.insert("INSERT INTO erasing (erasure, stream, own) VALUES", columns)

    def _count(self, table: str, column: str, erasure: str) -> int:
        ((count,),) = self._warehouse.select(
            f"SELECT count() FROM {table} WHERE {column} IN "
            "(SELECT stream FROM erasing WHERE erasure = {erasure:String} AND own)",
            {"erasure": erasure},
        )
        return int(count)

    @contextmanager
    def _old_parts_go_at_once(self) -> Iterator[None]:
        """They are kept for eight minutes otherwise, since a new part may not be on the disk yet when power fails."""
        ((usual,),) = self._warehouse.select(
            "SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = 'old_parts_lifetime'"
        )
        tables = _TABLES if usual > 1 else ()
        for table in tables:
            self._warehouse.select(f"ALTER TABLE {table} MODIFY SETTING old_parts_lifetime = 1")
        yield
        for table in tables:
            self._warehouse.select(f"ALTER TABLE {table} RESET SETTING old_parts_lifetime")

    def _wait_for_mutations(self, erasure: str) -> None:
        """Wait for all of them together: each is of a table of its own."""
        deadline = time.monotonic() + MUTATION_SECONDS
        while left := self._warehouse.select(_MUTATIONS, {"erasure": erasure}):
            failed = [str(reason) for _, reason in left if reason]
            if failed or time.monotonic() > deadline:
                raise WarehouseUnavailable(f"rows are not removed yet: {failed[:1] or left}")
            time.sleep(0.02)

    def _old_parts_are_gone(self) -> bool:
        """Wait for those that are old by now; while facts come there are always new ones."""
        old, deadline = self._old_parts(), time.monotonic() + PARTS_SECONDS
        while old & self._old_parts():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _old_parts(self) -> set[tuple[str, str]]:
        found = self._warehouse.select(
            "SELECT table, name FROM system.parts "
            "WHERE database = currentDatabase() AND NOT active AND table IN {tables:Array(String)}",
            {"tables": list(_TABLES)},
        )
        return {(table, name) for table, name in found}


_TABLES = {**OF_FACTS, **OF_PERSONS}

_MUTATIONS = """
SELECT table, latest_fail_reason FROM system.mutations
WHERE database = currentDatabase() AND NOT is_done AND position(command, {erasure:String}) > 0
"""


def _plain(erasure: str) -> str:
    """Return an id of ours as it stands in a statement: parameters reach no mutation."""
    if not erasure.isalnum():
        raise ValueError("no id of an erasure")
    return erasure
