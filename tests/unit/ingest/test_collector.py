from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from ingest.ports import Caller, Overloaded
from schemas.facts import KeyClass
from schemas.streams import StreamKind
from tests.builders import NOW, message
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Shop, basic

TYPES = {"identify": "i", "track": "t", "page": "p", "screen": "s", "group": "g", "alias": "a"}
EXTRA = {"group": {"groupId": "g-1"}, "alias": {"previousId": "b", "userId": "u"}}


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_has_a_long_route_and_a_short_one(shop: Shop, type_: str) -> None:
    body = message(type_, **EXTRA.get(type_, {}))
    del body["type"]
    for path in (f"/v1/{type_}", f"/v1/{TYPES[type_]}"):
        response = shop.post(path, body)
        assert (response.status, response.json) == (200, {"success": True})
    assert [json.loads(bytes(event.message))["type"] for event in shop.log.events] == [type_, type_]
    assert shop.collector.accepted == 2


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_taken_on_each_of_its_routes(shop: Shop, path: str) -> None:
    assert shop.post(path, {"batch": [message(), message("page", messageId="m-2")]}).json == {"success": True}
    assert [event.message_id for event in shop.log.events] == ["m-1", "m-2"]


def test_a_batch_keeps_its_good_events(shop: Shop) -> None:
    bad = message(messageId="m-2", properties={"product_id": "p", "price": "dear"})
    response = shop.batch(message(), bad, 5, message(messageId="m-4"))
    assert response.status == 200
    assert response.json["success"] is True
    first, second = response.json["refused"]
    assert (first["index"], first["messageId"], first["code"]) == (1, "m-2", "invalid_property")
    assert first["field"] == "properties.price"
    assert first["message"]
    assert (second["index"], second["messageId"], second["code"]) == (2, None, "wrong_type")
    assert [event.message_id for event in shop.log.events] == ["m-1", "m-4"]
    assert [json.loads(letter.raw) for letter in shop.letters] == [bad, 5]
    assert shop.collector.refused == {"invalid_property": 1, "wrong_type": 1}


def test_a_refused_event_by_itself_is_a_400_in_the_error_shape_and_a_dead_letter(shop: Shop) -> None:
    response = shop.post("/v1/track", message(properties=[1]))
    assert response.status == 400
    assert set(response.json) == {"code", "message", "errors", "request_id"}
    assert response.json["code"] == "wrong_type"
    assert response.json["errors"] == [{"field": "properties", "message": "must be an object"}]
    (letter,) = shop.letters
    assert (letter.store, letter.stage, letter.code, letter.field) == ("shop", "admission", "wrong_type", "properties")
    assert json.loads(letter.raw) == message(properties=[1])


@pytest.mark.parametrize("authorization", [basic(WRITE_KEY), f"Bearer {WRITE_KEY}", "bearer " + WRITE_KEY])
def test_the_key_may_stand_in_the_header(shop: Shop, authorization: str) -> None:
    assert shop.post("/v1/track", message(), None, {"authorization": authorization}).status == 200


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer some-oauth-token"}, {"authorization": "Basic %%"}])
def test_the_key_may_stand_in_the_body(shop: Shop, headers: dict[str, str]) -> None:
    assert shop.post("/v1/track", {**message(), "writeKey": WRITE_KEY}, None, headers).status == 200
    assert b"wk_" not in bytes(shop.log.events[0].message)


def test_the_key_of_a_beacon_stands_in_the_query(shop: Shop) -> None:
    body = {"batch": [message()]}
    assert shop.post("/beacon/v1/batch", body, None, query=f"writeKey={WRITE_KEY}").status == 200
    assert shop.post("/v1/batch", body, None, query=f"writeKey={WRITE_KEY}").status == 401


@pytest.mark.parametrize("key", ["wrong", "", None, "\u00e9", SERVER_KEY + " "])
@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/v1/import", "/beacon/v1/batch"])
@pytest.mark.parametrize("body", [b"{}", b"{", b"", b"[]", b"\x1f\x8b", b'{"writeKey": 5}', b'{"writeKey": "no"}'])
def test_a_wrong_or_missing_key_is_401_whatever_is_sent(shop: Shop, key: str | None, path: str, body: bytes) -> None:
    response = shop.post(path, body, key)
    assert (response.status, response.json["code"]) == (401, "unauthorized")
    assert not shop.letters


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}])
def test_a_body_is_read_by_what_it_is(shop: Shop, content_type: str, headers: dict[str, str]) -> None:
    plain = json.dumps(message()).encode()
    for body in (plain, gzip.compress(plain), gzip.compress(plain[:20]) + gzip.compress(plain[20:])):
        assert shop.post("/v1/track", body, headers={"content-type": content_type, **headers}).status == 200


