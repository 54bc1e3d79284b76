"""Compares everybody of a store from two perspectives: who differs, and in which fields. Writes nothing.

Each perspective is one reading of all facts, except the present by the rules in force: that is in the live tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from projections import sql
from projections.clickhouse_connection import Session, Warehouse
from projections.perspective import Perspective
from projections.refresh import READ_MODELS
from projections.scope import Scope
from projections.standing import standing_slices

FIELDS = (
    "user_ids", "anonymous_ids", "traits", "first_seen", "last_seen", "events", "sessions", "page_views",
    "product_views", "orders", "cart", "newsletters", "consent", "acquisition", "preferences", "journey",
)  # fmt: skip
"""What is compared, in the order of `queries/digests.sql`."""


class Comparison(NamedTuple):
    """How two perspectives on a store differ."""

    customers: int
    """Persons that are there from either."""
    fields: Mapping[str, int]
    """How many persons differ in each field that differs at all."""
    differing: Sequence[tuple[str, Sequence[str]]]
    """Persons that differ, by id, and their fields."""


def compare(
    warehouse: Warehouse, scope: Scope, before: Perspective, after: Perspective, *, live: bool, seconds: float = 0
) -> Comparison:
    """Compare two perspectives on one store; `live` tells that the live read models have the one before.

    QueryTooSlow where it takes longer than `seconds` (0: any time).
    """
    with warehouse.session(seconds) as session:
        session.select(sql.text("projections", "workings", "digests"))
        if live:
            _put_digests(session, before, after=False)
        for perspective in [after] if live else [before, after]:
            for _ in standing_slices(session, scope, perspective, READ_MODELS):
                _put_digests(session, perspective, after=perspective is after)
        ((customers,),) = session.select("SELECT uniqExact(customer_id) FROM digests")
        found = session.select(sql.text("projections", "queries", "differing"), {"fields": list(FIELDS)})
    differing = sorted((str(customer), list(fields)) for customer, fields in found)
    return Comparison(customers, Counter(field for _, fields in differing for field in fields), differing)


def _put_digests(session: Session, perspective: Perspective, *, after: bool) -> None:
    query = sql.text("projections", "queries", "digests")
    session.select(f"INSERT INTO digests {query}", {**perspective.parameters(), "after": int(after)})
