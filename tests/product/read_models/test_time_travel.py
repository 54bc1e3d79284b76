"""Retraction and time travel (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

import pytest

from projections.left_out import MOST_TOLD
from tests.product.read_models.shop import Store

pytestmark = pytest.mark.product


def test_a_retraction_takes_back_facts_of_its_own_stream_only(store: Store) -> None:
    store.say("page", 1, user="ada", message_id="same")
    other = store.say("page", 1, user="eve", message_id="same")
    store.say("page", 2, user="ada")
    store.take_back("same", 3)
    store.say("Event Retracted", 4, user="ada", event_id=other.event_id)
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (1, 1)


def test_a_message_id_takes_back_what_both_classes_of_keys_said(store: Store) -> None:
    store.say("page", 1, user="ada", message_id="same")
    store.say("page", 2, user="ada", message_id="same", server=True)
    store.say("page", 3, user="ada")
    store.take_back("same", 0)
    assert store.user("ada")["events"] == 1


def test_a_retraction_cannot_be_retracted(store: Store) -> None:
    first = store.say("page", 1, user="ada")
    store.say("page", 2, user="ada")
    retraction = store.say("Event Retracted", 3, user="ada", event_id=first.event_id)
    store.say("Event Retracted", 4, user="ada", event_id=retraction.event_id)
    assert store.user("ada")["events"] == 1


def test_any_number_of_facts_can_be_taken_back(store: Store) -> None:
    """Of so many the views look them up instead of being told."""
    store.say("page", 1, user="ada", anonymous="a", message_id="claim")
    store.say("page", 2, user="ada")
    store.say("page", 3, anonymous="a")
    order = store.say("Order Completed", 4, user="ada", order_id="o", total="5.00")
    store.say("Event Retracted", 5, user="ada", event_id=order.event_id)
    store.take_back("claim", 6)
    for number in range(MOST_TOLD):
        store.take_back(f"never said {number}", 7)
    profile = store.user("ada")
    assert (profile["events"], profile["orders"]["count"], profile["anonymous_ids"]) == (1, 0, [])


@pytest.mark.parametrize("named", ["short", "x" * 33, "ä" * 16, "x" * 500, "'"])
def test_a_retraction_of_no_event_id_harms_nobody(store: Store, named: str) -> None:
    store.say("page", 1, user="ada")
    store.say("Event Retracted", 2, user="ada", event_id=named)
    assert store.user("ada")["events"] == 1


def test_a_retraction_acts_as_of_when_it_happened_and_was_known(store: Store) -> None:
    order = store.say("Order Completed", 1, user="ada", order_id="o", total="5.00", recorded=10)
    store.say("Event Retracted", 20, user="ada", event_id=order.event_id, recorded=30)
    store.say("page", 5, user="ada", recorded=12)
    assert store.user("ada")["orders"]["count"] == 0
    assert store.user("ada", as_of=19)["orders"]["count"] == 1
    assert store.user("ada", as_of=20)["orders"]["count"] == 0
    assert store.user("ada", known_at=29)["orders"]["count"] == 1
    assert store.user("ada", known_at=30)["orders"]["count"] == 0
    assert store.user("ada", as_of=20, known_at=29)["orders"]["count"] == 1


def test_as_of_and_known_at_see_only_what_there_was(store: Store) -> None:
    store.say("page", 10, user="ada", recorded=10)
    store.say("page", 5, user="ada", recorded=50)
    assert store.user("ada", as_of=10)["events"] == 2
    assert store.user("ada", as_of=9.9)["events"] == 1
    assert store.user("ada", known_at=49)["events"] == 1
    assert store.profile(store.stream("user", "ada"), as_of=4.9) is None
    assert store.profile(store.stream("user", "ada"), known_at=9) is None


def test_before_its_claim_a_visitor_is_somebody_by_itself(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 10, user="ada", anonymous="a-1")
    stream = store.stream("anonymous", "a-1")
    before, after = store.profile(stream, as_of=9), store.profile(stream, as_of=10)
    assert before is not None
    assert after is not None
    assert (before["customer_id"], before["events"]) == (stream, 1)
    assert (after["customer_id"], after["events"]) == (store.stream("user", "ada"), 2)