def test_a_body_may_come_in_pieces(shop: Shop) -> None:
    assert shop.post("/v1/track", message(), chunk=7).status == 200


def test_the_context_and_integrations_of_a_batch_belong_to_each_of_its_events(shop: Shop) -> None:
    own = {"locale": "de", "page": {"url": "https://shop.example/"}}
    shop.batch(
        message(),
        message(messageId="m-2", context=own, integrations={"All": False}),
        context={"locale": "en", "timezone": "UTC"},
        integrations={"All": True, "X": True},
    )
    first, second = (json.loads(bytes(event.message)) for event in shop.log.events)
    assert first["context"] == {"locale": "en", "timezone": "UTC", "ip": "203.0.113.0"}
    assert second["context"] == {"locale": "de", "timezone": "UTC", "ip": "203.0.113.0", "page": own["page"]}
    assert second["integrations"] == {"All": False, "X": True}


def test_the_clock_of_a_batch_is_corrected_and_what_was_said_is_kept(shop: Shop) -> None:
    shop.batch(message(timestamp="2026-11-22T10:00:00Z"), sentAt="2026-11-22T11:00:00Z")
    (event,) = shop.log.events
    assert event.occurred_at == NOW - 3_600_000_000
    said = json.loads(bytes(event.message))
    assert (said["timestamp"], said["sentAt"]) == ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z")


def test_a_missing_message_id_is_made_up(shop: Shop) -> None:
    shop.batch(message(messageId=None), message(messageId=""), message(messageId=17))
    first, second, third = (event.message_id for event in shop.log.events)
    assert len(first) == len(second) == 36
    assert first != second
    assert third == "17"


@pytest.mark.parametrize(
    ("envelope", "field"),
    [({"batch": {}}, "batch"), ({}, "batch"), ({"batch": [], "context": 5}, "context"), ([], ""),
     ({"batch": [], "sentAt": "now"}, "sentAt"), ({"batch": [{}] * 2501}, "batch")],
)  # fmt: skip
def test_a_wrong_envelope_is_refused_as_a_whole(shop: Shop, envelope: Any, field: str) -> None:
    response = shop.post("/v1/batch", envelope)
    assert response.status == 400
    assert response.json["errors"][0]["field"] == field
    assert len(shop.letters) == 1


def test_2500_events_are_taken(shop: Shop) -> None:
    items = [{"type": "page", "anonymousId": "a", "messageId": str(number)} for number in range(2500)]
    assert shop.batch(*items).json == {"success": True}
    assert len(shop.log.events) == 2500


def test_200_only_once_durable(shop: Shop) -> None:
    shop.log.fault = Overloaded("the inbox is full", 7)
    response = shop.post("/v1/track", message())
    assert (response.status, response.headers["retry-after"], response.json["code"]) == (503, "7", "overloaded")
    assert shop.collector.accepted == 0
    assert not shop.collector.ready()


def test_a_refusal_is_answered_only_once_its_dead_letter_is_durable(shop: Shop) -> None:
    shop.dead_letters.fault = Overloaded("full", 3)
    for response in (shop.post("/v1/track", message(properties=1)), shop.batch(message(), 5)):
        assert (response.status, response.headers["retry-after"]) == (503, "3")


