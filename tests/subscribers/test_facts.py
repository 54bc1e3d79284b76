"""Every fact that the product makes is what its schemas say: a simulated shop's, and any that admission takes."""

from __future__ import annotations

import json as texts
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from aggregates.customer import decide, propose
from footfall.simulation import SimulatedMessage, simulate
from ingest.admission import Arrival, Rules, admit
from ingest.ports import Caller
from schemas import json
from schemas.clock import to_microseconds
from schemas.cloud_events import encode
from schemas.errors import InvalidEvent, InvalidJson
from schemas.facts import AcceptedEvent, CustomerEvent, KeyClass, Notification
from schemas.published import text
from schemas.published.envelope import ENVELOPE
from schemas.vocabulary import CUSTOM_EVENT, EVENT_TYPES, EventType
from schemas.vocabulary.message_types import FACTS
from tests.builders import NOW, SERVER, message

SECRET = b"0123456789abcdef"
STORED = Path(__file__).parents[1] / "unit/schemas/stored_events_v1.json"
EARLIER_HISTORY = Rules(write_key_max_age=None)


@cache
def validator(address: str) -> Draft202012Validator:
    return Draft202012Validator(texts.loads(text(address)))


def faults(event: CustomerEvent) -> list[str]:
    """What of a fact, as it is written to the topic, is not as its schemas say."""
    said = texts.loads(encode(Notification(0, event.version, event)), parse_float=Decimal)
    checks = (validator(ENVELOPE).iter_errors(said), validator(said["dataschema"]).iter_errors(said["data"]))
    return [f"{event.fact} {'.'.join(map(str, error.path))}: {error.message}" for found in checks for error in found]


def facts_of(events: list[AcceptedEvent]) -> Iterator[CustomerEvent]:
    proposals = [propose(SECRET, event) for event in events]
    yield from decide(proposals, frozenset(), {proposal.stream: 0 for proposal in proposals}).facts


def as_arrived(each: SimulatedMessage) -> AcceptedEvent:
    said = json.decode(texts.dumps(each.message).encode())
    return admit(said, None, Arrival(Caller("shop", KeyClass(each.key_class)), to_microseconds(each.at)), Rules())


def test_the_facts_of_a_simulated_shop_are_what_the_schemas_say() -> None:
    found = list(facts_of([as_arrived(each) for each in simulate(datetime(2026, 11, 22, tzinfo=UTC), visitors=20)]))
    assert len({event.fact for event in found}) > 30
    assert [fault for event in found for fault in faults(event)] == []


def test_a_stored_fact_of_every_type_is_what_the_schemas_say() -> None:
    said = [each["message"] for each in json.decode(STORED.read_bytes())]
    found = list(facts_of([admit(each, None, Arrival(SERVER, NOW), EARLIER_HISTORY) for each in said]))
    assert {event.fact for event in found} == {f"{known.fact}:1" for known in (*EVENT_TYPES, CUSTOM_EVENT)}
    assert [fault for event in found for fault in faults(event)] == []


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.sampled_from(
        ["", " ", "12.99", " -3\n", ".5", "eur", "2024-12-31", "2024-12-31T10:00", "2026-11-22T10:00:00Z"]
    )
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from(["price", "quantity", "x"]), inside),
    max_leaves=4,
)
FIELDS = (
    *("userId", "anonymousId", "previousId", "groupId", "timestamp", "originalTimestamp", "sentAt", "integrations"),
    *("context", "name", "category", "traits", "messageId", "event", "properties"),
)


@st.composite
def said_of(draw: st.DrawFn, known: EventType) -> dict[str, Any]:
    """A message of that type with one or two fields, or properties, of any value: admission takes some of these."""
    type_ = known.name if known.fact in FACTS else "track"
    built = message(type_, groupId="club", event=(known.name or "Gift Wrapped") if type_ == "track" else None)
    names = [*get_type_hints(known.properties or dict), "event_id", "own"]
    built["properties"] = draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=3))
    built |= draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=1))
    if draw(st.booleans()):
        built["context"] = draw(
            st.dictionaries(st.sampled_from(["page", "ip", "traits", "campaign"]), VALUES, max_size=1)
        )
    return built


@pytest.mark.parametrize("known", [*EVENT_TYPES, CUSTOM_EVENT], ids=lambda known: known.fact)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(data=st.data())
def test_any_fact_that_admission_takes_is_what_the_schemas_say(known: EventType, data: st.DataObject) -> None:
    try:
        said = json.decode(json.encode(data.draw(said_of(known))))
        accepted = admit(said, None, Arrival(SERVER, NOW), EARLIER_HISTORY)
    except (InvalidEvent, InvalidJson):
        return
    (event,) = facts_of([accepted])
    assert faults(event) == []
