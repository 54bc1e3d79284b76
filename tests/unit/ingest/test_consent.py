"""What a store records of those who did not consent: by what the event itself says, and never more than was chosen."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from ingest.admission import Arrival, Rules, admit
from ingest.consent import ConsentChoice
from ingest.kept_letters import KeptLetter
from ingest.ports import Caller, Overloaded
from ingest.readmission import readmit
from schemas.errors import InvalidEvent, Unconsented
from schemas.facts import AcceptedEvent
from schemas.streams import StreamKind
from tests.builders import NOW, SERVER, WRITE, message
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Shop

YES: dict[str, Any] = {"consent": {"categoryPreferences": {"analytics": True}}}
NO: dict[str, Any] = {"consent": {"categoryPreferences": {"analytics": False}}}
GPC: dict[str, Any] = {"consent": {"categoryPreferences": {"analytics": True}, "gpc": True}}
ANONYMOUS, REQUIRED = ConsentChoice.ANONYMOUS, ConsentChoice.REQUIRED


def taken(
    said: dict[str, Any], choice: ConsentChoice, caller: Caller = WRITE, *, refuses_all: bool = False
) -> AcceptedEvent:
    arrival = Arrival(caller._replace(consent=choice), NOW, refuses_all=refuses_all)
    return admit(said, None, arrival, Rules())


@pytest.mark.parametrize("context", [{}, NO, GPC, {"consent": {"categoryPreferences": {"analytics": "yes"}}}])
def test_silence_a_no_and_global_privacy_control_are_no_consent(context: dict[str, Any]) -> None:
    assert taken(message(context=context), ConsentChoice.RECORD).stream.kind is StreamKind.ANONYMOUS
    assert taken(message(context=context), ANONYMOUS).stream.kind is StreamKind.STORE
    with pytest.raises(Unconsented, match="no_consent"):
        taken(message(context=context), REQUIRED)


@pytest.mark.parametrize("choice", ConsentChoice)
def test_a_yes_is_recorded_whole_whatever_the_store_chose(choice: ConsentChoice) -> None:
    assert taken(message(context=YES), choice) == taken(message(context=YES), ConsentChoice.RECORD)


def test_the_header_of_global_privacy_control_is_a_no() -> None:
    assert taken(message(context=YES), ANONYMOUS, refuses_all=True).stream.kind is StreamKind.STORE


@pytest.mark.parametrize("name", ["Order Completed", "Consent Given", "Consent Withdrawn", "Newsletter Subscribed"])
def test_orders_and_what_somebody_asked_for_need_no_consent(name: str) -> None:
    properties = {"order_id": "1", "purposes": ["ads"], "email": "a@example.com"}
    said = message(event=name, properties=properties, context=NO)
    assert taken(said, REQUIRED).stream.kind is StreamKind.ANONYMOUS


def test_back_office_events_need_none_but_what_servers_say_of_browsing_does() -> None:
    assert taken(message(event="Order Shipped", properties={"order_id": "1"}), REQUIRED, SERVER).stream.id == "a-1"
    with pytest.raises(Unconsented):
        taken(message(), REQUIRED, SERVER)


SECRETS = ("ada-1", "visitor-1", "ada@", "Ada", "203.0.113", "utm_source", "Mozilla", "order-1", "cart-1", "+49")


@pytest.mark.parametrize("type_", ["page", "track", "identify", "group", "alias", "screen"])
@pytest.mark.parametrize("name", ["Product Viewed", "Cart Viewed", "My Form Sent"])
def test_no_identity_is_left_of_an_event_without_consent(type_: str, name: str) -> None:
    url = "https://ada@shop.example/tea?utm_source=ada@example.com#order-1"
    product = {"product_id": "assam", "price": 5, "cart_id": "cart-1"}
    said = message(
        type_,
        event=name,
        userId="ada-1",
        anonymousId="visitor-1",
        previousId="visitor-1",
        groupId="Ada",
        traits={"email": "ada@example.com", "name": "Ada", "phone": "+4915112345"},
        properties={**product, "order_id": "order-1", "email": "ada@example.com", "products": [product], "url": url},
        context={
            "ip": "203.0.113.7",
            "userAgent": "Mozilla",
            "page": {"url": url, "referrer": "https://x.example/ada%40example.com", "title": "Tea"},
            "campaign": {"source": "Ada"},
            "traits": {"email": "ada@example.com"},
        },
    )
    found = taken(said, ANONYMOUS)
    assert (found.stream.kind, found.claims, found.message_id) == (StreamKind.STORE, (), "m-1")
    text = bytes(found.message).decode()
    assert not [secret for secret in SECRETS if secret in text]
    page = json.loads(text)["context"]["page"]
    assert page == {"url": "https://shop.example/tea", "title": "Tea", "referrer": ""}


def test_products_and_pages_are_left() -> None:
    properties = {"product_id": "assam", "category": "tea", "price": 5, "form": {"name": "Ada"}}
    left = json.loads(bytes(taken(message(properties=properties), ANONYMOUS).message))
    assert left["properties"] == {"product_id": "assam", "category": "tea", "price": 5}


def test_of_a_custom_event_no_property_is_left() -> None:
    left = json.loads(bytes(taken(message(event="Form Sent", properties={"name": "Ada"}), ANONYMOUS).message))
    assert (left["event"], left["properties"]) == ("Form Sent", {})


def test_nothing_of_a_bad_event_without_consent_is_kept_either() -> None:
    with pytest.raises(Unconsented, match="no_id"):
        taken(message(anonymousId=None), ANONYMOUS)
    with pytest.raises(Unconsented, match="wrong_type"):
        taken(message(properties="?"), REQUIRED)
    with pytest.raises(InvalidEvent) as fault:
        taken(message(event="Order Completed", properties="?"), REQUIRED)
    assert not isinstance(fault.value, Unconsented)


def test_the_collector_refuses_counts_and_keeps_nothing() -> None:
    shop = Shop()
    shop.keys.callers[WRITE_KEY] = WRITE._replace(consent=REQUIRED)
    single = shop.post("/v1/track", message())
    batch = shop.batch(message(), message(context=YES), message(context=YES, anonymousId=None, messageId="bad"))
    assert (single.status, single.json["code"]) == (400, "no_consent")
    assert [(each["index"], each["code"]) for each in batch.json["refused"]] == [(0, "no_consent"), (2, "no_id")]
    assert [event.message_id for event in shop.log.events if not event.refused] == ["m-1"]
    assert [letter.code for letter in shop.letters] == ["no_id"]
    assert shop.collector.refused == {"no_consent": 2, "no_id": 1}


def test_what_counts_a_refused_event_is_the_same_for_its_copies_and_says_nothing_of_it() -> None:
    shop = Shop()
    shop.keys.callers[WRITE_KEY] = WRITE._replace(consent=REQUIRED)
    shop.post("/v1/track", message(messageId="Ada's"))
    shop.batch(message(messageId="Ada's"), message(messageId="Eve's"), message(properties="?", messageId="Ada's"))
    counts = shop.log.events
    assert {event.refused for event in counts} == {"consent"}
    assert [event.message_id == counts[0].message_id for event in counts] == [True, True, False, True]
    text = msgspec.json.encode(counts).decode()
    assert not [secret for secret in (*SECRETS, "Ada", "Eve", "Product") if secret in text]


def test_what_cannot_be_counted_is_not_answered() -> None:
    shop = Shop()
    shop.keys.callers[WRITE_KEY] = WRITE._replace(consent=REQUIRED)
    shop.log.fault = Overloaded("full")
    assert shop.post("/v1/track", message()).status == 503
    assert shop.batch(message()).status == 503
    assert shop.collector.refused == {}


@pytest.mark.parametrize(("key", "kind"), [(WRITE_KEY, StreamKind.STORE), (SERVER_KEY, StreamKind.ANONYMOUS)])
def test_the_header_counts_with_a_write_key_alone(key: str, kind: StreamKind) -> None:
    shop = Shop()
    shop.keys.callers = {key: caller._replace(consent=ANONYMOUS) for key, caller in shop.keys.callers.items()}
    shop.post("/v1/track", message(context=YES), key, {"sec-gpc": "1"})
    assert [event.stream.kind for event in shop.log.events] == [kind]


def test_a_replay_follows_what_the_store_chose_since() -> None:
    shop = Shop()
    shop.post("/v1/track", message(timestamp="2020-01-01T00:00:00Z"))
    (letter,) = shop.letters
    kept, rules = KeptLetter("1", letter, 1, 1), Rules(write_key_max_age=None)
    assert len(readmit(kept, rules).accepted) == 1
    assert readmit(kept, rules, REQUIRED).accepted == []
