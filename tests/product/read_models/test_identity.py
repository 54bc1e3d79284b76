"""Merges, splits and limits (docs/definitions.md, Persons) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from projections.clickhouse_connection import Warehouse
from query_api.reading import Reading, Times
from schemas.facts import Microseconds
from schemas.rules import Rules
from tests.builders import NOW
from tests.product.read_models.shop import MINUTE, Analyst, Recorded, Store, at

pytestmark = pytest.mark.product


def merged(store: Store, minute: float, user: str, recorded: float | None = None, **other: str) -> Recorded:
    return store.say("Customers Merged", minute, user=user, recorded=recorded, more=other)


def split(store: Store, minute: float, user: str, recorded: float | None = None, **other: str) -> Recorded:
    return store.say("Customers Split", minute, user=user, recorded=recorded, more=other)


def users_of(store: Store, user: str, **times: Microseconds) -> list[str]:
    store.settle()
    row = Reading(store.sources, store.name, Times(**times)).profile(store.stream("user", user))
    return row["user_ids"] if row else []


def minutes(minute: float) -> Microseconds:
    return NOW + round(minute * MINUTE)


def with_two_users(store: Store) -> None:
    store.say("page", 1, user="ada", anonymous="a-1")
    store.say("Order Completed", 2, user="ada", order_id="o-1", total="5")
    store.say("page", 3, user="eve", anonymous="a-2")
    store.say("Order Completed", 4, user="eve", order_id="o-2", total="7")


def test_two_merged_users_are_one_customer_that_every_id_finds(store: Store) -> None:
    with_two_users(store)
    merged(store, 5, "eve", user_id="ada")
    found = store.user("ada")
    assert found == store.user("eve") == store.visitor("a-1") == store.visitor("a-2")
    assert (found["user_ids"], found["anonymous_ids"]) == (["ada", "eve"], ["a-1", "a-2"])
    assert (found["events"], found["orders"]["revenue"]) == (4, {"EUR": "12.00"})
    assert found["customer_id"] == store.stream("user", "ada")
    assert store.live_rows() == store.live_rows("sessions") == {store.stream("user", "ada")}


def test_a_split_gives_both_exactly_what_each_had_and_what_came_after_goes_where_its_ids_say(store: Store) -> None:
    with_two_users(store)
    before = store.user("ada"), store.user("eve")
    merged(store, 5, "ada", user_id="eve")
    assert store.user("ada")["events"] == 4
    split(store, 6, "eve", user_id="ada")
    assert (store.user("ada"), store.user("eve")) == before
    merged(store, 7, "eve", user_id="ada")
    store.say("page", 8, user="eve")
    assert store.user("ada")["events"] == 5
    split(store, 9, "ada", user_id="eve")
    assert store.user("ada") == before[0]
    assert store.user("eve")["events"] == before[1]["events"] + 1


def test_a_split_in_the_middle_of_three_parts_them(store: Store) -> None:
    for number, user in enumerate(("ada", "eve", "mia", "zoe")):
        store.say("page", number, user=user)
    for one, other in (("ada", "eve"), ("eve", "mia"), ("mia", "zoe")):
        merged(store, 10, one, user_id=other)
    assert users_of(store, "zoe") == ["ada", "eve", "mia", "zoe"]
    split(store, 11, "mia", user_id="eve")
    assert users_of(store, "ada") == users_of(store, "eve") == ["ada", "eve"]
    assert users_of(store, "mia") == users_of(store, "zoe") == ["mia", "zoe"]
    assert store.live_rows() == {store.stream("user", "ada"), store.stream("user", "mia")}


def test_a_cycle_of_merges_holds_until_it_is_cut_twice(store: Store) -> None:
    for number, user in enumerate(("ada", "eve", "mia")):
        store.say("page", number, user=user)
    for one, other in (("ada", "eve"), ("eve", "mia"), ("mia", "ada")):
        merged(store, 10, one, user_id=other)
    assert users_of(store, "mia") == ["ada", "eve", "mia"]
    split(store, 11, "ada", user_id="eve")
    assert users_of(store, "eve") == ["ada", "eve", "mia"]
    split(store, 12, "eve", user_id="mia")
    assert users_of(store, "eve") == ["eve"]
    assert users_of(store, "ada") == ["ada", "mia"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_two_merges_and_a_split_end_alike_in_whatever_order_they_come(store: Store, order: tuple[int, ...]) -> None:
    store.say("page", 1, user="ada")
    store.say("page", 2, user="eve")
    acts: list[Callable[[], Any]] = [
        lambda: merged(store, 5, "ada", user_id="eve"),
        lambda: split(store, 6, "eve", user_id="ada"),
        lambda: merged(store, 4, "eve", user_id="ada"),
    ]
    for number in order:
        acts[number]()
        store.settle()
    assert (users_of(store, "ada"), users_of(store, "eve")) == (["ada"], ["eve"])
    assert len(store.live_rows()) == 2


def test_a_merge_after_a_split_links_again(store: Store) -> None:
    with_two_users(store)
    merged(store, 5, "ada", user_id="eve")
    split(store, 6, "ada", user_id="eve")
    merged(store, 7, "eve", user_id="ada")
    assert users_of(store, "ada") == ["ada", "eve"]


def test_a_split_voids_all_claims_of_its_pair_and_the_next_claim_holds(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, user="ada", anonymous="a-1")
    store.say("page", 3, user="eve", anonymous="a-1")
    split(store, 4, "ada", anonymous_id="a-1")
    store.say("page", 5, user="ada", anonymous="a-1")
    found = store.visitor("a-1")
    assert found == store.user("eve")
    assert (found["events"], store.user("ada")["anonymous_ids"]) == (2, [])
    merged(store, 6, "ada", anonymous_id="a-1")
    assert store.visitor("a-1") == store.user("eve"), "the earlier claim is eve's"
    split(store, 7, "eve", anonymous_id="a-1")
    assert store.visitor("a-1") == store.user("ada")


def test_merging_a_visitor_or_an_address_is_a_claim_of_it(store: Store) -> None:
    store.say("page", 1, user="ada")
    store.say("page", 2, anonymous="a-1")
    store.say("Email Opened", 3, server=True, email="x@shop.test")
    merged(store, 4, "ada", anonymous_id="a-1")
    merged(store, 5, "ada", email="X@shop.test")
    assert store.user("ada")["events"] == 3
    assert store.user("ada")["anonymous_ids"] == ["a-1"]


def test_a_stream_without_events_changes_nothing(store: Store) -> None:
    store.say("page", 1, user="ada")
    store.say("page", 2, user="eve")
    merged(store, 3, "ada", user_id="nobody")
    merged(store, 4, "eve", user_id="nobody")
    merged(store, 5, "nobody", anonymous_id="a-1")
    assert (users_of(store, "ada"), users_of(store, "eve"), users_of(store, "nobody")) == (["ada"], ["eve"], [])
    store.say("page", 9, user="nobody")
    assert users_of(store, "nobody") == ["ada", "eve", "nobody"]


def test_an_alias_by_server_key_merges_two_users_and_one_by_write_key_never(store: Store) -> None:
    store.say("page", 1, user="old")
    store.say("page", 2, user="new")
    store.say("alias", 3, user="new", previous="old")
    assert users_of(store, "new") == ["new"]
    store.say("alias", 4, user="new", previous="old", server=True)
    assert users_of(store, "new") == ["new", "old"]
    split(store, 5, "old", user_id="new")
    assert users_of(store, "new") == ["new"]


def test_a_retracted_merge_and_a_retracted_split_have_never_been(store: Store) -> None:
    with_two_users(store)
    merge = merged(store, 5, "ada", user_id="eve")
    division = split(store, 6, "eve", user_id="ada")
    store.say("Event Retracted", 7, user="eve", event_id=division.event_id)
    assert users_of(store, "ada") == ["ada", "eve"]
    store.say("Event Retracted", 8, user="ada", event_id=merge.event_id)
    assert users_of(store, "ada") == ["ada"]


def test_persons_are_as_they_were_before_and_after_merges_and_splits(store: Store) -> None:
    with_two_users(store)
    merged(store, 5, "ada", recorded=100, user_id="eve")
    split(store, 6, "ada", recorded=200, user_id="eve")
    for as_of, users in ((4.5, ["ada"]), (5, ["ada", "eve"]), (5.5, ["ada", "eve"]), (6, ["ada"])):
        assert users_of(store, "ada", as_of=minutes(as_of)) == users, as_of
    for known_at, users in ((99, ["ada"]), (100, ["ada", "eve"]), (199, ["ada", "eve"]), (200, ["ada"])):
        assert users_of(store, "ada", known_at=minutes(known_at)) == users, known_at
    assert users_of(store, "ada", as_of=minutes(5.5), known_at=minutes(99)) == ["ada"]
    assert users_of(store, "ada", as_of=minutes(6), known_at=minutes(150)) == ["ada", "eve"]


def test_a_customer_is_named_after_the_user_who_came_first_then(store: Store) -> None:
    store.say("page", 2, user="ada")
    store.say("page", 3, user="eve")
    merged(store, 4, "ada", user_id="eve")
    assert store.user("eve")["customer_id"] == store.stream("user", "ada")
    store.say("page", 1, user="eve")
    assert store.user("ada")["customer_id"] == store.stream("user", "eve")
    assert store.live_rows() == {store.stream("user", "eve")}


def test_an_order_that_two_merged_users_share_is_one(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o-1", total="5")
    store.say("Order Completed", 2, user="eve", order_id="o-1", total="6", server=True)
    assert [store.user(user)["orders"]["count"] for user in ("ada", "eve")] == [0, 1]
    merged(store, 3, "ada", user_id="eve")
    assert store.user("ada")["orders"]["revenue"] == {"EUR": "6.00"}
    split(store, 4, "ada", user_id="eve")
    assert [store.user(user)["orders"]["count"] for user in ("ada", "eve")] == [0, 1]


def test_a_question_counts_merged_users_once(store: Store, analyst: Analyst) -> None:
    store.say("Product Viewed", 1, user="ada", product_id="p")
    store.say("Product Added", 2, user="eve", product_id="p")
    assert analyst.counts("Product Viewed", "Product Added") == [1, 0]
    merged(store, 3, "ada", user_id="eve")
    assert analyst.counts("Product Viewed", "Product Added") == [1, 1]
    assert analyst.counts("Product Viewed", "Product Added", as_of=at(2.5)) == [1, 0]
    split(store, 4, "ada", user_id="eve")
    assert analyst.counts("Product Viewed", "Product Added") == [1, 0]


def test_a_blocked_id_links_nothing_and_everybody_keeps_to_themselves(store: Store) -> None:
    test = {"email": "Test@test.com"}
    store.say("identify", 1, user="ada", traits=test)
    store.say("Email Opened", 2, server=True, email="test@test.com")
    store.say("page", 3, anonymous="a-1")
    store.say("page", 4, user="guest", anonymous="a-1")
    assert store.user("ada")["events"] == 1
    found = store.visitor("a-1")
    assert found is not None
    assert (found["user_ids"], found["events"]) == ([], 1)
    merged(store, 5, "ada", user_id="guest")
    assert users_of(store, "ada") == ["ada"]
    store.say("page", 6, user="ada", anonymous="a-1")
    assert store.visitor("a-1") == store.user("ada")
    people = store.scope.around(store.rules.perspective(store.name), [store.stream("user", "guest")])
    assert [stream for stream, _, _ in people] == [store.stream("user", "guest")]


@pytest.fixture
def strict(warehouse: Warehouse, request: pytest.FixtureRequest) -> Store:
    return Store(warehouse, request.node.name, Rules(most_anonymous_ids=2, most_users_of_an_address=2))


def test_an_address_of_too_many_users_links_none_of_them_until_one_is_split_off(strict: Store) -> None:
    address = {"email": "family@shop.test"}
    strict.say("Email Opened", 0, server=True, email="family@shop.test")
    strict.say("identify", 1, user="ada", traits=address)
    strict.say("identify", 2, user="eve", traits=address)
    assert (strict.user("ada")["events"], strict.user("eve")["events"]) == (2, 1)
    strict.say("identify", 3, user="mia", traits=address)
    assert [strict.user(user)["events"] for user in ("ada", "eve", "mia")] == [1, 1, 1]
    split(strict, 4, "mia", email="family@shop.test")
    assert strict.user("ada")["events"] == 2


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_of_too_many_visitors_of_a_user_the_first_that_it_claimed_are_linked(
    strict: Store, order: tuple[int, ...]
) -> None:
    for number in order:
        strict.say("page", number, user="ada", anonymous=f"a-{number}")
        strict.say("page", 10 + number, anonymous=f"a-{number}")
        strict.settle()
    found = strict.user("ada")
    assert (found["anonymous_ids"], found["events"]) == (["a-1", "a-2"], 5)
    beyond = strict.visitor("a-3")
    assert beyond is not None
    assert (beyond["events"], beyond["user_ids"]) == (1, [])
    split(strict, 20, "ada", anonymous_id="a-1")
    assert strict.user("ada")["anonymous_ids"] == ["a-2", "a-3"]


def test_the_questions_keep_the_limits_too(strict: Store) -> None:
    analyst = Analyst(strict)
    for number in (1, 2, 3):
        strict.say("Product Viewed", number, user="ada", anonymous=f"a-{number}")
        strict.say("Product Added", 10 + number, anonymous=f"a-{number}")
    assert analyst.counts({"event": "Product Added"}) == [2]


def test_owners_and_standing_claims_are_of_one_mind(strict: Store) -> None:
    for number in range(4):
        strict.say("page", number, user="ada" if number % 2 else "eve", anonymous=f"a-{number % 3}")
    strict.say("Event Retracted", 5, user="eve", event_id=strict.say("page", 4, user="eve", anonymous="a-9").event_id)
    split(strict, 6, "eve", anonymous_id="a-0")
    strict.settle()
    parameters = strict.links.of_store(strict.rules.perspective(strict.name))
    said = "store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}"
    said += ", identity = {identity:String}"
    told = said + ", left_out = {left_out:Array(String)}"
    owners = strict.warehouse.select(f"SELECT stream, customer_id FROM owners({told}) ORDER BY stream", parameters)
    standing = strict.warehouse.select(
        f"SELECT claimed, argMin(claimant, (rank, occurred_at, event_id)) FROM standing_claims({said})"
        " GROUP BY claimed ORDER BY claimed",
        parameters,
    )
    assert owners == standing != []


def test_a_person_of_ten_thousand_visitors_is_answered_within_a_second(store: Store) -> None:
    for number in range(10_000):
        store.say("page", number / 60, user="ada", anonymous=f"a-{number}")
    store.settle()
    began = time.perf_counter()
    found = store.user("ada")
    assert time.perf_counter() - began < 1
    assert (found["events"], len(found["anonymous_ids"])) == (10_000, 10_000)
    began = time.perf_counter()
    assert store.visitor("a-77") == found
    assert time.perf_counter() - began < 2
    reading = Reading(store.sources, store.name, Times())
    streams = reading.streams(found["customer_id"])
    assert len(streams) == 10_001
    assert len(reading.facts(streams, limit=50)) == 50
