"""The outside of the product over HTTP: routes, shapes, keys, errors, formats (docs and contract)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.product.running import Json, Product, Shop, client, eventually

pytestmark = pytest.mark.product

DAY = "2026-03-01"
VISITORS = 23
SHORT_PROFILE = {
    "customer_id", "user_ids", "anonymous_ids", "name", "email", "events", "sessions", "orders", "first_seen",
    "last_seen",
}  # fmt: skip
READS = (
    "/status", "/customers", "/customers/{id}", "/customers/{id}/journey", "/customers/{id}/events",
    "/customers/by/user_id/ada", "/customers/by/anonymous_id/visitor", "/customers/by/email/ada@example.org",
    "/customers/by/phone/+49301234", "/questions/funnel",
)  # fmt: skip
EVENT_ROUTES = ("track", "page", "identify", "group", "alias", "screen", "batch", "import", "t", "p", "i", "g", "b")


def at(time: str) -> str:
    return f"{DAY}T{time}.000000Z"


def said(type_: str, time: str, number: int, **fields: Any) -> Json:
    """A message of Ada's at a time of the day, in the shop."""
    ids = {"userId": "ada", "anonymousId": "visitor"}
    return {"type": type_, "messageId": f"ada-{number}", "timestamp": at(time), **ids, **fields}


def track(event: str, time: str, number: int, properties: Json, **fields: Any) -> Json:
    return said("track", time, number, event=event, properties=properties, **fields)


