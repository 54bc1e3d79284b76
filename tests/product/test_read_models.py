"""The definitions (docs/definitions.md), computed by the real SQL and compared with answers worked out by hand.

Facts go straight into the table `events`; nothing here goes through HTTP, an inbox or an event store.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from clickhouse_driver.errors import ServerException

from aggregates.customer import decide, propose
from footfall.chdb_server import ClickHouseServer
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_events import BUCKET, EventsTable, block
from projections.clickhouse_migrations import migrate
from projections.ports import TrackingPosition
from projections.rebuild import Rebuild
from projections.refresh import READ_MODELS, Refresh, Rules
from projections.rows import COLUMNS, row
from projections.scope import SLICE, People, Scope
from query_api import presentation
from query_api.app import build
from query_api.cursors import to_cursor
from query_api.ports import Progress, Reader
from query_api.reading import Reading, Times
from schemas import json
from schemas.addressing import address
from schemas.clock import DAY, SECOND, to_datetime
from schemas.facts import AcceptedEvent, CustomerEvent, KeyClass, LogSection, Microseconds, Notification
from schemas.streams import StreamKind, StreamRef, stream_id
from schemas.vocabulary import resolve
from tests.builders import NOW

pytestmark = pytest.mark.product

MEMORY = 1024**3
SECRET = b"a secret of thirty-two bytes ...."
MINUTE = 60 * SECOND
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with ClickHouseServer(tmp_path_factory.mktemp("read_models") / "clickhouse", MEMORY) as server:
        server.wait_ready()
        opened = migrate(Address(server.host, server.port, server.user, server.password, server.database))
        yield opened
        while not opened._idle.empty():
            opened._idle.get().disconnect()


class Recorded(NamedTuple):
    """A fact of the store, to be named by later ones."""

    event_id: str
    stream: str
    message_id: str


class Store:
    """One store in the warehouse. What was said is absorbed, in one batch, when something is asked."""

    ids = itertools.count(1)

    def __init__(self, warehouse: Warehouse, name: str) -> None:
        self.name = name
        self.warehouse = warehouse
        self.events = EventsTable(warehouse)
        self.scope = Scope(warehouse)
        self.refresh = Refresh(warehouse, Rules())
        self.reading = Reading(warehouse, self.scope, self.refresh)
        self.shard = next(Store.ids)
        self.recorded: list[Notification] = []
        self.refreshing = True
        self._pending: list[Notification] = []
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
        (fact,) = decide([propose(SECRET, accepted)], (), self._versions_of(accepted))
        return self._project(fact, number, NOW + number if recorded is None else NOW + round(recorded * MINUTE))

    def _versions_of(self, accepted: AcceptedEvent) -> dict[Any, int]:
        return {propose(SECRET, accepted).stream: self._versions[propose(SECRET, accepted).stream]}

    def _project(self, fact: CustomerEvent, number: int, recorded_at: Microseconds) -> Recorded:
        self._versions[fact.stream] = fact.version
        fields = {name: getattr(fact, name) for name in fact.__struct_fields__}
        notification = Notification(self.shard, number, CustomerEvent(**{**fields, "recorded_at": recorded_at}))
        self.recorded.append(notification)
        self._pending.append(notification)
        return Recorded(fact.event_id, fact.stream, fact.message_id)

    def take_back(self, message_id: str, at: float, user: str = "ada") -> None:
        """Retract by the id of a message, a property which has the name of a field."""
        self.say("Event Retracted", at, user=user, more={"message_id": message_id})

    def settle(self) -> None:
        """Absorb what was said since, as the projector does with a batch."""
        pending, self._pending = self._pending, []
        self.insert(*pending)
        touched = {stream for one in pending for stream, _ in one.event.names}
        if touched and self.refreshing:
            self.refresh.write(self.name, self.scope.around(self.name, touched))

    def insert(self, *notifications: Notification) -> None:
        self.events.insert(block(row(one, lambda store: "EUR") for one in notifications))

    def around(self, notification: Notification) -> People:
        self.settle()
        return self.scope.around(self.name, [stream for stream, _ in notification.event.names])

    def stream(self, kind: str, id_: str) -> str:
        return stream_id(SECRET, self.name, StreamRef(StreamKind(kind), id_))

    def profile(self, stream: str, as_of: float | None = None, known_at: float | None = None) -> Json | None:
        self.settle()
        times = Times(*(None if at is None else NOW + round(at * MINUTE) for at in (as_of, known_at)))
        row = self.reading.profile(self.name, stream, times)
        return None if row is None else presentation.profile(row)

    def user(self, id_: str, as_of: float | None = None, known_at: float | None = None) -> Json:
        found = self.profile(self.stream("user", id_), as_of, known_at)
        assert found is not None
        return found

    def visitor(self, id_: str) -> Json | None:
        return self.profile(self.stream("anonymous", id_))

    def sessions(self, user: str) -> list[Json]:
        self.settle()
        row = self.reading.sessions(self.name, self.stream("user", user), Times())
        return [presentation.session(session, []) for session in row["sessions"]] if row else []

    def live_rows(self, table: str = "profiles") -> set[str]:
        self.settle()
        found = self.warehouse.select(
            f"SELECT customer_id FROM {table} FINAL WHERE store = {{store:String}} AND live", {"store": self.name}
        )
        return {customer for (customer,) in found}


@pytest.fixture
def store(warehouse: Warehouse, request: pytest.FixtureRequest) -> Store:
    return Store(warehouse, request.node.name)


def at(minutes: float) -> str | None:
    """The moment so many minutes after noon, as the API writes it."""
    return presentation.time(to_datetime(NOW + round(minutes * MINUTE)))


# Sessions


def test_a_gap_of_exactly_the_timeout_keeps_the_session_and_a_longer_one_ends_it(store: Store) -> None:
    store.say("page", 0, user="ada")
    store.say("page", 30, user="ada")
    store.say("page", 60 + 1 / MINUTE, user="ada")
    assert [session["started_at"] for session in store.sessions("ada")] == [at(0), at(60 + 1 / MINUTE)]
    assert store.user("ada")["sessions"] == 2


def test_back_office_facts_are_in_no_session_and_bridge_none(store: Store) -> None:
    store.say("page", 0, user="ada")
    store.say("Order Shipped", 20, user="ada", order_id="o")
    store.say("page", 40, user="ada")
    assert [(one["bounced"], one["ended_at"]) for one in store.sessions("ada")] == [(True, at(0)), (True, at(40))]
    assert store.user("ada")["events"] == 3


def test_a_session_says_where_it_came_from_by_its_first_fact_that_says_so(store: Store) -> None:
    store.say("Product Viewed", 0, user="ada", product_id="p")
    store.say("page", 1, user="ada", url="https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=May")
    store.say("page", 2, user="ada", url="https://shop.example/?gclid=1")
    store.say("Order Completed", 3, user="ada", order_id="o", total="9.90")
    first = store.say("page", 100, user="ada", url="https://shop.example/again", referrer="https://shop.example/")
    earlier, later = store.sessions("ada")
    assert (earlier["channel"], earlier["source"], earlier["medium"], earlier["campaign"]) == (
        "Email", "news", "email", "May",
    )  # fmt: skip
    assert earlier["landing_page"] == "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=May"
    assert (earlier["converted"], earlier["bounced"], earlier["revenue"]) == (True, False, {"EUR": "9.90"})
    assert (later["session_id"], later["channel"], later["source"]) == (first.event_id, "Direct", None)
    assert (later["converted"], later["bounced"], later["revenue"]) == (False, True, {})
    acquisition = store.user("ada")["acquisition"]
    assert (acquisition["channel"], acquisition["campaign"]) == ("Email", "May")


def test_a_person_without_activity_has_no_session_and_no_acquisition(store: Store) -> None:
    store.say("Order Shipped", 5, user="ada", order_id="o")
    store.say("Ticket Opened", 9, user="ada", ticket_id="t")
    profile = store.user("ada")
    assert (profile["sessions"], profile["acquisition"], profile["first_seen"]) == (0, None, at(5))
    assert profile["preferences"] == {"categories": [], "brands": [], "channel": None}
    assert store.sessions("ada") == []


def test_preferences_are_the_most_frequent_and_then_by_name(store: Store) -> None:
    for minute, category in enumerate(["tea", "cups", "cups", "pots", "ads", "tea"]):
        store.say("Product Viewed", minute, user="ada", product_id="p", category=category, brand="B")
    assert store.user("ada")["preferences"] == {
        "categories": ["cups", "tea", "ads"],
        "brands": ["B"],
        "channel": "Direct",
    }


# The cart


def cart(profile: Json) -> dict[str, tuple[Any, Any]]:
    return {item["product_id"]: (item["quantity"], item["price"]) for item in profile["cart"]["items"]}


def test_a_cart_is_folded_in_the_order_of_facts_and_never_falls_below_zero(store: Store) -> None:
    store.say("Product Added", 3, user="ada", product_id="p", quantity=2, price="3.00")
    store.say("Product Removed", 2, user="ada", product_id="p", quantity=5)
    store.say("Product Added", 1, user="ada", product_id="p", quantity=1)
    store.say("Product Added", 4, user="ada", sku="s")
    store.say("Product Removed", 5, user="ada", product_id="never-added", quantity=1)
    profile = store.user("ada")
    assert cart(profile) == {"p": (2, "3.00"), "s": (1, None)}
    assert profile["cart"]["value"] == {"EUR": "6.00"}
    assert profile["cart"]["updated_at"] == at(5)


def test_a_removal_without_quantity_removes_the_line(store: Store) -> None:
    store.say("Product Added", 1, user="ada", product_id="p", quantity=7)
    store.say("Product Removed", 2, user="ada", product_id="p")
    store.say("Product Added", 3, user="ada", product_id="p", quantity="0.5")
    store.say("Product Added", 4, user="ada", product_id="q", quantity=7)
    store.say("Product Removed", 5, user="ada", product_id="q")
    assert cart(store.user("ada")) == {"p": (0.5, None)}


def test_price_and_currency_are_those_of_the_last_addition_that_names_a_price(store: Store) -> None:
    store.say("Product Added", 1, user="ada", product_id="p", price="1.00", currency="USD")
    store.say("Product Added", 2, user="ada", product_id="p", price="2.00", currency="CHF")
    store.say("Product Added", 3, user="ada", product_id="p", currency="GBP")
    store.say("Product Removed", 4, user="ada", product_id="p", price="9.00", quantity=1)
    profile = store.user("ada")
    assert cart(profile) == {"p": (2, "2.00")}
    assert profile["cart"]["value"] == {"CHF": "4.00"}


def test_an_order_clears_the_cart_also_when_it_arrives_late(store: Store) -> None:
    store.say("Product Added", 1, user="ada", product_id="p")
    store.say("Product Added", 3, user="ada", product_id="q")
    store.say("Order Completed", 2, user="ada", order_id="o", total=1)
    assert cart(store.user("ada")) == {"q": (1, None)}
    store.say("Order Completed", 4, user="ada", order_id="o2", total=1)
    assert store.user("ada")["cart"] == {"items": [], "value": {}, "updated_at": at(4)}


# Orders


def orders(store: Store, user: str = "ada") -> Json:
    found: Json = store.user(user)["orders"]
    return found


def test_browser_and_server_report_one_order_and_the_server_decides(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o", total="10.00")
    store.say("Order Completed", 2, user="ada", order_id="o", total="12.00", server=True, products=[{"quantity": 3}])
    store.say("Order Completed", 3, user="ada", order_id="o", total="99.00", server=True)
    found = orders(store)
    assert (found["count"], found["revenue"], found["items"]) == (1, {"EUR": "12.00"}, 3)
    assert found["first_at"] == found["last_at"] == at(2)


def test_an_order_belongs_to_the_person_of_its_deciding_fact(store: Store) -> None:
    store.say("Order Completed", 1, anonymous="a-1", order_id="o", total="10.00")
    assert store.visitor("a-1") is not None
    store.say("Order Completed", 2, user="ada", order_id="o", total="12.00", server=True)
    visitor = store.visitor("a-1")
    assert visitor is not None
    assert (visitor["orders"]["count"], visitor["orders"]["revenue"]) == (0, {})
    assert (orders(store)["count"], orders(store)["revenue"]) == (1, {"EUR": "12.00"})


def test_updates_replace_amount_and_lines_each_by_the_last_that_says_them(store: Store) -> None:
    store.say(
        "Order Completed", 1, user="ada", order_id="o", total="10.00", products=[{"product_id": "p", "quantity": 2}]
    )
    store.say("Order Updated", 2, user="ada", order_id="o", total="8.00", currency="USD")
    store.say("Order Updated", 3, user="ada", order_id="o", products=[{"product_id": "p"}, {"product_id": "q"}])
    store.say("Order Updated", 4, user="ada", order_id="other", total="1.00")
    found = orders(store)
    assert (found["count"], found["revenue"], found["items"]) == (1, {"USD": "8.00"}, 2)


def test_an_amount_is_the_total_else_the_revenue_else_the_lines(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="1", total="1.00", revenue="5.00")
    store.say("Order Completed", 2, user="ada", order_id="2", revenue="0.10", products=[{"price": 7}])
    store.say("Order Completed", 3, user="ada", order_id="3", products=[{"price": "0.02", "quantity": 3}, {"price": 1}])
    found = orders(store)
    assert (found["count"], found["revenue"], found["items"]) == (3, {"EUR": "2.16"}, 5)


def test_a_cancelled_order_is_left_out_but_its_refunds_are_not(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="kept", total="10.00")
    store.say("Order Completed", 2, user="ada", order_id="gone", total="5.00", products=[{"quantity": 2}])
    store.say("Order Cancelled", 3, user="ada", order_id="gone")
    store.say("Order Refunded", 4, user="ada", order_id="gone")
    found = orders(store)
    assert (found["count"], found["revenue"], found["refunded"]) == (1, {"EUR": "10.00"}, {"EUR": "5.00"})
    assert (found["items"], found["last_at"]) == (0, at(1))


def test_a_cancellation_may_come_before_its_order_and_by_another_stream(store: Store) -> None:
    store.say("Order Cancelled", 0, context={"traits": {"email": "x@example.com"}}, order_id="o")
    store.say("Order Completed", 2, user="ada", order_id="o", total="10.00")
    assert orders(store)["count"] == 0


def test_refunds_count_by_their_total_else_their_lines_else_the_order(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="partial", total="10.00")
    store.say("Order Refunded", 2, user="ada", order_id="partial", total="2.50")
    store.say("Order Refunded", 3, user="ada", order_id="partial", products=[{"price": "1.00", "quantity": 2}])
    assert orders(store)["refunded"] == {"EUR": "4.50"}
    store.say("Order Completed", 4, user="ada", order_id="full", total="7.00", currency="USD")
    store.say("Order Refunded", 5, user="ada", order_id="full")
    assert orders(store)["refunded"] == {"EUR": "4.50", "USD": "7.00"}
    assert orders(store)["revenue"] == {"EUR": "10.00", "USD": "7.00"}


def test_a_refund_without_total_and_lines_takes_the_amount_of_its_order(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o", total="10.00")
    store.say("Order Refunded", 2, user="ada", order_id="o", revenue="3.00")
    assert orders(store)["refunded"] == {"EUR": "10.00"}


def test_a_refund_of_an_unknown_order_is_its_own_persons(store: Store) -> None:
    store.say("Order Refunded", 1, user="ada", order_id="unknown", total="2.00")
    store.say("Order Refunded", 2, user="ada", order_id="unknown too")
    store.say("Order Refunded", 3, user="eve", order_id="unknown", total="3.00")
    found = orders(store)
    assert (found["count"], found["revenue"], found["refunded"], found["first_at"]) == (0, {}, {"EUR": "2.00"}, None)
    assert orders(store, "eve")["refunded"] == {"EUR": "3.00"}


def test_a_refund_counts_for_the_owner_of_the_order(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o", total="10.00")
    store.say("Order Refunded", 2, user="eve", order_id="o")
    assert orders(store)["refunded"] == {"EUR": "10.00"}
    assert orders(store, "eve")["refunded"] == {}


def test_currencies_are_never_added_up(store: Store) -> None:
    for number, currency in enumerate(["EUR", "USD", "EUR", None]):
        store.say("Order Completed", number, user="ada", order_id=str(number + 1), total="0.10", currency=currency)
    assert orders(store)["revenue"] == {"EUR": "0.30", "USD": "0.10"}


def test_orders_without_an_id_are_each_their_own(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", total="1.00")
    store.say("Order Completed", 2, user="ada", total="1.00")
    found = orders(store)
    assert (found["count"], found["revenue"]) == (2, {"EUR": "2.00"})


def test_an_order_without_an_amount_counts_and_adds_no_revenue(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o")
    found = orders(store)
    assert (found["count"], found["revenue"], found["first_at"]) == (1, {}, at(1))


def test_amounts_with_many_decimals_are_kept_to_the_width_of_the_column(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="1", products=[{"price": "1.234567", "quantity": "0.333333"}])
    store.say("Order Completed", 2, user="ada", order_id="2", total="999999999999999999.99")
    revenue = orders(store)["revenue"]["EUR"]
    assert revenue.startswith("1000000000000000000.401521921"[:28])


# Traits, newsletters, consent


def test_the_last_value_of_each_trait_wins_whenever_it_arrives(store: Store) -> None:
    store.say("identify", 3, user="ada", traits={"plan": "gold"})
    store.say("identify", 1, user="ada", traits={"plan": "tin", "city": "Bonn", "vip": True, "score": 1.5})
    store.say("page", 2, user="ada", context={"traits": {"city": "Köln", "address": {"zip": "50667"}}})
    assert store.user("ada")["traits"] == {
        "plan": "gold", "city": "Köln", "vip": True, "score": 1.5, "address": {"zip": "50667"},
    }  # fmt: skip


def test_null_removes_a_trait_until_it_is_said_again(store: Store) -> None:
    store.say("identify", 1, user="ada", traits={"plan": "gold", "city": "Bonn"})
    store.say("identify", 2, user="ada", traits={"plan": None, "city": None})
    store.say("identify", 3, user="ada", traits={"city": "Köln"})
    assert store.user("ada")["traits"] == {"city": "Köln"}


def test_reserved_names_are_one_in_both_spellings_and_make_a_name(store: Store) -> None:
    store.say("identify", 1, user="ada", traits={"first_name": "Eva", "lastName": "Winter"})
    store.say("identify", 2, user="ada", traits={"firstName": "Ada"})
    assert store.user("ada")["traits"] == {"firstName": "Ada", "lastName": "Winter", "name": "Ada Winter"}


def test_newsletters_are_the_lists_whose_last_fact_is_a_subscription(store: Store) -> None:
    store.say("Newsletter Subscribed", 1, user="ada")
    store.say("Newsletter Subscribed", 5, user="ada", list="tea")
    store.say("Newsletter Unsubscribed", 4, user="ada", list="tea")
    store.say("Newsletter Subscribed", 2, user="ada", list="cups")
    store.say("Newsletter Unsubscribed", 3, user="ada", list="cups")
    assert store.user("ada")["newsletters"] == ["default", "tea"]


def test_consent_is_the_last_word_on_each_purpose(store: Store) -> None:
    store.say("Consent Given", 3, user="ada", purposes=["ads", "stats"])
    store.say("Consent Withdrawn", 4, user="ada", purposes=["stats"])
    context = {"consent": {"categoryPreferences": {"ads": False, "chat": True, "stats": True}}}
    store.say("page", 2, user="ada", context=context)
    assert store.user("ada")["consent"] == {"ads": True, "chat": True, "stats": False}


# Persons


def test_a_claimed_visitor_disappears_and_its_history_is_the_users(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    assert store.live_rows() == {store.stream("anonymous", "a-1")}
    store.say("identify", 2, user="ada", anonymous="a-1", traits={"plan": "gold"})
    assert store.live_rows() == store.live_rows("sessions") == {store.stream("user", "ada")}
    profile = store.visitor("a-1")
    assert profile == store.user("ada")
    assert profile is not None
    assert (profile["events"], profile["anonymous_ids"], profile["user_ids"]) == (2, ["a-1"], ["ada"])
    assert profile["first_seen"] == at(1)


def test_a_retracted_claim_brings_the_visitor_back(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    claim = store.say("identify", 2, user="ada", anonymous="a-1")
    store.say("page", 3, user="ada")
    store.say("Event Retracted", 4, user="ada", event_id=claim.event_id)
    assert store.live_rows() == {store.stream("user", "ada"), store.stream("anonymous", "a-1")}
    visitor, user = store.visitor("a-1"), store.user("ada")
    assert visitor is not None
    assert (visitor["events"], visitor["customer_id"]) == (1, store.stream("anonymous", "a-1"))
    assert (user["events"], user["anonymous_ids"]) == (1, [])


def test_the_first_claim_wins_and_others_link_nothing(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, user="ada", anonymous="a-1")
    store.say("page", 3, user="eve", anonymous="a-1")
    assert store.user("ada")["anonymous_ids"] == ["a-1"]
    assert store.user("eve")["anonymous_ids"] == []
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (2, 1)


def test_an_earlier_claim_that_comes_late_moves_the_ownership(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.settle()
    store.say("page", 3, user="eve", anonymous="a-1")
    assert store.user("eve")["events"] == 2
    store.say("page", 2, user="ada", anonymous="a-1")
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (2, 1)
    assert store.user("eve")["anonymous_ids"] == []


def test_when_the_first_claim_is_retracted_the_next_one_holds(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, user="ada", anonymous="a-1", message_id="first")
    store.say("page", 3, user="eve", anonymous="a-1")
    store.take_back("first", 4)
    assert store.user("eve")["events"] == 2
    assert store.profile(store.stream("user", "ada")) is None


def test_an_alias_claims_the_id_before(store: Store) -> None:
    store.say("page", 1, anonymous="before")
    store.say("alias", 2, user="ada", previous="before")
    assert store.user("ada")["anonymous_ids"] == ["before"]
    assert store.user("ada")["events"] == 2


def test_a_claimed_stream_without_facts_finds_its_owner(store: Store) -> None:
    store.say("page", 1, user="ada", anonymous="never-seen")
    found = store.visitor("never-seen")
    assert found is not None
    assert (found["user_ids"], found["anonymous_ids"]) == (["ada"], ["never-seen"])


def test_an_address_belongs_to_the_first_who_names_it_by_server_key(store: Store) -> None:
    address_ = {"email": "Ada@Example.com "}
    store.say("Email Opened", 1, context={"traits": address_})
    store.say("identify", 2, user="eve", traits=address_)
    assert store.user("eve")["events"] == 2
    store.say("identify", 3, user="ada", traits=address_, server=True)
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (2, 1)
    store.say("identify", 2.5, user="mia", traits=address_, server=True)
    assert (store.user("mia")["events"], store.user("ada")["events"], store.user("eve")["events"]) == (2, 1, 1)


def test_bots_and_their_claims_are_in_no_answer(store: Store) -> None:
    bot = {"userAgent": GOOGLEBOT}
    store.say("page", 1, anonymous="a-1", context=bot)
    assert store.visitor("a-1") is None
    assert store.live_rows() == set()
    store.say("page", 2, anonymous="a-1")
    store.say("page", 3, user="ada", anonymous="a-1", context=bot)
    visitor = store.visitor("a-1")
    assert visitor is not None
    assert (visitor["events"], visitor["user_ids"]) == (1, [])
    store.say("page", 4, user="ada", server=True, context=bot)
    assert store.user("ada")["events"] == 1


def test_facts_of_the_store_are_nobodys(store: Store) -> None:
    store.say("Product Updated", 1, server=True, product_id="p")
    assert store.live_rows() == set()


# Retraction and time travel


def test_a_retraction_takes_back_facts_of_its_own_stream_only(store: Store) -> None:
    store.say("page", 1, user="ada", message_id="same")
    other = store.say("page", 1, user="eve", message_id="same")
    store.say("page", 2, user="ada")
    store.take_back("same", 3)
    store.say("Event Retracted", 4, user="ada", event_id=other.event_id)
    assert (store.user("ada")["events"], store.user("eve")["events"]) == (1, 1)


def test_a_message_id_takes_back_what_both_classes_of_keys_said(store: Store) -> None:
    store.say("page", 1, user="ada", message_id="same")
    store.say("page", 2, user="ada", message_id="same", server=True)
    store.say("page", 3, user="ada")
    store.take_back("same", 0)
    assert store.user("ada")["events"] == 1


def test_a_retraction_cannot_be_retracted(store: Store) -> None:
    first = store.say("page", 1, user="ada")
    store.say("page", 2, user="ada")
    retraction = store.say("Event Retracted", 3, user="ada", event_id=first.event_id)
    store.say("Event Retracted", 4, user="ada", event_id=retraction.event_id)
    assert store.user("ada")["events"] == 1


@pytest.mark.parametrize("named", ["short", "x" * 33, "ä" * 16, "x" * 500, "'"])
def test_a_retraction_of_no_event_id_harms_nobody(store: Store, named: str) -> None:
    store.say("page", 1, user="ada")
    store.say("Event Retracted", 2, user="ada", event_id=named)
    assert store.user("ada")["events"] == 1


def test_a_retraction_acts_as_of_when_it_happened_and_was_known(store: Store) -> None:
    order = store.say("Order Completed", 1, user="ada", order_id="o", total="5.00", recorded=10)
    store.say("Event Retracted", 20, user="ada", event_id=order.event_id, recorded=30)
    store.say("page", 5, user="ada", recorded=12)
    assert store.user("ada")["orders"]["count"] == 0
    assert store.user("ada", as_of=19)["orders"]["count"] == 1
    assert store.user("ada", as_of=20)["orders"]["count"] == 0
    assert store.user("ada", known_at=29)["orders"]["count"] == 1
    assert store.user("ada", known_at=30)["orders"]["count"] == 0
    assert store.user("ada", as_of=20, known_at=29)["orders"]["count"] == 1


def test_as_of_and_known_at_see_only_what_there_was(store: Store) -> None:
    store.say("page", 10, user="ada", recorded=10)
    store.say("page", 5, user="ada", recorded=50)
    assert store.user("ada", as_of=10)["events"] == 2
    assert store.user("ada", as_of=9.9)["events"] == 1
    assert store.user("ada", known_at=49)["events"] == 1
    assert store.profile(store.stream("user", "ada"), as_of=4.9) is None
    assert store.profile(store.stream("user", "ada"), known_at=9) is None


def test_before_its_claim_a_visitor_is_somebody_by_itself(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 10, user="ada", anonymous="a-1")
    stream = store.stream("anonymous", "a-1")
    before, after = store.profile(stream, as_of=9), store.profile(stream, as_of=10)
    assert before is not None
    assert after is not None
    assert (before["customer_id"], before["events"]) == (stream, 1)
    assert (after["customer_id"], after["events"]) == (store.stream("user", "ada"), 2)


# Tables: duplicates, versions, gaps, rebuilds


def test_rows_inserted_twice_change_nothing(store: Store) -> None:
    store.say("page", 1, user="ada", anonymous="a-1")
    store.say("Order Completed", 2, user="ada", order_id="o", total="5.00")
    before = store.user("ada")
    for _ in range(2):
        store.insert(*store.recorded)
    store.refresh.write(store.name, store.around(store.recorded[0]))
    assert store.user("ada") == before


@pytest.mark.parametrize("live", [0, 1], ids=["tombstone", "row"])
def test_a_refresh_that_saw_less_never_overwrites_one_that_saw_more(store: Store, live: int) -> None:
    store.say("page", 1, user="ada")
    store.say("page", 2, user="ada", anonymous="a-1")
    assert store.user("ada")["events"] == 2
    seen = {customer: version for _, customer, version in store.around(store.recorded[0])}
    customer = store.stream("user", "ada")
    store.warehouse.select(
        "INSERT INTO profiles (store, customer_id, version, live, events) "
        "SELECT {store:String}, {customer:String}, {version:UInt64}, {live:UInt8}, 77",
        {"store": store.name, "customer": customer, "version": seen[customer] - 1, "live": live},
    )
    assert store.user("ada")["events"] == 2
    assert store.live_rows() == {customer}


def test_a_version_is_the_sum_over_all_streams_that_could_matter(store: Store) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, anonymous="a-1")
    store.say("page", 3, user="ada", anonymous="a-1")
    store.say("Order Completed", 4, user="ada", order_id="o")
    store.say("Order Completed", 5, anonymous="a-2", order_id="o")
    store.say("page", 6, anonymous="a-3")
    versions = {stream: version for stream, _, version in store.around(store.recorded[0])}
    streams = {store.stream("user", "ada"), store.stream("anonymous", "a-1"), store.stream("anonymous", "a-2")}
    assert versions == dict.fromkeys(streams, 5)
    with store.warehouse.session() as session:
        slices = store.scope.everybody(session, store.name)
        everybody = {row for _ in slices for row in session.select("SELECT stream, customer_id, version FROM people")}
    assert everybody == {*store.around(store.recorded[0]), *store.around(store.recorded[-1])}


def test_slices_hold_everybody_once_and_each_component_whole(store: Store) -> None:
    for number in range(40):
        store.say("page", number, anonymous=f"a-{number}", user=f"u-{number // 2}" if number % 3 else None)
        store.say("Order Completed", number, anonymous=f"a-{number}", order_id=f"o-{number % 13}")
    store.settle()
    sizes, everybody = [], []
    with store.warehouse.session() as session:
        for _ in Scope(store.warehouse, slice_size=10).everybody(session, store.name):
            people = session.select("SELECT stream, customer_id, version FROM people")
            assert set(people) == set(store.scope.around(store.name, [stream for stream, _, _ in people]))
            sizes.append(len(people))
            everybody += people
    assert len([size for size in sizes if size]) > 3
    assert len({stream for stream, _, _ in everybody}) == len(everybody) == 40 + 20


HOSTILE_TEXTS = ["", "\0", '"\\\n\t\r\x1f', "ä € 😀 \uffff \u2028", "null", "[1,{}]", "'; DROP", "x" * 100_000]


def test_a_row_lies_in_the_table_as_it_was_made(warehouse: Warehouse) -> None:
    """Compared with the driver, which writes each value by its type."""
    store = Store(warehouse, "as made")
    for text in HOSTILE_TEXTS:
        store.say('Page "Viewed"', user="ada", anonymous=text, context={"page": {"url": text}}, category=text)
    store.say("Order Completed", user="ada", server=True, order_id="o", products=[{"sku": "s", "price": "1.50"}, {}])
    first, *_, last = store.recorded
    for one, at in (first, -1), (last, 2**53 + 1):  # a moment before 1970, a number that no float holds
        event = msgspec.structs.replace(one.event, event_id=f"{at:032}", occurred_at=min(at, NOW), version=abs(at))
        store.recorded.append(Notification(one.shard, 2**63 + 1 if at > 0 else 1, event))
    made = [row(one, lambda store: "EUR") for one in store.recorded]
    warehouse.select("CREATE TABLE as_made AS events")
    try:
        names = ", ".join(COLUMNS)
        warehouse.insert(f"INSERT INTO as_made ({names}) VALUES", list(zip(*made, strict=True)))
        store.insert(*store.recorded)
        asked = f"SELECT {names} FROM {{}} WHERE store = 'as made' ORDER BY event_id"
        found = warehouse.select(asked.format("events"))
        assert len(found) == len(made)
        assert found == warehouse.select(asked.format("as_made"))
    finally:
        warehouse.select("DROP TABLE as_made SYNC")


@pytest.mark.parametrize("text", ["", "[]", '["as made"', "null"])
def test_a_text_that_is_no_row_does_not_become_one(warehouse: Warehouse, text: str) -> None:
    with pytest.raises(ServerException, match="a row that cannot be read"):
        EventsTable(warehouse).insert([text])


def test_gaps_against_the_log_are_found(warehouse: Warehouse) -> None:
    table = EventsTable(warehouse)
    store = Store(warehouse, "gaps")
    store.refreshing = False
    store.say("page", user="ada")
    (one,) = store.recorded
    present = [number for number in range(1, BUCKET + 20) if number not in (2, BUCKET, BUCKET + 7)]
    store.insert(
        *(
            Notification(store.shard, number, msgspec.structs.replace(one.event, event_id=f"{number:032}"))
            for number in present
        )
    )
    store.insert(Notification(store.shard + 500, 2, msgspec.structs.replace(one.event, event_id="f" * 32)))
    assert table.missing(store.shard, BUCKET + 19) == [2, BUCKET, BUCKET + 7]
    assert table.missing(store.shard, BUCKET + 21) == [2, BUCKET, BUCKET + 7, BUCKET + 20, BUCKET + 21]
    assert table.missing(store.shard, 1) == []
    assert table.missing(store.shard, 0) == []
    assert table.missing(store.shard + 501, 3) == [1, 2, 3]


class NothingMore:
    """A log and a tracking position of a projector that stands still."""

    shard = 0

    def read(self, after: int, limit: int) -> LogSection:
        return LogSection([], 0, NOW)

    def read_ids(self, ids: Any) -> list[Notification]:
        return []

    def last_id(self) -> int:
        return 0

    def position(self, shard: int) -> TrackingPosition:
        return TrackingPosition(0, NOW)

    def advance(self, shard: int, position: TrackingPosition) -> None:
        raise AssertionError("a rebuild absorbs nothing")


@pytest.mark.parametrize("slice_size", [10, SLICE])
def test_what_is_rebuilt_from_zero_equals_what_was_built_live(store: Store, slice_size: int) -> None:
    for number in range(6):
        visitor, user = f"a-{number}", f"u-{number % 3}"
        store.say("page", number, anonymous=visitor, url="https://shop.example/?gclid=1")
        store.say("identify", number + 1, user=user, anonymous=visitor, traits={"n": number, "b": "x", "a": None})
        store.say("Product Added", number + 2, user=user, product_id=f"p-{number}", price="1.10", currency="USD")
        store.say("Order Completed", number + 3, anonymous=visitor, order_id=str(number % 2 + 1), total="3.30")
        store.say("Newsletter Subscribed", number, user=user, list=f"l-{number}")
        store.say("Consent Given", number, user=user, purposes=[f"c-{number}", "ads"])
        store.settle()
    gone = store.say("page", 50, user="u-0", anonymous="a-1")
    store.settle()
    store.say("Event Retracted", 51, user="u-0", event_id=gone.event_id)
    store.settle()
    still, scope = NothingMore(), Scope(store.warehouse, slice_size)
    rebuild = Rebuild(store.warehouse, scope, store.refresh, still, still, nullcontext)
    built = rebuild.verify(READ_MODELS, [store.name], lambda *_: None)
    rebuild.rebuild(READ_MODELS, [store.name], lambda *_: None)  # of the stores of this module's tests, this one stays
    for model, built_live in zip(READ_MODELS, built, strict=True):
        assert [difference for difference in built_live.differences if difference.store == store.name] == []
        assert rebuild.digest(model.name) == built_live.rebuilt
        assert store.live_rows(model.name) == {store.stream("user", f"u-{number}") for number in range(3)}
    store.say("page", 60, user="u-1", anonymous="a-0")
    store.settle()
    for again in rebuild.verify(READ_MODELS, [store.name], lambda *_: None):
        assert (again.live, again.differences) == (again.rebuilt, [])


def test_a_row_that_is_not_what_its_facts_say_is_found(store: Store) -> None:
    store.say("page", 1, user="ada")
    store.settle()
    store.warehouse.select(
        "INSERT INTO profiles (store, customer_id, version, live, events) "
        "SELECT {store:String}, {customer:String}, 1000, 1, 77",
        {"store": store.name, "customer": store.stream("user", "ada")},
    )
    still = NothingMore()
    rebuild = Rebuild(store.warehouse, store.scope, store.refresh, still, still, nullcontext)
    verdict, _ = rebuild.verify(READ_MODELS, [store.name], lambda *_: None)
    assert ("profiles", store.name, store.stream("user", "ada")) in verdict.differences
    assert verdict.live != verdict.rebuilt


# The funnel


class Open:
    """Tokens, pipeline and hashing of a query API to which a store's name is its token."""

    def reader(self, token: str) -> Reader | None:
        return Reader(token)

    def progress(self, store: str) -> Progress:
        return Progress(0, 0, 0, 0, 0.0, True)

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        return {0: (0, NOW + DAY)}

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        return stream_id(SECRET, store, StreamRef(StreamKind(kind), raw_id))


