"""Answers as of another time, and what every answer says of how far it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.product.contract.ada import VISITORS, assert_error, at, viewed
from tests.product.running import Shop

pytestmark = pytest.mark.product


def test_the_status_tells_how_far_the_pipeline_is(story: Shop) -> None:
    status = story.status()
    assert set(status) == {
        "accepted", "recorded", "projected", "dead_letters", "refused_for_erasure", "refused_for_consent",
        "lag_seconds", "settled",
    }  # fmt: skip
    assert status["settled"] is True
    assert status["lag_seconds"] == 0
    assert status["accepted"] >= status["recorded"] == status["projected"] > 0


def test_as_of_gives_the_customer_as_it_was_then(story: Shop) -> None:
    ada = story.customer("ada", as_of=at("09:15:00"))
    assert (ada["events"], ada["orders"]["count"], ada["cart"]["value"]) == (4, 0, {"EUR": "99.80"})
    path = f"/customers/{ada['customer_id']}"
    assert [len(one["steps"]) for one in story.get(f"{path}/journey", as_of=at("09:15:00"))["sessions"]] == [4]
    assert len(story.items(f"{path}/events", as_of=at("09:15:00"), limit=2)) == 4
    assert_error(story.ask(path, as_of="2020-01-01T00:00:00Z"), 404, "not_found")
    counts = [viewed(story, as_of=moment) for moment in ("2026-03-01T23:00:00Z", "2026-03-03T00:00:00Z")]
    assert counts == [1, VISITORS + 1]


def test_known_at_gives_what_was_known_then_and_refuses_what_may_still_change(story: Shop) -> None:
    ada = story.customer("ada")
    events = story.items(f"/customers/{ada['customer_id']}/events")
    recorded = max(event["recorded_at"] for event in events)
    assert story.customer("ada", known_at=recorded) == ada
    assert_error(story.ask("/customers/by/user_id/ada", known_at="2026-03-02T00:00:00Z"), 404, "not_found")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for path in (f"/customers/{ada['customer_id']}", f"/customers/{ada['customer_id']}/journey"):
        assert_error(story.ask(path, known_at=later), 409, "not_yet_known", "known_at")
    asked = story.question("funnel", {"steps": [{"event": "page"}], "known_at": later})
    assert_error(asked, 409, "not_yet_known", "known_at")


def test_every_answer_says_what_it_has_absorbed(story: Shop) -> None:
    position = story.status()["projected"]
    for path in ("/status", "/customers", "/customers/by/user_id/ada", "/customers/by/user_id/nobody"):
        headers = story.ask(path).headers
        absorbed = dict(shard.split(":") for shard in headers["x-footfall-position"].split(","))
        assert set(absorbed) == {str(number) for number in range(len(absorbed))}
        assert sum(map(int, absorbed.values())) >= position
        assert datetime.fromisoformat(headers["x-footfall-as-of"]).tzinfo is not None
    asked = story.ask("/customers/by/user_id/ada", as_of=at("09:15:00")).headers["x-footfall-as-of"]
    assert datetime.fromisoformat(asked) == datetime.fromisoformat(at("09:15:00"))
