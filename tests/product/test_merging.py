"""Merging and splitting by the running product, in both run modes: who may, what is answered, what follows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.product.running import Json, Product, Shop, client

pytestmark = pytest.mark.product


@pytest.fixture(scope="module")
def shop(product: Product) -> Shop:
    """A store with two users and a visitor, whom the tests of this file merge and split."""
    shop = product.new_store()
    ids: list[Json] = [{"userId": "ada", "anonymousId": "a-1"}, {"userId": "eve"}, {"anonymousId": "a-2"}]
    shop.send(*({"type": "page", "messageId": f"m-{n}", **who} for n, who in enumerate(ids)))
    shop.settle()
    return shop


def act(shop: Shop, token: str, path: str, body: Json, **headers: str) -> httpx.Response:
    asked = client(f"{shop.product.api_url}/api/v1", Authorization=f"Bearer {token}")
    answer = asked.post(path, json=body, headers=headers)
    shop.settle()
    return answer


def id_of(shop: Shop, user: str) -> str:
    return str(shop.customer(user)["customer_id"])


@pytest.mark.parametrize("kind", ["server_key", "admin_token"])
def test_a_server_key_and_an_admin_token_merge_and_split(shop: Shop, kind: str) -> None:
    ada, eve, token = id_of(shop, "ada"), id_of(shop, "eve"), str(getattr(shop, kind))
    before = shop.customer("ada"), shop.customer("eve")
    merged = act(
        shop, token, f"/customers/{ada}/merge", {"with": eve, "reason": "one person"}, **{"Idempotency-Key": kind}
    )
    assert merged.status_code == 200, merged.text
    assert merged.json()["merged"] is True
    assert shop.customer("eve")["user_ids"] == ["ada", "eve"]
    (link,) = [one for one in shop.items(f"/customers/{ada}/links") if one["kind"] == "merge"]
    assert (link["event_id"], link["by"], link["reason"], link["state"]) == (
        merged.json()["event_id"], kind.replace("_", " "), "one person", "held",
    )  # fmt: skip
    again = act(shop, token, f"/customers/{ada}/merge", {"with": eve}, **{"Idempotency-Key": kind})
    assert again.json() == merged.json()
    split = act(shop, token, f"/customers/{eve}/split", {"link": link["link"]}, **{"Idempotency-Key": kind})
    assert split.json()["split"] is True, split.text
    assert (shop.customer("ada"), shop.customer("eve")) == before


@pytest.mark.parametrize("kind", ["query_token", "write_key"])
def test_nobody_else_merges_or_splits(shop: Shop, kind: str) -> None:
    ada, eve = id_of(shop, "ada"), id_of(shop, "eve")
    for path, body in ((f"/customers/{ada}/merge", {"with": eve}), (f"/customers/{ada}/split", {"link": "x"})):
        answer = act(shop, getattr(shop, kind), path, body)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert shop.customer("ada")["user_ids"] == ["ada"]


def everything_a_page_can_say(number: int) -> list[Json]:
    """All that could make one of ada and eve, if a page were believed."""
    both: Json = {"userId": "ada", "anonymousId": "eve", "previousId": "eve"}
    said: list[Json] = [
        {"type": "alias", "userId": "ada", "previousId": "eve"},
        {"type": "alias", "userId": "eve", "previousId": "ada", "anonymousId": "ada"},
        {"type": "identify", **both, "traits": {"id": "eve", "email": "a@shop.test"}},
        {"type": "identify", "userId": "eve", "anonymousId": "a-1", "traits": {"email": "a@shop.test"}},
        {"type": "track", "event": "Customers Merged", "userId": "ada", "properties": {"user_id": "eve"}},
        {"type": "track", "event": " customers MERGED", "userId": "ada", "properties": {"user_id": "eve"}},
    ]
    return [{"messageId": f"page-{number}-{n}", **one} for n, one in enumerate(said)]


def test_nothing_that_a_page_says_makes_one_customer_of_two_known_users(shop: Shop) -> None:
    answer = shop.send(*everything_a_page_can_say(1))
    assert [one["code"] for one in answer["refused"]] == ["back_office", "back_office"]
    shop.settle()
    assert shop.customer("ada")["user_ids"] == ["ada"]
    assert shop.customer("eve")["user_ids"] == ["eve"]


def test_a_token_merges_no_customer_of_another_store(shop: Shop, product: Product) -> None:
    other = product.new_store()
    other.send({"type": "page", "userId": "ada", "messageId": "m-1"})
    other.settle()
    answer = act(shop, shop.admin_token, f"/customers/{id_of(shop, 'ada')}/merge", {"with": id_of(other, "ada")})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["with"]


def test_a_merge_by_an_event_is_the_same_as_one_by_the_api(shop: Shop) -> None:
    said: dict[str, Any] = {"type": "track", "userId": "eve", "properties": {"anonymous_id": "a-2"}}
    shop.send({**said, "event": "Customers Merged", "messageId": "merge-1"}, server=True)
    shop.settle()
    assert "a-2" in shop.customer("eve")["anonymous_ids"]
    shop.send({**said, "event": "Customers Split", "messageId": "split-1"}, server=True)
    shop.settle()
    assert "a-2" not in shop.customer("eve")["anonymous_ids"]
