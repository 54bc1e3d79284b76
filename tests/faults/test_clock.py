"""A machine's clock that jumps by hours: the order of recording stands, and what `known_at` answers stays.

In-process, with the clock injected where the product reads it: the collector and the event store.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from aggregates.aggregator import Aggregator
from aggregates.event_store import RecordedEventStore
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.access import Hashing, Tokens
from footfall.data_folder import DataFolder
from footfall.embedded.pipeline_state import PipelineState
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import clickhouse
from footfall.poison import PoisonLetters
from footfall.recording import Recording
from footfall.rules import rules_of
from footfall.settings import Settings
from ingest.admission import Rules
from ingest.collector import Collector
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from ingest.sqlite_inbox import SQLiteInbox, SQLiteInboxReader
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from query_api.app import build
from schemas.facts import Microseconds
from tests.builders import NOW
from tests.product.running import Json

pytestmark = pytest.mark.product

HOUR: Microseconds = 3_600_000_000
JUMPS = 9
SEED = 8


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> Microseconds:
        self.time += 1_000
        return self.time


class Pipeline:
    """The whole way of an event, stepped by hand, on one injected clock."""

    def __init__(self, folder: DataFolder, stack: ExitStack, clock: Clock) -> None:
        settings = Settings(data=folder.path)
        keys = SQLiteKeys(folder.path)
        stack.callback(keys.close)
        self.keys = keys.first_store(Store("shop"))
        inbox = SQLiteInbox(folder.inbox)
        stack.callback(inbox.close)
        letters = SQLiteDeadLetters(folder.dead_letters)
        stack.callback(letters.close)
        reader = SQLiteInboxReader(folder.inbox)
        stack.callback(reader.close)
        self._collector = Collector(keys, inbox, letters, clock=clock)
        store = RecordedEventStore(open_recorder(folder.events, clock), SqliteStreamKeys(folder.stream_keys))
        self._aggregator = Aggregator(folder.secret(), reader, store, PoisonLetters(letters.put_now).of_aggregator)
        address = stack.enter_context(clickhouse(folder, settings))
        side = ReadSide(folder, address, settings)
        stack.callback(side.warehouse.close)
        self.log, self._projector = side.log, side.projector()
        self._state = PipelineState(folder, letters)
        hashing, recording = Hashing(folder.secret()), Recording(inbox, folder.secret(), Rules())
        self._api = build(side.warehouse, rules_of(settings), Tokens(keys), self._state, hashing, recorder=recording)

    def send(self, message_id: str) -> None:
        """Send one event and let it reach the answers."""
        body = {"userId": "ada", "event": "Product Viewed", "messageId": message_id}
        asyncio.run(self._send(body))
        while self._aggregator.step():
            pass
        self._aggregator.idle()
        while self._projector.step():
            pass
        self._projector.step()

    def ask(self, path: str, params: Mapping[str, Any]) -> httpx.Response:
        return asyncio.run(self._ask(path, params))

    def absorbed(self) -> str:
        """Return the latest moment that `known_at` may be."""
        ((_, at),) = self._state.absorbed().values()
        seconds, rest = divmod(at, 1_000_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06}Z"

    async def _send(self, body: Json) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._collector), base_url="http://shop") as http:
            said = await http.post("/v1/track", json=body, auth=(self.keys.server_key, ""))
        assert said.status_code == 200, said.text

    async def _ask(self, path: str, params: Mapping[str, Any]) -> httpx.Response:
        token = {"Authorization": f"Bearer {self.keys.query_token}"}
        transport = httpx.ASGITransport(self._api)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop/api/v1", headers=token) as http:
            return await http.get(path, params=dict(params))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(tmp_path: Path, clock: Clock) -> Iterator[Pipeline]:
    with ExitStack() as stack:
        yield Pipeline(DataFolder(tmp_path / "data").make(), stack, clock)


def test_a_clock_that_jumps_changes_no_order_and_no_answer_of_the_past(pipeline: Pipeline, clock: Clock) -> None:
    chance = random.Random(SEED)
    answers: dict[str, Json] = {}
    for number in range(JUMPS):
        clock.time += chance.randint(-12, 12) * HOUR
        pipeline.send(f"m-{number}")
        known_at = pipeline.absorbed()
        assert known_at not in answers, "what was absorbed did not move on"
        answers[known_at] = pipeline.ask("/customers/by/user_id/ada", {"known_at": known_at}).json()
        assert answers[known_at]["events"] == number + 1
    for known_at, before in answers.items():
        assert pipeline.ask("/customers/by/user_id/ada", {"known_at": known_at}).json() == before
    assert sorted(answers) == list(answers)

    recorded = [one.event.recorded_at for one in pipeline.log.read(0, 1_000).notifications]
    assert len(recorded) == JUMPS
    assert all(earlier < later for earlier, later in itertools.pairwise(recorded))


def test_what_is_not_absorbed_yet_cannot_be_known_however_the_clock_jumps(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.send("m-1")
    clock.time -= 5 * HOUR
    pipeline.send("m-2")
    assert pipeline.ask("/customers/by/user_id/ada", {"known_at": pipeline.absorbed()}).status_code == 200
    refused = pipeline.ask("/customers/by/user_id/ada", {"known_at": "2200-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yet_known")


def test_an_event_counts_as_happened_no_later_than_it_came_in(pipeline: Pipeline, clock: Clock) -> None:
    for number, hours in enumerate((0, 9, -9)):
        clock.time += hours * HOUR
        pipeline.send(f"m-{number}")
    for one in pipeline.log.read(0, 1_000).notifications:
        assert one.event.occurred_at <= one.event.received_at
