"""The list of customers: from the live profiles, or from those of everybody as of then."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Query

from projections import sql
from projections.standing import put_standing
from query_api.cursors import from_cursor, to_cursor
from query_api.pages import Limit
from query_api.reading import PROFILES, Row, Sources, Times

Order = Literal[
    "last_seen", "-last_seen", "first_seen", "-first_seen", "events", "-events",
    "orders", "-orders", "sessions", "-sessions",
]  # fmt: skip
LEAST = -(2**63)


class Wanted(NamedTuple):
    """Which customers, in which order, behind which one, and how many of them."""

    search: str
    by: str
    direction: int
    after: int
    after_id: str
    limit: int


def asked_list(
    search: Annotated[str, Query(max_length=200)] = "",
    order: Order = "-last_seen",
    limit: Limit = 50,
    cursor: str | None = None,
) -> Wanted:
    """Return which customers a request asks for."""
    after, after_id = from_cursor(cursor, int, str) if cursor else (LEAST, "")
    return Wanted(search, order.lstrip("-"), -1 if order.startswith("-") else 1, int(after), str(after_id), limit)


AskedList = Annotated[Wanted, Depends(asked_list)]


def listed(sources: Sources, store: str, times: Times, wanted: Wanted, seconds: float) -> tuple[list[Row], str | None]:
    """Return the profiles of a page, and the cursor behind it; QueryTooSlow where that takes more than `seconds`."""
    asked = wanted._replace(limit=wanted.limit + 1)
    with sources.warehouse.session(seconds) as session:
        if times.travelled:
            put_standing(session, sources.scope, sources.perspective(store, times), [PROFILES])
        query, parameters = sql.text("query_api", "queries", "customers"), {"store": store, **asked._asdict()}
        rows = session.select_with_names(query, parameters)
    last = rows[wanted.limit - 1] if len(rows) > wanted.limit else None
    return rows[: wanted.limit], to_cursor([last["place"], last["customer_id"]]) if last else None
