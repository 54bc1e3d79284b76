"""The browser SDKs of Segment and RudderStack, unchanged but for the host, in a real Chromium."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import browser, context, page
from tests.browser.site import Content, Pages
from tests.clients.conftest import missing, names_of
from tests.clients.flaky_proxy import FlakyProxy
from tests.product.running import Json, Shop, eventually

__all__ = ["browser", "context", "page"]

pytestmark = pytest.mark.product

MODULES = Path(__file__).with_name("node") / "node_modules"
SECONDS = 30.0


@dataclass(frozen=True)
class Sdk:
    """Where an SDK lies, how a page starts it, and the names of what an SDK does not have."""

    file: str
    start: str
    lacks: tuple[str, ...] = ()


SDKS = {
    "segment": Sdk(
        "@segment/analytics-next/dist/umd/index.js",
        "window.sdk = AnalyticsNext.AnalyticsBrowser.load({{ writeKey: '{key}', cdnURL: '{host}' }}, {options})",
    ),
    "rudderstack": Sdk(
        "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
        "window.sdk = new rudderanalytics.RudderAnalytics();"
        "sdk.load('{key}', '{host}', {{ configUrl: '{host}', ...{options} }})",
        lacks=("screen",),
    ),
}


@dataclass
class Visit:
    """A page of a shop with one SDK, which sends through the proxy."""

    name: str
    page: Page
    pages: Pages
    proxy: FlakyProxy
    shop: Shop

    def open(self, options: str = "{}", query: str = "") -> None:
        """Look at a page of the shop."""
        sdk = SDKS[self.name]
        start = sdk.start.format(key=self.shop.write_key, host=self.proxy.url, options=options)
        html = f"<!doctype html><title>Tea</title><script src=/sdk.js></script><script>{start}</script>"
        self.pages.contents["/tea"] = Content(html.encode(), {"content-type": "text/html; charset=utf-8"})
        script = (MODULES / sdk.file).read_bytes()
        self.pages.contents["/sdk.js"] = Content(script, {"content-type": "text/javascript; charset=utf-8"})
        self.page.goto(f"{self.pages.url}/tea{query}")

    def call(self, script: str) -> None:
        self.page.evaluate(f"() => {{ {script} }}")

    def sent(self, name: str) -> list[Json]:
        """Return the messages of a name that came to the proxy, each id once."""
        bodies = [one.body for one in self.proxy.requests]
        messages = {each["messageId"]: each for body in bodies for each in body.get("batch", [body]) if "type" in each}
        return [each for each in messages.values() if each.get("event", each["type"]) == name]

    def wait_for(self, name: str, count: int = 1) -> None:
        """Return once so many events of a name are among the facts of the store."""

        def there() -> bool:
            customers = [one["customer_id"] for one in self.shop.items("/customers", limit=1000)]
            events = [event for one in customers for event in self.shop.items(f"/customers/{one}/events", limit=1000)]
            return [event["name"] for event in events].count(name) >= count

        eventually(there, SECONDS, f"{count} of {name}")


@pytest.fixture(params=SDKS)
def visit(request: pytest.FixtureRequest, page: Page, proxy: FlakyProxy, shop: Shop) -> Iterator[Visit]:
    if not (MODULES / SDKS[request.param].file).exists():
        missing(SDKS[request.param].file)
    pages = Pages()
    with pages.running():
        yield Visit(request.param, page, pages, proxy, shop)


CALLS = """
    sdk.page('Docs', 'Home');
    sdk.track('Product Viewed', { product_id: 'p-1', price: 19.9 });
    sdk.identify('ada', { email: 'Ada@Example.org', firstName: 'Ada' });
    sdk.group('company', { name: 'Analytical Engines' });
    sdk.alias('ada', 'an-earlier-visitor');
    if (sdk.screen && LACKS.indexOf('screen') < 0) sdk.screen('App', 'Start');
    sdk.track('Product Added', { product_id: 'p-1' });
