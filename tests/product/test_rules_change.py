"""Rules of a running product: set by the API and by command, while events come, and verified afterwards; both modes."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.product.running import Json, Product, Shop

pytestmark = pytest.mark.product

HOUR = {"session_timeout_seconds": 3600}


def visits(first: int, count: int) -> list[Json]:
    """Two page views each, forty minutes apart."""
    return [
        {
            "type": "page",
            "userId": f"u-{number}",
            "messageId": f"{number}-{minute}",
            "timestamp": f"2025-03-01T{minute}:00Z",
        }
        for number in range(first, first + count)
        for minute in ("10:00", "10:40")
    ]


def change(shop: Shop, rules: Json, token: str, **headers: str) -> httpx.Response:
    url = f"{shop.product.api_url}/api/v1/rules"
    return httpx.post(url, json={"rules": rules}, headers={"Authorization": f"Bearer {token}", **headers}, timeout=30)


def sessions(shop: Shop) -> set[int]:
    return {one["sessions"] for one in shop.items("/customers", limit=100)}


def test_a_change_by_the_owner_holds_for_everybody_also_for_who_comes_meanwhile(product: Product, shop: Shop) -> None:
    shop.send(*visits(0, 20), server=True)
    shop.settle()
    assert sessions(shop) == {2}
    answer = change(shop, HOUR, shop.admin_token)
    assert answer.status_code == 200, answer.text
    shop.send(*visits(20, 20), server=True)
    shop.settle()
    assert sessions(shop) == {1}
    assert len(shop.items("/customers", limit=100)) == 40
    told = shop.get("/rules")
    assert (told["rules"]["version"], told["versions"][1]["event_id"]) == (1, answer.json()["event_id"])
    before = shop.get("/customers", limit=100, known_at=_moment_before(told["versions"][1]["recorded_at"]))
    assert {one["sessions"] for one in before["items"]} == {2}
    product.command("verify")


def test_a_repeated_request_is_one_change(shop: Shop) -> None:
    answers = [change(shop, HOUR, shop.admin_token, **{"Idempotency-Key": "once"}).json() for _ in range(2)]
    shop.settle()
    assert answers[0] == answers[1]
    assert len(shop.get("/rules")["versions"]) == 2


def test_who_may_only_read_or_send_changes_no_rules(shop: Shop) -> None:
    assert change(shop, HOUR, shop.query_token).status_code == 403
    assert change(shop, HOUR, shop.write_key).status_code == 401
    assert change(shop, {"session_timeout_seconds": 0}, shop.admin_token).status_code == 400
    said = {"type": "track", "event": "Rules Changed", "userId": "u", "properties": {"rules": HOUR}}
    assert shop.post("/v1/track", said).json()["code"] == "back_office"


def test_the_commands_show_compare_and_set(product: Product, shop: Shop) -> None:
    shop.send(*visits(0, 3), server=True)
    shop.settle()
    told = json.loads(
        product.command("rules", "compare", "session_timeout_seconds=3600", "--store", shop.name, "--json")
    )
    assert (told["customers"], told["differ"], told["fields"]) == (3, 3, {"journey": 3, "sessions": 3})
    product.command("rules", "set", "session_timeout_seconds=3600", "--store", shop.name, "--reason", "slow readers")
    shop.settle()
    assert sessions(shop) == {1}
    shown = json.loads(product.command("rules", "show", "--store", shop.name, "--json"))
    assert (shown["version"], shown["session_timeout_seconds"]) == (1, 3600.0)
    refused = product.run("rules", "set", "session_timeout=1", "--store", shop.name)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert product.run("rules", "show", "--store", "nobody's").returncode == 1


def _moment_before(recorded_at: str) -> str:
    """The microsecond before: what was known then."""
    head, micros = recorded_at.removesuffix("Z").split(".")
    return f"{head}.{max(0, int(micros) - 1):06}Z"
