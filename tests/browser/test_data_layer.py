"""The data layer of Google's tags becomes the product's events, and a hostile one does no harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.node import run
from tests.browser.site import Site, started
from tests.docs.executing import ROOT

pytestmark = pytest.mark.product

GTAG = "<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }</script>"
TEA = "{item_id: 'assam', item_name: 'Assam', item_brand: 'Northwind', price: 12.5, quantity: 2}"


def test_what_was_pushed_before_and_after_the_load_becomes_facts(site: Site, page: Page) -> None:
    early = f"<script>gtag('js', new Date()); gtag('event', 'view_item', {{currency: 'EUR', items: [{TEA}]}})</script>"
    page.goto(site.put("/", head=GTAG + early + site.snippet()))
    started(page)
    page.evaluate(
        f"dataLayer.push({{event: 'add_to_cart', ecommerce: {{currency: 'EUR', value: 25, items: [{TEA}]}}}})"
    )
    page.evaluate("dataLayer.push({ecommerce: null})")
    page.evaluate("dataLayer.push({event: 'view_cart'}, {event: 'gtm.click'}, {event: 'cookie_banner_shown'})")
    page.evaluate(
        f"gtag('event', 'purchase', {{transaction_id: 'SO-1', value: 25, tax: 4, currency: 'EUR', items: [{TEA}]}})"
    )
    page.evaluate("gtag('event', 'refund', {transaction_id: 'SO-1'}); gtag('event', 'page_view')")
    page.evaluate("gtag('event', 'tea_tasted', {tea: 'assam'}); gtag('config', 'G-1')")
    names = ["page", "Product Viewed", "Product Added", "Cart Viewed", "Order Completed", "tea_tasted"]
    site.wait_for(*names)
    facts = site.facts()
    assert [fact["name"] for fact in facts] == names
    assert facts[1]["properties"] == {
        "currency": "EUR", "product_id": "assam", "name": "Assam", "brand": "Northwind", "price": 12.5, "quantity": 2,
    }  # fmt: skip
    assert facts[3]["properties"] == {}
    (customer,) = site.customers()
    assert customer["orders"]["revenue"] == {"EUR": "25.00"}
    assert customer["orders"]["items"] == 2


def test_products_that_are_pushed_apart_from_their_event_belong_to_it(site: Site, page: Page) -> None:
    page.goto(site.put("/", head=GTAG + site.snippet()))
    started(page)
    page.evaluate(f"dataLayer.push({{ecommerce: {{items: [{TEA}]}}}}); dataLayer.push({{event: 'view_item'}})")
    site.wait_for("page", "Product Viewed")
    assert site.facts()[-1]["properties"]["product_id"] == "assam"


def test_the_layer_works_on_as_before(site: Site, page: Page) -> None:
    page.goto(site.put("/", head=GTAG + site.snippet()))
    started(page)
    assert page.evaluate("dataLayer.push({event: 'a'}, {event: 'b'})") == 2
    assert page.evaluate("dataLayer.map(entry => entry.event)") == ["a", "b"]


def test_pages_are_the_data_layers_where_the_shop_says_so(site: Site, page: Page) -> None:
    page.goto(site.put("/", head=GTAG + site.snippet(auto="data-layer")))
    started(page)
    page.evaluate("gtag('event', 'page_view', {page_location: 'https://shop.example/tea', page_title: 'Tea'})")
    site.wait_for("page")
    (fact,) = site.facts()
    assert fact["context"]["page"]["url"] == "https://shop.example/tea"


HOSTILE = """
  const cycle = {event: 'search', search_term: 'cycle'}; cycle.self = cycle; cycle.list = [cycle, [cycle]];
  const deep = {event: 'search', search_term: 'deep'}; let at = deep; for (let i = 0; i < 9000; i++) at = at.x = {};
  const wide = {event: 'search', search_term: 'wide', all: Array.from({length: 300000}, () => ({}))};
  const thrower = {event: 'search', search_term: 'thrower', get bad() { throw new Error('bad') },
    toJSON() { throw new Error('json') }, date: new Date(NaN), fn() {}, big: 10n, sym: Symbol('s'), nan: NaN};
  const proto = JSON.parse('{"event": "search", "search_term": "proto", "__proto__": {"polluted": 1},' +
    '"constructor": {"prototype": {"polluted": 1}}}');
  const proxy = new Proxy({}, {get() { throw 1 }, has() { throw 1 }, ownKeys() { throw 1 },
    getOwnPropertyDescriptor() { throw 1 }, getPrototypeOf() { throw 1 }});
  const element = {event: 'search', search_term: 'element', node: document.documentElement, window};
  const names = [{event: '__proto__'}, {event: 'constructor'}, {event: 'toString', ecommerce: 1}, {event: {}}];
  const odd = [null, undefined, 0, 'event', [], () => {}, Symbol('x'), new Map(), proxy, {ecommerce: proxy}];
  dataLayer.push(cycle, deep, wide, thrower, proto, element, ...names, ...odd, {ecommerce: null});
  gtag('event'); gtag('event', null); gtag('event', {}); gtag('event', 'hasOwnProperty', {a: 1});
  gtag('event', 'view_item', {items: 5}); gtag('event', 'add_to_cart', {items: [null, 1, proxy, {item_id: {}}]});
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hostile_layer_does_no_harm(site: Site, page: Page, when: str) -> None:
    polluted = "Object.prototype.event = 'purchase'; Object.prototype.ecommerce = {items: []};"
    before = f"<script>{polluted if when == 'after' else ''}{HOSTILE if when == 'before' else ''}</script>"
    page.goto(site.put("/", head=GTAG + before + site.snippet()))
    started(page)
    if when == "after":
        page.evaluate(f"() => {{ {HOSTILE} }}")
    page.evaluate("footfall.track('Tea Tasted', {fine: true})")
    site.wait_for("page", "Products Searched", "Tea Tasted")
    assert page.evaluate("({}).polluted") is None
    facts = site.facts()
    names = [fact["name"] for fact in facts]
    searched = {fact["properties"]["query"] for fact in facts if fact["name"] == "Products Searched"}
    assert {"cycle", "deep", "thrower", "proto", "element"} <= searched <= {*searched, "wide"}
    assert set(names) <= {
        "page",
        "Products Searched",
        "Product Viewed",
        "Product Added",
        "Tea Tasted",
        "hasOwnProperty",
    }
    assert names.count("page") == names.count("Tea Tasted") == 1


