"""A store whose facts go straight into the table `events`: nothing goes through HTTP, an inbox or an event store.

`Analyst` asks about it through the query API, without a network.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import httpx
import msgspec

from aggregates.customer import decide, propose
from projections.clickhouse_connection import Warehouse
from projections.clickhouse_events import EventsTable, block
from projections.links import Links
from projections.refresh import Refresh
from projections.rows import row
from projections.scope import People, Scope
from projections.store_rules import StoreRules
from projections.upkeep import Upkeep
from query_api import presentation
from query_api.app import build
from query_api.ports import Editor, Progress, Reader
from query_api.reading import Reading, Sources, Times
from schemas import json
from schemas.addressing import address
from schemas.clock import DAY, SECOND, to_datetime
from schemas.facts import AcceptedEvent, CustomerEvent, KeyClass, Microseconds, Notification
from schemas.rules import Rules
from schemas.streams import StreamKind, StreamRef, stream_id
from schemas.vocabulary import resolve
from tests.builders import NOW

SECRET = b"a secret of thirty-two bytes ...."
MINUTE = 60 * SECOND
RULES = Rules()
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
Json = dict[str, Any]


class Recorded(NamedTuple):
    """A fact of the store, to be named by later ones."""

    event_id: str
    stream: str
    message_id: str


class Store:
    """One store in the warehouse. What was said is absorbed, in one batch, when something is asked."""

    ids = itertools.count(1)

    def __init__(self, warehouse: Warehouse, name: str, rules: Rules = RULES) -> None:
        self.name = self.hashed_as = name
        self.warehouse = warehouse
        self.events = EventsTable(warehouse)
        self.rules = StoreRules(warehouse, rules)
        self.links = Links(warehouse, Open(self))
        self.scope = Scope(warehouse, self.links)
        self.refresh = Refresh(warehouse)
        self.upkeep = Upkeep(warehouse, self.scope, self.refresh, self.rules)
        self.sources = Sources(warehouse, self.links, self.scope, self.refresh, self.rules)
        self.shard = next(Store.ids)
        self.recorded: list[Notification] = []
        self.refreshing = True
        self.pending: list[Notification] = []
        self._versions: defaultdict[str, int] = defaultdict(int)
        self._numbers = itertools.count(1)

    def say(
        self, event: str, at: float = 0, *, user: str | None = None, anonymous: str | None = None, server: bool = False,
        message_id: str | None = None, recorded: float | None = None, context: Json | None = None,
        traits: Json | None = None, previous: str | None = None, more: Json | None = None, **properties: Any,
    ) -> Recorded:  # fmt: skip
        """Say a fact that happened `at` minutes after noon; `event` in lower case is a message type."""
        number = next(self._numbers)
        known_type = event in {"page", "screen", "identify", "group", "alias"}
        said: Json = {"type": event if known_type else "track", "event": None if known_type else event}
        said |= {
            "userId": user,
            "anonymousId": anonymous,
            "previousId": previous,
            "messageId": message_id or f"m-{number}",
        }
        said |= {"properties": {**properties, **(more or {})} or None, "context": context, "traits": traits}
        message = {key: value for key, value in said.items() if value is not None}
        kind = resolve(message["type"], message.get("event"))
        key_class = KeyClass.SERVER if server or kind.back_office else KeyClass.WRITE
        stream, claims = address(message, message["type"], kind, key_class)
        moment = NOW + round(at * MINUTE)
        accepted = AcceptedEvent(
            store=self.name, key_class=key_class, stream=stream, claims=claims, name=kind.name,
            fact=f"{kind.fact}:{kind.version}", message_id=message["messageId"], occurred_at=moment,
            received_at=max(moment, NOW), message=msgspec.Raw(json.encode(message)),
        )  # fmt: skip
        (fact,) = decide([propose(SECRET, accepted)], (), self._versions_of(accepted)).facts
        return self._project(fact, number, NOW + number if recorded is None else NOW + round(recorded * MINUTE))

    def _versions_of(self, accepted: AcceptedEvent) -> dict[Any, int]:
        return {propose(SECRET, accepted).stream: self._versions[propose(SECRET, accepted).stream]}

    def _project(self, fact: CustomerEvent, number: int, recorded_at: Microseconds) -> Recorded:
        self._versions[fact.stream] = fact.version
        fields = {name: getattr(fact, name) for name in fact.__struct_fields__}
        notification = Notification(self.shard, number, CustomerEvent(**{**fields, "recorded_at": recorded_at}))
        self.recorded.append(notification)
        self.pending.append(notification)
        return Recorded(fact.event_id, fact.stream, fact.message_id)

    def copied(self, name: str, facts: Iterable[Notification]) -> Store:
        """Return another store that was given only these facts, with the same ids; `hashed_as` finds them."""
        other = Store(self.warehouse, name, self.rules.default)
        other.hashed_as, other.refreshing = self.hashed_as, True
        other.recorded = [
            Notification(other.shard, one.id, msgspec.structs.replace(one.event, store=name)) for one in facts
        ]
        other.pending = list(other.recorded)
        other.settle()
        return other

    def take_back(self, message_id: str, at: float, user: str = "ada") -> None:
        """Retract by the id of a message, a property which has the name of a field."""
        self.say("Event Retracted", at, user=user, more={"message_id": message_id})

    def settle(self) -> None:
        """Absorb what was said since, as the projector does with a batch."""
        pending, self.pending = self.pending, []
        expected = self.events.expect(pending)
        self.insert(*pending)
        self.events.inserted(expected)
        if pending and self.refreshing:
            self.upkeep.refresh(pending)

    def insert(self, *notifications: Notification) -> None:
        self.events.insert(block(row(one, lambda store: "EUR") for one in notifications))

    def around(self, notification: Notification) -> People:
        self.settle()
        perspective = self.rules.perspective(self.name)
        return self.scope.around(perspective, [stream for stream, _ in notification.event.names])

    def stream(self, kind: str, id_: str) -> str:
        return stream_id(SECRET, self.hashed_as, StreamRef(StreamKind(kind), id_))

    def profile(self, stream: str, as_of: float | None = None, known_at: float | None = None) -> Json | None:
        self.settle()
        times = Times(*(None if at is None else NOW + round(at * MINUTE) for at in (as_of, known_at)))
        row = Reading(self.sources, self.name, times).profile(stream)
        return None if row is None else presentation.profile(row)

    def user(self, id_: str, as_of: float | None = None, known_at: float | None = None) -> Json:
        found = self.profile(self.stream("user", id_), as_of, known_at)
        assert found is not None
        return found

    def visitor(self, id_: str) -> Json | None:
        return self.profile(self.stream("anonymous", id_))

    def sessions(self, user: str) -> list[Json]:
        self.settle()
        row = Reading(self.sources, self.name, Times()).sessions(self.stream("user", user))
        return [presentation.session(session, []) for session in presentation.sessions(row)] if row else []

    def live_rows(self, table: str = "profiles") -> set[str]:
        self.settle()
        found = self.warehouse.select(
            f"SELECT customer_id FROM {table} FINAL WHERE store = {{store:String}} AND live", {"store": self.name}
        )
        return {customer for (customer,) in found}


def at(minutes: float) -> str | None:
    """The moment so many minutes after noon, as the API writes it."""
    return presentation.time(to_datetime(NOW + round(minutes * MINUTE)))


class Open:
    """Tokens, pipeline and hashing of a query API to which a store's name is its token."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reader(self, token: str) -> Reader | None:
        return Reader(token)

    def editor(self, token: str) -> Editor | None:
        return Editor(token, "admin token")

    def progress(self, store: str) -> Progress:
        return Progress(0, 0, 0, 0, 0.0, True)

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        return {0: (0, NOW + DAY)}

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        return stream_id(SECRET, self._store.hashed_as, StreamRef(StreamKind(kind), raw_id))


