"""Admission: which deliveries become facts, where they go, when they happened, and which copy stands.

Nothing here looks at two different facts at once, except to drop copies; retraction and persons come later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.deliveries import Delivery, Erased, FactKey, KeyClass, Learned, Message, Stream
from tests.oracle.reading import email_address, identifier, mapping, moment, phone_number
from tests.oracle.vocabulary import ABOUT_THE_STORE, ASKED_FOR, BACK_OFFICE, MERGE, NEWER_NAME, RETRACTION, SPLIT

CLOCKS_AGREE = timedelta(seconds=60)
OLDEST_BY_WRITE_KEY = timedelta(days=30)


@dataclass(frozen=True)
class Fact:
    """A delivery that stands."""

    key: FactKey
    event_id: str
    name: str
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    claims: tuple[Stream, ...]
    message: Message
    merges: tuple[Stream, ...] = ()
    splits: tuple[Stream, ...] = ()

    @property
    def order(self) -> tuple[datetime, str]:
        """The one order of facts."""
        return self.occurred_at, self.event_id

    @property
    def stream(self) -> Stream:
        return self.key.stream

    @property
    def properties(self) -> Mapping[str, Any]:
        return mapping(self.message.get("properties"))

    @property
    def context(self) -> Mapping[str, Any]:
        return mapping(self.message.get("context"))

    @property
    def traits(self) -> Mapping[str, Any]:
        """The person's traits that the message itself carries; those of a group are the group's."""
        return mapping(self.message.get("traits")) if self.message["type"] == "identify" else {}

    @property
    def is_activity(self) -> bool:
        return self.name not in BACK_OFFICE

    @property
    def is_retraction(self) -> bool:
        return self.name == RETRACTION

    @property
    def is_about_identity(self) -> bool:
        """It links or divides persons, and is nothing that a person did."""
        return self.name in (MERGE, SPLIT)

    @property
    def is_bot(self) -> bool:
        """A server may call itself what it likes."""
        return self.key.key_class == "write" and "bot" in str(self.context.get("userAgent", "")).lower()

    @property
    def is_judged(self) -> bool:
        """Whether it counts, and falls, with the behaviour of its stream."""
        by_browser = self.key.key_class == "write" and bool(self.context.get("userAgent"))
        return by_browser and self.is_activity and self.stream.kind == "anonymous"


def admit(
    deliveries: Iterable[Delivery], learned: Mapping[FactKey, Learned], erased: Iterable[Erased] = ()
) -> list[Fact]:
    """Return one fact for each key that an admitted delivery has, from the copy that was recorded first.

    Of who was erased nothing is left; a copy of what is gone stays a copy.
    """
    erasures = list(erased)
    facts: dict[FactKey, Fact | None] = {}
    for delivery in sorted(deliveries, key=lambda one: one.recorded_order):
        if refusal(delivery) is None:
            key = fact_key(delivery)
            if key not in facts:
                fact = _fact(delivery, key, learned.get(key))
                is_gone = any(_is_erased(fact, delivery, erasure) for erasure in erasures)
                facts[key] = None if is_gone else fact
    return [fact for fact in facts.values() if fact is not None]


def _is_erased(fact: Fact, delivery: Delivery, erasure: Erased) -> bool:
    came_before = delivery.recorded_order < erasure.recorded_order
    return fact.stream in erasure.streams and (came_before or fact.occurred_at <= erasure.until)


def refusal(delivery: Delivery) -> str | None:
    """Return why a delivery is refused, nothing where it is taken."""
    if delivery.choice == "required" and is_unconsented(delivery):
        return "no_consent"
    if delivery.key_class == "write" and name_of(delivery.message) in BACK_OFFICE:
        return "back_office"
    if _said_stream(delivery) is None:
        return "no_id"
    if name_of(delivery.message) in (MERGE, SPLIT):
        others = _other_sides(delivery.message)
        if len(others) != 1 or others[0] == _stream(delivery):
            return "invalid_property"
    oldest = delivery.received_at - OLDEST_BY_WRITE_KEY
    if delivery.key_class == "write" and occurred_at(delivery) < oldest:
        return "back_dated"
    return None


def name_of(message: Message) -> str:
    """Return the fact's name."""
    if message["type"] != "track":
        return str(message["type"])
    said = str(message["event"])
    return NEWER_NAME.get(said, said)


def occurred_at(delivery: Delivery) -> datetime:
    """Return when it happened: what was said, moved by the sender's clock error, never after it was received."""
    message, received = delivery.message, delivery.received_at
    said = moment(message.get("timestamp")) or moment(message.get("originalTimestamp")) or delivery.sent_at or received
    if delivery.sent_at and not delivery.imported and abs(received - delivery.sent_at) > CLOCKS_AGREE:
        said += received - delivery.sent_at
    return min(said, received)


