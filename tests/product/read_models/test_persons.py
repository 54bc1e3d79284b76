"""Persons (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

import pytest

from tests.product.read_models.shop import GOOGLEBOT, Store, at

pytestmark = pytest.mark.product


def test_a_claimed_visitor_disappears_and_its_history_is_the_users(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    assert store.live_rows() == {store.stream("anonymous", "a-1")}
    store.say("identify", 2, user="ada", anonymous="a-1", traits={"plan": "gold"})
    assert store.live_rows() == store.live_rows("sessions") == {store.stream("user", "ada")}
    profile = store.visitor("a-1")
    assert profile == store.user("ada")
    assert profile is not None
    assert (profile["events"], profile["anonymous_ids"], profile["user_ids"]) == (2, ["a-1"], ["ada"])
    assert profile["first_seen"] == at(1)


def test_a_retracted_claim_brings_the_visitor_back(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    claim = store.say("identify", 2, user="ada", anonymous="a-1")
    store.say("page", 3, user="ada")
    store.say("Event Retracted", 4, user="ada", event_id=claim.event_id)
    assert store.live_rows() == {store.stream("user", "ada"), store.stream("anonymous", "a-1")}
    visitor, user = store.visitor("a-1"), store.user("ada")
    assert visitor is not None
    assert (visitor["events"], visitor["customer_id"]) == (1, store.stream("anonymous", "a-1"))
    assert (user["events"], user["anonymous_ids"]) == (1, [])


def test_the_first_claim_wins_and_others_link_nothing(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, user="ada", anonymous="a-1")
    store.say("page", 3, user="eve", anonymous="a-1")
    assert store.user("ada")["anonymous_ids"] == ["a-1"]
    assert store.user("eve")["anonymous_ids"] == []
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (2, 1)


def test_an_earlier_claim_that_comes_late_moves_the_ownership(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.settle()
    store.say("page", 3, user="eve", anonymous="a-1")
    assert store.user("eve")["events"] == 2
    store.say("page", 2, user="ada", anonymous="a-1")
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (2, 1)
    assert store.user("eve")["anonymous_ids"] == []


def test_when_the_first_claim_is_retracted_the_next_one_holds(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, user="ada", anonymous="a-1", message_id="first")
    store.say("page", 3, user="eve", anonymous="a-1")
    store.take_back("first", 4)
    assert store.user("eve")["events"] == 2
    assert store.profile(store.stream("user", "ada")) is None


def test_an_alias_claims_the_id_before(store: Store) -> None:
    store.say("page", 1, anonymous="before")
    store.say("alias", 2, user="ada", previous="before")
    assert store.user("ada")["anonymous_ids"] == ["before"]
    assert store.user("ada")["events"] == 2


def test_a_claimed_stream_without_facts_finds_its_owner(store: Store) -> None:
    store.say("page", 1, user="ada", anonymous="never-seen")
    found = store.visitor("never-seen")
    assert found is not None
    assert (found["user_ids"], found["anonymous_ids"]) == (["ada"], ["never-seen"])


def test_an_address_belongs_to_the_first_who_names_it_by_server_key(store: Store) -> None:
    address_ = {"email": "Ada@Example.com "}
    store.say("Email Opened", 1, context={"traits": address_})
    store.say("identify", 2, user="eve", traits=address_)
    assert store.user("eve")["events"] == 2
    store.say("identify", 3, user="ada", traits=address_, server=True)
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (2, 1)
    store.say("identify", 2.5, user="mia", traits=address_, server=True)
    assert (store.user("mia")["events"], store.user("ada")["events"], store.user("eve")["events"]) == (2, 1, 1)


def test_bots_and_their_claims_are_in_no_answer(store: Store) -> None:
    bot = {"userAgent": GOOGLEBOT}
    store.say("page", 1, anonymous="a-1", context=bot)
    assert store.visitor("a-1") is None
    assert store.live_rows() == set()
    store.say("page", 2, anonymous="a-1")
    store.say("page", 3, user="ada", anonymous="a-1", context=bot)
    visitor = store.visitor("a-1")
    assert visitor is not None
    assert (visitor["events"], visitor["user_ids"]) == (1, [])
    store.say("page", 4, user="ada", server=True, context=bot)
    assert store.user("ada")["events"] == 1


def test_facts_of_the_store_are_nobodys(store: Store) -> None:
    store.say("Product Updated", 1, server=True, product_id="p")
    assert store.live_rows() == set()
