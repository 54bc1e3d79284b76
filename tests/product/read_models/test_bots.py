"""Who goes faster than a person (docs/definitions.md, Bots): by the real SQL, in any order, as of any time."""

from __future__ import annotations

from contextlib import nullcontext
from random import Random

import pytest

from projections.rebuild import Rebuild
from projections.refresh import READ_MODELS
from schemas.rules import LEAST_BOT_IN_HOUR, LEAST_BOT_IN_MINUTE
from tests.oracle.rules import Rules
from tests.product.read_models.shop import MINUTE, Analyst, Json, Store
from tests.product.read_models.test_rules import what_if
from tests.product.read_models.test_tables import NothingMore

pytestmark = pytest.mark.product

MOST_IN_MINUTE, MOST_IN_HOUR = Rules.bot_activities_in_minute, Rules.bot_activities_in_hour

CHROME: Json = {"userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"}
SECOND = 1 / 60
EVENLY = 50 * SECOND / MOST_IN_MINUTE


def burst(store: Store, count: int, *, first: int = 0, anonymous: str = "scraper", **fields: object) -> None:
    """Say facts of one minute, the first at noon, one after the other."""
    said: Json = {"context": CHROME, **fields}
    for number in range(first, first + count):
        store.say("page", number * EVENLY, anonymous=anonymous, message_id=f"b-{number}", **said)


def test_a_visitor_at_the_rate_of_a_person_is_one_and_a_faster_one_is_none(store: Store) -> None:
    burst(store, MOST_IN_MINUTE)
    profile = store.visitor("scraper")
    assert profile is not None
    assert profile["events"] == MOST_IN_MINUTE
    burst(store, 1, first=MOST_IN_MINUTE)
    assert store.visitor("scraper") is None
    assert store.live_rows() == set()


def test_who_is_a_bot_at_one_time_is_one_at_all_times(store: Store, analyst: Analyst) -> None:
    store.say("page", -600, anonymous="scraper", context=CHROME)
    store.say("Product Viewed", 600, anonymous="scraper", context=CHROME, product_id="p")
    assert analyst.counts("Product Viewed") == [1]
    burst(store, MOST_IN_MINUTE + 1)
    assert analyst.counts("Product Viewed") == [0]
    assert store.profile(store.stream("anonymous", "scraper"), as_of=-1) is not None
    assert store.profile(store.stream("anonymous", "scraper"), as_of=700) is None


def test_bots_are_judged_by_what_had_happened_and_was_known(store: Store) -> None:
    store.refreshing = False
    burst(store, MOST_IN_MINUTE + 1)
    stream = store.stream("anonymous", "scraper")
    before_the_last = MOST_IN_MINUTE * EVENLY - EVENLY / 2
    assert store.profile(stream) is None
    as_of = store.profile(stream, as_of=before_the_last)
    known_at = store.profile(stream, known_at=MOST_IN_MINUTE / MINUTE)
    assert as_of is not None
    assert known_at is not None
    assert as_of["events"] == known_at["events"] == MOST_IN_MINUTE
    assert store.profile(stream, known_at=(MOST_IN_MINUTE + 1) / MINUTE) is None


def test_an_hour_without_rest_is_a_bots(store: Store) -> None:
    store.refreshing = False
    for number in range(MOST_IN_HOUR + 1):
        store.say("page", number * 59 / (MOST_IN_HOUR + 1), anonymous="patient", context=CHROME)
    stream = store.stream("anonymous", "patient")
    assert store.profile(stream) is None
    assert store.profile(stream, as_of=58.9) is not None


def test_a_copy_counts_once_whenever_it_comes(store: Store) -> None:
    burst(store, MOST_IN_MINUTE)
    store.settle()
    for _ in range(2):
        expected = store.events.expect(store.recorded)
        store.insert(*store.recorded)
        store.events.inserted(expected)
    store.upkeep.refresh([store.recorded[0]])
    assert store.visitor("scraper") is not None


def test_the_order_and_the_batches_in_which_facts_come_make_no_difference(store: Store) -> None:
    """The last fact of a burst to come is any of them."""
    numbers = list(range(MOST_IN_MINUTE + 1))
    Random(1).shuffle(numbers)
    for number in range(150):  # slowly, and so that the stream is long before it is fast
        store.say("page", 100 + number, anonymous="scraper", context=CHROME)
    for place, number in enumerate(numbers, 1):
        store.say("page", number * EVENLY, anonymous="scraper", context=CHROME)
        if place % 67 == 0:
            assert (store.visitor("scraper") is None) == (place == len(numbers))
    assert store.visitor("scraper") is None


@pytest.mark.parametrize(
    "fields",
    [{"server": True}, {"context": {}}, {"context": {"userAgent": ""}}],
    ids=["server key", "no user agent", "an empty one"],
)
def test_what_is_not_judged_is_no_bots_however_fast(store: Store, fields: Json) -> None:
    burst(store, 2 * MOST_IN_MINUTE, **fields)
    profile = store.visitor("scraper")
    assert profile is not None
    assert profile["events"] == 2 * MOST_IN_MINUTE


def test_a_bots_stream_keeps_what_a_server_says_of_it_and_neighbours_keep_all(store: Store) -> None:
    store.say("page", 0, user="ada", anonymous="scraper", context=CHROME)
    store.say("page", 1, anonymous="person", context=CHROME)
    store.say("Order Completed", 2, anonymous="scraper", order_id="o", total="5.00", server=True)
    burst(store, MOST_IN_MINUTE + 1)
    profile, person = store.user("ada"), store.visitor("person")
    assert (profile["events"], profile["orders"]["count"]) == (2, 1)
    assert person is not None


