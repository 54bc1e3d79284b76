"""Tables of the warehouse: duplicates, versions, gaps, rebuilds."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import msgspec
import pytest
from clickhouse_driver.errors import ServerException

from projections.clickhouse_connection import Warehouse
from projections.clickhouse_events import BUCKET, EventsTable
from projections.ports import TrackingPosition
from projections.rebuild import Rebuild
from projections.refresh import READ_MODELS
from projections.rows import COLUMNS, row
from projections.scope import SLICE, Scope
from projections.upkeep import Upkeep
from schemas.facts import LogSection, Notification
from tests.builders import NOW
from tests.product.read_models.shop import Store

pytestmark = [pytest.mark.product, pytest.mark.embedded("about the ClickHouse that the embedded mode starts")]


def test_rows_inserted_twice_change_nothing(store: Store) -> None:
    store.say("page", 1, user="ada", anonymous="a-1")
    store.say("Order Completed", 2, user="ada", order_id="o", total="5.00")
    before = store.user("ada")
    for _ in range(2):
        store.insert(*store.recorded)
    store.upkeep.refresh([store.recorded[0]])
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
        slices = store.scope.everybody(session, store.rules.perspective(store.name))
        everybody = {row for _ in slices for row in session.select("SELECT stream, customer_id, version FROM people")}
    assert everybody == {*store.around(store.recorded[0]), *store.around(store.recorded[-1])}


def test_slices_hold_everybody_once_and_each_component_whole(store: Store) -> None:
    for number in range(40):
        store.say("page", number, anonymous=f"a-{number}", user=f"u-{number // 2}" if number % 3 else None)
        store.say("Order Completed", number, anonymous=f"a-{number}", order_id=f"o-{number % 13}")
    store.settle()
    sizes, everybody = [], []
    perspective = store.rules.perspective(store.name)
    with store.warehouse.session() as session:
        for _ in Scope(store.warehouse, store.links, slice_size=10).everybody(session, perspective):
            people = session.select("SELECT stream, customer_id, version FROM people")
            assert set(people) == set(store.scope.around(perspective, [stream for stream, _, _ in people]))
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
    still, scope = NothingMore(), Scope(store.warehouse, store.links, slice_size)
    upkeep = Upkeep(store.warehouse, scope, store.refresh, store.rules)
    rebuild = Rebuild(store.warehouse, upkeep, [still], still, nullcontext)
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
        "SELECT {store:String}, {customer:String}, bitShiftLeft(toUInt128(1000), 64), 1, 77",
        {"store": store.name, "customer": store.stream("user", "ada")},
    )
    still = NothingMore()
    rebuild = Rebuild(store.warehouse, store.upkeep, [still], still, nullcontext)
    verdict, _ = rebuild.verify(READ_MODELS, [store.name], lambda *_: None)
    assert ("profiles", store.name, store.stream("user", "ada")) in verdict.differences
    assert verdict.live != verdict.rebuilt
