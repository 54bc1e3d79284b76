"""What the routes answer of a customer, the commands print; merges and splits too. In both run modes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.product.running import Json, Product, RunningProduct, Shop, eventually

pytestmark = pytest.mark.product

SAID = {"purposes": ["analytics"], "policy_version": "2"}
MESSAGES: list[Json] = [
    {"type": "page", "anonymousId": "visitor-1", "messageId": "m1", "timestamp": "2025-03-01T10:00:00Z"},
    {"type": "identify", "userId": "ada", "anonymousId": "visitor-1", "messageId": "m2", "traits": {"plan": "blue"},
     "timestamp": "2025-03-03T18:00:00Z"},
    {"type": "track", "event": "Consent Given", "userId": "ada", "messageId": "m3", "properties": SAID,
     "timestamp": "2025-03-03T18:01:00Z"},
    {"type": "track", "event": "Order Completed", "userId": "ada@work", "messageId": "m4",
     "properties": {"order_id": "2001", "total": 12}, "timestamp": "2025-03-04T10:00:00Z"},
    {"type": "identify", "userId": "till", "messageId": "m5", "traits": {"email": "test@test.com"},
     "timestamp": "2025-03-05T10:00:00Z"},
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(product: Product) -> Shop:
    shop = product.new_store()
    shop.send(*MESSAGES, server=True)
    shop.settle()
    return shop


def printed(shop: Shop, *words: str) -> Any:
    return json.loads(shop.product.command("customer", *words, "--store", shop.name))


@pytest.mark.parametrize("what", ["profile", "journey", "consent", "links"])
def test_what_a_route_answers_of_a_customer_the_command_prints(shop: Shop, what: str) -> None:
    customer_id = shop.customer("ada")["customer_id"]
    for params in ({}, {"as_of": "2025-03-03T18:00:00Z"}):
        path = f"/customers/{customer_id}{'' if what == 'profile' else f'/{what}'}"
        answer = shop.get(path, **params)
        times = [f"--as-of={time}" for time in params.values()]
        assert printed(shop, "ada", "--by", "user_id", "--show", what, *times) == answer


def test_the_ids_that_are_held_back_are_those_of_the_route(shop: Shop) -> None:
    for params, count in (({}, 1), ({"as_of": "2025-03-02T00:00:00Z"}, 0)):
        times = [f"--as-of={time}" for time in params.values()]
        answer = shop.get("/identity/refused", **params)
        assert json.loads(shop.product.command("refused-ids", *times, "--store", shop.name)) == answer
        assert [one["value"] for one in answer["items"]] == ["test@test.com"] * count


def test_an_id_finds_who_it_was_then(shop: Shop) -> None:
    by = ("visitor-1", "--by", "anonymous_id")
    assert printed(shop, *by)["user_ids"] == ["ada"]
    assert printed(shop, *by, "--as-of", "2025-03-02")["user_ids"] == []


def test_the_events_behind_a_field_are_those_of_the_route(shop: Shop) -> None:
    asked = {"field": "traits.plan", "as_of": "2025-03-03T18:00:00Z"}
    answer = shop.get(f"/customers/{shop.customer('ada')['customer_id']}/why", **asked)
    assert (answer["value"], len(answer["events"])) == ("blue", 1)
    said = printed(shop, "ada", "--by", "user_id", "--why", asked["field"], "--as-of", asked["as_of"])
    assert said == answer


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("customer", "nobody", "--by", "user_id"), "no such customer"),
        (("customer", "nobody"), "no such customer"),
        (("customer", "ada", "--by", "user_id", "--as-of", "then"), "RFC 3339"),
        (("customer", "ada", "--by", "user_id", "--known-at", "2100-01-01"), "later than what has been absorbed"),
        (("customer", "ada", "--by", "user_id", "--why", "shoe_size"), "can be asked"),
        (("merge", "ada", "nobody", "--by", "user_id"), "no such customer"),
        (("split", "ada", "nothing", "--by", "user_id"), "no such link"),
    ],
)
def test_what_the_api_refuses_the_command_says_in_a_sentence(shop: Shop, words: tuple[str, ...], why: str) -> None:
    done = shop.product.run(*words, "--store", shop.name)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(f"[^\n]*{why}[^\n]*\n", done.stderr)


def test_a_command_merges_and_splits_and_says_where_there_is_nothing_to_do(shop: Shop) -> None:
    before = shop.customer("ada"), shop.customer("ada@work")
    words = ("merge", "ada", "ada@work", "--by", "user_id", "--store", shop.name)
    assert shop.product.command(*words, "--reason", "she told us", "--said-by", "Mia").strip() == "merged"
    shop.settle()
    assert shop.customer("ada@work")["user_ids"] == ["ada", "ada@work"]
    assert shop.product.command(*words).strip() == "both are one customer already"
    links = printed(shop, "ada", "--by", "user_id", "--show", "links")["items"]
    (link,) = [one for one in links if one["kind"] == "merge"]
    assert (link["by"], link["reason"]) == ("Mia", "she told us")
    words = ("split", "ada@work", link["link"], "--by", "user_id", "--store", shop.name)
    assert shop.product.command(*words).strip() == "split"
    shop.settle()
    assert (shop.customer("ada"), shop.customer("ada@work")) == before
    assert shop.product.command(*words).strip() == "the link is void already"


def test_commands_merge_and_ask_whether_the_product_runs_or_not(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.first_store()
    shop.send(*MESSAGES, server=True)
    own_product.stop()
    assert own_product.command("merge", "ada", "ada@work", "--by", "user_id").strip() == "merged"
    profile = json.loads(own_product.command("customer", "ada@work", "--by", "user_id"))
    assert profile["user_ids"] == ["ada", "ada@work"]
    own_product.start()
    eventually(lambda: shop.customer("ada") == profile, 20, "the same answer of the running product")