class Saying:
    """The query API's recorder: what it records is said to the store, after everything else."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._minutes = itertools.count(1000)

    async def record(self, store: str, message: dict[str, Any]) -> str:
        assert store == self._store.name
        said = self._store.say(
            message["event"],
            next(self._minutes),
            user=message["userId"],
            message_id=message["messageId"],
            more=message["properties"],
        )
        return said.event_id


class Analyst:
    """Asks a store by HTTP, without a network."""

    def __init__(self, store: Store) -> None:
        self.store = store
        standing = Open(store)
        self._app = build(store.warehouse, store.rules.default, standing, standing, standing, recorder=Saying(store))

    def ask(self, method: str, path: str, more: Mapping[str, str] | None = None, **request: Any) -> httpx.Response:
        """`more` are headers beside the token."""
        self.store.settle()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            headers = {"authorization": f"Bearer {self.store.name}", **(more or {})}
            async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
                return await client.request(method, f"/api/v1{path}", headers=headers, **request)

        return asyncio.run(asked())

    def funnel(self, *steps: str | Json, **options: Any) -> Json:
        said = [{"event": step} if isinstance(step, str) else step for step in steps]
        response = self.ask("POST", "/questions/funnel", json={"steps": said, **options})
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def counts(self, *steps: str | Json, **options: Any) -> list[int]:
        return [step["count"] for step in self.funnel(*steps, **options)["steps"]]
