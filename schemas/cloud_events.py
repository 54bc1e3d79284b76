"""A fact as downstream services get it: one CloudEvents 1.0 JSON document (structured mode), and back.

Written to `footfall.customer-events`, and those about identity to `footfall.identities` besides. Names are promises
(docs/subscribing.md, and the schemas that are generated from here): attributes and members of `data` may be added,
never renamed or removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.clock import to_datetime, to_microseconds
from schemas.facts import CustomerEvent, KeyClass, Notification
from schemas.streams import StreamId
from schemas.vocabulary.stored import FACT_NAMES

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
"""Of the record's header `content-type`, by which the Kafka binding tells the structured mode."""

TYPE = "footfall."
"""What the `type` of all our CloudEvents begins with."""

_SOURCE, _SCHEMA, _JSON = "/stores/", "/schemas/", ".json"


Moment = Annotated[datetime, Meta(tz=True)]
"""A time with its offset, as RFC 3339 writes it."""

Digits = Meta(extra_json_schema={"pattern": "^[0-9]+$"})
"""Told to readers, not checked: CloudEvents knows no numbers beyond 32 bits."""


class FactData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The member `data` of a CloudEvent: one fact about one customer."""

    store: str
    stream: Annotated[
        StreamId,
        Meta(description="The log of one id of the customer: of a user, a visitor, an e-mail address or a telephone."),
    ]
    version: Annotated[int, Meta(description="The fact's place in its stream: 1, 2, 3, ... without gaps.")]
    name: Annotated[str, Meta(description="What happened, as the vocabulary names it: `Product Viewed`, `page`, ...")]
    message_id: Annotated[str, Meta(description="The sender's own id of the message.")]
    key_class: Annotated[
        KeyClass,
        Meta(description="The class of the sender's key: `write` for pages, `server` for the shop's servers."),
    ]
    occurred_at: Annotated[Moment, Meta(description="When it happened, in UTC, at the customer.")]
    received_at: Annotated[Moment, Meta(description="When it reached the product.")]
    recorded_at: Annotated[Moment, Meta(description="When it was recorded.")]
    names: Annotated[
        tuple[tuple[StreamId, str], ...],
        Meta(description="Every id that the fact names, as [stream, raw id]; the stream's own first."),
    ]
    message: Annotated[
        msgspec.Raw,
        Meta(description="What was said: the Segment message, after redaction.", extra_json_schema={"type": "object"}),
    ]


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The attributes of CloudEvents 1.0, with the extensions `sequence`, `shard` and `notification`."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Meta(description="The fact's id: every repeat of it carries the same.")]
    source: Annotated[str, Meta(description="`/stores/` and the store.")]
    type: Annotated[str, Meta(description="`footfall.` and the stored name of the fact: `footfall.ProductViewed`.")]
    subject: Annotated[StreamId, Meta(description="The stream.")]
    time: Annotated[Moment, Meta(description="When it happened.")]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, Meta(description="Where the schema of `data` is: `/schemas/ProductViewed/1.json`.")]
    sequence: Annotated[str, Digits, Meta(description="The fact's place in its stream, in decimal digits.")]
    shard: Annotated[str, Digits, Meta(description="The shard of the event store.")]
    notification: Annotated[str, Digits, Meta(description="The fact's place in the shard's notification log.")]
    data: FactData


def schema_address(fact: str, version: int) -> str:
    """Return where the schema of a fact's `data` is, as `dataschema` says it."""
    return f"{_SCHEMA}{fact}/{version}{_JSON}"


def key(event: CustomerEvent) -> bytes:
    """Return the key of the fact's record: store and stream."""
    return f"{event.store}/{event.stream}".encode()


ABOUT_IDENTITY = ("CustomersMerged", "CustomersSplit", "AliasClaimed")
"""The facts that may say of two known users that they are one, or are not."""


def is_about_identity(event: CustomerEvent) -> bool:
    """Tell whether a fact is for `footfall.identities`: a merge or a split; an alias, where it merges two users."""
    fact = event.fact.partition(":")[0]
    return fact in ABOUT_IDENTITY and (fact != "AliasClaimed" or any(one[0] == "u" for one, _ in event.names[1:]))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CloudEvent)


def encode(notification: Notification) -> bytes:
    """Return the fact as a CloudEvent."""
    event = notification.event
    fact = event.fact.partition(":")[0]
    version = FACT_NAMES[fact].version  # the message has been upcast to it, whatever was stored
    occurred_at = to_datetime(event.occurred_at)
    return _encoder.encode(
        CloudEvent(
            id=event.event_id,
            source=_SOURCE + event.store,
            type=TYPE + fact,
            subject=event.stream,
            time=occurred_at,
            dataschema=schema_address(fact, version),
            sequence=str(event.version),
            shard=str(notification.shard),
            notification=str(notification.id),
            data=FactData(
                store=event.store,
                stream=event.stream,
                version=event.version,
                name=event.name,
                message_id=event.message_id,
                key_class=event.key_class,
                occurred_at=occurred_at,
                received_at=to_datetime(event.received_at),
                recorded_at=to_datetime(event.recorded_at),
                names=event.names,
                message=event.message,
            ),
        )
    )


def decode(value: bytes) -> Notification:
    """Return the fact of a CloudEvent; raises msgspec.DecodeError where it is none of ours."""
    said = _decoder.decode(value)
    data = said.data
    return Notification(
        int(said.shard),
        int(said.notification),
        CustomerEvent(
            store=data.store,
            stream=data.stream,
            version=data.version,
            event_id=said.id,
            key_class=data.key_class,
            name=data.name,
            fact=said.dataschema.removeprefix(_SCHEMA).removesuffix(_JSON).replace("/", ":"),
            message_id=data.message_id,
            occurred_at=to_microseconds(data.occurred_at),
            received_at=to_microseconds(data.received_at),
            recorded_at=to_microseconds(data.recorded_at),
            names=data.names,
            message=data.message,
        ),
    )
