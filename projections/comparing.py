"""Compares everybody of a store from two perspectives: who differs, and in which fields. Writes nothing.

Each perspective is one reading of all facts, except the present by the rules in force: that is in the live tables.
Where only the timeout of sessions differs, persons differ who have a pause between the two timeouts, and nobody else:
the others are not folded, and of these nothing but their sessions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from projections import sql
from projections.clickhouse_connection import Session, Warehouse
from projections.left_out import unanswered_of_people
from projections.perspective import Perspective
from projections.refresh import READ_MODELS, work_out_sessions
from projections.scope import Scope
from projections.standing import standing_slices

PROFILES = READ_MODELS[0]

FIELDS = (
    "user_ids", "anonymous_ids", "traits", "first_seen", "last_seen", "events", "sessions", "page_views",
    "product_views", "orders", "cart", "newsletters", "consent", "acquisition", "preferences", "journey",
)  # fmt: skip
"""What is compared, in the order of `queries/digests.sql`."""


OF_SESSIONS = ("sessions", "acquisition", "preferences", "journey")
"""What the timeout of sessions decides, in the order of `queries/session_digests.sql`."""


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
        if live and _only_timeouts_differ(before, after):
            _put_sessions(session, scope, before, after)
            return _compared(session, OF_SESSIONS, both=True)
        if live:
            _put_digests(session, "digests", before, after=False)
        for perspective in [after] if live else [before, after]:
            for _ in standing_slices(session, scope, perspective, READ_MODELS):
                _put_digests(session, "digests", perspective, after=perspective is after)
        return _compared(session, FIELDS, both=False)


def _only_timeouts_differ(before: Perspective, after: Perspective) -> bool:
    timeout = after.rules.session_timeout_seconds
    return before.rules.model_copy(update={"session_timeout_seconds": timeout}) == after.rules


def _put_sessions(session: Session, scope: Scope, before: Perspective, after: Perspective) -> None:
    _put_digests(session, "session_digests", before, after=False)
    timeouts = sorted(perspective.parameters()["session_timeout"] for perspective in (before, after))
    between = {**after.parameters(), "shorter": timeouts[0], "longer": timeouts[1]}
    for _ in scope.everybody(session, after):
        left = unanswered_of_people(session, after)
        for statement in sql.script("projections", "workings", "affected"):
            session.select(left.query(statement), between | left.parameters, left.tables)
        session.select(sql.text("projections", "workings", "people"))
        session.select("INSERT INTO people SELECT * FROM affected")
        parameters = work_out_sessions(session, after)
        session.select(sql.text("projections", "workings", "standing_profiles"))
        session.select(f"INSERT INTO standing_profiles {PROFILES.query}", parameters)
        _put_digests(session, "session_digests", after, after=True)


def _put_digests(session: Session, name: str, perspective: Perspective, *, after: bool) -> None:
    query = sql.text("projections", "queries", name)
    session.select(f"INSERT INTO digests {query}", {**perspective.parameters(), "after": int(after)})


def _compared(session: Session, fields: Sequence[str], *, both: bool) -> Comparison:
    ((customers,),) = session.select("SELECT uniqExact(customer_id) FROM digests")
    parameters = {"fields": list(fields), "both": int(both)}
    found = session.select(sql.text("projections", "queries", "differing"), parameters)
    differing = sorted((str(customer), list(differs)) for customer, differs in found)
    return Comparison(customers, Counter(field for _, differs in differing for field in differs), differing)
