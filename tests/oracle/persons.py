"""Persons: which facts exist at a moment, who owns which stream, and whose orders are whose.

What a person looks like belongs in `profile`, `sessions` and `journey`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.oracle.admission import Fact, needs_analytics
from tests.oracle.consent import consent_said
from tests.oracle.deliveries import Stream
from tests.oracle.money import Money
from tests.oracle.orders import Order, order_book
from tests.oracle.reading import identifier
from tests.oracle.rules import Rules

PersonKey = frozenset[Stream]

DEFAULT = Rules()


@dataclass(frozen=True)
class Person:
    """A user stream with the streams it owns, or an unowned stream; facts in their order."""

    key: PersonKey
    facts: list[Fact]
    orders: list[Order] = field(default_factory=list)
    stray_refunds: list[Money] = field(default_factory=list)
    said: list[Fact] = field(default_factory=list)
    """Besides, what is withheld: of it only what it says of consent counts."""

    def ids(self, kind: str) -> list[str]:
        """Return the sorted ids of one kind."""
        return sorted(stream.id for stream in self.key if stream.kind == kind)


def existing(
    facts: Iterable[Fact], as_of: datetime | None, known_at: datetime | None, rules: Rules = DEFAULT
) -> list[Fact]:
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
    bots = too_fast(held, rules)
    return [
        fact
        for fact in held
        if not fact.is_retraction
        and not fact.is_bot
        and not (fact.is_judged and fact.stream in bots)
        and (fact.stream, "event_id", fact.event_id) not in taken_back
        and (fact.stream, "message_id", fact.key.message_id) not in taken_back
    ]


def too_fast(held: Iterable[Fact], rules: Rules) -> set[Stream]:
    """Return the streams that did more within a minute or an hour of the clock than a person can."""
    minutes: Counter[tuple[Stream, datetime]] = Counter()
    hours: Counter[tuple[Stream, datetime]] = Counter()
    for fact in held:
        if fact.is_judged:
            minute = fact.occurred_at.replace(second=0, microsecond=0)
            minutes[fact.stream, minute] += 1
            hours[fact.stream, minute.replace(minute=0)] += 1
    rates = [(minutes, rules.bot_activities_in_minute), (hours, rules.bot_activities_in_hour)]
    return {stream for counts, most in rates if most for (stream, _), count in counts.items() if count > most}


Place = tuple[datetime, str]


class Links:
    """Which streams belong together by a set of facts, all of them given."""

    def __init__(self, facts: Iterable[Fact], rules: Rules = DEFAULT) -> None:
        self._facts = list(facts)
        self._rules = rules
        told = [fact for fact in self._facts if not fact.is_about_identity]
        self._first: dict[Stream, Place] = {}
        for fact in told:
            self._first[fact.stream] = min(fact.order, self._first.get(fact.stream, fact.order))
        self._divided: dict[PersonKey, Place] = {}
        for fact in self._facts:
            for other in fact.splits:
                pair = frozenset({fact.stream, other})
                self._divided[pair] = max(fact.order, self._divided.get(pair, fact.order))

    def groups(self) -> dict[Stream, PersonKey]:
        """Return all streams of the person of each stream."""
        group: dict[Stream, set[Stream]] = {}
        for stream in self._first:
            group[stream] = {stream}
        for one, other in [*self._merged_users(), *self.owners().items()]:
            together = group.setdefault(one, {one}) | group.setdefault(other, {other})
            for stream in together:
                group[stream] = together
        return {stream: frozenset(streams) for stream, streams in group.items() if stream.kind != "store"}

    def owners(self) -> dict[Stream, Stream]:
        """Return the user of each claimed stream: the first claim wins, a server's before a browser's of an address."""
        claims: dict[Stream, list[tuple[bool, Place, Stream]]] = defaultdict(list)
        for fact in self._facts:
            for claimed in fact.claims:
                pair = frozenset({fact.stream, claimed})
                if pair not in self._divided and not self._is_blocked(*pair):
                    by_browser = claimed.kind in ("email", "phone") and fact.key.key_class == "write"
                    claims[claimed].append((by_browser, fact.order, fact.stream))
            for claimed in fact.merges:
                if claimed.kind != "user" and self._holds(fact, claimed):
                    claims[claimed].append((False, fact.order, fact.stream))
        won = {
            claimed: min(some)
            for claimed, some in claims.items()
            if claimed.kind == "anonymous" or len({user for _, _, user in some}) <= self._rules.most_users_of_an_address
        }
        visitors: dict[Stream, list[tuple[Place, Stream]]] = defaultdict(list)
        for claimed, (_, order, user) in won.items():
            if claimed.kind == "anonymous":
                visitors[user].append((order, claimed))
        too_many = {one for some in visitors.values() for _, one in sorted(some)[self._rules.most_anonymous_ids :]}
        return {claimed: user for claimed, (_, _, user) in won.items() if claimed not in too_many}

    def _merged_users(self) -> list[tuple[Stream, Stream]]:
        return [
            (fact.stream, other)
            for fact in self._facts
            for other in fact.merges
            if other.kind == "user" and self._holds(fact, other)
        ]

    def _holds(self, fact: Fact, other: Stream) -> bool:
        """A merge holds unless it was undone since, or one of the two never did anything."""
        divided = self._divided.get(frozenset({fact.stream, other}))
        is_known = fact.stream in self._first and other in self._first
        return is_known and not self._is_blocked(fact.stream, other) and (divided is None or fact.order > divided)

    def _is_blocked(self, *streams: Stream) -> bool:
        return any(stream.id in self._rules.blocked_ids for stream in streams)


def persons(facts: list[Fact], store_currency: str, rules: Rules = DEFAULT) -> dict[PersonKey, Person]:
    """Return every person that has facts, by the ids that find it."""
    person_of = Links(facts, rules).groups()
    facts = [fact for fact in facts if not fact.is_about_identity]
    found = {key: Person(key, []) for key in person_of.values()}
    for fact in sorted(facts, key=lambda one: one.order):
        if fact.stream.kind != "store":
            found[person_of[fact.stream]].said.append(fact)
    for person in found.values():
        person.facts.extend(answered(person.said))
    book = order_book(facts, store_currency)
    for order in book.orders:
        found[person_of[order.deciding.stream]].orders.append(order)
    for fact, refund in book.stray_refunds:
        found[person_of[fact.stream]].stray_refunds.append(refund)
    return {key: person for key, person in found.items() if person.facts}


def answered(facts: Iterable[Fact]) -> list[Fact]:
    """Return what a person did by contract or on purpose, and what it browsed with a yes, or before any no."""
    allowed, kept = True, []
    for fact in facts:
        if (word := consent_said(fact).get("analytics")) is not None:
            allowed = word
        if allowed or not needs_analytics(fact.name):
            kept.append(fact)
    return kept