@pytest.mark.parametrize("layer", ["5", "'text'", "{push() { throw 1 }}", "null", "Object.freeze([])"])
def test_a_layer_that_is_none_does_no_harm(site: Site, page: Page, layer: str) -> None:
    page.goto(site.put("/", head=f"<script>dataLayer = {layer}</script>" + site.snippet()))
    site.wait_for("page")
    assert site.names() == ["page"]


BROWSERS_OWN = {"refund", "screen_view"}
"""What a browser does not say: a write key may not refund, and screens are an app's."""
CASES = json.loads((ROOT / "tests/data/ga4.json").read_text(encoding="utf-8"))


def test_the_mapping_is_that_of_the_collector(tmp_path: Path) -> None:
    cases = [case for case in CASES if case["event"]["name"] not in BROWSERS_OWN | {"page_view"}]
    asked = tmp_path / "cases.json"
    asked.write_text(json.dumps([[case["event"]["name"], case["event"].get("params", {})] for case in cases]))
    done = run("map_cases.mjs", str(asked))
    assert done.returncode == 0, done.stderr
    for case, messages in zip(cases, json.loads(done.stdout), strict=True):
        wanted = [{name: value for name, value in each.items() if name != "type"} for each in case["messages"]]
        assert messages == wanted, case["case"]