def is_unconsented(delivery: Delivery) -> bool:
    """Whether its store may do something else than record it: it needs a yes, and does not itself say it."""
    if delivery.choice == "record" or not needs_analytics(name_of(delivery.message)):
        return False
    said = mapping(mapping(delivery.message.get("context")).get("consent"))
    return said.get("gpc") is True or mapping(said.get("categoryPreferences")).get("analytics") is not True


def needs_analytics(name: str) -> bool:
    """Whether a fact of that name is browsing, and not a contract's, the shop's own, or asked for."""
    return name not in BACK_OFFICE | ASKED_FOR


def fact_key(delivery: Delivery) -> FactKey:
    """Return the key by which copies are known. Only for what is not refused."""
    stream = _stream(delivery)
    assert stream is not None
    return FactKey(stream, delivery.key_class, str(delivery.message["messageId"]))


def _stream(delivery: Delivery) -> Stream | None:
    """Without identity it is about nobody."""
    return Stream("store", "") if is_unconsented(delivery) else _said_stream(delivery)


def _said_stream(delivery: Delivery) -> Stream | None:
    message = delivery.message
    if name_of(message) in ABOUT_THE_STORE:
        return Stream("store", "")
    if user := identifier(message.get("userId")):
        return Stream("user", user)
    if name_of(message) in (MERGE, SPLIT):
        return None
    if anonymous := identifier(message.get("anonymousId")):
        return Stream("anonymous", anonymous)
    addresses = _addresses(message) if delivery.key_class == "server" else []
    return addresses[0] if addresses else None


def _claims(delivery: Delivery) -> tuple[Stream, ...]:
    message = delivery.message
    user = identifier(message.get("userId"))
    if user is None or is_unconsented(delivery) or name_of(message) in ABOUT_THE_STORE | {RETRACTION, MERGE, SPLIT}:
        return ()
    claimed = [identifier(message.get("anonymousId"))]
    if message["type"] == "alias":
        previous = identifier(message.get("previousId"))
        claimed.append(previous if previous != user else None)
    return (*(Stream("anonymous", one) for one in claimed if one), *_addresses(message))


def _merges(delivery: Delivery) -> tuple[Stream, ...]:
    """What a message says to be its user's too: a page may not say it of another user."""
    message = delivery.message
    if name_of(message) == MERGE:
        return tuple(_other_sides(message))
    if is_unconsented(delivery):
        return ()
    user, previous = identifier(message.get("userId")), identifier(message.get("previousId"))
    if message["type"] == "alias" and delivery.key_class == "server" and user and previous and user != previous:
        return (Stream("user", previous),)
    return ()


def _other_sides(message: Message) -> list[Stream]:
    """The ids that the properties of a merge or a split name."""
    said = mapping(message.get("properties"))
    found = [
        ("user", identifier(said.get("user_id"))),
        ("anonymous", identifier(said.get("anonymous_id"))),
        ("email", email_address(said.get("email"))),
        ("phone", phone_number(said.get("phone"))),
    ]
    return [Stream(kind, one) for kind, one in found if one]


def _addresses(message: Message) -> list[Stream]:
    """The e-mail address, then the phone number, that a message names."""
    traits = mapping(message.get("traits")) if message["type"] == "identify" else {}
    places = [mapping(message.get("properties")), traits, mapping(mapping(message.get("context")).get("traits"))]
    kinds: list[tuple[str, Callable[[Any], str | None]]] = [("email", email_address), ("phone", phone_number)]
    found = [(kind, next(filter(None, (read(place.get(kind)) for place in places)), None)) for kind, read in kinds]
    return [Stream(kind, one) for kind, one in found if one]


def _fact(delivery: Delivery, key: FactKey, learned: Learned | None) -> Fact:
    made_up = f"{key.stream.kind}/{key.stream.id}/{key.key_class}/{key.message_id}"
    if learned:
        delivery = replace(
            delivery,
            received_at=learned.received_at or delivery.received_at,
            recorded_at=learned.recorded_at or delivery.recorded_at,
        )
    return Fact(
        key=key,
        event_id=learned.event_id if learned else made_up,
        name=name_of(delivery.message),
        occurred_at=occurred_at(delivery),
        received_at=delivery.received_at,
        recorded_at=delivery.recorded_at,
        claims=_claims(delivery),
        message=delivery.message,
        merges=_merges(delivery),
        splits=tuple(_other_sides(delivery.message)) if name_of(delivery.message) == SPLIT else (),
    )


__all__ = ["Fact", "KeyClass", "admit", "fact_key", "is_unconsented", "name_of", "occurred_at", "refusal"]
