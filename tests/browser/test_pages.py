"""Page views, leaving and the calls of a shop: from a pasted line to the facts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.site import STUB, Site, started

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
    early = """<script>footfall.push(["track", "Products Searched", {query: "tea"}]);
      footfall.track("Product Viewed", {product_id: "tea", price: 12.5}); const old = footfall.track;</script>"""
    page.goto(site.put("/", head=STUB + early + site.snippet()))
    started(page)
    page.evaluate("footfall.identify('ada', {email: 'ada@example.org', name: 'Ada'})")
    page.evaluate("footfall.track('Product Added', {product_id: 'tea', quantity: 2, price: 12.5})")
    page.evaluate("old('Cart Viewed', {})")
    page.evaluate("footfall.page('Shop', 'Basket', {items: 2})")
    page.evaluate("footfall.group('friends', {since: 2020})")
    page.evaluate("footfall.alias('ada', 'an-earlier-visitor')")
    anonymous_id = page.evaluate("footfall.anonymousId()")
    names = ["page", "Products Searched", "Product Viewed", "identify", "Product Added", "Cart Viewed", "page"]
    names += ["group", "alias"]
    site.wait_for(*names)
    facts = site.facts()
    assert [fact["name"] for fact in facts] == names
    assert len({fact["customer"]["customer_id"] for fact in facts}) == 1
    profile = site.shop.customer("ada")
    assert profile["anonymous_ids"] == sorted([anonymous_id, "an-earlier-visitor"])
    assert profile["traits"]["name"] == "Ada"
    assert profile["cart"]["value"] == {"EUR": "25.00"}
    assert facts[6]["properties"]["items"] == 2


def test_options_of_a_call_add_context(site: Site, page: Page) -> None:
    page.goto(site.put("/", auto="none"))
    started(page)
    page.evaluate("footfall.track('Tea Tasted', {}, {context: {app: {name: 'till'}}})")
    site.wait_for("Tea Tasted")
    (fact,) = site.facts()
    assert fact["context"]["app"] == {"name": "till"}
    assert fact["context"]["page"]["path"] == "/"


def test_calls_that_follow_the_script_at_once_are_heard(site: Site, page: Page) -> None:
    head = (
        site.snippet().replace("async", "")
        + "<script>footfall.track('Tea Tasted'); id = footfall.anonymousId()</script>"
    )
    address = site.put("/", head=head)
    page.goto(address)
    site.wait_for("page", "Tea Tasted")
    page.goto(address)
    site.wait_for("page", "page", "Tea Tasted", "Tea Tasted")
    assert site.names() == ["page", "Tea Tasted"] * 2
    (customer,) = site.customers()
    assert page.evaluate("id") == customer["anonymous_ids"][0]


def test_a_page_that_is_left_at_once_was_looked_at(site: Site, page: Page) -> None:
    address = site.put("/next", head="")
    html = (
        f"<!doctype html><title>x</title>{site.snippet().replace('async', '')}<script>location = '{address}'</script>"
    )
    site.put_file("/", html.encode(), {"content-type": "text/html"})
    page.goto(site.url)
    page.wait_for_url("**/next")
    site.wait_for("page")
    assert site.facts()[0]["properties"]["path"] == "/"


def test_a_snippet_that_is_included_twice_begins_once(site: Site, page: Page) -> None:
    page.goto(site.put("/", head=site.snippet() + site.snippet() + site.snippet().replace("async", "defer")))
    started(page)
    page.evaluate("footfall.track('Tea Tasted')")
    site.wait_for("page", "Tea Tasted")
    assert site.names() == ["page", "Tea Tasted"]


def test_a_single_page_application_has_the_pages_it_shows(site: Site, page: Page) -> None:
    page.goto(site.put("/", "<h2 id=tea>Tea</h2><a href='#tea'>down</a>"))
    started(page)
    page.evaluate("history.pushState({}, '', '/teas?q=green'); document.title = 'Teas'")
    site.wait_for("page", "page")
    page.evaluate("history.pushState({}, '', '/old'); history.replaceState({}, '', '/teas/assam')")
    site.wait_for("page", "page", "page")
    page.evaluate("history.replaceState({same: true}, '')")
    page.click("text=down")
    page.go_back()
    page.evaluate("history.back()")
    page.wait_for_url("**/teas?q=green")
    site.wait_for("page", "page", "page", "page")
    page.evaluate("location.hash = '#/basket'")
    site.wait_for(*["page"] * 5)
    facts = [fact["properties"] for fact in site.facts() if fact["name"] == "page"]
    paths = [fact["url"].removeprefix(site.url) for fact in facts]
    assert paths == ["/", "/teas?q=green", "/teas/assam", "/teas?q=green", "/teas?q=green#/basket"]
    assert facts[1]["title"] == "Teas"
    assert facts[1]["referrer"] == f"{site.url}/"


def test_leaving_says_how_long_and_how_far_a_page_was_seen(site: Site, page: Page) -> None:
    site.put("/next", head="")
    page.goto(site.put("/long", "<div style='height: 4000px'>tea</div>"))
    started(page)
    page.evaluate("scrollTo(0, 1300)")
    page.wait_for_function("performance.now() > 2600 && scrollY > 1000")
    page.goto(f"{site.url}/next")
    site.wait_for("page", "Page Left")
    left = site.facts()[-1]
    assert left["name"] == "Page Left"
    assert left["properties"]["seconds"] >= 1
    assert 40 <= left["properties"]["scroll_percent"] <= 60
    assert left["properties"]["path"] == left["context"]["page"]["path"] == "/long"


def test_a_page_that_comes_back_from_the_cache_is_looked_at_again(site: Site, page: Page) -> None:
    site.put("/next", head="")
    page.goto(site.put("/cached", "<script>addEventListener('pageshow', e => window.back = e.persisted)</script>"))
    started(page)
    page.evaluate("window.mark = 'alive'")
    site.wait_for("page")
    page.goto(f"{site.url}/next")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.back && window.mark === 'alive'")
    site.wait_for("page", "page")
    page.evaluate("footfall.track('Tea Tasted')")
    site.wait_for("Tea Tasted")
    assert site.names() == ["page", "page", "Tea Tasted"]


def test_a_page_that_is_loaded_ahead_is_looked_at_when_it_is_shown(site: Site, page: Page) -> None:
    page.add_init_script("Object.defineProperty(document, 'prerendering', {value: true})")
    page.goto(site.put("/"))
    page.evaluate("new Promise(done => setTimeout(done, 500))")
    assert not page.evaluate("'footfall' in window")
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    site.wait_for("page")
    assert site.names() == ["page"]


def test_a_page_has_its_title_however_early_the_script_runs(site: Site, page: Page) -> None:
    html = f"<!doctype html>{site.snippet().replace('async', '')}<title>Late</title>"
    site.put_file("/", html.encode(), {"content-type": "text/html"})
    page.goto(site.url)
    site.wait_for("page")
    assert site.facts()[0]["properties"]["title"] == "Late"


def test_nothing_is_recorded_without_a_call_where_the_shop_says_so(site: Site, page: Page) -> None:
    page.goto(site.put("/", "<a href='https://elsewhere.example/' onclick='return false'>out</a>", auto="none"))
    started(page)
    page.evaluate("dataLayer = []; dataLayer.push({event: 'search', search_term: 'tea'})")
    page.evaluate("history.pushState({}, '', '/b')")
    page.click("text=out")
    page.evaluate("footfall.page()")
    site.wait_for("page")
    assert site.names() == ["page"]
    assert site.facts()[0]["properties"]["path"] == "/b"
