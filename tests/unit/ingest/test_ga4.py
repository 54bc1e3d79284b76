"""GA4's Measurement Protocol as the collector takes it; the mapping of events is that of tests/data/ga4.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.ga4_events import MAX_ITEMS, MEANINGS, messages
from schemas import json as exact_json
from schemas.facts import AcceptedEvent, KeyClass
from schemas.streams import StreamKind
from schemas.vocabulary import EVENT_TYPES
from tests.builders import NOW
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Response, Shop

CASES: list[dict[str, Any]] = exact_json.decode((Path(__file__).parents[2] / "data/ga4.json").read_bytes())
MICROS = NOW - 5_000_000
BODY = {"client_id": "c.1", "timestamp_micros": MICROS}
TWO_ITEMS = {"name": "add_to_cart", "params": {"items": [{"item_id": "a"}, {"item_id": "b"}]}}


def collect(shop: Shop, *events: Any, key: str = WRITE_KEY, path: str = "/mp/collect", **body: Any) -> Response:
    query = f"measurement_id=G-1&api_secret={key}"
    return shop.post(path, {**BODY, "events": events, **body}, None, query=query)


def said(event: AcceptedEvent) -> Any:
    return json.loads(bytes(event.message))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_an_event_is_said_in_our_words(case: dict[str, Any]) -> None:
    assert list(messages(case["event"])) == case["messages"]


def test_the_cases_cover_every_event_that_has_another_name() -> None:
    assert set(MEANINGS) <= {case["event"]["name"] for case in CASES}


def test_the_names_are_those_of_the_vocabulary() -> None:
    known = {each.name for each in EVENT_TYPES}
    names = {each.event for each in MEANINGS.values() if each.type == "track"}
    assert names - known == {"Signed Up", "Signed In"}  # no event types: custom events by Segment's names


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_each_case_is_taken(shop: Shop, case: dict[str, Any]) -> None:
    body = exact_json.encode({**BODY, "events": [case["event"]]})
    response = shop.post("/mp/collect", body, None, query=f"api_secret={SERVER_KEY}")
    assert response.json == {"success": True}
    assert len(shop.log.events) == len(case["messages"])


def test_a_client_is_an_anonymous_id_and_a_user_a_user(shop: Shop) -> None:
    collect(shop, {"name": "login"}, user_id="u-1")
    collect(shop, {"name": "login"})
    collect(shop, {"name": "login"}, client_id=None, app_instance_id="app")
    first, second, third = shop.log.events
    assert (first.stream, first.claims) == ((StreamKind.USER, "u-1"), ((StreamKind.ANONYMOUS, "c.1"),))
    assert second.stream == (StreamKind.ANONYMOUS, "c.1")
    assert third.stream == (StreamKind.ANONYMOUS, "app")
    assert (first.key_class, first.occurred_at) == (KeyClass.WRITE, MICROS)


def test_a_body_sent_again_is_a_copy_and_each_item_has_an_id(shop: Shop) -> None:
    for _ in range(2):
        collect(shop, TWO_ITEMS, {"name": "login"}, TWO_ITEMS)
    ids = [event.message_id for event in shop.log.events]
    assert len(set(ids)) == 5
    assert ids[:5] == ids[5:]


def test_without_a_time_the_same_thing_done_twice_is_two_events(shop: Shop) -> None:
    for _ in range(2):
        collect(shop, {"name": "login"}, timestamp_micros=None)
    first, second = shop.log.events
    assert first.message_id != second.message_id
    assert first.occurred_at == NOW - 1


def test_the_time_of_an_event_stands_before_that_of_the_body(shop: Shop) -> None:
    collect(shop, {"name": "login", "timestamp_micros": str(MICROS - 1)}, {"name": "login"})
    assert [event.occurred_at for event in shop.log.events] == [MICROS - 1, MICROS + 1]


@pytest.mark.parametrize("time", [MICROS, None])
def test_events_of_one_body_stay_in_their_order(shop: Shop, time: int | None) -> None:
    collect(shop, *({"name": f"step_{number}"} for number in range(20)), timestamp_micros=time)
    moments = [event.occurred_at for event in shop.log.events]
    assert moments == sorted(set(moments))
    assert NOW - 10_000_000 < moments[0] <= moments[-1] <= NOW


def test_what_is_said_of_the_client_is_kept_with_each_event(shop: Shop) -> None:
    collect(
        shop,
        {"name": "page_view", "params": {"page_location": "https://u:p@shop.example/?q=tea&token=secret"}},
        {"name": "login"},
        user_properties={"plan": {"value": "gold"}, "odd": 5},
        consent={"ad_user_data": "DENIED", "ad_personalization": "GRANTED"},
        ip_override="198.51.100.77",
        user_agent="Mozilla/5.0",
        user_location={"country_id": "DE", "region_id": "DE-BE", "city": "Berlin"},
        device={"category": "mobile", "language": "de", "operating_system": "Android", "browser": "Chrome"},
    )
    page, login = map(said, shop.log.events)
    shared = {
        "traits": {"plan": "gold"},
        "consent": {"categoryPreferences": {"ad_user_data": False, "ad_personalization": True}},
        "ip": "198.51.100.0",
        "userAgent": "Mozilla/5.0",
        "location": {"country": "DE", "region": "DE-BE", "city": "Berlin"},
        "device": {"type": "mobile"},
        "os": {"name": "Android"},
        "locale": "de",
    }
    assert login["context"] == shared
    url = "https://shop.example/?q=tea"
    assert page["context"] == {**shared, "page": {"url": url}}
    assert page["properties"] == {"url": url}


def test_a_bad_event_never_fails_its_neighbours_and_its_place_is_that_in_the_body(shop: Shop) -> None:
    bad = [5, {"params": {}}, {"name": 7}, {"name": "x", "params": []}, {"name": "view_item", "params": {"items": 5}},
           {"name": "purchase", "params": {"value": "dear"}}, {"name": "refund"}, {"name": "page"},
           {"name": "x", "timestamp_micros": "soon"}]  # fmt: skip
    response = collect(shop, TWO_ITEMS, *bad, TWO_ITEMS)
    assert [(each["index"], each["code"], each["field"]) for each in response.json["refused"]] == [
        (1, "wrong_type", ""),
        (2, "missing_event", "name"),
        (3, "wrong_type", "name"),
        (4, "wrong_type", "params"),
        (5, "wrong_type", "params.items"),
        (6, "invalid_property", "properties.revenue"),
        (7, "back_office", "event"),
        (8, "reserved_name", "event"),
        (9, "invalid_time", "timestamp_micros"),
    ]
    assert len(shop.log.events) == 4
    assert len(shop.letters) == 9


@pytest.mark.parametrize(
    ("body", "field"),
    [([], ""), ({}, "events"), ({"events": {}}, "events"), ({"events": [{}] * 2501}, "events"),
     ({"events": [{"name": "add_to_cart", "params": {"items": [{}] * 2000}}] * 2}, "events"),
     ({"events": [], "timestamp_micros": -(10**30)}, "timestamp_micros"),
     ({"events": [], "timestamp_micros": {}}, "timestamp_micros")],
)  # fmt: skip
def test_a_wrong_body_is_refused_as_a_whole(shop: Shop, body: Any, field: str) -> None:
    response = shop.post("/mp/collect", body, None, query=f"api_secret={WRITE_KEY}")
    assert response.status == 400
    assert response.json["errors"][0]["field"] == field
    assert [letter.type for letter in shop.letters] == ["ga4"]


def test_more_items_than_fit_are_refused_before_they_are_read(shop: Shop) -> None:
    response = collect(shop, {"name": "purchase", "params": {"items": [{}] * (MAX_ITEMS + 1)}})
    assert response.json["refused"][0]["code"] == "event_too_large"


@pytest.mark.parametrize("key", ["wrong", ""])
def test_a_wrong_secret_is_401(shop: Shop, key: str) -> None:
    assert collect(shop, {"name": "login"}, key=key).status == 401
    assert not shop.letters


def test_the_debugging_route_says_what_is_wrong_and_records_nothing(shop: Shop) -> None:
    good = collect(shop, {"name": "login"}, path="/debug/mp/collect")
    bad = collect(shop, {"name": "login"}, {"name": "x", "params": 5}, path="/debug/mp/collect")
    assert (good.status, good.json) == (200, {"validationMessages": []})
    assert bad.json["validationMessages"] == [
        {"fieldPath": "events[1].params", "description": "must be an object", "validationCode": "WRONG_TYPE"}
    ]
    nonsense = shop.post("/debug/mp/collect", b"nonsense", None, query=f"api_secret={WRITE_KEY}")
    assert (nonsense.status, nonsense.json["code"]) == (400, "invalid_json")
    assert (shop.log.events, shop.letters) == ([], [])


def test_an_event_with_a_time_of_its_own_is_known_again_beside_others(shop: Shop) -> None:
    own = {"name": "login", "timestamp_micros": MICROS}
    collect(shop, own, {"name": "search"}, timestamp_micros=None)
    collect(shop, {"name": "sign_up"}, own, timestamp_micros=None)
    collect(shop, {**own, "timestamp_micros": MICROS + 1}, timestamp_micros=None)
    first, again, later = (event.message_id for event in shop.log.events if event.name == "Signed In")
    assert first == again != later
