"""The routes about customers: lists, profiles, journeys, facts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from projections import sql
from projections.clickhouse_connection import Warehouse
from query_api import presentation
from query_api.access import AsksFor, AsOf
from query_api.answers import ExactJSON
from query_api.cursors import from_cursor, to_cursor
from query_api.errors import NotFound
from query_api.journey import journey
from query_api.pages import AskedPage, Limit, cursor_at, place_of
from query_api.ports import Hashing
from query_api.reading import Reading, Row, address
from schemas.streams import STREAM_ID_LENGTH

router = APIRouter(tags=["customers"])

Order = Literal[
    "last_seen", "-last_seen", "first_seen", "-first_seen", "events", "-events",
    "orders", "-orders", "sessions", "-sessions",
]  # fmt: skip
LEAST = -(2**63)


def _reading(request: Request) -> Reading:
    reading: Reading = request.app.state.reading
    return reading


def _warehouse(request: Request) -> Warehouse:
    warehouse: Warehouse = request.app.state.warehouse
    return warehouse


def _stream(request: Request, store: str, kind: str, value: str) -> str:
    hashing: Hashing = request.app.state.hashing
    return hashing.stream(store, kind, value)


@router.get("/customers")
def customers(
    request: Request,
    who: AsksFor,
    search: Annotated[str, Query(max_length=200)] = "",
    order: Order = "-last_seen",
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """List customers, or those whose ids, name, e-mail or phone contain a text."""
    after, after_id = from_cursor(cursor, int, str) if cursor else (LEAST, "")
    parameters = {
        "store": who.store,
        "search": search,
        "by": order.lstrip("-"),
        "direction": -1 if order.startswith("-") else 1,
        "after": after,
        "after_id": after_id,
        "limit": limit + 1,
    }
    rows = _warehouse(request).select_with_names(sql.text("query_api", "queries", "customers"), parameters)
    more = to_cursor([rows[limit - 1]["place"], rows[limit - 1]["customer_id"]]) if len(rows) > limit else None
    return ExactJSON({"items": [presentation.short_profile(row) for row in rows[:limit]], "next_cursor": more})


@router.get("/customers/by/{kind}/{value:path}")
def customer_by(
    request: Request, who: AsksFor, times: AsOf, kind: Literal["user_id", "anonymous_id", "email", "phone"], value: str
) -> Response:
    """Find by an id (a profile), or by an address (a list of short profiles)."""
    if kind in ("user_id", "anonymous_id"):
        stream = _stream(request, who.store, kind.removesuffix("_id"), value)
        return ExactJSON(presentation.profile(_found(_reading(request).profile(who.store, stream, times))))
    stream = _stream(request, who.store, kind, value)
    rows = _reading(request).by_address(who.store, kind, address(kind, value), stream, times)
    return ExactJSON({"items": [presentation.short_profile(row) for row in rows], "next_cursor": None})


@router.get("/customers/{customer_id}")
def customer(request: Request, who: AsksFor, times: AsOf, customer_id: str) -> Response:
    """Return the profile of the person that an id belongs to."""
    return ExactJSON(presentation.profile(_found(_reading(request).profile(who.store, _known(customer_id), times))))


@router.get("/customers/{customer_id}/journey")
def customer_journey(request: Request, who: AsksFor, times: AsOf, page: AskedPage, customer_id: str) -> Response:
    """Return the journey, newest session first."""
    reading = _reading(request)
    row = _found(reading.profile(who.store, _known(customer_id), times))
    sessions = reading.sessions(who.store, row["customer_id"], times)
    return ExactJSON(journey(reading, who.store, row["customer_id"], sessions, times, page.newest_first()))


@router.get("/customers/{customer_id}/events")
def customer_events(
    request: Request,
    who: AsksFor,
    times: AsOf,
    page: AskedPage,
    customer_id: str,
    order: Literal["occurred_at", "-occurred_at"] = "occurred_at",
) -> Response:
    """Return the facts of a person, oldest first."""
    reading = _reading(request)
    row = _found(reading.profile(who.store, _known(customer_id), times))
    newest_first = order.startswith("-")
    part = page.newest_first() if newest_first else page.oldest_first()
    streams = reading.streams(who.store, row["customer_id"], times)
    rows = reading.facts(
        who.store, streams, times, after=part.after, before=part.before, newest_first=newest_first, limit=part.limit + 1
    )
    more = cursor_at(place_of(rows[part.limit - 1])) if len(rows) > part.limit else None
    return ExactJSON({"items": [presentation.fact(fact) for fact in rows[: part.limit]], "next_cursor": more})


def _known(customer_id: str) -> str:
    if len(customer_id) != STREAM_ID_LENGTH or not customer_id.isascii():
        raise NotFound("no such customer")
    return customer_id


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("no such customer")
    return row
