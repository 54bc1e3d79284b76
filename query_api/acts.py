"""What a merge or a split comes down to: the two sides of the fact that is to be recorded, or that nothing changes.

Serves the routes and the commands. How a fact is recorded does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from projections.identity import Verdict
from query_api.access import is_id, known
from query_api.errors import BadRequest, NotFound
from query_api.links import LinksOf, Side
from schemas.vocabulary.identity import CUSTOMERS_MERGED, CUSTOMERS_SPLIT

PROPERTIES = {"user": "user_id", "anonymous": "anonymous_id", "email": "email", "phone": "phone"}
"""By which property a merge or a split names a side of each kind."""

Sides = tuple[Side, Side]
"""A user, and the other side."""


class Act(NamedTuple):
    """Something that is done to the links of a customer."""

    name: str
    done: str
    """The word of the answer."""
    event: str
    nothing: str
    """Why nothing is recorded where the sides are None."""
    sides: Callable[[LinksOf, str, str, str], Sides | None]
    """Of a store, a customer and what the request names: the sides of the fact; raises ApiError."""


def _merged(links: LinksOf, store: str, customer_id: str, with_: str) -> Sides | None:
    one = links.customer(store, known(customer_id))
    if one is None:
        raise NotFound("no such customer")
    other = links.customer(store, with_) if is_id(with_) else None
    if other is None:
        raise BadRequest("no such customer", "with")
    if one == other:
        return None
    if one.kind != "user":
        one, other = other, one
    if one.kind != "user":
        raise BadRequest("one of the two must be a known user: nobody knows who the other is", "with")
    return one, other


def _split(links: LinksOf, store: str, customer_id: str, link_id: str) -> Sides | None:
    found = links.one(store, known(customer_id), link_id)
    if found is None:
        raise BadRequest("this customer has no such link", "link")
    link, user, other = found
    return None if link.verdict is Verdict.VOIDED else (user, other)


MERGE = Act("merge", "merged", CUSTOMERS_MERGED.name, "both are one customer already", _merged)
SPLIT = Act("split", "split", CUSTOMERS_SPLIT.name, "the link is void already", _split)


def message(act: Act, sides: Sides, message_id: str, by: str, reason: str | None) -> dict[str, Any]:
    """Return the message of the fact."""
    user, other = sides
    properties: Mapping[str, Any] = {PROPERTIES[other.kind]: other.value, "by": by}
    return {
        "type": "track",
        "event": act.event,
        "messageId": message_id,
        "userId": user.value,
        "properties": properties if reason is None else {**properties, "reason": reason},
    }