def test_a_bug_is_a_500_in_the_error_shape_that_tells_nothing(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.log.fault = ZeroDivisionError("jo@example.com")
    response = shop.post("/v1/track", message())
    assert (response.status, response.json["code"]) == (500, "internal")
    assert "jo@example.com" not in response.body.decode() + caplog.text


def test_a_preflight_allows_what_is_asked_for(shop: Shop) -> None:
    asked = {"origin": "https://shop.example", "access-control-request-headers": "x-retry-count, rsa-1, anonymousid"}
    response = shop.request("OPTIONS", "/v1/t", headers=asked)
    assert response.status == 204
    assert response.headers["access-control-allow-headers"] == "x-retry-count, rsa-1, anonymousid"
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    assert "POST" in response.headers["access-control-allow-methods"]


@pytest.mark.parametrize("key", [WRITE_KEY, "wrong"])
def test_a_page_may_read_answers_and_refusals(shop: Shop, key: str) -> None:
    response = shop.post("/v1/track", message(), key, {"origin": "https://shop.example"})
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    assert "retry-after" in response.headers["access-control-expose-headers"].lower()


PAGE = "https://shop.example"
OTHER_PAGES = [
    "null", "https://evil.example", "https://shop.example.evil.example", "https://evilshop.example", "http://shop.example",
    "https://shop.example:8443", "https://shop.example/", "https://SHOP.example", "https://shop.example, https://evil.example",
    "", "*",
]  # fmt: skip


@pytest.fixture
def picky(shop: Shop) -> Shop:
    """A store that names the pages that may send."""
    shop.keys.callers[WRITE_KEY] = Caller("shop", KeyClass.WRITE, frozenset({PAGE}))
    return shop


def test_a_store_may_say_which_pages_send(picky: Shop) -> None:
    assert picky.post("/v1/track", message(), headers={"origin": PAGE}).status == 200
    assert picky.post("/v1/track", message()).status == 200, "what is no page names no origin"


@pytest.mark.parametrize("origin", OTHER_PAGES)
def test_no_other_page_sends_or_learns_how_to(picky: Shop, origin: str) -> None:
    headers = {"origin": origin}
    batch = {"batch": [message()], "writeKey": WRITE_KEY}
    answers = [
        picky.post("/v1/track", message(), headers=headers),
        picky.post("/v1/batch", batch, None, headers=headers),
        picky.post("/v1/track", b"nonsense", headers=headers),
        picky.post("/beacon/v1/batch", batch, None, query=f"writeKey={WRITE_KEY}", headers=headers),
        picky.request("OPTIONS", "/beacon/v1/batch", query=f"writeKey={WRITE_KEY}", headers=headers),
        picky.request("OPTIONS", "/mp/collect", query=f"api_secret={WRITE_KEY}", headers=headers),
        picky.request("GET", f"/v1/projects/{WRITE_KEY}/settings", headers=headers),
        picky.request("OPTIONS", f"/v1/projects/{WRITE_KEY}/settings", headers=headers),
        picky.request("GET", "/sourceConfig/", query=f"writeKey={WRITE_KEY}", headers=headers),
    ]
    assert [(one.status, one.json["code"]) for one in answers] == [(403, "origin_not_allowed")] * len(answers)
    assert (picky.log.events, picky.letters) == ([], [])


def test_a_preflight_of_a_page_that_may_send_is_allowed(picky: Shop) -> None:
    for path, query in (("/v1/t", ""), ("/beacon/v1/batch", f"writeKey={WRITE_KEY}")):
        response = picky.request("OPTIONS", path, query=query, headers={"origin": PAGE})
        assert (response.status, response.headers["access-control-allow-origin"]) == (204, PAGE)


def test_the_browser_sdk_finds_its_settings(shop: Shop) -> None:
    response = shop.request("GET", f"/v1/projects/{WRITE_KEY}/settings", headers={"host": "c.example:8080"})
    settings = response.json["integrations"]["Segment.io"]
    assert settings == {"apiKey": WRITE_KEY, "apiHost": "c.example:8080/v1", "protocol": "http"}
    secure = shop.request("GET", f"/v1/projects/{WRITE_KEY}/settings", headers={"origin": "https://shop.example"})
    assert secure.json["integrations"]["Segment.io"]["protocol"] == "https"
    assert shop.request("GET", "/v1/projects/wrong/settings").status == 401
    assert shop.request("GET", f"/v1/projects/{SERVER_KEY}/settings").status == 401


def test_client_metrics_and_health_are_answered(shop: Shop) -> None:
    assert shop.post("/v1/m", {"series": []}, None).status == 200
    assert shop.request("GET", "/healthz").json == {"status": "ok"}
    assert shop.request("HEAD", "/healthz").body == b""


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/purchase", "/v1/track/", "/v2/track", "/v1/projects/a/b"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE"])
def test_an_unknown_route_is_404(shop: Shop, path: str, method: str) -> None:
    assert shop.request(method, path).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/v1/m", "/beacon/v1/batch"])
def test_a_wrong_method_is_405(shop: Shop, path: str, method: str) -> None:
    response = shop.request(method, path)
    assert response.status == 405
    assert "POST" in response.headers["allow"]


def test_a_stream_is_named_by_the_event_and_the_store_by_the_key(shop: Shop) -> None:
    shop.post("/v1/identify", message("identify", userId=42, store="other"), SERVER_KEY)
    (event,) = shop.log.events
    assert (event.store, event.key_class) == ("shop", KeyClass.SERVER)
    assert event.stream == (StreamKind.USER, "42")
    assert event.claims == ((StreamKind.ANONYMOUS, "a-1"),)


def test_rudderstacks_browser_sdk_finds_its_source(shop: Shop) -> None:
    for path in ("/sourceConfig", "/sourceConfig/"):
        response = shop.request("GET", path, query=f"p=npm&v=3&writeKey={WRITE_KEY}")
        source = response.json["source"]
        assert (source["writeKey"], source["enabled"], source["destinations"]) == (WRITE_KEY, True, [])
        assert (response.status, source["config"]) == (200, {})
        assert shop.request("GET", path).status == 401
        assert shop.request("GET", path, query=f"writeKey={SERVER_KEY}").status == 401
