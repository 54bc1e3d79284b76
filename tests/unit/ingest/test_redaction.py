from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.addresses import NOWHERE, Addresses, Origin
from ingest.redaction import ALLOWED_PARAMETERS, redact, redact_url
from tests.builders import message

CONNECTION = Origin("203.0.113.0")


def redacted(said: dict[str, Any], connection: Origin = NOWHERE, addresses: Addresses | None = None) -> dict[str, Any]:
    redact(said, connection, addresses or Addresses(), ALLOWED_PARAMETERS)
    return said


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://shop.example/p/1", "https://shop.example/p/1"),
        ("https://shop.example/?utm_source=x&email=jo%40b.de&GCLID=1", "https://shop.example/?utm_source=x&GCLID=1"),
        ("https://shop.example/?token=secret", "https://shop.example/"),
        ("https://shop.example/?q=jo@b.de&page=2", "https://shop.example/?page=2"),
        ("https://jo:pw@shop.example/a@b?x=1", "https://shop.example/a@b"),
        ("//jo@shop.example/", "//shop.example/"),
        ("?q=shoes&session=1", "?q=shoes"),
        ("/search?q=shoes;sid=1#results", "/search?q=shoes#results"),
        ("https://shop.example/#access_token=abc&state=1", "https://shop.example/"),
        ("https://shop.example/#/list?page=2&sid=1", "https://shop.example/#/list?page=2"),
        ("https://shop.example/#eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi", "https://shop.example/"),
    ],
)
def test_a_url_keeps_what_is_allowed(said: str, kept: str) -> None:
    assert redact_url(said) == kept


@given(st.text(alphabet="ab/?#&=;@:.%40", max_size=40))
def test_redacting_twice_changes_nothing_more(url: str) -> None:
    once = redact_url(url)
    assert redact_url(once) == once


URL, KEPT = "https://shop.example/?sid=1&q=x", "https://shop.example/?q=x"


def test_every_place_of_a_url_is_redacted() -> None:
    urls: dict[str, Any] = {"url": URL, "search": "?sid=1&q=x", "referrer": URL, "title": "a?b"}
    said = message(context={"page": dict(urls), "referrer": {"url": URL}, "ip": "1.2.3.4"}, properties=dict(urls))
    redacted(said)
    kept = {"url": KEPT, "search": "?q=x", "referrer": KEPT, "title": "a?b"}
    assert said["context"] == {"page": kept, "referrer": {"url": KEPT}, "ip": "1.2.3.0"}
    assert said["properties"] == kept


def test_the_connection_stands_in_where_no_address_is_said() -> None:
    for context in (None, {}, {"ip": None}, {"ip": ""}):
        said = message(context=context)
        redacted(said, CONNECTION)
        assert said["context"] == {"ip": "203.0.113.0"}


def test_what_is_no_address_is_not_kept() -> None:
    said = message(context={"ip": "jo@b.de"})
    redacted(said, CONNECTION)
    assert said["context"] == {}


@pytest.mark.parametrize("properties", [1, True, "url", ["url"], [{}]])
def test_what_stands_where_properties_are_not_checked_is_left_as_it_is(properties: Any) -> None:
    said = message("identify", properties=properties)
    assert redacted(said)["properties"] == properties


def test_nothing_is_added_where_nothing_is_known() -> None:
    assert redacted(message()) == message()


BERLIN = {"country": "DE", "region": "Land Berlin", "city": "Berlin"}
TOLD = Origin("203.0.113.0", BERLIN, automated=True)


class Berlin:
    """Every address is in Berlin."""

    def edition(self) -> object:
        return BERLIN

    def place(self, ip: str) -> dict[str, str]:
        return BERLIN


def test_what_the_connection_told_is_kept_with_the_message() -> None:
    contexts: list[dict[str, Any] | None] = [None, {}, {"location": {}}]
    for context in contexts:
        kept = redacted(message(context=context), TOLD)["context"]
        assert kept == {"ip": "203.0.113.0", "location": BERLIN, "network": {"automated": True}}


def test_an_address_that_is_said_tells_and_not_the_connections() -> None:
    elsewhere = Origin("198.51.100.0", {"country": "FR"}, automated=True)
    kept = redacted(message(context={"ip": "203.0.113.7"}), elsewhere, Addresses(places=Berlin()))["context"]
    assert kept == {"ip": "203.0.113.0", "location": BERLIN}


def test_a_place_that_the_sender_says_stands() -> None:
    kept = redacted(message(context={"location": {"country": "FR"}, "network": {"wifi": True}}), TOLD)["context"]
    assert kept["location"] == {"country": "FR"}
    assert kept["network"] == {"wifi": True, "automated": True}


def test_a_dropped_address_tells_its_place_and_is_gone() -> None:
    addresses = Addresses(dropped=True, places=Berlin())
    assert redacted(message(context={"ip": "203.0.113.7"}), NOWHERE, addresses)["context"] == {"location": BERLIN}
    assert redacted(message(), addresses.origin("203.0.113.7"))["context"] == {"location": BERLIN}


def test_what_is_kept_of_one_message_is_no_others() -> None:
    first, second = redacted(message(), TOLD), redacted(message(), TOLD)
    first["context"]["location"]["city"] = "Paris"
    assert second["context"]["location"] == BERLIN
