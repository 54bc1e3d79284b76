"""Where a visit came from: what the campaign says, else the URL, else the referrer of another site."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.traffic import NO_TRAFFIC, host_of, traffic

SHOP = "https://www.shop.example/p/1"


@pytest.mark.parametrize(
    ("campaign", "url", "referrer", "expected"),
    [
        ({"source": "News", "medium": "Email", "name": "May"}, SHOP, "", ("news", "email", "May")),
        ({"source": "news"}, SHOP + "?utm_source=other", "https://google.com/", ("news", "", "")),
        ({"medium": "cpc"}, SHOP, "", ("", "cpc", "")),
        ({"name": "may"}, SHOP + "?utm_source=other", "", ("other", "", "")),
        (None, SHOP + "?utm_source=News&utm_medium=Email&utm_campaign=May#x", "", ("news", "email", "May")),
        (None, SHOP + "?utm_medium=cpc", "https://google.com/", ("", "cpc", "")),
        (None, SHOP + "?utm_campaign=may", "https://google.com/", ("google", "organic", "")),
        (None, SHOP + "?gclid=x", "https://google.com/", ("google", "cpc", "")),
        (None, SHOP + "?fbclid=x", "", ("facebook", "social", "")),
        (None, SHOP + "?utm_source=news&gclid=x", "", ("news", "", "")),
        (None, SHOP, "https://www.google.co.uk/search?q=tea", ("google", "organic", "")),
        (None, SHOP, "https://duckduckgo.com/", ("duckduckgo", "organic", "")),
        (None, SHOP, "https://l.facebook.com/", ("facebook", "social", "")),
        (None, SHOP, "https://t.co/abc", ("twitter", "social", "")),
        (None, SHOP, "https://blog.example.org/post", ("blog.example.org", "referral", "")),
        (None, SHOP, "https://shop.example/other", NO_TRAFFIC),
        (None, "", "https://shop.example/other", ("shop.example", "referral", "")),
        (None, SHOP, "", NO_TRAFFIC),
        (None, SHOP, "https://www.google.com.evil.example/", ("google.com.evil.example", "referral", "")),
        (None, SHOP, "https://t.mobile.example/", ("t.mobile.example", "referral", "")),
        (None, SHOP, "https://mail.google.com/mail/u/0/", ("gmail", "email", "")),
        (None, SHOP, "https://www.youtube.com/watch?v=1", ("youtube", "referral", "")),
        (None, SHOP, "https://www.amazon.co.uk/dp/1", ("amazon", "referral", "")),
        (None, SHOP + "?ScCid=x", "", ("snapchat", "cpc", "")),
        (None, SHOP, "android-app://com.google.android.gm/", ("gmail", "email", "")),
        (None, SHOP, "android-app://com.example", ("com.example", "referral", "")),
        ("spring", SHOP, "not a url", NO_TRAFFIC),
        ({"source": None, "medium": ["x"]}, SHOP, "", NO_TRAFFIC),
    ],
)
def test_the_first_that_says_where_a_visit_came_from_counts(
    campaign: Any, url: str, referrer: str, expected: tuple[str, ...]
) -> None:
    assert traffic(campaign, url, referrer)[:3] == expected[:3]


@pytest.mark.parametrize(
    ("campaign", "url", "referrer", "category"),
    [
        ({"source": "Google", "medium": "cpc"}, SHOP, "", "search"),
        ({"source": "m.facebook.com"}, SHOP, "", "social"),
        (None, SHOP + "?utm_source=ig&utm_medium=paid", "", "social"),
        (None, SHOP + "?msclkid=x", "", "search"),
        (None, SHOP, "https://www.youtube.com/", "video"),
        (None, SHOP, "https://www.amazon.co.uk/", "shopping"),
        (None, SHOP, "https://blog.example.org/", ""),
        ({"medium": "cpc"}, SHOP, "", ""),
        (None, SHOP, "", ""),
    ],
)
def test_a_source_has_the_category_of_the_list(campaign: Any, url: str, referrer: str, category: str) -> None:
    assert traffic(campaign, url, referrer).category == category


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Shop.Example:8443/p", "shop.example"),
        ("https://user:secret@shop.example/", "shop.example"),
        ("//shop.example/p", "shop.example"),
        ("shop.example/p", ""),
        ("https://[broken/", ""),
        ("", ""),
    ],
)
def test_a_host_is_read_as_far_as_there_is_one(url: str, host: str) -> None:
    assert host_of(url) == host


def test_names_are_kept_to_a_length() -> None:
    assert len(traffic({"source": "x" * 9_999}, "", "").source) == 200


def test_a_query_of_many_parameters_is_nobodys_campaign() -> None:
    assert traffic(None, SHOP + "?" + "a=1&" * 200 + "utm_source=news", "") == NO_TRAFFIC


@given(st.text(), st.text(), st.dictionaries(st.sampled_from(["source", "medium", "name"]), st.integers() | st.text()))
def test_no_text_whatever_makes_it_raise(url: str, referrer: str, campaign: dict[str, Any]) -> None:
    traffic(campaign, url, referrer)
    traffic(None, f"https://{url}?{referrer}", f"//{referrer}")
