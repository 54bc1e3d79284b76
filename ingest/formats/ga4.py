"""Google Analytics 4, Measurement Protocol: a body with a client, perhaps a user, and events.

`client_id` is an anonymous id, `api_secret` is the key. What one event means is said in `ingest/formats/ga4_events.py`.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any

from ingest.batches import MAX_EVENTS, Batch
from ingest.formats.ga4_events import messages
from ingest.formats.route import BrowserSettings, Route
from ingest.salvage import Item
from ingest.sorting import Sorted
from schemas import json
from schemas.clock import DAY, EARLIEST, SECOND, to_datetime
from schemas.errors import InvalidEvent
from schemas.facts import Microseconds

FORMAT = "ga4"
_LATEST = 100_000 * DAY
"""No clock goes wrong by more than this (the year 2243)."""


def read(value: Any, body: bytes, received_at: Microseconds) -> Batch:
    """Return the messages of a body, each with the place of its event.

    Events without a time of their own follow one another by a microsecond, so that their order stays.
    """
    if value.__class__ is not dict:
        raise InvalidEvent("wrong_type", "", "a body must be an object")
    events = value.get("events")
    if events.__class__ is not list:
        raise InvalidEvent("missing_field" if events is None else "wrong_type", "events", "must be an array of events")
    digest = blake2b(body, digest_size=12).hexdigest()
    shared = _present(
        anonymousId=value.get("client_id") or value.get("app_instance_id"),
        userId=value.get("user_id"),
        context=_context(value) or None,
    )
    said = _moment(value.get("timestamp_micros"))
    first = received_at - len(events) if said is None else said
    items: list[Any] = []
    places: list[int] = []
    for place, event in enumerate(events):
        found = _completed(event, shared, first + place, None if said is None else f"{digest}-{place}")
        items += found
        places += [place] * len(found)
        if len(items) > MAX_EVENTS:
            raise InvalidEvent("too_many_events", "events", f"a body has up to {MAX_EVENTS} events")
    return Batch(items, None, None, None, None, places)


def _completed(event: Any, shared: dict[str, Any], moment: Microseconds, message_id: str | None) -> list[Any]:
    """Return the messages of an event, with what the body says of all. One whose time was said has an id too: sent
    again, it is a copy. Else a copy could not be told from the same thing done twice.
    """
    try:
        found = messages(event)
        if "timestamp_micros" in event and (own := _moment(event["timestamp_micros"])) is not None:
            moment = own
            message_id = message_id or blake2b(json.encode(event), digest_size=12).hexdigest()
    except InvalidEvent as fault:
        return [Item(json.encode(event), None, fault)]
    second, rest = divmod(moment, SECOND)
    text = f"{_second(second)}.{rest:06}Z"
    for number, message in enumerate(found):
        own_context = message.get("context")
        message.update(shared, timestamp=text)
        if own_context is not None:
            message["context"] = {**shared.get("context", {}), **own_context}
        if message_id is not None:
            message["messageId"] = f"{message_id}-{number}" if number else message_id
    return found


def _moment(micros: Any) -> Microseconds | None:
    if micros is None or micros == "":
        return None
    try:
        moment = int(micros)
    except (TypeError, ValueError):
        moment = None
    if moment is None or not EARLIEST <= moment <= _LATEST:
        raise InvalidEvent("invalid_time", "timestamp_micros", "must be in microseconds since 1970")
    return moment


@lru_cache(maxsize=64)  # the events of a body are of few seconds
def _second(second: int) -> str:
    return to_datetime(second * SECOND).isoformat()[:19]


def _context(value: dict[str, Any]) -> dict[str, Any]:
    """Return what the body says of all its events; what has another shape than GA4's says nothing."""
    device, place = _object(value, "device"), _object(value, "user_location")
    traits = {
        name: said["value"]
        for name, said in _object(value, "user_properties").items()
        if said.__class__ is dict and "value" in said
    }
    consent = {name: said == "GRANTED" for name, said in _object(value, "consent").items() if said.__class__ is str}
    found = {
        "userAgent": _text(value.get("user_agent")),
        "ip": _text(value.get("ip_override")),
        "locale": _text(device.get("language")),
        "device": _present(type=device.get("category"), model=device.get("model"), manufacturer=device.get("brand")),
        "os": _present(name=device.get("operating_system"), version=device.get("operating_system_version")),
        "location": _present(country=place.get("country_id"), region=place.get("region_id"), city=place.get("city")),
        "traits": traits,
        "consent": {"categoryPreferences": consent} if consent else None,
    }
    return {name: said for name, said in found.items() if said}


def _object(value: dict[str, Any], field: str) -> dict[str, Any]:
    said = value.get(field)
    return said if said.__class__ is dict else {}


def _text(said: Any) -> str | None:
    return said if said.__class__ is str else None


def _present(**fields: Any) -> dict[str, Any]:
    return {name: said for name, said in fields.items() if said is not None}


def _judged(found: Sorted) -> Any:
    """Answer as GA4's debugging route does: what is wrong; nothing is recorded."""
    return {
        "validationMessages": [
            {
                "fieldPath": f"events[{refused.place}].{refused.fault.field}".rstrip("."),
                "description": refused.fault.message,
                "validationCode": refused.fault.code.upper(),
            }
            for refused in found.refused
        ]
    }


ROUTES = {
    "/mp/collect": Route(key_parameter="api_secret", read=read, format=FORMAT),
    "/debug/mp/collect": Route(key_parameter="api_secret", read=read, format=FORMAT, judged=_judged),
}
SETTINGS: BrowserSettings | None = None
