"""The routes about customers: lists, profiles, journeys, facts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from query_api import consent, presentation
from query_api.access import AsksFor, AsOf, known
from query_api.answers import ExactJSON
from query_api.errors import NotFound
from query_api.journey import journey
from query_api.listing import AskedList, listed
from query_api.pages import AskedPage, Limit, cursor_at, place_of
from query_api.ports import Hashing
from query_api.reading import Reading, Row, Sources, Times, address
from query_api.why import why

router = APIRouter(tags=["customers"])


def _reading(request: Request, store: str, times: Times) -> Reading:
    sources: Sources = request.app.state.sources
    return Reading(sources, store, times)


def _stream(request: Request, store: str, kind: str, value: str) -> str:
    hashing: Hashing = request.app.state.hashing
    return hashing.stream(store, kind, value)


@router.get("/customers")
def customers(request: Request, who: AsksFor, times: AsOf, wanted: AskedList) -> Response:
    """List customers, or those whose ids, name, e-mail or phone contain a text."""
    sources: Sources = request.app.state.sources
    rows, more = listed(sources, who.store, times, wanted, request.app.state.query_seconds)
    return ExactJSON({"items": [presentation.short_profile(row) for row in rows], "next_cursor": more})


@router.get("/customers/by/{kind}/{value:path}")
def customer_by(
    request: Request, who: AsksFor, times: AsOf, kind: Literal["user_id", "anonymous_id", "email", "phone"], value: str
) -> Response:
    """Find by an id (a profile), or by an address (a list of short profiles)."""
    reading = _reading(request, who.store, times)
    if kind in ("user_id", "anonymous_id"):
        stream = _stream(request, who.store, kind.removesuffix("_id"), value)
        return ExactJSON(presentation.profile(_found(reading.profile(stream))))
    stream = _stream(request, who.store, kind, value)
    rows = reading.by_address(kind, address(kind, value), stream)
    return ExactJSON({"items": [presentation.short_profile(row) for row in rows], "next_cursor": None})


@router.get("/customers/{customer_id}")
def customer(request: Request, who: AsksFor, times: AsOf, customer_id: str) -> Response:
    """Return the profile of the person that an id belongs to."""
    return ExactJSON(presentation.profile(_found(_reading(request, who.store, times).profile(known(customer_id)))))


@router.get("/customers/{customer_id}/journey")
def customer_journey(request: Request, who: AsksFor, times: AsOf, page: AskedPage, customer_id: str) -> Response:
    """Return the journey, newest session first."""
    reading = _reading(request, who.store, times)
    row = _found(reading.profile(known(customer_id)))
    return ExactJSON(journey(reading, row["customer_id"], page.newest_first()))


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
    reading = _reading(request, who.store, times)
    row = _found(reading.profile(known(customer_id)))
    newest_first = order.startswith("-")
    part = page.newest_first() if newest_first else page.oldest_first()
    rows = reading.facts(
        reading.streams(row["customer_id"]),
        after=part.after,
        before=part.before,
        newest_first=newest_first,
        limit=part.limit + 1,
    )
    more = cursor_at(place_of(rows[part.limit - 1])) if len(rows) > part.limit else None
    return ExactJSON({"items": [presentation.fact(fact) for fact in rows[: part.limit]], "next_cursor": more})


@router.get("/customers/{customer_id}/why")
def customer_why(
    request: Request, who: AsksFor, times: AsOf, customer_id: str, field: Annotated[str, Query(max_length=300)]
) -> Response:
    """Return the ids of the events behind a field of a profile or of a session."""
    reading = _reading(request, who.store, times)
    return ExactJSON(why(reading, _found(reading.profile(known(customer_id))), field))


@router.get("/customers/{customer_id}/consent")
def customer_consent(
    request: Request, who: AsksFor, times: AsOf, customer_id: str, limit: Limit = 50, cursor: str | None = None
) -> Response:
    """Return what a person allowed and forbade, each change, oldest first."""
    reading = _reading(request, who.store, times)
    row = _found(reading.profile(known(customer_id)))
    after = consent.place_at(cursor) if cursor else consent.START
    found = consent.changes(reading, row["customer_id"], limit + 1, after)
    more = consent.cursor_at(found[limit - 1]) if len(found) > limit else None
    return ExactJSON({"items": [consent.shown(change) for change in found[:limit]], "next_cursor": more})


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("no such customer")
    return row
