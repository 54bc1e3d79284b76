"""The history of a customer's consent by the real SQL: changes only, in the order of facts, as of any time."""

from __future__ import annotations

import pytest

from tests.product.read_models.shop import Analyst, Json, Store, at

pytestmark = pytest.mark.product


def said(purpose: str, *, given: bool) -> Json:
    return {"consent": {"categoryPreferences": {purpose: given}}}


def history(analyst: Analyst, stream: str, **params: str | int | None) -> list[tuple[str, bool, str]]:
    answer = analyst.ask("GET", f"/customers/{stream}/consent", params={k: v for k, v in params.items() if v}).json()
    return [(one["purpose"], one["given"], one["source"]) for one in answer["items"]]


def test_each_change_is_told_once_whatever_order_facts_arrive_in(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    store.say("page", 9, user="ada", context=said("ads", given=False))
    store.say("page", 8, user="ada", context=said("ads", given=False))
    store.say("Consent Withdrawn", 7, user="ada", purposes=["stats"])
    store.say("page", 5, user="ada", context=said("ads", given=True))
    fact = store.say("Consent Given", 4, user="ada", purposes=["ads", "stats"], policy_version="2")
    expected = [
        ("ads", True, "Consent Given"),
        ("stats", True, "Consent Given"),
        ("stats", False, "Consent Withdrawn"),
        ("ads", False, "page"),
    ]
    assert history(analyst, fact.stream) == expected
    assert history(analyst, fact.stream, as_of=at(7)) == expected[:3]
    first = analyst.ask("GET", f"/customers/{fact.stream}/consent").json()["items"][0]
    assert (first["event_id"], first["policy_version"], first["by"]) == (fact.event_id, "2", "write key")
    standing = {purpose: given for purpose, given, _ in expected}
    assert store.user("ada")["consent"] == standing


def test_the_history_goes_on_page_by_page_also_within_one_fact(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    purposes = ["ads", "größe", "stats"]
    fact = store.say("Consent Given", 1, user="ada", purposes=purposes)
    found, cursor = [], ""
    while cursor is not None:
        asked = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = analyst.ask("GET", f"/customers/{fact.stream}/consent", params=asked).json()
        found += [one["purpose"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert found == purposes


def test_a_cursor_of_another_list_is_refused(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    asked = {"cursor": "WzEsICJ4IiwgInp6Il0"}
    answer = analyst.ask("GET", f"/customers/{fact.stream}/consent", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
