"""The topics for subscribers as an AsyncAPI 3.0 document: what is written to them, under which key, in which shape."""

from __future__ import annotations

from schemas.cloud_events import ABOUT_IDENTITY, CONTENT_TYPE, TYPE, schema_address
from schemas.erasure_events import ADDRESS, ErasureEvent
from schemas.erasure_events import NAME as ERASED
from schemas.published.dialect import Json, of_struct
from schemas.published.envelope import ENVELOPE
from schemas.vocabulary import EventType
from schemas.vocabulary.stored import FACT_NAMES

CUSTOMER_EVENTS = "footfall.customer-events"
DEAD_LETTERS = "footfall.dead-letters"
IDENTITIES = "footfall.identities"
ERASURES = "footfall.erasures"

_SCHEMA_FORMAT = "application/schema+json;version=draft-07"
"""The latest that AsyncAPI names; the schemas read the same in it (dialect.py)."""

_KAFKA = {"bindingVersion": "0.5.0"}
_KEY: Json = {"type": "string", "description": "", "pattern": "^[^/]+/[uaeps][0-9a-f]{32}$"}
_LETTER_HEADERS = {
    "stage": "Where in the pipeline it could not be processed.",
    "code": "What is wrong, as a stable word (docs/errors.md).",
    "field": "The field at fault; empty where there is none.",
    "reason": "What is wrong, in a sentence for a person.",
    "store": "The store that it was sent to.",
    "source": "The process that put it here.",
    "received_at": "When it came, in microseconds since 1970.",
    "key_class": "The class of its sender's key, `write` or `server`; empty where it is not known.",
    "type": "The message type that its route says; empty where the message says it itself.",
    "is_import": "`True` where its time was to stand as it is.",
    "envelope": "What its batch says of all its events, as a JSON object; empty where there is none.",
    "ip": "The sender's address, truncated; may be empty.",
    "shard": "The shard of a fact that has no row.",
    "notification_id": "The place of that fact in the shard's notification log; 0 where it is none.",
}


def asyncapi() -> Json:
    """Return the document. Its references are relative, so that they lead to the schemas beside it, wherever it is."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Footfall",
            "version": "1",
            "description": "What customers do in a shop, as facts for downstream services (docs/subscribing.md).",
            "license": {"name": "Apache-2.0"},
        },
        "channels": {
            "customerEvents": _customer_events(),
            "identities": _identities(),
            "deadLetters": _dead_letters(),
            "erasures": _erasures(),
        },
        "operations": {
            "publishFacts": _send("customerEvents"),
            "publishIdentities": _send("identities"),
            "publishDeadLetters": _send("deadLetters"),
            "publishErasures": _send("erasures"),
        },
        "components": {
            "messages": {
                **{known.fact: _fact(known) for known in FACT_NAMES.values()},
                "DeadLetter": _dead_letter(),
                ERASED: _erased(),
            }
        },
    }


def _send(channel: str) -> Json:
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}}


def _customer_events() -> Json:
    return {
        "address": CUSTOMER_EVENTS,
        "description": (
            "Every fact about every customer. The first appearances of a key's facts are in order (`sequence` counts"
            " them without gaps); a fact may come again, with the same `id`: drop it by that."
        ),
        "messages": {fact: {"$ref": f"#/components/messages/{fact}"} for fact in FACT_NAMES},
        "bindings": {"kafka": {"topic": CUSTOMER_EVENTS, **_KAFKA}},
    }


def _identities() -> Json:
    return {
        "address": IDENTITIES,
        "description": (
            "The facts by which two known customers become one or are parted again: merges, splits, and an alias that"
            " merges two users. The same documents as on the topic of all facts, under the same key and in the same"
            " order; `data.names` has both sides."
        ),
        "messages": {fact: {"$ref": f"#/components/messages/{fact}"} for fact in ABOUT_IDENTITY},
        "bindings": {"kafka": {"topic": IDENTITIES, **_KAFKA}},
    }


def _dead_letters() -> Json:
    return {
        "address": DEAD_LETTERS,
        "description": "What could not be processed, for operators; the key is that of its source.",
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
        "bindings": {"kafka": {"topic": DEAD_LETTERS, **_KAFKA}},
    }


def _erasures() -> Json:
    return {
        "address": ERASURES,
        "description": (
            "Persons that were erased: who holds facts of a stream that is named removes those with a `sequence` below"
            " the version that is said, and takes none of them any more. An event may come again, with the same `id`."
        ),
        "messages": {ERASED: {"$ref": f"#/components/messages/{ERASED}"}},
        "bindings": {"kafka": {"topic": ERASURES, **_KAFKA}},
    }


def _erased() -> Json:
    attributes = of_struct(ErasureEvent)
    properties = {**attributes["properties"], "data": {"$ref": ADDRESS.removeprefix("/")}}
    schema = {"type": "object", "properties": properties, "required": attributes["required"]}
    return {
        "name": TYPE + ERASED,
        "title": "A person was erased",
        "contentType": CONTENT_TYPE,
        "headers": {"type": "object", "properties": {"content-type": {"const": CONTENT_TYPE}}},
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": schema},
        "bindings": {"kafka": {"key": {**_KEY, "description": "Store and customer: shop/u1f0c..."}, **_KAFKA}},
    }


def _fact(known: EventType) -> Json:
    address = schema_address(known.fact, known.version)
    about = {"type": {"const": TYPE + known.fact}, "data": {"$ref": address.removeprefix("/")}}
    schema = {"allOf": [{"$ref": ENVELOPE.removeprefix("/")}, {"type": "object", "properties": about}]}
    key = {**_KEY, "description": "Store and stream: shop/u1f0c..."}
    return {
        "name": TYPE + known.fact,
        "title": known.name or "A track event of the shop's own",
        "contentType": CONTENT_TYPE,
        "headers": {"type": "object", "properties": {"content-type": {"const": CONTENT_TYPE}}},
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": schema},
        "bindings": {"kafka": {"key": key, **_KAFKA}},
    }


def _dead_letter() -> Json:
    headers = {name: {"type": "string", "description": text} for name, text in _LETTER_HEADERS.items()}
    return {
        "name": "footfall.DeadLetter",
        "title": "What could not be processed: the bytes as they came, in any format",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "properties": headers, "required": list(headers)},
        "bindings": {"kafka": _KAFKA},
    }
