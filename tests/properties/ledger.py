"""The ledger of one store: every letter sent, when, and what the product has since said of it.

Turns letters into the oracle's deliveries. Each distinct letter carries a mark (`context.app.build`), so that a fact in
an answer tells which copy it came from. Sends nothing and compares nothing but the marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.oracle import Delivery, FactKey, Learned, Oracle, Person, Stream, fact_key, refusal
from tests.oracle.admission import is_unconsented, name_of
from tests.oracle.deliveries import Choice, Erased, KeyClass
from tests.oracle.reading import moment
from tests.properties.driver import Json
from tests.properties.traffic import Letter

CLOCK_TOLERANCE = timedelta(milliseconds=50)


@dataclass(frozen=True)
class Sent:
    """A delivery, with the moments between which it was received, and by when it was surely recorded."""

    delivery: Delivery
    mark: str
    since: datetime
    until: datetime
    recorded_by: datetime


class Ledger:
    """All that one store was told."""

    def __init__(self, choice: Choice = "record") -> None:
        self._choice = choice
        self.counted: set[tuple[KeyClass, str]] = set()
        """Key classes and message ids of what is refused, and counted, for want of consent."""
        self.sent: list[Sent] = []
        self.learned: dict[FactKey, Learned] = {}
        self._marks: dict[str, str] = {}
        self.erased: list[Erased] = []
        self._settled = 0

    def marked(self, letter: Letter) -> dict[str, Any]:
        """Return a letter's message with its mark; the same letter always has the same."""
        mark = self._mark(letter)
        return {**letter.message, "context": {**letter.message["context"], "app": {"build": mark}}}

    def enter(self, letter: Letter, sent_at: datetime | None, since: datetime, until: datetime) -> str | None:
        """Enter a letter that was answered, and return why it ought to have been refused."""
        order, message = len(self.sent), self.marked(letter)
        delivery = Delivery("", letter.key_class, message, until, until, order, sent_at, choice=self._choice)
        refused = refusal(delivery)
        if refused and is_unconsented(delivery):
            self.counted.add((letter.key_class, str(message["messageId"])))
        if refused is None:
            self.sent.append(Sent(delivery, self._mark(letter), since, until, until))
        return refused

    def settled(self, until: datetime) -> None:
        """Note that everything sent so far was recorded by a moment."""
        for index in range(self._settled, len(self.sent)):
            one = self.sent[index]
            self.sent[index] = replace(one, recorded_by=until, delivery=replace(one.delivery, recorded_at=until))
        self._settled = len(self.sent)

    def oracle(self) -> Oracle:
        """Return an oracle of all that was sent, with what was learned so far."""
        return Oracle([one.delivery for one in self.sent], learned=self.learned, erased=self.erased)

    def erase(self, person: Person, until: datetime) -> None:
        """Note that a person was erased with all that was sent so far."""
        self.erased.append(Erased(person.key, until, len(self.sent)))

    def learn(self, events: Iterable[Json]) -> list[str]:
        """Take event ids and moments from the product's facts; return what cannot be."""
        standing: dict[FactKey, Sent] = {}
        for one in self.sent:
            standing.setdefault(fact_key(one.delivery), one)
        by_mark = {one.mark: (key, one) for key, one in standing.items()}
        wrong: list[str] = []
        for event in events:
            mark = mark_of(event)
            if mark not in by_mark:
                wrong.append(f"event {event['message_id']}: a copy stands that was not the first (mark {mark})")
                continue
            key, sent = by_mark[mark]
            wrong += self._learn(key, sent, event)
        return wrong

    def learn_rules(self, versions: Iterable[Json]) -> list[str]:
        """Take event ids and moments from the versions of the rules; each letter gives a reason of its own."""
        standing: dict[FactKey, Sent] = {}
        for one in self.sent:
            standing.setdefault(fact_key(one.delivery), one)
        by_reason = {
            one.delivery.message["properties"]["reason"]: key
            for key, one in standing.items()
            if name_of(one.delivery.message) == "Rules Changed"
        }
        wrong = []
        for version in versions:
            key = by_reason.get(version["reason"])
            if key is None:
                wrong.append(f"rules: a copy stands that was not the first: {version['reason']}")
                continue
            found = Learned(version["event_id"], None, moment(version["recorded_at"]))
            before = self.learned.setdefault(key, found)
            if before != found:
                wrong.append(f"rules: said {found}, but before {before}")
        return wrong

    def message_of(self, key: FactKey) -> dict[str, Any]:
        """Return the message that a fact was made of."""
        return next(dict(one.delivery.message) for one in self.sent if fact_key(one.delivery) == key)

    def streams_of(self, events: Iterable[Json]) -> set[Stream]:
        """Return the streams that facts went to, as their marks tell."""
        keys = {one.mark: fact_key(one.delivery) for one in self.sent}
        return {keys[mark].stream for event in events if (mark := mark_of(event)) in keys}

    def known_moments(self) -> list[datetime]:
        """Return the moments at which it is certain what was recorded by then."""
        there = {fact.key for fact in self.oracle().facts}
        unsure = [one for one in self.sent if fact_key(one.delivery) in there - self.learned.keys()]
        moments = sorted({one.recorded_at for one in self.learned.values() if one.recorded_at})
        return [
            known
            for known in moments
            if not any(one.since - CLOCK_TOLERANCE <= known <= one.recorded_by for one in unsure if _matters(one))
        ]

    def _learn(self, key: FactKey, sent: Sent, event: Json) -> list[str]:
        found = Learned(event["event_id"], moment(event["received_at"]), moment(event["recorded_at"]))
        before = self.learned.setdefault(key, found)
        where = f"event {event['message_id']} (mark {sent.mark})"
        wrong = [f"{where}: said {found}, but before {before}"] if found != before else []
        assert found.received_at is not None, f"{where} has no received_at"
        assert found.recorded_at is not None, f"{where} has no recorded_at"
        if not sent.since - CLOCK_TOLERANCE <= found.received_at <= sent.until + CLOCK_TOLERANCE:
            wrong.append(f"{where}: received at {found.received_at}, but sent from {sent.since} until {sent.until}")
        if found.recorded_at < found.received_at:
            wrong.append(f"{where}: recorded at {found.recorded_at}, before it was received at {found.received_at}")
        return wrong

    def _mark(self, letter: Letter) -> str:
        return self._marks.setdefault(repr(letter), f"mark-{len(self._marks) + 1}")


def mark_of(event: Json) -> str:
    """Return the mark of the copy that a fact came from."""
    return str(event["context"].get("app", {}).get("build"))


def _matters(one: Sent) -> bool:
    """Whether an answer could depend on when this was recorded: not so for bots' and the store's facts."""
    if is_unconsented(one.delivery):
        return False
    context = one.delivery.message["context"]
    return "bot" not in str(context.get("userAgent", "")) or name_of(one.delivery.message) == "Event Retracted"


def now() -> datetime:
    """Return the moment it is."""
    return datetime.now(UTC)
