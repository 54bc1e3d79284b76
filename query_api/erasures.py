"""The routes about erasures: ask for one, see how far it is, list them. All by an admin token."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from query_api.access import Owner, known
from query_api.answers import ExactJSON
from query_api.cursors import from_cursor, to_cursor
from query_api.errors import NotFound
from query_api.exporting.person import person
from query_api.pages import Limit
from query_api.ports import Erasures
from query_api.reading import Sources

router = APIRouter(tags=["erasures"])


def _erasures(request: Request) -> Erasures:
    erasures: Erasures = request.app.state.erasures
    return erasures


@router.post("/customers/{customer_id}/erase", status_code=202)
def erase(request: Request, who: Owner, customer_id: str) -> Response:
    """Ask for the erasure of the person that an id belongs to, also where it is in no answer.

    It is under way once this is answered.
    """
    sources: Sources = request.app.state.sources
    found = person(sources, who.store, known(customer_id), time.time_ns() // 1000)
    if found is None:
        raise NotFound("no such customer")
    return ExactJSON(_erasures(request).request(who.store, found.customer), status_code=202)


@router.get("/erasures")
def erasures(request: Request, who: Owner, limit: Limit = 50, cursor: str | None = None) -> Response:
    """List the erasures of the store, newest first."""
    before = str(from_cursor(cursor, str)[0]) if cursor else None
    found = _erasures(request).page(who.store, limit + 1, before)
    more = to_cursor([found[limit - 1]["erasure_id"]]) if len(found) > limit else None
    return ExactJSON({"items": list(found[:limit]), "next_cursor": more})


@router.get("/erasures/{erasure_id}")
def erasure(request: Request, who: Owner, erasure_id: str) -> Response:
    """Return the receipt of an erasure."""
    found = _erasures(request).receipt(who.store, erasure_id)
    if found is None:
        raise NotFound("no such erasure")
    return ExactJSON(found)


@router.get("/retention")
def retention(request: Request, who: Owner) -> Response:
    """Tell for how long the store keeps whom, whose time is over, and how many were erased for it."""
    return ExactJSON(_erasures(request).retention(who.store))
