"""An erasure as downstream services are told of it: one CloudEvents 1.0 JSON document a person.

Written to `footfall.erasures`; names are promises, as in `schemas/cloud_events.py`. Who holds facts of the streams that
it names removes those with a `sequence` below the version that it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.clock import to_datetime
from schemas.cloud_events import Moment, schema_address
from schemas.facts import Microseconds
from schemas.streams import StreamId

NAME = "CustomerErased"
ADDRESS = schema_address(NAME, 1)

Kind = Literal["request", "retention"]
"""Why somebody is erased."""


class ErasedData(msgspec.Struct, frozen=True, kw_only=True):
    """The member `data` of the CloudEvent: a person who is erased. No personal data is in it."""

    store: str
    customer_id: Annotated[StreamId, Meta(description="The customer, as the API named it.")]
    kind: Annotated[Kind, Meta(description="Whether somebody asked for it, or the store's retention did.")]
    streams: Annotated[
        dict[StreamId, int],
        Meta(description="Every stream of the person, with the version from which it goes on: all below is erased."),
    ]
    erased_up_to: Annotated[Moment, Meta(description="What happened up to then is erased, however late it comes.")]
    requested_at: Annotated[Moment, Meta(description="When it was asked for.")]
    finished_at: Annotated[Moment, Meta(description="When it was done.")]


class ErasureEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The CloudEvent."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Meta(description="The erasure's id and the customer's: every repeat of it carries the same.")]
    source: Annotated[str, Meta(description="`/stores/` and the store.")]
    type: Literal["footfall.CustomerErased"] = "footfall.CustomerErased"
    subject: Annotated[StreamId, Meta(description="The customer.")]
    time: Annotated[Moment, Meta(description="When it was done.")]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Literal["/schemas/CustomerErased/1.json"] = "/schemas/CustomerErased/1.json"
    data: ErasedData


def key(store: str, customer: StreamId) -> bytes:
    """Return the key of the record: store and customer."""
    return f"{store}/{customer}".encode()


def encode(
    *,
    erasure_id: str,
    store: str,
    customer: StreamId,
    kind: Kind,
    streams: Mapping[StreamId, int],
    times: tuple[Microseconds, Microseconds, Microseconds],
) -> bytes:
    """Return the document; the times are up to when, when asked for and when done."""
    until, requested_at, finished_at = map(to_datetime, times)
    data = ErasedData(
        store=store,
        customer_id=customer,
        kind=kind,
        streams=dict(streams),
        erased_up_to=until,
        requested_at=requested_at,
        finished_at=finished_at,
    )
    event = ErasureEvent(
        id=f"{erasure_id}/{customer}", source=f"/stores/{store}", subject=customer, time=finished_at, data=data
    )
    return msgspec.json.encode(event)
