"""The oracle: every answer about a store, computed anew from all that was delivered to it.

The front of the package; each rule lives in its own module. It shares no code with the product and must
never import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.admission import Fact, admit
from tests.oracle.deliveries import Delivery, Erased, FactKey, Learned, Stream
from tests.oracle.funnel import Subject, funnel_of, funnels_by_channel
from tests.oracle.journey import events_of, journey_of
from tests.oracle.persons import Person, PersonKey, existing, persons
from tests.oracle.profile import profile_of
from tests.oracle.rules import Rules, rules_of
from tests.oracle.sessions import sessions_of

HALF_AN_HOUR = timedelta(minutes=30)


class Oracle:
    """Answers of one store. `learned` holds what the product said of facts that only it can know."""

    def __init__(
        self,
        deliveries: Iterable[Delivery],
        store_currency: str = "EUR",
        session_timeout: timedelta = HALF_AN_HOUR,
        learned: Mapping[FactKey, Learned] | None = None,
        erased: Iterable[Erased] = (),
    ) -> None:
        self.facts: list[Fact] = admit(deliveries, learned or {}, erased)
        self._currency = store_currency
        self._timeout = session_timeout
        self._answers: dict[tuple[datetime | None, datetime | None], dict[PersonKey, Person]] = {}

    def customers(self, as_of: datetime | None = None, known_at: datetime | None = None) -> dict[PersonKey, Person]:
        """Return every person that has facts then, by all its ids."""
        when = as_of, known_at
        if when not in self._answers:
            rules = self.rules(known_at)
            self._answers[when] = persons(existing(self.facts, as_of, known_at, rules), self._currency, rules)
        return self._answers[when]

    def customer(
        self, kind: str, value: str, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Person | None:
        """Return the person that an id finds."""
        found = self.customers(as_of, known_at).values()
        return next((person for person in found if Stream(kind, value) in person.key), None)

    def profile(self, person: Person, known_at: datetime | None = None) -> dict[str, Any]:
        return profile_of(person, self._currency, self.rules(known_at))

    def journey(self, person: Person, known_at: datetime | None = None) -> dict[str, Any]:
        return journey_of(person, self.rules(known_at))

    def rules(self, known_at: datetime | None = None) -> Rules:
        """Return the rules that were known then."""
        return rules_of(self.facts, Rules(session_timeout_seconds=self._timeout.total_seconds()), known_at)

    def timeout(self, known_at: datetime | None = None) -> timedelta:
        """Return the pause that ended a session by the rules that were known then."""
        return self.rules(known_at).session_timeout

    def events(self, person: Person) -> list[dict[str, Any]]:
        return events_of(person)

    def funnel(
        self, body: Mapping[str, Any], as_of: datetime | None = None, known_at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Return the table of a funnel, its body as in contract.md."""
        return funnel_of(self._subjects(body, as_of, known_at), body)

    def funnel_by_channel(
        self, body: Mapping[str, Any], as_of: datetime | None = None, known_at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Return the funnel's table for each channel."""
        return funnels_by_channel(self._subjects(body, as_of, known_at), body)

    def _subjects(self, body: Mapping[str, Any], as_of: datetime | None, known_at: datetime | None) -> list[Subject]:
        subjects = []
        for person in self.customers(as_of, known_at).values():
            profile = self.profile(person, known_at)
            if body.get("scope", "customer") == "session":
                visits = sessions_of(person.facts, self.rules(known_at))
                subjects += [Subject(visit.facts, profile, visit.traffic.channel) for visit in visits]
            else:
                channel = (profile["acquisition"] or {"channel": "None"})["channel"]
                subjects.append(Subject(person.facts, profile, channel))
        return subjects
