"""Who an event is about: its stream, and the streams that it names beside (docs/definitions.md, Stream and Links).

Pure functions of what was said, the event's type and the sender's key. Which of the links hold that events name is a
query over all of them and does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from schemas.errors import InvalidEvent
from schemas.facts import KeyClass
from schemas.identifiers import email_address, identifier, phone_number
from schemas.streams import StreamKind, StreamRef

THE_STORE = StreamRef(StreamKind.STORE, "")

_NO_CLAIMS: tuple[StreamRef, ...] = ()
_USER, _ANONYMOUS = StreamKind.USER, StreamKind.ANONYMOUS


class Addressed(Protocol):
    """What addressing asks of an event's type; `schemas.vocabulary.EventType` has it."""

    @property
    def about_store(self) -> bool: ...
    @property
    def names_others(self) -> bool: ...
    @property
    def two_sided(self) -> bool: ...


def address(
    message: dict[str, Any], type_: str, event: Addressed, key_class: KeyClass
) -> tuple[StreamRef, tuple[StreamRef, ...]]:
    """Return the stream that an event goes to and the streams that it links to it, or raise InvalidEvent."""
    if event.about_store:
        return THE_STORE, _NO_CLAIMS
    user = identifier(message.get("userId"), "userId")
    if event.two_sided:
        return _two_sides(user, message.get("properties") or {})
    anonymous = identifier(message.get("anonymousId"), "anonymousId")
    if user is not None:
        return StreamRef(_USER, user), _claims(message, type_, event, user, anonymous, key_class)
    if anonymous is not None:
        return StreamRef(_ANONYMOUS, anonymous), _NO_CLAIMS
    if key_class is KeyClass.SERVER:
        for stream in _addresses(message, type_, own=True):
            return stream, _NO_CLAIMS
    raise InvalidEvent("no_id", "userId", "names nobody: a userId or an anonymousId is needed")


def _two_sides(user: str | None, properties: dict[str, Any]) -> tuple[StreamRef, tuple[StreamRef, ...]]:
    """Of a merge or a split: the user, and the one id that the properties name; nothing else in it links anything."""
    if user is None:
        raise InvalidEvent("no_id", "userId", "one side of a link is a user: a userId is needed")
    sides = (
        (_USER, identifier(properties.get("user_id"), "properties.user_id")),
        (_ANONYMOUS, identifier(properties.get("anonymous_id"), "properties.anonymous_id")),
        (StreamKind.EMAIL, email_address(properties.get("email"), "properties.email")),
        (StreamKind.PHONE, phone_number(properties.get("phone"), "properties.phone")),
    )
    named = [StreamRef(kind, found) for kind, found in sides if found is not None]
    if len(named) != 1:
        message = "exactly one of user_id, anonymous_id, email and phone must name the other side"
        raise InvalidEvent("invalid_property", "properties", message)
    if named[0] == (_USER, user):
        raise InvalidEvent("invalid_property", "properties.user_id", "both sides are the same user")
    return StreamRef(_USER, user), tuple(named)


def _claims(
    message: dict[str, Any], type_: str, event: Addressed, user: str, anonymous: str | None, key_class: KeyClass
) -> tuple[StreamRef, ...]:
    claims = [] if anonymous is None else [StreamRef(_ANONYMOUS, anonymous)]
    if type_ == "alias":
        previous = identifier(message.get("previousId"), "previousId")
        if previous is not None and previous not in (user, anonymous):
            claims.append(StreamRef(_ANONYMOUS, previous))
        if previous is not None and previous != user and key_class is KeyClass.SERVER:
            claims.append(StreamRef(_USER, previous))  # a merge: never by what a page says
    claims.extend(_addresses(message, type_, own=not event.names_others))
    return tuple(claims)


def _addresses(message: dict[str, Any], type_: str, *, own: bool) -> Iterator[StreamRef]:
    """Yield the e-mail stream, then the phone stream, that an event names; of several places the first that has one."""
    places = list(_places(message, type_, own))
    for kind, key, normalised in (
        (StreamKind.EMAIL, "email", email_address),
        (StreamKind.PHONE, "phone", phone_number),
    ):
        for path, place in places:
            value = place.get(key)
            if isinstance(value, (dict, list, bool)):
                continue  # a trait of that name which is no address
            found = normalised(value, f"{path}.{key}")
            if found is not None:
                yield StreamRef(kind, found)
                break


def _places(message: dict[str, Any], type_: str, own: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    if own and isinstance(properties := message.get("properties"), dict):
        yield "properties", properties
    if type_ == "identify" and (traits := message.get("traits")):
        yield "traits", traits
    if (context := message.get("context")) and (traits := context.get("traits")):
        yield "context.traits", traits