def test_a_user_is_a_customer_however_fast(store: Store) -> None:
    for number in range(MOST_IN_MINUTE + 1):
        store.say("page", number * EVENLY, user="ada", anonymous="a-1", context=CHROME)
    assert store.user("ada")["events"] == MOST_IN_MINUTE + 1


def test_a_burst_is_one_also_where_it_was_taken_back(store: Store) -> None:
    burst(store, MOST_IN_MINUTE + 1)
    gone = store.recorded[0].event
    store.say("Event Retracted", 5, anonymous="scraper", event_id=gone.event_id, server=True)
    assert store.visitor("scraper") is None


def test_read_models_rebuilt_with_bots_equal_those_built_live(store: Store) -> None:
    store.say("page", 1, anonymous="person", context=CHROME)
    store.settle()
    for first in range(0, 240, 60):
        burst(store, 60, first=first)
        store.settle()
    still = NothingMore()
    rebuild = Rebuild(store.warehouse, store.upkeep, [still], still, nullcontext)
    for verdict in rebuild.verify(READ_MODELS, [store.name], lambda *_: None):
        assert [one for one in verdict.differences if one.store == store.name] == []
    assert store.live_rows() == {store.stream("anonymous", "person")}


def test_bursts_of_facts_that_are_there_are_found_as_those_of_arriving_ones(store: Store) -> None:
    asked = "SELECT * FROM bursts FINAL WHERE store = {store:String} AND level > 0 ORDER BY ALL"
    burst(store, LEAST_BOT_IN_MINUTE + 1, anonymous="a")
    burst(store, LEAST_BOT_IN_MINUTE, anonymous="b")
    for number in range(LEAST_BOT_IN_HOUR + 1):
        store.say("page", 60 + number * 59 / (LEAST_BOT_IN_HOUR + 1), anonymous="c", context=CHROME)
    store.settle()
    found = store.warehouse.select(asked, {"store": store.name})
    assert {one[1] for one in found} == {store.stream("anonymous", one) for one in "ac"}
    store.warehouse.select("ALTER TABLE bursts DELETE WHERE 1 SETTINGS mutations_sync = 1")
    store.events.all_inserted()
    assert store.warehouse.select(asked, {"store": store.name}) == found


def test_who_is_a_bot_does_not_depend_on_what_was_counted_before(store: Store) -> None:
    """What `bursts` says of the speed spares counting, and no more."""
    store.refreshing = False
    for first in range(0, 2 * MOST_IN_MINUTE, 60):
        burst(store, 60, first=first)
        store.settle()
    stream = store.stream("anonymous", "scraper")
    whens: list[Json] = [{}]
    whens += [{"known_at": number / MINUTE} for number in range(0, 420, 120)]
    whens += [{"as_of": number * EVENLY} for number in range(0, 420, 120)]
    counted = [store.profile(stream, **when) is None for when in whens]
    store.warehouse.select("ALTER TABLE bursts DELETE WHERE level > 0 SETTINGS mutations_sync = 1")
    assert [store.profile(stream, **when) is None for when in whens] == counted
    assert {*counted[1:5]} == {*counted[5:]} == {True, False}


def test_the_rates_are_rules_for_all_of_history_and_known_at_chooses_them(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    burst(store, 150)
    stream = store.stream("anonymous", "scraper")
    assert store.live_rows() == {stream}
    store.say("Rules Changed", 50, rules={"bot_activities_in_minute": 149}, recorded=50)
    assert store.live_rows() == set()
    assert analyst.counts("page") == [0]
    assert store.profile(stream, known_at=49) is not None
    assert store.profile(stream, as_of=148.5 * EVENLY) is not None
    burst(store, MOST_IN_MINUTE, first=150, recorded=60)
    store.say("Rules Changed", 51, rules={"bot_activities_in_minute": 350}, recorded=70)
    assert analyst.counts("page") == [1]
    assert (store.visitor("scraper") or {})["events"] == 350
    assert store.profile(stream, known_at=61) is None
    store.say("Rules Changed", 52, rules={"bot_activities_in_minute": None}, recorded=80)
    assert store.live_rows() == set()


def test_a_rate_of_0_judges_nobody(store: Store) -> None:
    burst(store, MOST_IN_MINUTE + 1)
    for number in range(1_001):
        store.say("page", 60 + number * 59 / 1_001, anonymous="patient", context=CHROME)
    store.say("Rules Changed", 50, rules={"bot_activities_in_minute": 0, "bot_activities_in_hour": 1_000})
    assert store.live_rows() == {store.stream("anonymous", "scraper")}
    store.say("Rules Changed", 51, rules={"bot_activities_in_hour": 0})
    assert len(store.live_rows()) == 2


def test_what_if_tells_whom_other_rates_would_leave_out(store: Store) -> None:
    burst(store, 150)
    store.say("page", 1, anonymous="person", context=CHROME)
    store.settle()
    stricter = what_if(Analyst(store), {"bot_activities_in_minute": 100})
    assert (stricter["customers"], stricter["differ"]) == (2, 1)
    (item,) = stricter["items"]
    assert item["customer_id"] == store.stream("anonymous", "scraper")
    assert (item["before"]["events"], item["after"]) == (150, None)
    assert len(store.live_rows()) == 2


def test_rates_that_are_not_looked_for_are_below_those_of_the_rule() -> None:
    assert LEAST_BOT_IN_MINUTE < MOST_IN_MINUTE
    assert LEAST_BOT_IN_HOUR < MOST_IN_HOUR
