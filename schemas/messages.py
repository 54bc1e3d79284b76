"""Segment messages as they really arrive: the shape of each type, and the refusal that names the wrong field.

Unknown fields pass, `null` counts as absent, and nothing is converted: a fact keeps what was said. What the properties
of an event must look like is said in `schemas/vocabulary`, which ids are none in `schemas/identifiers.py`.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import ConfigDict, InstanceOf, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from schemas.errors import InvalidEvent

_AS_SAID = ConfigDict(extra="allow", strict=True)

Text = str | None
Object = InstanceOf[dict] | None  # type: ignore[type-arg]
Array = InstanceOf[list] | None  # type: ignore[type-arg]


@with_config(_AS_SAID)
class Page(TypedDict, total=False):
    """The page that an event happened on."""

    path: Text
    referrer: Text
    search: Text
    title: Text
    url: Text


@with_config(_AS_SAID)
class Campaign(TypedDict, total=False):
    """The utm parameters of the visit, without their prefix."""

    name: Text
    source: Text
    medium: Text
    term: Text
    content: Text


@with_config(_AS_SAID)
class Library(TypedDict, total=False):
    """The client library."""

    name: Text
    version: Text


@with_config(_AS_SAID)
class Consent(TypedDict, total=False):
    """What the person allowed, by category."""

    categoryPreferences: Object


@with_config(_AS_SAID)
class Context(TypedDict, total=False):
    """Where and by what an event was said. What reads nothing of a field leaves its inside unchecked."""

    page: Page | None
    userAgent: Text
    library: Library | None
    campaign: Campaign | None
    locale: Text
    timezone: Text
    ip: Text
    traits: Object
    consent: Consent | None
    app: Object
    device: Object
    network: Object
    os: Object
    screen: Object
    userAgentData: Any
    externalIds: Array
    channel: Text


@with_config(_AS_SAID)
class Message(TypedDict, total=False):
    """What all types have in common. Ids and times are checked where they are read."""

    type: Text
    messageId: Any
    anonymousId: Any
    userId: Any
    timestamp: Any
    originalTimestamp: Any
    sentAt: Any
    context: Context | None
    integrations: Object


class Track(Message, total=False):
    """Something that a customer did; `event` is its name."""

    event: Text
    properties: Object


class View(Message, total=False):
    """A page, or in an app a screen, that was looked at."""

    name: Text
    category: Text
    properties: Object


class Identify(Message, total=False):
    """Who somebody is, and what is known of them."""

    traits: Object


class Group(Message, total=False):
    """What somebody belongs to."""

    groupId: Any
    traits: Object


class Alias(Message, total=False):
    """Another id of the same person."""

    previousId: Any


SHAPES: Final[dict[str, type[Any]]] = {
    "track": Track,
    "page": View,
    "screen": View,
    "identify": Identify,
    "group": Group,
    "alias": Alias,
}
"""The shape of each type, a TypedDict."""

_VALIDATORS: Final = {name: TypeAdapter(shape).validator.validate_python for name, shape in SHAPES.items()}

MESSAGE_TYPES: Final = frozenset(SHAPES)
"""The one list of message types."""

_EXPECTED: Final = {
    "string_type": "must be a string",
    "dict_type": "must be an object",
    "typed_dict_type": "must be an object",
    "is_instance_of": "must be an object or an array, as its name says",
}


def checked_message(said: dict[str, Any], type_: str) -> dict[str, Any]:
    """Return a copy of a message of its type's shape (a copy as deep as it is checked), or raise InvalidEvent."""
    validate = _VALIDATORS.get(type_)
    if validate is None:
        raise InvalidEvent("unknown_type", "type", f"must be one of {', '.join(sorted(MESSAGE_TYPES))}")
    try:
        message: dict[str, Any] = validate(said)
    except ValidationError as error:
        raise _refusal(error) from None
    return message


def _refusal(error: ValidationError) -> InvalidEvent:
    first = error.errors(include_url=False, include_context=True, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "is_instance_of":
        name = {"dict": "an object", "list": "an array"}[first["ctx"]["class"]]
        return InvalidEvent("wrong_type", field, f"must be {name}")
    return InvalidEvent("wrong_type", field, _EXPECTED.get(first["type"], "has the wrong type"))
