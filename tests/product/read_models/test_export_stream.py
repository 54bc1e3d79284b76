"""An export is one stream: what it holds in memory does not grow with what somebody did."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pytest

from query_api.exports import exported
from query_api.ports import NotificationPlace
from schemas.facts import CustomerEvent
from tests.product.read_models.shop import Store

pytestmark = pytest.mark.product

EVENTS = 10_000
MOST_BYTES = 5 * 1024 * 1024
"""What 1,000 facts of the page and 500 of a file take, with room."""


class RecordedFacts:
    """`query_api.ports.Held`: the facts of a store of tests, and nothing else."""

    elsewhere: Sequence[str] = ()

    def __init__(self, store: Store) -> None:
        self._facts = {(one.shard, one.id): one.event for one in store.recorded}

    def facts(self, places: Sequence[NotificationPlace]) -> Mapping[NotificationPlace, CustomerEvent]:
        return {place: self._facts[place] for place in places}

    def letters(self, store: str, streams: Collection[str]) -> Iterator[Mapping[str, Any]]:
        return iter(())

    def receipts(self, store: str, streams: Collection[str]) -> Iterator[Mapping[str, Any]]:
        return iter(())


@pytest.mark.slow
def test_the_export_of_a_long_history_takes_no_more_memory_than_its_pages(store: Store) -> None:
    for number in range(EVENTS):  # each a visit of its own, and each other one a change of consent
        said = "Consent Given" if number % 4 == 1 else "Consent Withdrawn" if number % 4 == 3 else "page"
        more = {"purposes": ["ads"]} if number % 2 else {"url": f"https://shop.example/tea/{number}"}
        store.say(said, -31 * number, user="ada", more=more)
    store.settle()
    held = RecordedFacts(store)
    tracemalloc.start()
    try:
        found = exported(store.sources, held, store.name, store.stream("user", "ada"))
        assert found is not None
        archive, largest = io.BytesIO(), 0
        with archive:
            before = tracemalloc.get_traced_memory()[0]
            for part in found[1]:
                archive.write(part)
                largest = max(largest, len(part))
            _, peak = tracemalloc.get_traced_memory()
            size = archive.tell()
            with zipfile.ZipFile(archive) as opened:
                rows = {name: len(json.loads(opened.read(f"{name}.json"))) for name in ("facts", "sessions", "consent")}
    finally:
        tracemalloc.stop()
    assert rows == {"facts": EVENTS, "sessions": EVENTS, "consent": EVENTS // 2}
    assert peak - before - size < MOST_BYTES
    assert largest < 256 * 1024
