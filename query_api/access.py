"""What every route needs of a request: who asks, and as of when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from projections.clickhouse_connection import FOR_EVER
from query_api.errors import BadRequest, Forbidden, NotFound, NotYetKnown, Unauthorized
from query_api.ports import Absorbed, Editor, Reader, Tokens
from query_api.reading import Times
from schemas.clock import EARLIEST, to_microseconds
from schemas.facts import Microseconds
from schemas.streams import STREAM_ID_LENGTH


async def reader(request: Request) -> Reader:
    """Return whom the bearer token lets read; without a thread, since those may all wait for ClickHouse."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    tokens: Tokens = request.app.state.tokens
    found = tokens.reader(token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Unauthorized("a query token is needed: Authorization: Bearer <query token>")
    return found


async def editor(request: Request) -> Editor:
    """Return whom the bearer token lets say what customers are."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    tokens: Tokens = request.app.state.tokens
    found = tokens.editor(token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Unauthorized("an admin token or a server key is needed: Authorization: Bearer <token>")
    return found


async def times(
    request: Request,
    as_of: Annotated[str | None, Query(description="only what had happened by then (RFC 3339)")] = None,
    known_at: Annotated[str | None, Query(description="only what had been recorded by then (RFC 3339)")] = None,
) -> Times:
    """Return the times of an answer; refuses a `known_at` of which the answer could still change."""
    return checked_times(request.app.state.pipeline.absorbed(), as_of, known_at)


def checked_times(absorbed_of: Absorbed, as_of: str | None, known_at: str | None) -> Times:
    """Return times read from text."""
    asked = Times(moment_of(as_of, "as_of"), moment_of(known_at, "known_at"))
    absorbed = min((at for _, at in absorbed_of.values()), default=0)
    if asked.known_at is not None and asked.known_at > absorbed:
        raise NotYetKnown("known_at is later than what has been absorbed; ask again in a moment", "known_at")
    return asked


def moment_of(text: str | None, field: str) -> Microseconds | None:
    """Return the moment that a text says."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadRequest("not a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z", field) from error
    moment = to_microseconds(at if at.tzinfo else at.replace(tzinfo=UTC))
    return max(EARLIEST, min(moment, FOR_EVER))


async def owner(who: Annotated[Reader, Depends(reader)]) -> Reader:
    """Return the same of an admin token; others may not."""
    if not who.admin:
        raise Forbidden("an admin token is needed: Authorization: Bearer <admin token>")
    return who


def known(customer_id: str) -> str:
    """Return the id of a customer as it is; NotFound where it can be none."""
    if not is_id(customer_id):
        raise NotFound("no such customer")
    return customer_id


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a customer."""
    return len(text) == STREAM_ID_LENGTH and text.isascii()


AsksFor = Annotated[Reader, Depends(reader)]
Owner = Annotated[Reader, Depends(owner)]
Edits = Annotated[Editor, Depends(editor)]
AsOf = Annotated[Times, Depends(times)]
