"""Admission: what a sender said becomes an accepted event, or is refused with the field at fault.

Pure: the time, the caller and the rules are parameters. How requests are read and answered does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from msgspec import structs

from ingest.addresses import NOWHERE, Addresses, Origin
from ingest.consent import ANALYTICS, ConsentChoice, Decision, decide, nameless
from ingest.ports import Caller
from ingest.redaction import ALLOWED_PARAMETERS, redact
from schemas import json
from schemas.addressing import THE_STORE, address
from schemas.clock import DAY, occurred_at, parse_time
from schemas.errors import InvalidEvent, Unconsented
from schemas.facts import AcceptedEvent, KeyClass, Microseconds, Reason
from schemas.identifiers import identifier
from schemas.messages import checked_message
from schemas.vocabulary import EventType, resolve

MAX_EVENT_BYTES = 32 * 1024
MAX_MESSAGE_ID = 100

_SURELY_SMALL = MAX_EVENT_BYTES - 1024  # what admission itself adds (an IP address, a place, a type) is less


@dataclass(frozen=True)
class Rules:
    """What a store, or an import, may say about admission."""

    write_key_max_age: Microseconds | None = 30 * DAY
    """How old an event by write key may be; None for an import of archived browser traffic."""
    allowed_parameters: frozenset[str] = ALLOWED_PARAMETERS
    addresses: Addresses = field(default_factory=Addresses)


class Arrival(NamedTuple):
    """What all messages of one request share."""

    caller: Caller
    received_at: Microseconds
    sent_at: Microseconds | None = None
    """The envelope's; a message's own stands before it."""
    sent_at_said: str | None = None
    connection: Origin = NOWHERE
    """What the connection's address told; nothing where it says nothing of the customer (a shop's server)."""
    is_import: bool = False
    refuses_all: bool = False
    """By write key with Global Privacy Control in the request's head (`Sec-GPC: 1`)."""


def admit(said: Any, type_: str | None, arrival: Arrival, rules: Rules) -> AcceptedEvent:
    """Return the event that a decoded message is, or raise InvalidEvent and leave the message as it was.

    `type_` is what the route says; None where the message says it itself (batches).
    """
    if said.__class__ is not dict:
        raise InvalidEvent("wrong_type", "", "an event must be an object")
    if type_ is None:
        type_ = said.get("type")
        if type_.__class__ is not str:
            raise InvalidEvent("unknown_type" if type_ is None else "wrong_type", "type", "must name a message type")
    try:
        message = checked_message(said, type_)
    except InvalidEvent as fault:
        if arrival.caller.consent is not ConsentChoice.RECORD and not _may_be_kept(said, type_, arrival):
            raise Unconsented(fault.code, fault.field, fault.message, _copies(said)) from None
        raise
    return _admitted(said, message, type_, arrival, rules)


def _may_be_kept(said: dict[str, Any], type_: str, arrival: Arrival) -> bool:
    """Tell whether a message of a wrong shape may become a dead letter."""
    try:
        event = resolve(type_, said.get("event"))
    except InvalidEvent:
        return False
    return decide(arrival.caller.consent, event, said, refuses_all=arrival.refuses_all) is Decision.WHOLE


def _admitted(
    said: dict[str, Any], message: dict[str, Any], type_: str, arrival: Arrival, rules: Rules
) -> AcceptedEvent:
    caller = arrival.caller
    event = resolve(type_, message.get("event"))
    decision = decide(caller.consent, event, message, refuses_all=arrival.refuses_all)
    if decision is Decision.REFUSED:
        why = f"{ANALYTICS} needs consent, which the event does not say"
        raise Unconsented("no_consent", "context.consent", why, _copies(message))
    if decision is Decision.NAMELESS:
        return _without_identity(said, message, type_, event, arrival, rules)
    if event.back_office and caller.key_class is not KeyClass.SERVER:
        raise InvalidEvent("back_office", "event", f"{event.name} needs a server key")
    return _accepted(said, message, type_, event, arrival, rules)


