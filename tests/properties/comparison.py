"""Compares every answer about a store with the oracle's: all ids, profiles, journeys, events and some funnels.

Knows how persons are found, not what is right; that is the oracle's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.oracle import Oracle, Person, Stream, differences
from tests.oracle.reading import email_address, phone_number, rfc3339
from tests.properties.driver import Driver, Json
from tests.properties.ledger import Ledger
from tests.properties.traffic import ANONYMOUS, EMAILS, PHONES, USERS

IDS = [*(Stream("anonymous", one) for one in ANONYMOUS), *(Stream("user", str(one)) for one in USERS)]
ADDRESSES = [
    *(Stream("email", str(email_address(one))) for one in EMAILS),
    *(Stream("phone", str(phone_number(one))) for one in PHONES),
]
SHORT = ("user_ids", "anonymous_ids", "events", "sessions", "orders", "first_seen", "last_seen")


class Answers:
    """What the product says of every id at one moment: profiles by id, facts by customer."""

    def __init__(self, driver: Driver, when: Mapping[str, str]) -> None:
        self._by_id = {stream: _profiles(driver, stream, when) for stream in [*IDS, *ADDRESSES]}
        self.profiles = {one["customer_id"]: one for found in self._by_id.values() for one in found}
        self.events = {customer_id: driver.events(customer_id, **when) for customer_id in self.profiles}

    def of(self, stream: Stream, person: Person | None, ledger: Ledger) -> Json | None:
        """Return the profile that an id finds. An address may also find persons that only have it as a trait: its own
        is the owner's, else the one whose facts went to its stream."""
        users = person.ids("user") if person else []
        for profile in self._by_id[stream]:
            went_there = stream in ledger.streams_of(self.events[profile["customer_id"]])
            if stream in IDS or (profile["user_ids"] == users if users else went_there):
                return profile
        return None


def compare(
    driver: Driver,
    ledger: Ledger,
    funnels: Sequence[Mapping[str, Any]],
    limit: int = 50,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> list[str]:
    """Return a line for each place where an answer of the product is not the oracle's."""
    said = {"as_of": rfc3339(as_of), "known_at": rfc3339(known_at)}
    when = {name: moment for name, moment in said.items() if moment}
    answers = Answers(driver, when)
    wrong = ledger.learn(event for facts in answers.events.values() for event in facts)
    rules = driver.rules(**when)
    wrong += ledger.learn_rules(rules["versions"][1:])
    oracle = ledger.oracle()
    timeout = {"session_timeout_seconds": oracle.timeout(known_at).total_seconds()}
    wrong += _named("rules", differences(rules["rules"], timeout))
    seen: set[str] = set()
    for stream in [*IDS, *ADDRESSES]:
        person = oracle.customer(*stream, as_of, known_at)
        profile = answers.of(stream, person, ledger)
        if person is None or profile is None:
            if person is not None or profile is not None:
                wrong.append(f"{stream.kind} {stream.id}: product {_brief(profile)}, oracle {_brief(person)}")
            continue
        customer_id = profile["customer_id"]
        wrong += _named(f"{stream.kind} {stream.id} profile", differences(profile, oracle.profile(person, known_at)))
        if customer_id not in seen:
            seen.add(customer_id)
            wrong += _named(customer_id, differences(in_order(answers.events[customer_id]), oracle.events(person)))
            journey = driver.journey(customer_id, limit, **when)
            wrong += _named(f"{customer_id} journey", differences(journey, oracle.journey(person, known_at)))
    wrong += _compare_list(driver.customers(**when), len(oracle.customers(as_of, known_at)), answers)
    for body in funnels:
        wrong += _named(f"funnel {body}", _compare_funnel(driver.funnel(body, **when), oracle, body, as_of, known_at))
    return [f"{when or 'live'} {line}" for line in wrong]


def in_order(events: list[Json]) -> list[Json]:
    """Return facts in the order of facts."""
    return sorted(events, key=lambda event: (event["occurred_at"], event["event_id"]))


def _profiles(driver: Driver, stream: Stream, when: Mapping[str, str]) -> list[Json]:
    if stream in IDS:
        only = driver.profile_by(*stream, **when)
        return [only] if only else []
    shorts = driver.found_by(*stream, **when)
    return [profile for short in shorts if (profile := driver.profile(short["customer_id"], **when))]


def _compare_list(shorts: list[Json], count: int, answers: Answers) -> list[str]:
    """The list of customers holds each person once, in short."""
    listed = [short["customer_id"] for short in shorts]
    wrong = [f"customers: listed twice: {one}" for one in sorted(set(listed)) if listed.count(one) > 1]
    wrong += [f"customers: not listed: {one}" for one in sorted(set(answers.profiles) - set(listed))]
    if len(listed) != count:
        wrong.append(f"customers: the product lists {len(listed)}, the oracle has {count}")
    for short in shorts:
        profile = answers.profiles.get(short["customer_id"])
        if profile:
            expected = {field: profile[field] for field in SHORT}
            expected |= {field: profile["traits"].get(field) for field in ("name", "email")}
            wrong += _named(f"customers {short['customer_id']}", differences(short, expected))
    return wrong


def _compare_funnel(
    answer: Json, oracle: Oracle, body: Mapping[str, Any], as_of: datetime | None, known_at: datetime | None
) -> list[str]:
    """Where an event fits two steps, equal times leave open by which chain the median goes: it is not compared."""
    expected: Json = {"steps": oracle.funnel(body, as_of, known_at)}
    if body.get("by"):
        expected["groups"] = oracle.funnel_by_channel(body, as_of, known_at)
        answer = {**answer, "groups": [one for one in answer["groups"] if one["steps"][0]["count"]]}
    if len({step["event"] for step in body["steps"]}) < len(body["steps"]):
        for table in [expected["steps"], *(group["steps"] for group in expected.get("groups", []))]:
            for row in table:
                del row["median_seconds"]
    return differences(answer, expected)


def _named(what: str, lines: list[str]) -> list[str]:
    return [f"{what}: {line}" for line in lines]


def _brief(found: Json | Person | None) -> str:
    if found is None:
        return "has nobody"
    if isinstance(found, Person):
        return f"has {sorted(found.key)} with {len(found.facts)} facts"
    return f"has {found['user_ids']} {found['anonymous_ids']} with {found['events']} facts"
