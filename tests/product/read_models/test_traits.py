"""Traits, newsletters, consent (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

import pytest

from tests.product.read_models.shop import Store

pytestmark = pytest.mark.product


def test_the_last_value_of_each_trait_wins_whenever_it_arrives(store: Store) -> None:
    store.say("identify", 3, user="ada", traits={"plan": "gold"})
    store.say("identify", 1, user="ada", traits={"plan": "tin", "city": "Bonn", "vip": True, "score": 1.5})
    store.say("page", 2, user="ada", context={"traits": {"city": "Köln", "address": {"zip": "50667"}}})
    assert store.user("ada")["traits"] == {
        "plan": "gold", "city": "Köln", "vip": True, "score": 1.5, "address": {"zip": "50667"},
    }  # fmt: skip


def test_null_removes_a_trait_until_it_is_said_again(store: Store) -> None:
    store.say("identify", 1, user="ada", traits={"plan": "gold", "city": "Bonn"})
    store.say("identify", 2, user="ada", traits={"plan": None, "city": None})
    store.say("identify", 3, user="ada", traits={"city": "Köln"})
    assert store.user("ada")["traits"] == {"city": "Köln"}


def test_reserved_names_are_one_in_both_spellings_and_make_a_name(store: Store) -> None:
    store.say("identify", 1, user="ada", traits={"first_name": "Eva", "lastName": "Winter"})
    store.say("identify", 2, user="ada", traits={"firstName": "Ada"})
    assert store.user("ada")["traits"] == {"firstName": "Ada", "lastName": "Winter", "name": "Ada Winter"}


def test_newsletters_are_the_lists_whose_last_fact_is_a_subscription(store: Store) -> None:
    store.say("Newsletter Subscribed", 1, user="ada")
    store.say("Newsletter Subscribed", 5, user="ada", list="tea")
    store.say("Newsletter Unsubscribed", 4, user="ada", list="tea")
    store.say("Newsletter Subscribed", 2, user="ada", list="cups")
    store.say("Newsletter Unsubscribed", 3, user="ada", list="cups")
    assert store.user("ada")["newsletters"] == ["default", "tea"]


def test_consent_is_the_last_word_on_each_purpose(store: Store) -> None:
    store.say("Consent Given", 3, user="ada", purposes=["ads", "stats"])
    store.say("Consent Withdrawn", 4, user="ada", purposes=["stats"])
    context = {"consent": {"categoryPreferences": {"ads": False, "chat": True, "stats": True}}}
    store.say("page", 2, user="ada", context=context)
    assert store.user("ada")["consent"] == {"ads": True, "chat": True, "stats": False}
