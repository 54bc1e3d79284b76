"""What operators and tools are served beside the answers: OpenAPI, health, metrics, the snippet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.product.contract.ada import ADA, READS
from tests.product.running import Shop

pytestmark = pytest.mark.product


def test_the_openapi_description_is_whole(story: Shop) -> None:
    document = story.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    for path in READS:
        assert any(_same_path(path, known) for known in paths), path
    assert {"get", "post"} <= set(paths["/api/v1/questions/funnel"])
    for reference in _references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    operations = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(operations) == len(set(operations))


def _same_path(path: str, known: str) -> bool:
    parts, others = f"/api/v1{path}".split("/"), known.split("/")
    return len(parts) == len(others) and all(b.startswith("{") or a == b for a, b in zip(parts, others, strict=True))


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _references(one)


def test_operators_see_that_it_lives_takes_events_and_counts(
    story: Shop, anybody: httpx.Client, at_the_api: httpx.Client
) -> None:
    for door in (anybody, at_the_api):
        assert door.get("/healthz").status_code == 200
        assert door.get("/readyz").status_code == 200
    assert "footfall_collected_events_total" in anybody.get("/metrics").text
    metrics = at_the_api.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    lines = dict(line.rsplit(" ", 1) for line in metrics.text.splitlines() if not line.startswith("#"))
    assert float(lines["footfall_accepted_events_total"]) >= len(ADA)
    assert story.name not in metrics.text


def test_the_snippet_is_served_where_events_are_taken(shop: Shop) -> None:
    for door in shop.product.doors:
        response = httpx.get(f"{door}/footfall.js", verify=False)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert response.headers["content-encoding"] == "gzip"
        assert "footfall_id" in response.text