def _copies(message: dict[str, Any]) -> str:
    """Return by what the copies of a message are told of which nothing is kept; without an id it has none."""
    said = message.get("messageId")
    known = str(said) if said.__class__ in (str, int) and said != "" else str(uuid4())
    return blake2b(known.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def counted(refused: Unconsented, arrival: Arrival) -> AcceptedEvent:
    """Return what counts an event of which nothing may be kept: where it goes, copies of one message are one."""
    return AcceptedEvent(
        store=arrival.caller.store,
        key_class=arrival.caller.key_class,
        stream=THE_STORE,
        fact="",
        name="",
        message_id=refused.copies,
        occurred_at=arrival.received_at,
        received_at=arrival.received_at,
        message=msgspec.Raw(b"{}"),
        refused=Reason.CONSENT,
    )


def _without_identity(
    said: dict[str, Any], message: dict[str, Any], type_: str, event: EventType, arrival: Arrival, rules: Rules
) -> AcceptedEvent:
    """Return what is left of an event of somebody who did not consent: a fact of the store, about nobody."""
    try:
        whole = _accepted(dict(said), dict(message), type_, event, arrival, rules)
    except InvalidEvent as fault:
        raise Unconsented(fault.code, fault.field, fault.message, _copies(message)) from None
    left = nameless({**message, "type": type_, "messageId": whole.message_id}, event)
    return structs.replace(whole, stream=THE_STORE, claims=(), message=msgspec.Raw(json.encode(left)))


def _accepted(
    said: dict[str, Any], message: dict[str, Any], type_: str, event: EventType, arrival: Arrival, rules: Rules
) -> AcceptedEvent:
    caller = arrival.caller
    event.check(message.get("properties") or {})
    message_id = _message_id(message)
    stream, claims = address(message, type_, event, caller.key_class)
    if type_ == "group" and identifier(message.get("groupId"), "groupId") is None:
        raise InvalidEvent("missing_field", "groupId", "a group message needs its group")
    moment = _dated(message, arrival, rules)
    return AcceptedEvent(
        store=caller.store,
        key_class=caller.key_class,
        stream=stream,
        claims=claims,
        fact=f"{event.fact}:{event.version}",
        name=event.name,
        message_id=message_id,
        occurred_at=moment,
        received_at=arrival.received_at,
        message=msgspec.Raw(_kept(said, message, type_, arrival, rules)),
    )


def _message_id(message: dict[str, Any]) -> str:
    said = message.get("messageId")
    if said.__class__ is not str:
        if said is None:
            return str(uuid4())
        if type(said) is not int:
            raise InvalidEvent("wrong_type", "messageId", "must be a string")
        said = str(said)
    if len(said) > MAX_MESSAGE_ID:
        raise InvalidEvent("message_id_too_long", "messageId", f"has more than {MAX_MESSAGE_ID} characters")
    return said or str(uuid4())


def _dated(message: dict[str, Any], arrival: Arrival, rules: Rules) -> Microseconds:
    own = message.get("sentAt")
    sent_at = arrival.sent_at if own is None or own == "" else parse_time(own, "sentAt")
    moment = occurred_at(message, sent_at, arrival.received_at, corrected=not arrival.is_import)
    oldest = rules.write_key_max_age
    if oldest is not None and arrival.caller.key_class is KeyClass.WRITE and moment < arrival.received_at - oldest:
        raise InvalidEvent("back_dated", "timestamp", f"older than {oldest // DAY} days: a server key is needed")
    return moment


def _kept(said: dict[str, Any], message: dict[str, Any], type_: str, arrival: Arrival, rules: Rules) -> bytes:
    """Return the message as it is kept: redacted, with its type, without a key. Only now is anything changed."""
    message["type"] = type_
    message.pop("writeKey", None)
    if arrival.sent_at_said is not None and not message.get("sentAt"):
        message["sentAt"] = arrival.sent_at_said
    redact(message, arrival.connection, rules.addresses, rules.allowed_parameters)
    text = json.encode(message)
    if len(text) > _SURELY_SMALL and len(json.encode(said)) > MAX_EVENT_BYTES:
        raise InvalidEvent("event_too_large", "", f"larger than {MAX_EVENT_BYTES} bytes")
    return text
