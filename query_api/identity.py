"""The routes about identity: merge, split, the links of a customer, and what is not linked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import uuid4

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from projections.identity import Verdict
from query_api.access import AsksFor, AsOf, Edits
from query_api.answers import ExactJSON
from query_api.cursors import from_cursor, to_cursor
from query_api.errors import BadRequest, NotFound
from query_api.links import LinksOf, Side
from query_api.pages import Limit
from query_api.ports import Editor, Recorder
from schemas.streams import STREAM_ID_LENGTH
from schemas.vocabulary.identity import CUSTOMERS_MERGED, CUSTOMERS_SPLIT

router = APIRouter(tags=["identity"])

PROPERTIES = {"user": "user_id", "anonymous": "anonymous_id", "email": "email", "phone": "phone"}
"""By which property a merge or a split names a side of each kind."""

IdempotencyKey = Annotated[
    str | None, Header(max_length=90, description="the same key with the same request is the same merge or split")
]


class Act(BaseModel):
    """What is said of every merge and split."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str | None = Field(None, max_length=1000)
    by: str | None = Field(None, max_length=200, description="who says so; the kind of the key, where nobody is named")


class Merge(Act):
    """Two customers are one."""

    with_: str = Field(alias="with", max_length=100, description="the other customer's id")


class Split(Act):
    """A link is undone."""

    link: str = Field(max_length=100, description="the link, as `GET .../links` names it")


def links_of(request: Request) -> LinksOf:
    """Return who reads links."""
    found: LinksOf = request.app.state.links_of
    return found


Links = Annotated[LinksOf, Depends(links_of)]


@router.post("/customers/{customer_id}/merge")
async def merge(
    request: Request, who: Edits, links: Links, body: Merge, customer_id: str, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make one customer of two. Their answers follow at once; a split undoes it."""
    message_id = _message_id("merge", idempotency_key)
    if done := await _repeated(links, who, "merge", message_id):
        return ExactJSON({"event_id": done, "merged": True})
    one, other = await to_thread.run_sync(lambda: _two(links, who.store, customer_id, body.with_))
    if one == other:
        return ExactJSON({"event_id": None, "merged": False, "message": "both are one customer already"})
    if one.kind != "user":
        one, other = other, one
    if one.kind != "user":
        raise BadRequest("one of the two must be a known user: nobody knows who the other is", "with")
    event_id = await _recorded(request, who, CUSTOMERS_MERGED.name, (one, other), body, message_id)
    return ExactJSON({"event_id": event_id, "merged": True})


@router.post("/customers/{customer_id}/split")
async def split(
    request: Request, who: Edits, links: Links, body: Split, customer_id: str, idempotency_key: IdempotencyKey = None
) -> Response:
    """Undo a link: both sides have again what each had, and what came after goes where its own ids say."""
    message_id = _message_id("split", idempotency_key)
    if done := await _repeated(links, who, "split", message_id):
        return ExactJSON({"event_id": done, "split": True})
    found = await to_thread.run_sync(lambda: links.one(who.store, _known(customer_id), body.link))
    if found is None:
        raise BadRequest("this customer has no such link", "link")
    link, *sides = found
    if link.verdict is Verdict.VOIDED:
        return ExactJSON({"event_id": None, "split": False, "message": "the link is void already"})
    event_id = await _recorded(request, who, CUSTOMERS_SPLIT.name, sides, body, message_id)
    return ExactJSON({"event_id": event_id, "split": True})


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
    items, more = links.page(who.store, _known(customer_id), times, limit, _place(cursor))
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


def _two(links: LinksOf, store: str, customer_id: str, with_: str) -> tuple[Side, Side]:
    one = links.customer(store, _known(customer_id))
    if one is None:
        raise NotFound("no such customer")
    other = links.customer(store, with_) if len(with_) == STREAM_ID_LENGTH and with_.isascii() else None
    if other is None:
        raise BadRequest("no such customer", "with")
    return one, other


def _message_id(act: str, key: str | None) -> str:
    """Return the id by which copies of a request are known; a merge and a split of one key are two."""
    return f"{act}-{key or uuid4()}"


async def _repeated(links: LinksOf, who: Editor, act: str, message_id: str) -> str | None:
    """Return the event of a request that was answered before: its retry is not the next merge."""
    return await to_thread.run_sync(lambda: links.act_of_message(who.store, act, message_id))


async def _recorded(
    request: Request, who: Editor, event: str, sides: Sequence[Side], body: Act, message_id: str
) -> str:
    user, other = sides
    properties: dict[str, Any] = {PROPERTIES[other.kind]: other.value, "by": body.by or who.by}
    if body.reason is not None:
        properties["reason"] = body.reason
    recorder: Recorder = request.app.state.recorder
    return await recorder.record(
        who.store,
        {
            "type": "track",
            "event": event,
            "messageId": message_id,
            "userId": user.value,
            "properties": properties,
        },
    )


def _place(cursor: str | None) -> tuple[int, str] | None:
    return tuple(from_cursor(cursor, int, str)) if cursor else None  # type: ignore[return-value]  # checked by its kinds


def _known(customer_id: str) -> str:
    if len(customer_id) != STREAM_ID_LENGTH or not customer_id.isascii():
        raise NotFound("no such customer")
    return customer_id
