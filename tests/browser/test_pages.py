"""Page views and the API, from a pasted line to the facts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.site import Site

pytestmark = pytest.mark.product


def test_a_pasted_line_records_the_page_that_was_looked_at(site: Site, page: Page) -> None:
    address = site.put("/shop") + "?utm_source=newsletter&utm_medium=email&utm_campaign=spring"
    page.goto(address + "&secret=1")
    site.wait_for("page")
    (fact,) = site.facts()
    assert fact["name"] == "page"
    assert fact["properties"]["path"] == "/shop"
    assert fact["properties"]["title"] == "/shop"
    assert fact["context"]["page"]["url"] == address
    assert fact["context"]["campaign"] == {"name": "spring", "source": "newsletter", "medium": "email"}
    assert fact["context"]["library"]["name"] == "footfall.js"
    assert "Chrome" in fact["context"]["userAgent"]


def test_calls_before_and_after_the_load_become_facts_of_one_customer(site: Site, page: Page) -> None:
    early = """<script>
      window.footfall = window.footfall || [];
      footfall.push(["track", "Product Viewed", {product_id: "tea", price: 12.5}]);
    </script>"""
    page.goto(site.put("/", head=early + site.snippet()))
    page.wait_for_function("footfall.version")
    page.evaluate("footfall.identify('ada', {email: 'ada@example.org', name: 'Ada'})")
    page.evaluate("footfall.track('Product Added', {product_id: 'tea', quantity: 2, price: 12.5})")
    page.evaluate("footfall.page('Shop', 'Basket', {items: 2})")
    page.evaluate("footfall.group('friends', {since: 2020})")
    page.evaluate("footfall.alias('ada', 'an-earlier-visitor')")
    anonymous_id = page.evaluate("footfall.anonymousId()")
    site.wait_for("page", "Product Viewed", "identify", "Product Added", "page", "group", "alias")
    facts = site.facts()
    assert [fact["name"] for fact in facts] == [
        "page", "Product Viewed", "identify", "Product Added", "page", "group", "alias",
    ]  # fmt: skip
    assert len({fact["customer"]["customer_id"] for fact in facts}) == 1
    profile = site.shop.customer("ada")
    assert profile["anonymous_ids"] == sorted([anonymous_id, "an-earlier-visitor"])
    assert profile["traits"]["name"] == "Ada"
    assert profile["cart"]["value"] == {"EUR": "25.00"}
    assert facts[4]["properties"]["items"] == 2
