from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.redaction import redact, redact_url, truncate_ip
from tests.builders import message


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        (" 203.0.113.77 ", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("203.0.113.77, 10.0.0.1", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_address_is_kept_as_its_network(said: str, kept: str | None) -> None:
    assert truncate_ip(said) == kept


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
    redact(said, None)
    kept = {"url": KEPT, "search": "?q=x", "referrer": KEPT, "title": "a?b"}
    assert said["context"] == {"page": kept, "referrer": {"url": KEPT}, "ip": "1.2.3.0"}
    assert said["properties"] == kept


def test_the_connection_stands_in_where_no_address_is_said() -> None:
    for context in (None, {}, {"ip": None}, {"ip": ""}):
        said = message(context=context)
        redact(said, "203.0.113.0")
        assert said["context"] == {"ip": "203.0.113.0"}


def test_what_is_no_address_is_not_kept() -> None:
    said = message(context={"ip": "jo@b.de"})
    redact(said, "203.0.113.0")
    assert said["context"] == {}


@pytest.mark.parametrize("properties", [1, True, "url", ["url"], [{}]])
def test_what_stands_where_properties_are_not_checked_is_left_as_it_is(properties: Any) -> None:
    said = message("identify", properties=properties)
    redact(said, None)
    assert said["properties"] == properties


def test_nothing_is_added_where_nothing_is_known() -> None:
    said = message()
    redact(said, None)
    assert said == message()