LANDING = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring"
SHOE = {"product_id": "p-1", "name": "Shoe", "category": "shoes", "brand": "Northwind", "price": 49.9}
TRAITS = {"email": "Ada@Example.org", "name": "Ada Lovelace", "phone": "+49 30 1234"}
ADA = [
    said("page", "09:00:00", 1, context={"page": {"url": LANDING, "title": "Home", "referrer": "https://google.com/"}}),
    track("Product Viewed", "09:05:00", 2, SHOE),
    said("identify", "09:10:00", 3, traits=TRAITS),
    track("Product Added", "09:15:00", 4, {**SHOE, "quantity": 2, "currency": "EUR"}),
    track("Order Completed", "09:20:00", 5, {"order_id": "o-1", "total": 99.8, "currency": "EUR", "products": [
        {"product_id": "p-1", "price": 49.9, "quantity": 2}]}),
    track("Order Refunded", "12:00:00", 6, {"order_id": "o-1", "total": 10, "currency": "EUR"}),
    track("Product Added", "15:00:00", 7, {"product_id": "p-2", "price": 5, "quantity": 1}),
    track("Newsletter Subscribed", "15:01:00", 8, {"list": "news", "email": "ada@example.org"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def story(product: Product) -> Shop:
    """A store with Ada, and visitors who came after her."""
    shop = product.new_store()
    visitors = [
        {
            "type": "track",
            "event": "Product Viewed",
            "anonymousId": f"visitor-{number}",
            "messageId": f"v-{number}-{view}",
            "timestamp": f"2026-03-02T{number % 7:02}:{view:02}:00Z",
            "properties": {"product_id": f"p-{view}"},
        }
        for number in range(VISITORS)
        for view in range(number % 4 + 1)
    ]
    assert shop.send(*ADA, *visitors, server=True) == {"success": True}
    shop.settle()
    return shop


@pytest.fixture(scope="module")
def other(product: Product) -> Shop:
    return product.new_store()


@pytest.fixture(scope="module")
def anybody(product: Product) -> Iterator[httpx.Client]:
    """A client without any key."""
    with client(product.url) as http:
        yield http


@pytest.fixture(scope="module")
def at_the_api(product: Product) -> Iterator[httpx.Client]:
    """A client without a key at the door of the query API; in the embedded mode it is the same door."""
    with client(product.api_url) as http:
        yield http


def assert_error(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    """An error has the one shape; `field` is what it must name."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"code", "message", "errors", "request_id"}, body
    assert body["code"] == code
    assert body["message"]
    assert body["request_id"]
    assert all(set(error) == {"field", "message"} for error in body["errors"])
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body


def test_the_status_tells_how_far_the_pipeline_is(story: Shop) -> None:
    status = story.status()
    assert set(status) == {
        "accepted", "recorded", "projected", "dead_letters", "refused_for_erasure", "refused_for_consent",
        "lag_seconds", "settled",
    }  # fmt: skip
    assert status["settled"] is True
    assert status["lag_seconds"] == 0
    assert status["accepted"] >= status["recorded"] == status["projected"] > 0


@pytest.mark.parametrize("name", ["last_seen", "first_seen", "events", "orders", "sessions"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_list_of_customers_is_the_same_page_by_page(story: Shop, sign: str, name: str) -> None:
    whole = story.get("/customers", limit=1000, order=sign + name)
    assert whole["next_cursor"] is None
    items = whole["items"]
    assert len(items) == VISITORS + 1
    assert all(set(item) == SHORT_PROFILE for item in items)
    assert story.items("/customers", limit=4, order=sign + name) == items
    keys = [item["orders"]["count"] if name == "orders" else item[name] for item in items]
    assert keys == sorted(keys, reverse=bool(sign))


def test_the_newest_customers_come_first_unless_asked_otherwise(story: Shop) -> None:
    assert story.items("/customers", limit=5) == story.items("/customers", order="-last_seen", limit=1000)


@pytest.mark.parametrize("text", ["ada", "LOVELACE", "example.org", "+49 30"])
def test_search_finds_by_id_name_and_address(story: Shop, text: str) -> None:
    assert [one["user_ids"] for one in story.items("/customers", search=text)] == [["ada"]]


def test_search_pages_too_and_finds_nothing_where_nothing_is(story: Shop) -> None:
    assert len(story.items("/customers", search="visitor-1", limit=2)) == 11
    assert story.get("/customers", search="nobody at all") == {"items": [], "next_cursor": None}


def test_every_id_and_address_finds_the_person(story: Shop) -> None:
    ada = story.customer("ada")
    assert story.get(f"/customers/{ada['customer_id']}") == ada
    assert story.get("/customers/by/anonymous_id/visitor") == ada
    for path in ("email/ada@example.org", "email/ADA@example.org ", "phone/+49301234", "phone/+49 30 1234"):
        found = story.get(f"/customers/by/{path}")
        assert set(found) == {"items", "next_cursor"}
        assert [one["customer_id"] for one in found["items"]] == [ada["customer_id"]], path
    assert story.get("/customers/by/email/nobody@example.org")["items"] == []


def test_the_profile_has_exactly_this_shape(story: Shop) -> None:
    ada = story.customer("ada")
    customer_id = ada.pop("customer_id")
    assert isinstance(customer_id, str)
    assert ada == {
        "user_ids": ["ada"],
        "anonymous_ids": ["visitor"],
        "traits": {"email": "Ada@Example.org", "name": "Ada Lovelace", "phone": "+49 30 1234"},
        "first_seen": at("09:00:00"),
        "last_seen": at("15:01:00"),
        "events": 8,
        "sessions": 2,
        "page_views": 1,
        "product_views": 1,
        "orders": {
            "count": 1,
            "revenue": {"EUR": "99.80"},
            "refunded": {"EUR": "10.00"},
            "first_at": at("09:20:00"),
            "last_at": at("09:20:00"),
            "items": 2,
        },
        "cart": {
            "items": [{"product_id": "p-2", "quantity": 1, "price": "5.00"}],
            "value": {"EUR": "5.00"},
            "updated_at": at("15:00:00"),
        },
        "newsletters": ["news"],
        "acquisition": {
            "channel": ada["acquisition"]["channel"],
            "source": "google",
            "medium": "cpc",
            "campaign": "spring",
            "landing_page": ada["acquisition"]["landing_page"],
            "referrer": "https://google.com/",
        },
        "preferences": {"categories": ["shoes"], "brands": ["Northwind"], "channel": ada["preferences"]["channel"]},
        "consent": {},
        "segments": [],
    }
    assert ada["acquisition"]["channel"].startswith("Paid")
    assert ada["acquisition"]["landing_page"].startswith("https://shop.example/")


def test_the_journey_has_exactly_this_shape(story: Shop) -> None:
    ada = story.customer("ada")["customer_id"]
    journey = story.get(f"/customers/{ada}/journey")
    assert set(journey) == {"customer_id", "sessions", "outside_sessions", "next_cursor"}
    assert (journey["customer_id"], journey["next_cursor"]) == (ada, None)
    evening, morning = journey["sessions"]
    steps, beside = morning.pop("steps"), journey["outside_sessions"]
    assert morning == {
        "session_id": steps[0]["event_id"],
        "started_at": at("09:00:00"),
        "ended_at": at("09:20:00"),
        "channel": morning["channel"],
        "source": "google",
        "medium": "cpc",
        "campaign": "spring",
        "landing_page": morning["landing_page"],
        "referrer": "https://google.com/",
        "device": None,
        "country": None,
        **dict.fromkeys(("browser", "os", "region", "city")),
        "bounced": False,
        "converted": True,
        "revenue": {"EUR": "99.80"},
    }
    assert [step["name"] for step in steps] == [
        "page",
        "Product Viewed",
        "identify",
        "Product Added",
        "Order Completed",
    ]
    assert all(
        set(step) == {"event_id", "at", "name", "title", "url", "product_id", "order_id", "details"} for step in steps
    )
    assert (steps[0]["title"], steps[1]["product_id"], steps[4]["order_id"]) == ("Home", "p-1", "o-1")
    assert [step["at"] for step in evening["steps"]] == [at("15:00:00"), at("15:01:00")]
    assert [(step["name"], step["at"], set(step) - set(steps[0])) for step in beside] == [
        ("Order Refunded", at("12:00:00"), {"channel"})
    ]


def test_the_journey_is_the_same_page_by_page(story: Shop) -> None:
    path = f"/customers/{story.customer('ada')['customer_id']}/journey"
    whole = story.get(path)
    pages = [story.get(path, limit=1)]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(story.get(path, limit=1, cursor=cursor))
    assert [len(page["sessions"]) + len(page["outside_sessions"]) for page in pages] == [1, 1, 1]
    for part in ("sessions", "outside_sessions"):
        assert [one for page in pages for one in page[part]] == whole[part]


def test_the_facts_are_the_same_page_by_page_in_both_orders(story: Shop) -> None:
    path = f"/customers/{story.customer('ada')['customer_id']}/events"
    whole = story.get(path)
    assert whole["next_cursor"] is None
    items = whole["items"]
    assert [item["message_id"] for item in items] == [f"ada-{number}" for number in range(1, 9)]
    for limit in (1, 3, 8):
        assert story.items(path, limit=limit) == items
        assert story.items(path, limit=limit, order="-occurred_at") == items[::-1]
    assert all(
        set(item)
        == {
            "event_id",
            "message_id",
            "name",
            "stream",
            "occurred_at",
            "received_at",
            "recorded_at",
            "properties",
            "context",
        }
        for item in items
    )
    assert items[1]["properties"] == SHOE
    between = story.items(path, **{"from": at("09:05:00"), "to": at("09:20:00")})
    assert [item["message_id"] for item in between] == ["ada-2", "ada-3", "ada-4"]


def test_as_of_gives_the_customer_as_it_was_then(story: Shop) -> None:
    ada = story.customer("ada", as_of=at("09:15:00"))
    assert (ada["events"], ada["orders"]["count"], ada["cart"]["value"]) == (4, 0, {"EUR": "99.80"})
    path = f"/customers/{ada['customer_id']}"
    assert [len(one["steps"]) for one in story.get(f"{path}/journey", as_of=at("09:15:00"))["sessions"]] == [4]
    assert len(story.items(f"{path}/events", as_of=at("09:15:00"), limit=2)) == 4
    assert_error(story.ask(path, as_of="2020-01-01T00:00:00Z"), 404, "not_found")
    counts = [_viewed(story, as_of=moment) for moment in ("2026-03-01T23:00:00Z", "2026-03-03T00:00:00Z")]
    assert counts == [1, VISITORS + 1]


def _viewed(shop: Shop, **fields: str) -> int:
    answer = shop.question("funnel", {"steps": [{"event": "Product Viewed"}], **fields})
    assert answer.status_code == 200, answer.text
    count: int = answer.json()["steps"][0]["count"]
    return count


def test_known_at_gives_what_was_known_then_and_refuses_what_may_still_change(story: Shop) -> None:
    ada = story.customer("ada")
    events = story.items(f"/customers/{ada['customer_id']}/events")
    recorded = max(event["recorded_at"] for event in events)
    assert story.customer("ada", known_at=recorded) == ada
    assert_error(story.ask("/customers/by/user_id/ada", known_at="2026-03-02T00:00:00Z"), 404, "not_found")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for path in (f"/customers/{ada['customer_id']}", f"/customers/{ada['customer_id']}/journey"):
        assert_error(story.ask(path, known_at=later), 409, "not_yet_known", "known_at")
    asked = story.question("funnel", {"steps": [{"event": "page"}], "known_at": later})
    assert_error(asked, 409, "not_yet_known", "known_at")


def test_every_answer_says_what_it_has_absorbed(story: Shop) -> None:
    position = story.status()["projected"]
    for path in ("/status", "/customers", "/customers/by/user_id/ada", "/customers/by/user_id/nobody"):
        headers = story.ask(path).headers
        absorbed = dict(shard.split(":") for shard in headers["x-footfall-position"].split(","))
        assert set(absorbed) == {str(number) for number in range(len(absorbed))}
        assert sum(map(int, absorbed.values())) >= position
        assert datetime.fromisoformat(headers["x-footfall-as-of"]).tzinfo is not None
    asked = story.ask("/customers/by/user_id/ada", as_of=at("09:15:00")).headers["x-footfall-as-of"]
    assert datetime.fromisoformat(asked) == datetime.fromisoformat(at("09:15:00"))


@pytest.mark.parametrize("path", READS)
def test_reading_without_a_token_that_may_read_is_401(story: Shop, at_the_api: httpx.Client, path: str) -> None:
    url = "/api/v1" + path.format(id=story.customer("ada")["customer_id"])
    wrong = ["", "Bearer", "Bearer wrong", "Basic x", f"Bearer {story.write_key}", f"Bearer {story.server_key}"]
    for authorization in wrong:
        assert_error(at_the_api.get(url, headers={"Authorization": authorization}), 401, "unauthorized")
    assert_error(at_the_api.get(url), 401, "unauthorized")
    assert at_the_api.get(url, headers={"Authorization": f"Bearer {story.admin_token}"}).status_code == 200


@pytest.mark.parametrize("route", EVENT_ROUTES)
def test_sending_without_a_key_that_may_send_is_401(story: Shop, anybody: httpx.Client, route: str) -> None:
    body = {"type": "track", "event": "X", "userId": "mallory", "batch": []}
    for key in ("", "wrong", story.query_token, story.admin_token):
        assert_error(anybody.post(f"/v1/{route}", json={**body, "writeKey": key}), 401, "unauthorized")
        assert_error(anybody.post(f"/v1/{route}", json=body, auth=(key, "")), 401, "unauthorized")


def test_a_store_sees_nothing_of_another(story: Shop, other: Shop) -> None:
    ada = story.customer("ada")["customer_id"]
    assert other.get("/customers") == {"items": [], "next_cursor": None}
    assert other.get("/customers", search="ada") == {"items": [], "next_cursor": None}
    assert other.get("/customers/by/email/ada@example.org")["items"] == []
    for path in (
        f"/customers/{ada}", f"/customers/{ada}/journey", f"/customers/{ada}/events", "/customers/by/user_id/ada",
        "/customers/by/anonymous_id/visitor",
    ):  # fmt: skip
        for params in ({}, {"as_of": "2026-06-01T00:00:00Z"}):
            assert_error(other.ask(path, **params), 404, "not_found")
    assert _viewed(other) == 0


def test_the_same_ids_in_two_stores_are_two_customers(product: Product) -> None:
    first, second = product.new_store(), product.new_store(currency="SEK")
    for shop, total in ((first, 1), (second, 2)):
        order = {"order_id": "o-1", "total": total}
        shop.send({"type": "track", "event": "Order Completed", "userId": "u", "messageId": "m", "properties": order})
    first.settle()
    assert first.customer("u")["orders"]["revenue"] == {"EUR": "1.00"}
    assert second.customer("u")["orders"]["revenue"] == {"SEK": "2.00"}
    assert first.customer("u")["customer_id"] != second.customer("u")["customer_id"]


@pytest.mark.parametrize(
    ("path", "params", "status", "code", "field"),
    [
        ("/nothing", {}, 404, "not_found", None),
        ("/customers/unknown", {}, 404, "not_found", None),
        ("/customers/" + "0" * 33, {}, 404, "not_found", None),
        ("/customers/by/user_id/nobody", {}, 404, "not_found", None),
        ("/customers/by/shoe_size/42", {}, 400, "bad_request", "kind"),
        ("/customers", {"limit": 0}, 400, "bad_request", "limit"),
        ("/customers", {"limit": 1001}, 400, "bad_request", "limit"),
        ("/customers", {"limit": "many"}, 400, "bad_request", "limit"),
        ("/customers", {"order": "shoe_size"}, 400, "bad_request", "order"),
        ("/customers", {"cursor": "nonsense"}, 400, "bad_request", "cursor"),
        ("/customers", {"cursor": "WzFd"}, 400, "bad_request", "cursor"),
        ("/customers", {"search": "x" * 201}, 400, "bad_request", "search"),
        ("/customers/by/user_id/ada", {"as_of": "yesterday"}, 400, "bad_request", "as_of"),
        ("/customers/by/user_id/ada", {"known_at": "2026-13-01"}, 400, "bad_request", "known_at"),
    ],
)
def test_every_error_of_a_question_has_the_one_shape(
    story: Shop, path: str, params: Json, status: int, code: str, field: str | None
) -> None:
    assert_error(story.ask(path, **params), status, code, field)


@pytest.mark.parametrize("path", ["journey", "events"])
@pytest.mark.parametrize(
    ("params", "field"),
    [({"cursor": "x"}, "cursor"), ({"from": "x"}, "from"), ({"to": "x"}, "to"), ({"limit": 1001}, "limit")],
)
def test_errors_of_a_customer_s_lists_name_the_field(story: Shop, path: str, params: Json, field: str) -> None:
    answer = story.ask(f"/customers/{story.customer('ada')['customer_id']}/{path}", **params)
    assert_error(answer, 400, "bad_request", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "steps"),
        ({"steps": []}, "steps"),
        ({"steps": [{"event": ""}]}, "steps.0.event"),
        ({"steps": [{"event": "page"}], "scope": "galaxy"}, "scope"),
        ({"steps": [{"event": "page"}], "window": "half an hour"}, "window"),
        ({"steps": [{"event": "page"}], "widow": "PT30M"}, "widow"),
        ({"steps": [{"event": "page"}], "as_of": "yesterday"}, "as_of"),
        ({"steps": [{"event": "page"}], "from": "yesterday"}, "from"),
        ({"steps": [{"event": "page", "where": [{"field": "x", "op": "~", "value": 1}]}]}, "steps.0.where.0.op"),
    ],
)
def test_errors_of_a_funnel_name_the_field(story: Shop, body: Json, field: str) -> None:
    assert_error(story.question("funnel", body), 400, "bad_request", field)


def test_what_is_no_route_or_method_has_the_one_shape_too(
    story: Shop, anybody: httpx.Client, at_the_api: httpx.Client
) -> None:
    assert_error(anybody.get("/nothing"), 404, "not_found")
    assert_error(anybody.get("/v1/nothing"), 404, "not_found")
    assert_error(anybody.get("/v1/track"), 405, "method_not_allowed")
    token = {"Authorization": f"Bearer {story.query_token}"}
    assert_error(at_the_api.delete("/api/v1/customers", headers=token), 405, "method_not_allowed")
    assert_error(at_the_api.post("/api/v1/questions/funnel", content=b"{", headers=token), 400, "bad_request")


def test_a_funnel_tells_its_schema_and_its_example_works(story: Shop) -> None:
    told = story.get("/questions/funnel")
    assert set(told) == {"schema", "example"}
    fields = {"steps", "scope", "window", "order", "same", "from", "to", "by"}
    assert fields <= set(told["schema"]["properties"])
    answer = story.question("funnel", told["example"])
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) >= {"steps", "rules"}
    for step in answer.json()["steps"]:
        assert set(step) == {"event", "count", "of_first", "of_previous", "median_seconds"}


FUNNEL = {
    "steps": [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}],
    "scope": "session",
}


def test_a_funnel_counts_shares_and_times(story: Shop) -> None:
    steps = story.question("funnel", FUNNEL).json()["steps"]
    assert [(step["event"], step["count"], step["median_seconds"]) for step in steps] == [
        ("Product Viewed", VISITORS + 1, None),
        ("Product Added", 1, 600.0),
        ("Order Completed", 1, 300.0),
    ]
    assert [step["of_previous"] for step in steps] == pytest.approx([1, 1 / (VISITORS + 1), 1])


def _from_csv(content: bytes) -> list[Json]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def _from_arrow(content: bytes) -> list[Json]:
    rows: list[Json] = pa.ipc.open_stream(content).read_all().to_pylist()
    return rows


def _from_parquet(content: bytes) -> list[Json]:
    rows: list[Json] = parquet.read_table(io.BytesIO(content)).to_pylist()
    return rows


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("text/csv", _from_csv),
        ("application/vnd.apache.arrow.stream", _from_arrow),
        ("application/vnd.apache.parquet", _from_parquet),
    ],
)
@pytest.mark.parametrize("by", [None, "channel"])
def test_every_format_answers_the_same(
    story: Shop, kind: str, read: Callable[[bytes], list[Json]], by: str | None
) -> None:
    answer = story.question("funnel", {**FUNNEL, "by": by}).json()
    if by:
        rows = [{"channel": group["channel"], **step} for group in answer["groups"] for step in group["steps"]]
    else:
        rows = answer["steps"]
    table = story.question("funnel", {**FUNNEL, "by": by}, accept=kind)
    assert table.headers["content-type"].partition(";")[0] == kind
    found = read(table.content)
    if kind == "text/csv":
        rows = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    assert found == rows


def test_a_format_that_is_none_of_ours_is_refused_by_name(story: Shop) -> None:
    answer = story.question("funnel", FUNNEL, accept="image/png")
    assert answer.status_code in (400, 406)
    assert_error(answer, answer.status_code, answer.json()["code"], "Accept")


def test_the_openapi_description_is_whole(story: Shop) -> None:
    document = story.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    for path in READS:
        assert any(_same_path(path, known) for known in paths), path
    assert {"get", "post"} <= set(paths["/api/v1/questions/funnel"])
    for reference in _references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    operations = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(operations) == len(set(operations))


def _same_path(path: str, known: str) -> bool:
    parts, others = f"/api/v1{path}".split("/"), known.split("/")
    return len(parts) == len(others) and all(b.startswith("{") or a == b for a, b in zip(parts, others, strict=True))


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _references(one)


def test_operators_see_that_it_lives_takes_events_and_counts(
    story: Shop, anybody: httpx.Client, at_the_api: httpx.Client
) -> None:
    for door in (anybody, at_the_api):
        assert door.get("/healthz").status_code == 200
        assert door.get("/readyz").status_code == 200
    assert "footfall_collected_events_total" in anybody.get("/metrics").text
    metrics = at_the_api.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    lines = dict(line.rsplit(" ", 1) for line in metrics.text.splitlines() if not line.startswith("#"))
    assert float(lines["footfall_accepted_events_total"]) >= len(ADA)
    assert story.name not in metrics.text


# Bad input, end to end


def event(message_id: str, **fields: Any) -> Json:
    built = {"type": "track", "event": "Product Viewed", "userId": "u-1", "messageId": message_id, **fields}
    return {name: value for name, value in built.items() if value is not None}


def test_a_date_of_1970_is_refused_by_write_key_and_taken_by_server_key(shop: Shop) -> None:
    old = event("m-1", timestamp="1970-01-01T00:00:00Z")
    assert_error(shop.post("/v1/track", old), 400, "back_dated", "timestamp")
    assert shop.post("/v1/track", old, server=True).status_code == 200
    shop.settle()
    assert shop.customer("u-1")["first_seen"] == "1970-01-01T00:00:00.000000Z"
    eventually(lambda: shop.status()["dead_letters"] == 1, 10, "the dead letter")


def test_a_date_in_ten_years_is_taken_and_counts_as_the_moment_it_came_in(shop: Shop) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert shop.post("/v1/track", event("m-1", timestamp="2036-11-22T00:00:00Z")).status_code == 200
    shop.settle()
    (fact,) = shop.items(f"/customers/{shop.customer('u-1')['customer_id']}/events")
    assert fact["occurred_at"] == fact["received_at"]
    assert before <= datetime.fromisoformat(fact["occurred_at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    "none", ["null", "undefined", "NULL", " ", "", "-1", "0", "00000000-0000-0000-0000-000000000000"]
)
def test_an_id_that_is_none_counts_as_absent(shop: Shop, none: str) -> None:
    assert_error(shop.post("/v1/track", event("m-1", userId=none, anonymousId=None)), 400, "no_id")
    assert shop.post("/v1/track", event("m-2", userId=none, anonymousId="visitor")).status_code == 200
    shop.settle()
    (only,) = shop.items("/customers")
    assert (only["user_ids"], only["anonymous_ids"]) == ([], ["visitor"])


def test_a_bad_event_of_a_batch_is_named_and_its_neighbours_are_kept(shop: Shop) -> None:
    before = shop.status()["dead_letters"]
    answer = shop.send(
        event("good-1"),
        event("no-id", userId=None),
        event("old", timestamp="1970-01-01T00:00:00Z"),
        event("no-name", event=None),
        event("wrong-type", properties="none"),
        {"type": "dance", "userId": "u-1", "messageId": "unknown"},
        event("cancel", event="Order Cancelled", properties={"order_id": "o-1"}),
        event("x" * 101),
        event("big", properties={"text": "x" * 40_000}),
        event("good-2"),
    )
    assert [(one["index"], one["messageId"][:10], one["code"]) for one in answer["refused"]] == [
        (1, "no-id", "no_id"),
        (2, "old", "back_dated"),
        (3, "no-name", "missing_event"),
        (4, "wrong-type", "wrong_type"),
        (5, "unknown", "unknown_type"),
        (6, "cancel", "back_office"),
        (7, "x" * 10, "message_id_too_long"),
        (8, "big", "event_too_large"),
    ]
    assert all(set(one) == {"index", "messageId", "code", "field", "message"} for one in answer["refused"])
    shop.settle()
    facts = shop.items(f"/customers/{shop.customer('u-1')['customer_id']}/events")
    assert sorted(fact["message_id"] for fact in facts) == ["good-1", "good-2"]
    eventually(lambda: shop.status()["dead_letters"] == before + 8, 10, "the dead letters")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b'{"batch": [{"userId": "\xff"}]}', 200),
        (b'{"batch": [{"type": "track", "event": "X", "userId": "u", "properties": {"n": NaN}}]}', 200),
        (b'{"batch": [{"type": "track", "event": "X", "userId": "u\\u0000", "messageId": "null byte"}]}', None),
        (b'{"batch": ' + b"[" * 100 + b"]" * 100 + b"}", None),
        (b'{"batch": [' + b"," * 10 + b"]}", 200),
        (json.dumps({"batch": [{"type": "track"}] * 2501}).encode(), 400),
        (b'{"batch": [], "padding": "' + b"x" * 600_000 + b'"}', 413),
    ],
)
def test_no_body_makes_the_product_stumble(shop: Shop, body: bytes, status: int | None) -> None:
    answer = shop.post("/v1/batch", body)
    assert answer.status_code in ((200, 400) if status is None else (status,)), answer.text
    if answer.status_code != 200:
        assert_error(answer, answer.status_code, answer.json()["code"])
    shop.send(event("after"))
    shop.settle()
    assert shop.customer("u-1")["events"] == 1


def test_money_stays_exact_however_large_or_small(shop: Shop) -> None:
    amounts = ["0.1", "0.2", "12345678901234.56", "0.01"]
    body = ",".join(
        f'{{"type": "track", "event": "Order Completed", "userId": "u-1", "messageId": "m-{n}", '
        f'"properties": {{"order_id": "o-{n}", "total": {amount}}}}}'
        for n, amount in enumerate(amounts)
    )
    assert shop.post("/v1/batch", f'{{"batch": [{body}]}}'.encode()).json() == {"success": True}
    shop.settle()
    revenue = Decimal(shop.customer("u-1")["orders"]["revenue"]["EUR"])
    assert revenue == sum(Decimal(amount) for amount in amounts)


def test_the_snippet_is_served_where_events_are_taken(shop: Shop) -> None:
    for door in shop.product.doors:
        response = httpx.get(f"{door}/footfall.js", verify=False)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert response.headers["content-encoding"] == "gzip"
        assert "footfall_id" in response.text
