"""A product made of the oracle: shows that the machine runs, and, spoilt on purpose, that it notices.

Never evidence about the product. Subclasses spoil one thing each.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from hashlib import md5
from typing import Any

from tests.oracle import Delivery, Fact, FactKey, Learned, Oracle, Person, fact_key, refusal
from tests.oracle.admission import is_unconsented
from tests.oracle.deliveries import Choice, Erased, KeyClass
from tests.oracle.reading import moment, rfc3339
from tests.properties.driver import Answer, Json
from tests.properties.ledger import now


class OracleDriver:
    """Answers what the oracle says of what was sent."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.learned: dict[FactKey, Learned] = {}
        self.erased: list[Erased] = []
        self._orders = itertools.count()
        self._choice: Choice = "record"
        self.refused: set[tuple[KeyClass, str]] = set()

    def open(self, choice: Choice) -> None:
        self._choice = choice

    def refused_for_consent(self) -> int:
        return len(self.refused)

    def send(self, key_class: KeyClass, path: str, body: Mapping[str, Any]) -> Answer:
        received, sent_at = now(), moment(body.get("sentAt"))
        refused = []
        for index, message in enumerate(body.get("batch", [body])):
            order = next(self._orders)
            delivery = Delivery("", key_class, message, received, now(), order, sent_at, choice=self._choice)
            why = refusal(delivery)
            if why and is_unconsented(delivery):
                self.count(delivery)
            if why:
                refused.append({"index": index, "code": why})
            else:
                self.take(delivery)
        if refused and "batch" not in body:
            return Answer(400, refused[0])
        return Answer(200, {"success": True, "refused": refused})

    def count(self, delivery: Delivery) -> None:
        """Count a message of which nothing may be kept."""
        self.refused.add((delivery.key_class, str(delivery.message["messageId"])))

    def take(self, delivery: Delivery) -> None:
        """Record what was admitted."""
        key = fact_key(delivery)
        self.learned.setdefault(key, Learned(md5(repr(key).encode(), usedforsecurity=False).hexdigest()))
        self.deliveries.append(delivery)

    def settle(self) -> None:
        """Everything is always settled."""

    def customers(self, **when: str) -> list[Json]:
        times = moment(when.get("as_of")), moment(when.get("known_at"))
        return [self._short(person, when) for person in self.oracle.customers(*times).values()]

    def rules(self, **when: str) -> Json:
        known_at = moment(when.get("known_at"))
        known = [
            {"event_id": one.event_id, "recorded_at": rfc3339(one.recorded_at), "reason": one.properties["reason"]}
            for one in self.oracle.facts
            if one.name == "Rules Changed" and (known_at is None or one.recorded_at <= known_at)
        ]
        timeout = self.oracle.timeout(known_at).total_seconds()
        return {"rules": {"session_timeout_seconds": timeout}, "versions": [{"event_id": None}, *known]}

    def profile_by(self, kind: str, value: str, **when: str) -> Json | None:
        person = self._customers(when).get((kind, value))
        return self._profile(person, when) if person else None

    def found_by(self, kind: str, value: str, **when: str) -> list[Json]:
        person = self._customers(when).get((kind, value))
        return [self._short(person, when)] if person else []

    def profile(self, customer_id: str, **when: str) -> Json | None:
        kind, _, value = customer_id.partition(":")
        return self.profile_by(kind, value, **when)

    def journey(self, customer_id: str, limit: int, **when: str) -> Json:
        return self.oracle.journey(self._person(customer_id, when), moment(when.get("known_at")))

    def events(self, customer_id: str, **when: str) -> list[Json]:
        return [self._event(fact) for fact in self._person(customer_id, when).facts]

    def funnel(self, body: Mapping[str, Any], **when: str) -> Json:
        times = moment(when.get("as_of")), moment(when.get("known_at"))
        groups = {"groups": self.oracle.funnel_by_channel(body, *times)} if body.get("by") else {}
        return {"steps": self.oracle.funnel(body, *times), **groups}

    def erase(self, customer_id: str) -> str:
        person = self._person(customer_id, {})
        until = now()
        self.erased.append(Erased(person.key, until, next(self._orders)))
        return str(rfc3339(until))

    def restart(self) -> None:
        """Nothing to do."""

    def crash(self) -> None:
        """Nothing to do."""

    def rebuild(self) -> None:
        """Nothing to do."""

    def verify(self) -> None:
        """Nothing to do."""

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.deliveries, learned=self.learned, erased=self.erased)

    def _customers(self, when: Mapping[str, str]) -> dict[tuple[str, str], Person]:
        persons = self.oracle.customers(moment(when.get("as_of")), moment(when.get("known_at"))).values()
        return {(stream.kind, stream.id): person for person in persons for stream in person.key}

    def _person(self, customer_id: str, when: Mapping[str, str]) -> Person:
        kind, _, value = customer_id.partition(":")
        return self._customers(when)[kind, value]

    def _profile(self, person: Person, when: Mapping[str, str]) -> Json:
        stream = max(person.key, key=lambda one: (one.kind == "user", one))
        return {
            "customer_id": f"{stream.kind}:{stream.id}",
            **self.oracle.profile(person, moment(when.get("known_at"))),
        }

    def _short(self, person: Person, when: Mapping[str, str]) -> Json:
        profile = self._profile(person, when)
        return {**profile, "name": profile["traits"].get("name"), "email": profile["traits"].get("email")}

    def _event(self, fact: Fact) -> Json:
        return {
            "event_id": fact.event_id,
            "message_id": fact.key.message_id,
            "name": fact.name,
            "occurred_at": rfc3339(fact.occurred_at),
            "received_at": rfc3339(fact.received_at),
            "recorded_at": rfc3339(fact.recorded_at),
            "properties": dict(fact.properties),
            "context": dict(fact.context),
        }
