"""Who was not about for as long as a store keeps persons is erased, as a whole, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.product.running import Json, RunningProduct, Shop, client, eventually

pytestmark = pytest.mark.product

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    product = RunningProduct(tmp_path_factory.mktemp("retention") / "data")
    product.start()
    yield product
    product.close()


def seen(days_ago: float, **ids: str) -> Json:
    at = NOW - timedelta(days=days_ago)
    return {"type": "page", "messageId": f"{ids}-{days_ago}", "timestamp": at.isoformat(), **ids}


def people(shop: Shop) -> set[str]:
    return {one for item in shop.items("/customers") for one in [*item["user_ids"], *item["anonymous_ids"]]}


def test_visitors_and_customers_are_kept_for_as_long_as_their_store_says(running: RunningProduct) -> None:
    shop, other = running.new_store(), running.new_store()
    messages = [
        seen(40, anonymousId="visitor-gone"),
        seen(90, anonymousId="visitor-back"), seen(2, anonymousId="visitor-back"),
        seen(40, userId="customer-kept", anonymousId="browser-kept"),
        seen(400, userId="customer-gone", anonymousId="browser-gone"),
        seen(400, userId="customer-back"), seen(399, anonymousId="browser-back"),
        seen(1, userId="customer-back", anonymousId="browser-back"),
    ]  # fmt: skip
    for each in (shop, other):
        each.send(*messages, server=True)
        each.settle()
    everybody = people(other)
    running.command("store", "forgetting", shop.name, "--visitors", "30", "--customers", "365")
    report = json.loads(running.command("retention", "--store", shop.name, "--json"))
    assert report["due"] == {"visitors": 1, "customers": 1}
    assert (report["visitors_days"], report["customers_days"]) == (30, 365)

    running.restart()  # looks at its start, and once an hour

    gone = {"visitor-gone", "customer-gone", "browser-gone"}
    eventually(lambda: people(shop) == everybody - gone, 120, "the end of who was not about")
    assert people(other) == everybody
    owner = client(f"{running.api_url}/api/v1", Authorization=f"Bearer {shop.admin_token}")
    eventually(lambda: {one["state"] for one in owner.get("/erasures").json()["items"]} == {"done"}, 120, "receipts")
    assert {one["kind"] for one in owner.get("/erasures").json()["items"]} == {"retention"}
    report = owner.get("/retention").json()
    assert report["due"] == {"visitors": 0, "customers": 0}
    assert report["erased"] == 2
    running.command("verify")

    shop.send(seen(41, anonymousId="visitor-gone"), seen(39, anonymousId="visitor-gone"), server=True)
    shop.settle()
    assert shop.get("/customers/by/anonymous_id/visitor-gone")["events"] == 1, (
        "what is newer than the last fact is taken"
    )


def test_by_default_everybody_is_kept(running: RunningProduct) -> None:
    shop = running.new_store()
    report = json.loads(running.command("retention", "--store", shop.name, "--json"))
    assert (report["visitors_days"], report["customers_days"], report["due"]) == (0, 0, {"visitors": 0, "customers": 0})