"""


def test_every_call_arrives_from_a_page_that_knows_nothing_but_the_host(visit: Visit) -> None:
    lacks = list(SDKS[visit.name].lacks)
    visit.open(query="?utm_source=google&utm_medium=cpc&token=secret")
    visit.call(CALLS.replace("LACKS", repr(lacks)))
    for name in ("Product Added", "alias", "group"):
        visit.wait_for(name)
    visit.shop.settle()
    names = {"Product Viewed", "identify", "page", "screen", "group", "alias", "Product Added"} - set(lacks)
    assert names_of(visit.shop, "ada") == Counter(names)
    profile = visit.shop.customer("ada")
    assert "an-earlier-visitor" in profile["anonymous_ids"]
    assert (profile["traits"]["email"], profile["traits"]["name"]) == ("Ada@Example.org", "Ada")
    assert profile["acquisition"]["source"] == "google"
    assert profile["acquisition"]["landing_page"].endswith("/tea?utm_source=google&utm_medium=cpc")


def test_an_alias_of_oneself_changes_nothing(visit: Visit) -> None:
    visit.open()
    visit.call("sdk.identify('ada'); sdk.alias('ada');")
    visit.wait_for("alias")
    (alias,) = visit.sent("alias")
    assert alias["userId"] == "ada"
    visit.shop.settle()
    assert names_of(visit.shop, "ada") == {"identify": 1, "alias": 1}
    assert visit.shop.customer("ada")["user_ids"] == ["ada"]


def test_after_lost_and_broken_answers_the_same_events_come_again_and_count_once(visit: Visit) -> None:
    visit.open()
    visit.proxy.order("lose the answer", "cut the request", "delay", "answer 503", "cut the answer")
    visit.call(
        "sdk.identify('ada'); for (let n = 0; n < 10; n++) sdk.track('Product Added', { product_id: `p-${n}` });"
    )
    visit.wait_for("Product Added", 10)
    eventually(lambda: max(visit.proxy.times_sent().values()) > 1, SECONDS, "what the client sends again")
    visit.shop.settle()
    assert names_of(visit.shop, "ada") == {"identify": 1, "Product Added": 10}


def test_two_people_at_one_browser_stay_two(visit: Visit) -> None:
    visit.open()
    visit.call("sdk.track('Product Viewed', { product_id: 'p-1' }); sdk.identify('ada');")
    visit.wait_for("identify")
    visit.call("sdk.reset(); sdk.identify('grace'); sdk.track('Product Added', { product_id: 'p-2' });")
    visit.wait_for("Product Added")
    visit.shop.settle()
    ada, grace = visit.shop.customer("ada"), visit.shop.customer("grace")
    assert ada["customer_id"] != grace["customer_id"]
    assert names_of(visit.shop, "ada")["Product Viewed"] == 1
    assert names_of(visit.shop, "grace")["Product Added"] == 1


def test_an_event_fired_while_leaving_counts_once(visit: Visit) -> None:
    is_beacon = visit.name == "rudderstack"
    visit.open("{ useBeacon: true }" if is_beacon else "{}")
    visit.pages.contents["/other"] = Content(b"<!doctype html>", {"content-type": "text/html"})
    visit.page.evaluate("() => new Promise((loaded) => sdk.ready(loaded))")  # what came before is in no storage yet
    visit.call("sdk.identify('ada'); sdk.track('Product Viewed', { product_id: 'p' }); location.href = '/other';")
    visit.page.wait_for_url("**/other")
    visit.page.goto(f"{visit.pages.url}/tea")
    visit.wait_for("Product Viewed")
    visit.shop.settle()
    assert names_of(visit.shop, "ada")["Product Viewed"] == 1
    if is_beacon:
        assert {one.path.partition("?")[0] for one in visit.proxy.requests} == {"/beacon/v1/batch"}


@pytest.mark.parametrize("visit", ["segment"], indirect=True)
def test_analytics_js_sends_by_its_short_paths_and_its_metrics_are_taken(visit: Visit) -> None:
    visit.open()
    visit.page.evaluate("() => new Promise((loaded) => sdk.ready(loaded))")  # a page has the metrics of who was last
    key, host = visit.shop.write_key, visit.proxy.url.removeprefix("http://")
    assert visit.shop.http.get(f"/v1/projects/{key}/settings").json()["metrics"] == {"sampleRate": 0}
    visit.call(f"""
        const metrics = {{ flushTimer: 100 }};
        const cdnSettings = {{ integrations: {{ 'Segment.io': {{ apiKey: '{key}' }} }}, metrics }};
        const integrations = {{ 'Segment.io': {{ apiHost: '{host}/v1', protocol: 'http' }} }};
        window.sdk = AnalyticsNext.AnalyticsBrowser.load({{ writeKey: '{key}', cdnSettings }}, {{ integrations }});
        sdk.track('Product Viewed', {{ product_id: 'p-1' }});
    """)
    visit.wait_for("Product Viewed")
    eventually(lambda: "/v1/m" in {one.path for one in visit.proxy.requests}, SECONDS, "the client's metrics")
    assert {"/v1/t", "/v1/m"} == {one.path for one in visit.proxy.requests}
