"""An erasure over PostgreSQL and ClickHouse, with Kafka's part played by hand: what was published stays out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aggregates.customer import propose
from footfall.chdb_server import ClickHouseServer
from footfall.distributed import erasing
from footfall.distributed.consuming import Record
from footfall.distributed.customer_events import CustomerEvents
from footfall.distributed.erasing import InstallationFacts, KeysPlace
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.postgres_relayed import Relayed
from footfall.distributed.read_side import ReadSide
from footfall.distributed.topics import CUSTOMER_EVENTS
from footfall.erasing.answers import AnswersPlace
from footfall.erasing.eraser import Eraser, request
from footfall.erasing.letters import LettersPlace
from footfall.erasing.ports import Place
from footfall.poison import PoisonLetters
from footfall.settings import Settings
from ingest.ports import DeadLetter
from ingest.stores import Forgetting, Store
from projections.removal import Removal
from schemas.cloud_events import encode
from schemas.facts import AcceptedEvent, KeyClass, Notification
from schemas.streams import StreamId, StreamKind, StreamRef, stream_id
from tests.builders import NOW, accepted_event
from tests.cluster.opened import Open
from tests.product.byte_search import places_of

pytestmark = pytest.mark.product

SECRET = bytes(32)
ADA, VISITOR = StreamRef(StreamKind.USER, "user-ada-77001"), StreamRef(StreamKind.ANONYMOUS, "visitor-zz9plural")
NAMES = [ADA.id, VISITOR.id, "Unmistakable Note"]
USER = stream_id(SECRET, "shop", ADA)


def page(message_id: str, stream: StreamRef, **fields: Any) -> AcceptedEvent:
    message = {"type": "page", "messageId": message_id, "properties": {"note": "Unmistakable Note"}}
    raw = msgspec.Raw(msgspec.json.encode(message))
    return accepted_event(message_id, stream=stream, name="page", fact="PageViewed:1", message=raw, **fields)


def order(message_id: str, order_id: str, stream: StreamRef, **fields: Any) -> AcceptedEvent:
    properties = {"order_id": order_id, "total": "20", "currency": "EUR"}
    raw = msgspec.Raw(msgspec.json.encode({"type": "track", "event": "Order Completed", "properties": properties}))
    said = {"name": "Order Completed", "fact": "OrderCompleted:1", "key_class": KeyClass.SERVER}
    return accepted_event(message_id, stream=stream, message=raw, **said, **fields)


class Installation:
    """Databases and a ClickHouse, with what the relay and the projector do, done at once."""

    def __init__(self, databases: Databases, settings: Settings) -> None:
        self.databases = databases
        self.side = ReadSide(settings, databases, _no_poison)
        self.letters: list[DeadLetter] = []
        poison = PoisonLetters(self.letters.extend)
        self.work = CustomerEvents(self.side.projection(), databases.projecting, poison, databases.stream_keys)
        self.published: list[Notification] = []

    def record(self, *events: AcceptedEvent) -> None:
        with self.databases.event_store().recording() as recording:
            recording({number: propose(SECRET, event) for number, event in enumerate(events)}, _no_poison)

    def absorb(self) -> None:
        for log in self.databases.logs():
            section = log.read(self.side.tracking.position(log.shard).notification_id, 100)
            self.published += section.notifications
            self.project(section.notifications)
            if section.last_id:
                self.databases.relayed.save(CUSTOMER_EVENTS, [Relayed(log.shard, section.last_id, 1)], [0])

    def project(self, notifications: Any) -> None:
        self.work([Record(0, number, encode(one)) for number, one in enumerate(notifications)])

    def eraser(self) -> Eraser:
        side, databases = self.side, self.databases
        removal = Removal(side.warehouse, side.upkeep, side.lock)
        places: list[Place] = [
            KeysPlace(databases),
            AnswersPlace(databases.erasures, removal, erasing.now),
            LettersPlace(databases.dead_letters, SECRET, erasing.now, lambda: erasing.clear_letters(databases)),
        ]
        return Eraser(databases.erasures, InstallationFacts(databases, side), places, erasing.now)

    def rows(self) -> list[tuple[str, str]]:
        return self.side.warehouse.select("SELECT toString(stream), message_id FROM events FINAL ORDER BY message_id")


def _no_poison(found: Any) -> None:
    raise AssertionError(found)


@pytest.fixture
def installation(databases: Open, tmp_path: Path) -> Iterator[Installation]:
    with ClickHouseServer(tmp_path / "clickhouse", 2**30) as server:
        server.wait_ready()
        url = f"clickhouse://{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"
        opened = databases()
        opened.keys.add_store(Store("shop", forgetting=Forgetting(keep_sales=True)))
        opened.keys.stores()  # as whoever follows them knows them
        made = Installation(opened, Settings(clickhouse=url))  # type: ignore[arg-type]  # pydantic makes a secret of it
        with closing(made.side.warehouse):
            yield made


def test_what_is_erased_stays_out_whatever_is_read_again(installation: Installation, tmp_path: Path) -> None:
    databases = installation.databases
    installation.record(
        page("v-1", VISITOR),
        page("u-1", ADA, claims=(VISITOR,)),
        order("o-1", "ORDER-4711", ADA),
        order("o-2", "ORDER-SHARED", ADA),
        order("o-3", "ORDER-SHARED", StreamRef(StreamKind.ANONYMOUS, "somebody")),
    )
    installation.absorb()
    letter = DeadLetter("shop", "admission", "bad", "", "", b'{"userId": "user-ada-77001"}', NOW)
    databases.dead_letters.put_now([letter])
    assert all(places_of(NAMES, tmp_path / "clickhouse").values())
    databases.erasures.add(request("shop", [StreamId(USER)], erasing.now()))

    assert installation.eraser().step()

    (erasure,) = databases.erasures.page("shop", 1)
    assert (erasure.state, erasure.kept_sales, set(erasure.persons)) == ("done", 1, {USER})
    assert {name: removed.found for name, removed in erasure.removed.items()} | {"clickhouse": 0} == {
        "event_store": 4, "clickhouse": 0, "dead_letters": 1,
    }  # fmt: skip
    assert places_of(NAMES, tmp_path / "clickhouse") == {name: [] for name in NAMES}
    assert databases.dead_letters.count("shop") == 0

    installation.project(list(installation.published))  # Kafka gives it again
    installation.absorb()
    streams = [stream[0] for stream, _ in installation.rows()]
    assert sorted(streams) == ["a", "s"], "somebody's own order, and the sale without a name"
    assert places_of(["ORDER-4711"], tmp_path / "clickhouse") == {"ORDER-4711": []}
    installation.record(page("late", ADA))
    installation.record(page("new", ADA, occurred_at=erasing.now() + 1, received_at=erasing.now() + 1))
    installation.absorb()
    assert [message for stream, message in installation.rows() if stream == USER] == ["new"]
    assert databases.refused() == {"erasure": 1}


def test_an_erasure_waits_for_projectors_that_are_behind(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "ABSORB_SECONDS", 0.2)
    installation.record(page("u-1", ADA))
    installation.databases.erasures.add(request("shop", [StreamId(USER)], erasing.now()))
    assert not installation.eraser().step()
    (erasure,) = installation.databases.erasures.unfinished()
    assert erasure.state == "requested"
    installation.absorb()
    assert installation.eraser().step()
