"""A fact as downstream services get it: one CloudEvents 1.0 JSON document (structured mode), and back.

Written to `footfall.customer-events`; names are promises (docs/subscribing.md, and the schemas that are generated from
here): attributes and members of `data` may be added, never renamed or removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from schemas.clock import to_datetime, to_microseconds
from schemas.facts import CustomerEvent, KeyClass, Notification
from schemas.streams import StreamId
from schemas.vocabulary.stored import FACT_NAMES

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
"""Of the record's header `content-type`, by which the Kafka binding tells the structured mode."""

_SOURCE, _TYPE, _SCHEMA = "/stores/", "footfall.", "/schemas/"


class FactData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The member `data` of a CloudEvent: one fact about one customer."""

    store: str
    stream: StreamId
    """The log of one id of the customer: of a user, a visitor, an e-mail address or a telephone."""
    version: int
    """The fact's place in its stream: 1, 2, 3, ... without gaps."""
    name: str
    """What happened, as the vocabulary names it: `Product Viewed`, `page`, ..."""
    message_id: str
    """The sender's own id of the message."""
    key_class: KeyClass
    """The class of the sender's key: `write` for pages, `server` for the shop's servers."""
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    names: tuple[tuple[StreamId, str], ...]
    """Every id that the fact names, as [stream, raw id]; the stream's own first."""
    message: msgspec.Raw
    """What was said: the Segment message, after redaction."""


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The attributes of CloudEvents 1.0, with the extensions `sequence`, `shard` and `notification`."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    """The fact's id: every repeat of it carries the same."""
    source: str
    """`/stores/` and the store."""
    type: str
    """`footfall.` and the stored name of the fact: `footfall.ProductViewed`."""
    subject: StreamId
    """The stream."""
    time: datetime
    """When it happened."""
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    """Where the schema of `data` is: `/schemas/ProductViewed/1.json`."""
    sequence: str
    """The aggregate's version, in decimal digits."""
    shard: str
    """The shard of the event store, and the fact's place in the shard's notification log."""
    notification: str
    data: FactData


def key(event: CustomerEvent) -> bytes:
    """Return the key of the fact's record: store and stream."""
    return f"{event.store}/{event.stream}".encode()


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
            type=_TYPE + fact,
            subject=event.stream,
            time=occurred_at,
            dataschema=f"{_SCHEMA}{fact}/{version}.json",
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
            fact=said.dataschema.removeprefix(_SCHEMA).removesuffix(".json").replace("/", ":"),
            message_id=data.message_id,
            occurred_at=to_microseconds(data.occurred_at),
            received_at=to_microseconds(data.received_at),
            recorded_at=to_microseconds(data.recorded_at),
            names=data.names,
            message=data.message,
        ),
    )
