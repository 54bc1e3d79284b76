"""The routes about identity: merge, split, the links of a customer, and what is not linked."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from query_api.access import AsksFor, AsOf, Edits, known
from query_api.acts import MERGE, SPLIT, Act, message
from query_api.answers import ExactJSON
from query_api.cursors import from_cursor, to_cursor
from query_api.links import LinksOf
from query_api.pages import Limit
from query_api.ports import Editor, Recorder

router = APIRouter(tags=["identity"])

IdempotencyKey = Annotated[
    str | None, Header(max_length=90, description="the same key with the same request is the same merge or split")
]


class Said(BaseModel):
    """What is said of every merge and split."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str | None = Field(None, max_length=1000)
    by: str | None = Field(None, max_length=200, description="who says so; the kind of the key, where nobody is named")


class Merge(Said):
    """Two customers are one."""

    with_: str = Field(alias="with", max_length=100, description="the other customer's id")


class Split(Said):
    """A link is undone."""

    link: str = Field(max_length=100, description="the link, as `GET .../links` names it")


def links_of(request: Request) -> LinksOf:
    """Return who reads links."""
    found: LinksOf = request.app.state.links_of
    return found


Links = Annotated[LinksOf, Depends(links_of)]


@router.post("/customers/{customer_id}/merge")
async def merge(
    request: Request, who: Edits, body: Merge, customer_id: str, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make one customer of two. Their answers follow at once; a split undoes it."""
    return await _done(request, who, MERGE, (customer_id, body.with_), body, idempotency_key)


@router.post("/customers/{customer_id}/split")
async def split(
    request: Request, who: Edits, body: Split, customer_id: str, idempotency_key: IdempotencyKey = None
) -> Response:
    """Undo a link: both sides have again what each had, and what came after goes where its own ids say."""
    return await _done(request, who, SPLIT, (customer_id, body.link), body, idempotency_key)


async def _done(
    request: Request, who: Editor, act: Act, about: tuple[str, str], said: Said, key: str | None
) -> Response:
    """Record an act once; a retry of a request that was answered before is not the next merge."""
    links, message_id = links_of(request), f"{act.name}-{key or uuid4()}"
    if done := await to_thread.run_sync(lambda: links.act_of_message(who.store, act.name, message_id)):
        return ExactJSON({"event_id": done, act.done: True})
    sides = await to_thread.run_sync(lambda: act.sides(links, who.store, *about))
    if sides is None:
        return ExactJSON({"event_id": None, act.done: False, "message": act.nothing})
    recorder: Recorder = request.app.state.recorder
    event_id = await recorder.record(who.store, message(act, sides, message_id, said.by or who.by, said.reason))
    return ExactJSON({"event_id": event_id, act.done: True})


@router.get("/customers/{customer_id}/links")
def customer_links(
    who: AsksFor,
    links: Links,
    times: AsOf,
    customer_id: str,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next_cursor` of the page before")] = None,
) -> Response:
    """List every link of a customer, in the order in which they were made: whether it holds, and why not."""
    items, more = links.page(who.store, known(customer_id), times, limit, _place(cursor))
    return ExactJSON({"items": items, "next_cursor": to_cursor(list(more)) if more else None})


@router.get("/identity/refused")
def refused(
    who: AsksFor,
    links: Links,
    times: AsOf,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next_cursor` of the page before")] = None,
) -> Response:
    """List the ids that are linked to less than was claimed: blocked, or claimed by more than may be. Most first."""
    items, more = links.refused(who.store, times, limit, _place(cursor))
    return ExactJSON({"items": items, "next_cursor": to_cursor(list(more)) if more else None})


def _place(cursor: str | None) -> tuple[int, str] | None:
    return tuple(from_cursor(cursor, int, str)) if cursor else None  # type: ignore[return-value]  # checked by its kinds
