"""Channels (docs/definitions.md, Channel) by the real SQL, against the groups as GA4 publishes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.channels import by_channels
from projections.clickhouse_connection import Warehouse
from schemas.rules import ChannelRule, Rules
from tests.oracle.channels import CHANNELS, channel_of, grouped
from tests.product.read_models.shop import Analyst, Json, Store, at
from tests.product.read_models.test_rules import what_if

pytestmark = pytest.mark.product

SAID = [
    "", "(direct)", "(none)", "(not set)", "cpc", "cpm", "ppc", "retargeting", "paid", "paid-social", "display",
    "banner", "expandable", "interstitial", "social", "social-media", "sm", "video", "online_video", "organic",
    "referral", "app", "link", "email", "e mail", "newsletter", "affiliate", "affiliates", "audio", "sms", "push",
    "web-push", "mobile",
    "notification", "firebase", "google", "Cross-Network", "shop", "e-shop", "workshop", "eshop", "SHOPPING", "cp\nm",
]  # fmt: skip
TEXTS = st.sampled_from(SAID) | st.text(max_size=6) | st.text("acps hopdiv-", max_size=8)
CATEGORIES = st.sampled_from(["", "search", "social", "video", "shopping", "email"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, CATEGORIES), min_size=1, max_size=60))
def test_every_visit_has_exactly_one_channel(warehouse: Warehouse, visits: list[tuple[str, str, str, str]]) -> None:
    names = ("source", "medium", "campaign", "category")
    found = warehouse.select(
        "SELECT footfall_channel(v.1, v.2, v.3, v.4) "
        "FROM (SELECT arrayJoin({visits:Array(Tuple(String, String, String, String))}) AS v)",
        {"visits": visits},
    )
    for visit, (channel,) in zip(visits, found, strict=True):
        assert channel in CHANNELS
        assert channel == channel_of(*visit), dict(zip(names, visit, strict=True))


@pytest.mark.parametrize("channel", CHANNELS)
def test_there_is_a_visit_of_every_channel(warehouse: Warehouse, channel: str) -> None:
    source, medium, campaign = {
        "Direct": ("", "", ""),
        "Cross-network": ("google", "cpc", "Spring Cross-network"),
        "Paid Shopping": ("google", "cpc", "shopping-spring"),
        "Paid Search": ("google", "cpc", "spring"),
        "Paid Social": ("ig", "paid_social", "spring"),
        "Paid Video": ("youtube", "cpv", "spring"),
        "Display": ("somewhere", "cpm", ""),
        "Paid Other": ("somewhere", "cpc", ""),
        "Organic Shopping": ("amazon.de", "referral", ""),
        "Organic Social": ("m.facebook.com", "referral", ""),
        "Organic Video": ("vimeo", "referral", ""),
        "Organic Search": ("bing", "organic", ""),
        "Referral": ("blog.example", "referral", ""),
        "Email": ("weekly", "email", "march"),
        "Affiliates": ("partner", "affiliates", ""),
        "Audio": ("podcast", "audio", ""),
        "SMS": ("sms", "text", ""),
        "Mobile Push Notifications": ("app2", "web-push", ""),
        "Unassigned": ("somewhere", "somehow", ""),
    }[channel]
    store = Store(warehouse, f"channel {channel}")
    said = {"source": source, "medium": medium, "name": campaign} if source else {}
    store.say("page", user="ada", context={"campaign": said})
    (session,) = store.sessions("ada")
    assert session["channel"] == channel


def test_the_page_of_definitions_lists_the_channels_in_their_order() -> None:
    page = (Path(__file__).parents[3] / "docs" / "definitions.md").read_text(encoding="utf-8")
    table = page.partition("| channel | when |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| ([A-Z][^|]*?) \|", table, re.MULTILINE)) == CHANNELS


WORDS = st.lists(
    st.sampled_from(["google", "Shop.test", "a.b", "CPC", "it's", "\\", "email", "spring", "Österreich", ".b"]),
    max_size=3,
)
OWN = st.fixed_dictionaries(
    {"channel": st.sampled_from(["Partners", "Email", "it's"]), "sources": WORDS, "mediums": WORDS, "campaigns": WORDS}
).filter(lambda own: own["sources"] or own["mediums"] or own["campaigns"])
NAMED = st.sampled_from(
    [
        "",
        "google",
        "shop.test",
        "www.shop.test",
        "noshop.test",
        "a.b",
        "x.a.b",
        "cpc",
        "it's",
        "\\",
        "email",
        "b",
        "x.b",
    ]
)
NAMED_CAMPAIGNS = st.sampled_from(["", "Spring 2025", "österreich, it's", "back\\slash", "cross-network"])


@settings(max_examples=60, deadline=None)
@given(
    own=st.lists(OWN, min_size=1, max_size=4),
    visits=st.lists(st.tuples(NAMED, NAMED, NAMED_CAMPAIGNS), min_size=1, max_size=40),
)
def test_a_visit_is_of_the_first_own_channel_that_it_fits_else_of_ga4s(
    warehouse: Warehouse, own: list[Json], visits: list[tuple[str, str, str]]
) -> None:
    rules = Rules(channels=tuple(ChannelRule(**one) for one in own))
    visit = "SELECT arrayJoin({visits:Array(Tuple(String, String, String))}) AS v"
    query = by_channels(f"SELECT footfall_channel(v.1, v.2, v.3, '') FROM ({visit})", rules)
    found = warehouse.select(query, {"visits": visits, **rules.parameters()})
    for visited, (channel,) in zip(visits, found, strict=True):
        assert channel == grouped(own, *visited, category=""), visited


def test_as_many_channels_as_a_shop_may_have_take_no_more_memory_over_many_visits(warehouse: Warehouse) -> None:
    words = [[f"site-{channel}-{number}.example" for number in range(5)] for channel in range(100)]
    rules = Rules(channels=tuple(ChannelRule(channel=f"Of {some[0]}", sources=tuple(some)) for some in words))
    query = by_channels("SELECT uniqExact(footfall_channel(source, 'referral', '', '')) FROM", rules)
    visits = "(SELECT concat('m.site-', toString(number % 100), '-3.example') AS source FROM numbers(200000))"
    assert warehouse.select(f"{query} {visits}", rules.parameters()) == [(100,)]


PARTNERS = {"channel": "Partners", "sources": ["partner.example"]}
BRAND = {"channel": "Brand", "sources": ["google"], "mediums": ["cpc"], "campaigns": ["our name"]}


def visits(store: Store) -> None:
    """Ada comes from a partner, and then by a paid link; Eve comes by another paid link."""
    google = {"source": "google", "medium": "cpc"}
    store.say("page", 0, user="ada", context={"page": {"referrer": "https://blog.partner.example/tea"}})
    store.say("page", 100, user="ada", context={"campaign": {**google, "name": "Our Name 2025"}})
    store.say("page", 0, user="eve", context={"campaign": {**google, "name": "spring"}})


def channels(store: Store, **when: float) -> list[str]:
    return [str(store.user(one, **when)["acquisition"]["channel"]) for one in ("ada", "eve")]


def test_a_stores_own_channels_are_rules_for_all_of_history_and_known_at_chooses_them(store: Store) -> None:
    visits(store)
    assert channels(store) == ["Referral", "Paid Search"]
    store.say("Rules Changed", 200, rules={"channels": [PARTNERS, BRAND]}, recorded=200)
    assert channels(store) == ["Partners", "Paid Search"]
    assert [one["channel"] for one in store.sessions("ada")] == ["Partners", "Brand"]
    assert channels(store, as_of=50) == ["Partners", "Paid Search"]
    assert channels(store, known_at=199) == ["Referral", "Paid Search"]
    store.say("Rules Changed", 201, rules={"channels": None})
    assert channels(store) == ["Referral", "Paid Search"]


def test_every_answer_is_by_the_stores_own_channels(store: Store) -> None:
    """Also of what lies outside of sessions."""
    visits(store)
    store.say("Email Opened", 300, user="ada", context={"campaign": {"source": "partner.example"}})
    store.say("Rules Changed", 400, rules={"channels": [PARTNERS, BRAND]}, recorded=400)
    analyst = Analyst(store)
    ada = store.stream("user", "ada")
    (outside,) = analyst.ask("GET", f"/customers/{ada}/journey").json()["outside_sessions"]
    assert outside["channel"] == "Partners"
    groups = analyst.funnel("page", scope="session", by="channel")["groups"]
    assert {one["channel"]: one["steps"][0]["count"] for one in groups} == {"Brand": 1, "Paid Search": 1, "Partners": 1}
    before = analyst.funnel("page", scope="session", by="channel", known_at=at(399))["groups"]
    assert [one["channel"] for one in before] == ["Paid Search", "Referral"]
    why = analyst.ask("GET", f"/customers/{ada}/why", params={"field": "acquisition.channel"}).json()
    assert (why["value"], why["rules"]["version"], len(why["events"])) == ("Partners", 1, 1)


def test_what_if_tells_whose_channels_would_be_others(store: Store) -> None:
    visits(store)
    store.settle()
    foretold = what_if(Analyst(store), {"channels": [BRAND]})
    assert (foretold["customers"], foretold["fields"]) == (2, {"journey": 1, "preferences": 1})
    (item,) = foretold["items"]
    assert item["before"]["preferences"]["channel"] == "Paid Search"
    assert item["after"]["preferences"]["channel"] == "Brand"
    assert channels(store) == ["Referral", "Paid Search"]