class Analyst:
    """Asks a store by HTTP, without a network."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._app = build(store.warehouse, Rules(), Open(), Open(), Open())

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        self.store.settle()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            headers = {"authorization": f"Bearer {self.store.name}"}
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


@pytest.fixture
def analyst(store: Store) -> Analyst:
    store.refreshing = False
    return Analyst(store)


STEPS = ("Product Viewed", "Product Added", "Order Completed")


def buy(store: Store, user: str, *minutes: float, product: str = "p") -> None:
    """Let a user take as many steps as there are minutes."""
    for event, minute in zip(STEPS, minutes, strict=False):
        store.say(event, minute, user=user, product_id=product)


def test_a_funnel_counts_who_gets_how_far_in_order(store: Store, analyst: Analyst) -> None:
    buy(store, "all", 0, 1, 3)
    buy(store, "two", 0, 3)
    buy(store, "one", 0)
    buy(store, "backwards", 2, 1, 0)
    store.say("Order Completed", 0, user="never looked", order_id="o")
    steps = analyst.funnel(*STEPS)["steps"]
    assert [step["count"] for step in steps] == [4, 2, 1]
    assert [step["of_first"] for step in steps] == [1.0, 0.5, 0.25]
    assert [step["of_previous"] for step in steps] == [1.0, 0.5, 0.5]
    assert [step["median_seconds"] for step in steps] == [None, 120.0, 120.0]


def test_a_funnel_of_nobody_is_all_zeros(store: Store, analyst: Analyst) -> None:
    steps = analyst.funnel(*STEPS)["steps"]
    assert [(step["count"], step["of_first"], step["of_previous"]) for step in steps] == [(0, 0.0, 0.0)] * 3


def test_the_window_of_a_funnel_is_inclusive_and_every_restart_counts(store: Store, analyst: Analyst) -> None:
    buy(store, "exactly", 0, 10)
    buy(store, "too late", 0, 10 + 1 / MINUTE)
    buy(store, "again", -20, 10)
    store.say("Product Viewed", 1, user="again", product_id="p")
    assert analyst.counts(*STEPS[:2], window="PT10M") == [3, 2]
    assert analyst.counts(*STEPS[:2], window=None) == [3, 3]


def test_steps_of_equal_time_are_taken_in_their_order_and_one_fact_fills_one_step(
    store: Store, analyst: Analyst
) -> None:
    buy(store, "ada", 0, 0, 0)
    assert analyst.counts(*STEPS) == [1, 1, 1]
    assert analyst.counts("Product Viewed", "Product Viewed") == [1, 0]
    store.say("Product Viewed", 0, user="ada", product_id="p")
    assert analyst.counts("Product Viewed", "Product Viewed") == [1, 1]


def test_a_strict_funnel_bears_no_other_activity_between(store: Store, analyst: Analyst) -> None:
    buy(store, "strict", 0, 2)
    store.say("Order Shipped", 1, user="strict", order_id="o")
    buy(store, "distracted", 0, 2)
    store.say("page", 1, user="distracted")
    assert analyst.counts(*STEPS[:2], order="strict") == [2, 1]
    assert analyst.counts(*STEPS[:2], order="ordered") == [2, 2]


def test_any_order_counts_steps_wherever_they_are(store: Store, analyst: Analyst) -> None:
    buy(store, "backwards", 3, 2, 1)
    buy(store, "far apart", 0, 100)
    store.say("Order Completed", 0, user="never looked", order_id="o")
    assert analyst.counts(*STEPS, order="any") == [2, 2, 1]
    assert analyst.counts(*STEPS, order="any", window="PT5M") == [2, 1, 1]
    assert analyst.counts("Product Viewed", "Product Viewed", order="any") == [2, 0]


def test_all_steps_of_a_chain_may_have_to_share_a_product(store: Store, analyst: Analyst) -> None:
    buy(store, "same", 0, 1, product="p")
    store.say("Order Completed", 2, user="same", products=[{"product_id": "x"}, {"product_id": "p"}])
    buy(store, "other", 0, product="p")
    store.say("Product Added", 1, user="other", product_id="q")
    assert analyst.counts(*STEPS) == [2, 2, 1]
    assert analyst.counts(*STEPS, same="product_id") == [2, 1, 1]


def test_a_funnel_of_sessions_ends_with_the_session(store: Store, analyst: Analyst) -> None:
    buy(store, "ada", 0, 31)
    buy(store, "eve", 0, 30)
    assert analyst.counts(*STEPS[:2], scope="session") == [2, 1]
    assert analyst.counts(*STEPS[:2], scope="customer") == [2, 2]


def test_only_facts_within_from_and_to_fill_steps(store: Store, analyst: Analyst) -> None:
    buy(store, "ada", 0, 10)
    assert analyst.counts(*STEPS[:2], **{"from": at(0), "to": at(10)}) == [1, 0]
    assert analyst.counts(*STEPS[:2], **{"from": at(0), "to": at(10 + 1 / MINUTE)}) == [1, 1]
    assert analyst.counts(*STEPS[:2], **{"from": at(1 / MINUTE)}) == [0, 0]


def test_a_funnel_follows_a_person_through_its_streams_and_skips_retracted_facts_and_bots(
    store: Store, analyst: Analyst
) -> None:
    store.say("Product Viewed", 0, anonymous="a-1", product_id="p")
    claim = store.say("identify", 1, user="ada", anonymous="a-1")
    store.say("Product Added", 2, user="ada", product_id="p")
    store.say("Product Viewed", 2, anonymous="bot", product_id="p", context={"userAgent": GOOGLEBOT})
    assert analyst.counts(*STEPS[:2]) == [1, 1]
    store.say("Event Retracted", 3, user="ada", event_id=claim.event_id)
    assert analyst.counts(*STEPS[:2]) == [1, 0]
    assert analyst.counts(*STEPS[:2], as_of=at(2)) == [1, 1]


@pytest.mark.parametrize(
    ("op", "value", "users"),
    [
        ("=", 10, 2),
        ("=", "10.0", 2),
        ("!=", 10, 3),
        (">", 9, 3),
        (">=", "9.5", 3),
        ("<", 10, 1),
        ("<=", 10, 3),
        ("in", [10, "tea"], 3),
        ("contains", "ea", 1),
        ("exists", True, 4),
        ("exists", False, 1),
    ],
)
def test_conditions_compare_numbers_as_numbers_and_texts_as_texts(
    store: Store, analyst: Analyst, op: str, value: Any, users: int
) -> None:
    for number, price in enumerate([10, "10.00", 9.5, "tea"]):
        store.say("Product Clicked", 0, user=f"u-{number}", rank=price)
    store.say("Product Clicked", 0, user="u-none")
    step = {"event": "Product Clicked", "where": [{"field": "rank", "op": op, "value": value}]}
    assert analyst.counts(step) == [users]


def test_groups_by_channel_add_up_to_the_whole(store: Store, analyst: Analyst) -> None:
    store.say("page", -1, user="ada", url="https://shop.example/?utm_source=news&utm_medium=email")
    buy(store, "ada", 0, 1)
    buy(store, "eve", 0)
    answer = analyst.funnel(*STEPS[:2], by="channel")
    groups = {group["channel"]: [step["count"] for step in group["steps"]] for group in answer["groups"]}
    assert groups == {"Email": [1, 1], "Direct": [1, 0]}
    assert [step["count"] for step in answer["steps"]] == [2, 1]


def test_before_all_times_no_page_begins(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    for path in (f"/customers/{fact.stream}/journey", f"/customers/{fact.stream}/events"):
        for asked in ({"from": "0001-01-01T00:00:00Z"}, {"to": "9999-12-31T00:00:00Z"}, {"from": at(0) or ""}):
            answer = analyst.ask("GET", path, params=asked).json()
            assert len(answer.get("items") or answer["sessions"]) == 1, (path, asked)
        answer = analyst.ask("GET", path, params={"to": "0001-01-01T00:00:00Z"}).json()
        assert (answer.get("items") or answer.get("sessions") or []) == []


def test_before_all_times_no_page_begins_and_after_them_none_ends(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    for path in (f"/customers/{fact.stream}/journey", f"/customers/{fact.stream}/events"):
        for bounds in ({"from": "0001-01-01T00:00:00Z"}, {"to": "9999-12-31T00:00:00Z"}, {"from": at(0) or ""}):
            answer = analyst.ask("GET", path, params=bounds).json()
            assert len(answer.get("items") or answer["sessions"]) == 1, (path, bounds)
        answer = analyst.ask("GET", path, params={"to": "0001-01-01T00:00:00Z"}).json()
        assert (answer.get("items") or answer.get("sessions") or []) == []


# The routes, where only a warehouse can tell whether a request is refused as one should be


@pytest.mark.parametrize("route", ["/customers/{}", "/customers/{}/journey", "/customers/{}/events"])
@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1899-12-31T00:00:00Z"])
def test_before_all_times_there_is_nobody(store: Store, analyst: Analyst, route: str, as_of: str) -> None:
    fact = store.say("page", 1, user="ada")
    assert analyst.ask("GET", route.format(fact.stream), params={"as_of": as_of}).status_code == 404


def test_a_time_in_a_far_future_is_the_present(store: Store, analyst: Analyst) -> None:
    fact = store.say("page", 1, user="ada")
    response = analyst.ask("GET", f"/customers/{fact.stream}", params={"as_of": "9999-12-31T23:59:59Z"})
    assert response.status_code == 200


def pages(analyst: Analyst, path: str, limit: int) -> Iterator[Json]:
    """Every page of a list, by its cursors."""
    asked: Json = {"limit": limit}
    while True:
        answer: Json = analyst.ask("GET", path, params=asked).json()
        yield answer
        if answer["next_cursor"] is None:
            return
        asked["cursor"] = answer["next_cursor"]


def test_a_journey_and_the_facts_go_on_page_by_page(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    said = []
    for number in range(5):
        said.append(store.say("page", number * 40, user="ada"))
        said.append(store.say("Order Shipped", number * 40 + 20, user="ada", order_id=str(number)))
    customer = f"/customers/{said[0].stream}"
    journey = list(pages(analyst, f"{customer}/journey", 4))
    sessions = [session["session_id"] for page in journey for session in page["sessions"]]
    outside = [step["event_id"] for page in journey for step in page["outside_sessions"]]
    assert [len(page["sessions"]) + len(page["outside_sessions"]) for page in journey] == [4, 4, 2]
    assert sessions == [fact.event_id for fact in said[-2::-2]]
    assert outside == [fact.event_id for fact in said[::-2]]
    assert all(len(session["steps"]) == 1 for page in journey for session in page["sessions"])
    facts = list(pages(analyst, f"{customer}/events", 4))
    assert [len(page["items"]) for page in facts] == [4, 4, 2]
    assert [fact["event_id"] for page in facts for fact in page["items"]] == [fact.event_id for fact in said]


@pytest.mark.parametrize(
    "cursor",
    [
        to_cursor([10**30, "e"]),
        to_cursor([-(10**30), "e"]),
        to_cursor([NOW, "\ud800"]),
        "W" * 2000,
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
    ],
    ids=["far future", "far past", "surrogate", "long", "deep"],
)
def test_a_forged_cursor_is_refused_or_finds_nothing(store: Store, analyst: Analyst, cursor: str) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    for path in ("/customers", f"/customers/{fact.stream}/journey", f"/customers/{fact.stream}/events"):
        assert analyst.ask("GET", path, params={"cursor": cursor}).status_code in (200, 400), path
