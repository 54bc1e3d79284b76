"""Channels (docs/definitions.md, Channel) by the real SQL, against the groups as GA4 publishes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.clickhouse_connection import Warehouse
from tests.oracle.channels import CHANNELS, channel_of
from tests.product.read_models.shop import Store

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
