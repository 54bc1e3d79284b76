"""Admission of the oracle against cases computed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.oracle import Stream, refusal
from tests.oracle.admission import fact_key, occurred_at
from tests.oracle.reading import email_address, identifier, phone_number
from tests.oracle.stories import Story, at


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "0",
        "0000",
        "-",
        "---",
        "00000000-0000-0000-0000-000000000000",
        "-1",
        "NULL",
        " undefined ",
        "Anonymous",
    ],
)
def test_literals_that_name_nobody_are_no_ids(value: object) -> None:
    assert identifier(value) is None


def test_numbers_count_as_their_decimal_text() -> None:
    assert identifier(42) == identifier("42") == "42"
    assert identifier(0) is None


def test_addresses_are_compared_in_one_form() -> None:
    assert email_address(" Ada@Example.COM ") == "ada@example.com"
    assert phone_number("+49 (30) 123-45") == "+493012345"
    assert phone_number("030 12345") == "03012345"
    assert phone_number("none") is None


def test_an_event_goes_to_the_user_then_the_anonymous_id_then_the_address() -> None:
    story = Story()
    assert fact_key(story.page(0, user="u", anonymous="a")).stream == Stream("user", "u")
    assert fact_key(story.page(0, user="null", anonymous="a")).stream == Stream("anonymous", "a")
    bought = story.track("Order Completed", 0, {"email": "E@x.de", "phone": "1"}, key="server")
    assert fact_key(bought).stream == Stream("email", "e@x.de")


def test_an_address_names_nobody_by_write_key() -> None:
    assert refusal(Story().track("Order Completed", 0, {"email": "e@x.de"})) == "no_id"


def test_back_office_events_are_refused_by_write_key_only() -> None:
    story = Story()
    assert refusal(story.track("Order Refunded", 0, user="u")) == "back_office"
    assert refusal(story.track("Order Refunded", 0, user="u", key="server")) is None


def test_what_is_older_than_30_days_is_refused_by_write_key_only() -> None:
    story, month = Story(), 30 * 24 * 60
    assert refusal(story.page(-month, user="u")) == "back_dated"
    assert refusal(story.page(-month, user="u", key="server")) is None
    assert refusal(story.page(-month, user="u", received_at=at(0))) is None


def test_a_clock_that_agrees_within_a_minute_is_believed() -> None:
    delivery = Story().page(0, user="u", sent_at=at(1), received_at=at(2))
    assert occurred_at(delivery) == at(0)


def test_a_clock_that_is_off_is_corrected_by_the_whole_difference() -> None:
    delivery = Story().page(0, user="u", sent_at=at(1), received_at=at(2) + timedelta(microseconds=1))
    assert occurred_at(delivery) == at(1) + timedelta(microseconds=1)


def test_the_future_becomes_the_moment_of_receipt() -> None:
    delivery = Story().page(10, user="u", received_at=at(5))
    assert occurred_at(delivery) == at(5)


def test_of_differing_copies_the_first_recorded_stands() -> None:
    story = Story()
    story.track("Product Viewed", 0, {"product_id": "1"}, user="u", message_id="m")
    story.track("Product Viewed", 0, {"product_id": "2"}, user="u", message_id="m")
    story.track("Product Viewed", 0, {"product_id": "3"}, user="u", message_id="m", key="server")
    story.track("Product Viewed", 0, {"product_id": "4"}, user="other", message_id="m")
    assert [fact.properties["product_id"] for fact in story.oracle.facts] == ["1", "3", "4"]


def test_an_older_name_is_read_as_the_newer_one() -> None:
    story = Story()
    story.track("Completed Order", 0, user="u")
    assert story.oracle.facts[0].name == "Order Completed"


YES = {"consent": {"categoryPreferences": {"analytics": True}}}
GPC = {"consent": {"categoryPreferences": {"analytics": True}, "gpc": True}}


@pytest.mark.parametrize(
    ("event", "context", "required", "stream"),
    [
        ("Product Viewed", {}, "no_consent", Stream("store", "")),
        ("Product Viewed", GPC, "no_consent", Stream("store", "")),
        ("Product Viewed", YES, None, Stream("user", "ada")),
        ("Order Completed", {}, None, Stream("user", "ada")),
        ("Consent Withdrawn", {}, None, Stream("user", "ada")),
    ],
)
def test_without_consent_is_refused_or_nobodys_as_the_store_chose(
    event: str, context: dict[str, object], required: str | None, stream: Stream
) -> None:
    said = Story().track(event, 0, user="ada", context=context)
    assert fact_key(said).stream == Stream("user", "ada"), "by default all is recorded"
    assert refusal(replace(said, choice="required")) == required
    assert fact_key(replace(said, choice="anonymous")).stream == stream
