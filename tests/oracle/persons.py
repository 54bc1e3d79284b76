"""Persons: which facts exist at a moment, who owns which stream, and whose orders are whose.

What a person looks like belongs in `profile`, `sessions` and `journey`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.oracle.admission import Fact
from tests.oracle.deliveries import Stream
from tests.oracle.money import Money
from tests.oracle.orders import Order, order_book
from tests.oracle.reading import identifier

PersonKey = frozenset[Stream]

MOST_IN_MINUTE, MOST_IN_HOUR = 200, 2_000
"""Facts of an anonymous stream, by a browser, that a person is trusted with."""


@dataclass(frozen=True)
class Person:
    """A user stream with the streams it owns, or an unowned stream; facts in their order."""

    key: PersonKey
    facts: list[Fact]
    orders: list[Order] = field(default_factory=list)
    stray_refunds: list[Money] = field(default_factory=list)

    def ids(self, kind: str) -> list[str]:
        """Return the sorted ids of one kind."""
        return sorted(stream.id for stream in self.key if stream.kind == kind)


def existing(facts: Iterable[Fact], as_of: datetime | None, known_at: datetime | None) -> list[Fact]:
    """Return the facts that answers are made of: known by then, happened by then, not taken back, no bot's."""
    held = [
        fact
        for fact in facts
        if (as_of is None or fact.occurred_at <= as_of) and (known_at is None or fact.recorded_at <= known_at)
    ]
    taken_back = {
        (fact.stream, named, identifier(fact.properties.get(named)))
        for fact in held
        if fact.is_retraction
        for named in ("event_id", "message_id")
        if identifier(fact.properties.get(named))
    }
    bots = too_fast(held)
    return [
        fact
        for fact in held
        if not fact.is_retraction
        and not fact.is_bot
        and not (fact.is_judged and fact.stream in bots)
        and (fact.stream, "event_id", fact.event_id) not in taken_back
        and (fact.stream, "message_id", fact.key.message_id) not in taken_back
    ]


def too_fast(held: Iterable[Fact]) -> set[Stream]:
    """Return the streams that did more within a minute or an hour of the clock than a person can."""
    minutes: Counter[tuple[Stream, datetime]] = Counter()
    hours: Counter[tuple[Stream, datetime]] = Counter()
    for fact in held:
        if fact.is_judged:
            minute = fact.occurred_at.replace(second=0, microsecond=0)
            minutes[fact.stream, minute] += 1
            hours[fact.stream, minute.replace(minute=0)] += 1
    fast = [*((place, n > MOST_IN_MINUTE) for place, n in minutes.items())]
    fast += [(place, n > MOST_IN_HOUR) for place, n in hours.items()]
    return {stream for (stream, _), too_many in fast if too_many}


def owners(facts: Iterable[Fact]) -> dict[Stream, Stream]:
    """Return the user stream that owns each claimed stream: the first claim wins, a server's before a browser's
    where an address is claimed."""
    found: dict[Stream, tuple[tuple[bool, tuple[datetime, str]], Stream]] = {}
    for fact in facts:
        for claimed in fact.claims:
            by_browser = claimed.kind in ("email", "phone") and fact.key.key_class == "write"
            claim = ((by_browser, fact.order), fact.stream)
            found[claimed] = min(found.get(claimed, claim), claim)
    return {claimed: owner for claimed, (_, owner) in found.items()}


def persons(facts: list[Fact], store_currency: str) -> dict[PersonKey, Person]:
    """Return every person that has facts, by the ids that find it."""
    owner_of = owners(facts)
    streams: dict[Stream, set[Stream]] = defaultdict(set)
    for stream in {fact.stream for fact in facts if fact.stream.kind != "store"} | set(owner_of):
        streams[owner_of.get(stream, stream)].add(stream)
    person_of = {stream: frozenset(group) for group in streams.values() for stream in group}
    found = {key: Person(key, []) for key in person_of.values()}
    for fact in sorted(facts, key=lambda one: one.order):
        if fact.stream.kind != "store":
            found[person_of[fact.stream]].facts.append(fact)
    book = order_book(facts, store_currency)
    for order in book.orders:
        found[person_of[order.deciding.stream]].orders.append(order)
    for fact, refund in book.stray_refunds:
        found[person_of[fact.stream]].stray_refunds.append(refund)
    return found
