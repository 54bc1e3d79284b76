"""Rules by the real SQL: versions, what-if, and that of two refreshes the one by the newer rules stands."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from projections.clickhouse_connection import QueryTooSlow
from projections.comparing import FIELDS, compare
from projections.rebuild import Rebuild
from projections.refresh import LIVE, READ_MODELS
from projections.standing import put_standing
from query_api.reading import PROFILES
from schemas.rules import Rules
from tests.product.read_models.random_shop import fill
from tests.product.read_models.shop import Analyst, Json, Store, at
from tests.product.read_models.test_tables import NothingMore

pytestmark = pytest.mark.product

MINUTE = {"session_timeout_seconds": 60}
HOUR = {"session_timeout_seconds": 3600}
LIMITS = {
    "most_anonymous_ids": 10_000,
    "most_users_of_an_address": 5,
    "bot_activities_in_minute": 200,
    "bot_activities_in_hour": 2_000,
}


def two_visits(store: Store, user: str = "ada") -> None:
    store.say("page", 0, user=user)
    store.say("page", 40, user=user)


def test_rules_change_all_of_history_and_known_at_chooses_their_version(store: Store) -> None:
    two_visits(store)
    assert store.user("ada")["sessions"] == 2
    store.say("Rules Changed", 50, rules=HOUR, recorded=50)
    assert store.user("ada")["sessions"] == 1
    assert store.user("ada", as_of=45)["sessions"] == 1
    assert store.user("ada", known_at=49)["sessions"] == 2


def test_changes_add_up_in_the_order_of_facts_whatever_the_order_of_arrival(store: Store) -> None:
    two_visits(store)
    store.say("Rules Changed", 9, rules={"session_timeout_seconds": None}, reason="back")
    store.settle()
    store.say("Rules Changed", 8, rules=HOUR)
    assert store.user("ada")["sessions"] == 2
    store.say("Rules Changed", 10, rules=HOUR)
    assert store.user("ada")["sessions"] == 1


def test_the_rules_of_one_store_are_none_of_anothers(store: Store) -> None:
    other = Store(store.warehouse, f"{store.name}, another")
    for one in (store, other):
        two_visits(one)
    other.say("Rules Changed", 50, rules=HOUR)
    assert (store.user("ada")["sessions"], other.user("ada")["sessions"]) == (2, 1)


def test_a_change_works_out_everybody_anew_and_nothing_is_left_to_a_rebuild(store: Store) -> None:
    fill(store, 5, 40)
    store.settle()
    store.say("Rules Changed", 800, rules=MINUTE)
    store.settle()
    still = NothingMore()
    for verdict in Rebuild(store.warehouse, store.upkeep, [still], still, nullcontext).verify(
        READ_MODELS, [store.name], lambda *_: None
    ):
        assert [one for one in verdict.differences if one.store == store.name] == []


def test_a_refresh_by_older_rules_never_stands_before_one_by_newer(store: Store) -> None:
    two_visits(store)
    store.settle()
    before = store.rules.perspective(store.name)
    slow = store.scope.around(before, [store.stream("user", "ada")])
    store.say("Rules Changed", 50, rules=HOUR)
    store.settle()
    store.refresh.write(before, slow, LIVE)
    assert store.user("ada")["sessions"] == 1


def test_limits_of_identity_are_rules_too(store: Store) -> None:
    """A blocked id makes a component smaller: its rows stand all the same."""
    for number in range(4):
        store.say("page", number, user="guest-7", anonymous=f"a-{number}")
        store.say("page", number, anonymous=f"a-{number}")
    assert store.user("guest-7")["events"] == 8
    store.say("Rules Changed", 9, rules={"blocked_ids": ["guest-7"]}, recorded=500)
    assert store.user("guest-7")["events"] == 4
    assert [(store.visitor(f"a-{number}") or {})["events"] for number in range(4)] == [1] * 4
    assert store.user("guest-7", known_at=499)["events"] == 8
    store.say("Rules Changed", 10, rules={"blocked_ids": None, "most_anonymous_ids": 2})
    assert store.user("guest-7")["events"] == 6


def test_a_repeated_change_changes_nothing(store: Store) -> None:
    two_visits(store)
    store.say("Rules Changed", 50, rules=HOUR)
    store.settle()
    before = store.rules.perspective(store.name)
    store.insert(*store.recorded)
    assert store.rules.perspective(store.name) == before


def what_if(analyst: Analyst, rules: Json, **asked: Any) -> Json:
    limit = {"limit": asked.pop("limit")} if "limit" in asked else {}
    response = analyst.ask("POST", "/rules/compare", json={"rules": rules, **limit}, params=asked)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def test_what_if_says_who_would_differ_and_how_and_changes_nothing(store: Store) -> None:
    two_visits(store)
    store.say("page", 0, user="eve")
    store.settle()
    answer = what_if(Analyst(store), HOUR)
    assert answer == {
        "before": {"version": 0, "session_timeout_seconds": 1800.0, **LIMITS},
        "after": {"version": None, "session_timeout_seconds": 3600.0, **LIMITS},
        "customers": 2,
        "differ": 1,
        "fields": {"journey": 1, "sessions": 1},
        "items": [
            {
                "customer_id": store.stream("user", "ada"),
                "fields": ["sessions", "journey"],
                "before": {"sessions": 2},
                "after": {"sessions": 1},
            }
        ],
    }
    assert store.user("ada")["sessions"] == 2
    assert what_if(Analyst(store), HOUR, as_of=at(30))["differ"] == 0
    assert what_if(Analyst(store), HOUR, limit=0)["items"] == []


def test_what_if_is_what_becomes_of_the_customers_when_the_rules_are_set(store: Store) -> None:
    fill(store, 6, 50)
    store.settle()
    analyst = Analyst(store)
    foretold = what_if(analyst, MINUTE, limit=1000)
    before = {one["customer_id"]: one for one in analyst.ask("GET", "/customers").json()["items"]}
    profiles = {one: analyst.ask("GET", f"/customers/{one}").json() for one in before}
    store.say("Rules Changed", 800, rules=MINUTE)
    store.settle()
    after = {one: analyst.ask("GET", f"/customers/{one}").json() for one in before}
    differing = {one for one in before if profiles[one] != after[one]}
    told = {item["customer_id"]: item for item in foretold["items"]}
    assert differing == {one for one, item in told.items() if item["fields"] != ["journey"]}
    for one in differing:
        changed = {field for field in FIELDS if field != "journey" and profiles[one][field] != after[one][field]}
        assert changed == set(told[one]["fields"]) - {"journey"}
        assert told[one]["after"] == {field: after[one][field] for field in told[one]["after"]}
    assert what_if(analyst, {})["differ"] == 0


def test_what_if_tells_whom_other_limits_would_part(store: Store) -> None:
    for number in range(3):
        store.say("page", number, user="ada", anonymous=f"a-{number}")
        store.say("page", number, anonymous=f"a-{number}")
    store.say("page", 9, user="eve", anonymous="a-9")
    store.settle()
    analyst = Analyst(store)
    answer = what_if(analyst, {"most_anonymous_ids": 2})
    ada, parted = store.stream("user", "ada"), store.stream("anonymous", "a-2")
    assert (answer["customers"], answer["differ"]) == (3, 2)
    told = {item["customer_id"]: item for item in answer["items"]}
    assert (told[ada]["before"]["events"], told[ada]["after"]["events"]) == (6, 5)
    assert (told[parted]["before"], told[parted]["after"]["events"]) == (None, 1)
    assert what_if(analyst, {"session_timeout_seconds": 60, "most_anonymous_ids": 2}, as_of=at(1))["differ"] == 0


def test_a_list_and_a_comparison_are_given_up_where_they_take_too_long(store: Store) -> None:
    two_visits(store)
    store.settle()
    perspective = store.rules.perspective(store.name, as_of=0)
    with pytest.raises(QueryTooSlow), store.warehouse.session(1e-9) as session:
        put_standing(session, store.scope, perspective, [PROFILES])
    with pytest.raises(QueryTooSlow):
        compare(store.warehouse, store.scope, perspective, perspective, live=False, seconds=1e-9)


def test_the_versions_are_listed_with_what_they_say_and_why(store: Store) -> None:
    first = store.say("Rules Changed", 1, rules=HOUR, reason="slow readers", recorded=5)
    store.say("Rules Changed", 2, rules={"session_timeout_seconds": None}, recorded=9)
    analyst = Analyst(store)
    answer = analyst.ask("GET", "/rules").json()
    assert answer["rules"] == {"version": 2, **Rules().model_dump(mode="json")}
    assert [one["rules"]["session_timeout_seconds"] for one in answer["versions"]] == [1800.0, 3600.0, 1800.0]
    assert answer["versions"][1] == {
        "version": 1,
        "rules": Rules(session_timeout_seconds=3600).model_dump(mode="json"),
        "event_id": first.event_id,
        "occurred_at": at(1),
        "recorded_at": at(5),
        "reason": "slow readers",
    }
    then = analyst.ask("GET", "/rules", params={"known_at": at(6)}).json()
    assert (then["rules"]["version"], len(then["versions"])) == (1, 2)


def test_questions_follow_the_rules_of_then_and_say_which(store: Store) -> None:
    two_visits(store)
    store.say("Rules Changed", 50, rules=HOUR, recorded=50)
    analyst = Analyst(store)
    steps, scope = ["page"], "session"
    assert analyst.funnel(*steps, scope=scope)["rules"]["version"] == 1
    assert analyst.counts(*steps, scope=scope) == [1]
    assert analyst.counts(*steps, scope=scope, known_at=at(49)) == [2]


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"session_timeout_seconds": 0}, "rules.session_timeout_seconds"),
        ({"session_timeout_seconds": True}, "rules.session_timeout_seconds"),
        ({"sesion_timeout": 5}, "rules.sesion_timeout"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_their_field(store: Store, rules: Json, field: str) -> None:
    response = Analyst(store).ask("POST", "/rules/compare", json={"rules": rules})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


def test_only_the_owner_may_change_rules(store: Store) -> None:
    response = Analyst(store).ask("POST", "/rules", json={"rules": HOUR})
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
