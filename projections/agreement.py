"""Whether two warehouses say the same: a digest of each table, and who differs. Where they are is not known here.

Left out is what may differ where the facts are the same: versions, and places in the logs. What is compared is read by
buckets of persons, and of a bucket only where it differs: memory is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from projections.clickhouse_connection import Warehouse
from projections.refresh import ReadModel

MOST_DIFFERENT = 100
"""Persons that are named of a table at the most."""

_BUCKETS = 4_096
_TOTAL = 2**64


class Compared(NamedTuple):
    """A table: by what its rows are told apart besides the store, what is left out, and which rows count."""

    name: str
    person: str
    left_out: str
    rows: str


EVENTS = Compared("events", "stream", "shard, notification_id", "true")


def of_read_model(model: ReadModel) -> Compared:
    """Return how a read model is compared."""
    return Compared(model.name, "customer_id", "version", "live")


class Agreement(NamedTuple):
    """The digests of a table in two warehouses, and some of the persons (store and id) whose rows differ."""

    table: str
    one: str
    other: str
    differences: Sequence[tuple[str, str]]


_SUMS = """
SELECT
    cityHash64(store, {person}) % {buckets} AS bucket,
    count(), sum(cityHash64(toString(tuple(* EXCEPT ({left_out})))))
FROM {name} FINAL WHERE {rows} GROUP BY bucket
"""
_OF_BUCKET = """
SELECT store, toString({person}) AS person, count(), sum(cityHash64(toString(tuple(* EXCEPT ({left_out})))))
FROM {name} FINAL WHERE {rows} AND cityHash64(store, {person}) % {buckets} = {bucket} GROUP BY store, {person}
"""


def agreement(one: Warehouse, other: Warehouse, table: Compared) -> Agreement:
    """Compare a table of two warehouses, both of them still."""
    sums, others = _sums(one, table), _sums(other, table)
    different = sorted(bucket for bucket in sums.keys() | others.keys() if sums.get(bucket) != others.get(bucket))
    differences: list[tuple[str, str]] = []
    for bucket in different:
        if len(differences) < MOST_DIFFERENT:
            differences += _differences(one, other, table, bucket)
    return Agreement(table.name, digest_of(sums.values()), digest_of(others.values()), differences[:MOST_DIFFERENT])


def _sums(warehouse: Warehouse, table: Compared) -> dict[int, tuple[int, int]]:
    rows = warehouse.select(_SUMS.format(**table._asdict(), buckets=_BUCKETS))
    return {bucket: (count, digest) for bucket, count, digest in rows}


def digest_of(sums: Iterable[tuple[int, int]]) -> str:
    """Return the digest of a table from those of its buckets, as `Rebuild.digest` does from its rows."""
    counts, digests = list(zip(*sums, strict=True)) or [(), ()]
    return f"{sum(counts)}-{sum(digests) % _TOTAL:016x}"


def _differences(one: Warehouse, other: Warehouse, table: Compared, bucket: int) -> list[tuple[str, str]]:
    query = _OF_BUCKET.format(**table._asdict(), buckets=_BUCKETS, bucket=bucket)
    rows, others = set(one.select(query)), set(other.select(query))
    return sorted({(store, person) for store, person, _, _ in rows ^ others})
