"""The schema of `data` of each fact: FactData, with the message that its event type lets through.

It says no more than admission holds of every message (tests/subscribers/test_facts.py): what is not checked is any
value.
"""

from __future__ import annotations

from schemas.cloud_events import FactData, schema_address
from schemas.messages import SHAPES
from schemas.published.dialect import Json, document, of_struct, of_typed_dict
from schemas.vocabulary import EventType
from schemas.vocabulary.message_types import FACTS

_ID: Json = {"type": ["string", "number", "null"]}
_TIME: Json = {"type": ["string", "null"]}


def data_schema(known: EventType) -> Json:
    """Return the schema of the member `data` of this fact's CloudEvents."""
    schema = of_struct(FactData)
    message = _message(known)
    schema["$defs"] |= message.pop("$defs", {})
    schema["description"] = _description(known)
    schema["properties"]["message"] = message
    if known.name:
        schema["properties"]["name"]["const"] = known.name
    return document(schema_address(known.fact, known.version), known.fact, schema)


def _description(known: EventType) -> str:
    what = known.name or "A track event of the shop's own; `name` is the shop's"
    needed = f" Of the message's properties there is {' or '.join(known.needs_one_of)}." if known.needs_one_of else ""
    return f"{what}: the member `data` of the CloudEvent.{needed}"


def _message(known: EventType) -> Json:
    """Return the schema of the Segment message; its definitions are in `$defs`."""
    type_ = known.name if known.fact in FACTS else "track"
    schema = of_typed_dict(SHAPES[type_])
    schema["properties"] |= {"type": {"const": type_}, **_checked_elsewhere(known, type_)}
    schema["required"] = ["type"]
    if type_ == "track":
        schema["properties"]["event"] = {
            "description": "The name as the shop said it: in any case, or an older one. `data.name` is the one name.",
            "type": "string",
        }
        schema["required"].append("event")
    return _with_properties(schema, known)


def _checked_elsewhere(known: EventType, type_: str) -> Json:
    """Return the fields that `schemas/messages.py` leaves to who reads them (addressing, clock, admission)."""
    checked = {"messageId": _ID, "timestamp": _TIME, "sentAt": _TIME}
    if not known.about_store:  # whom these name is not looked at
        checked |= {"userId": _ID, "anonymousId": _ID}
    return checked | {"groupId": _ID} if type_ == "group" else checked


def _with_properties(schema: Json, known: EventType) -> Json:
    if known.properties is None:
        return schema
    properties = of_typed_dict(known.properties)
    schema["$defs"] = {**schema.get("$defs", {}), **properties.pop("$defs", {})}
    schema["properties"]["properties"] = {**properties, "type": ["object", "null"]}
    return schema
