"""The sample shop (`examples/shop`) in a real browser: what somebody clicks is what the product answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from footfall.demo.storefront import PAGES
from footfall.demo.storefront import Shop as Storefront
from footfall.demo.storefront_server import storefront
from ingest.key_kinds import StoreKeys
from tests.browser.conftest import new_context
from tests.product.running import Json, Shop, eventually

pytestmark = pytest.mark.product

SECONDS = 40


@dataclass
class Visitor:
    """Somebody in a browser of their own, on the shop's pages."""

    page: Page
    url: str

    def look_at(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.page.wait_for_function("window.footfall && footfall.version")

    def allow(self) -> None:
        self.page.get_by_role("button", name="Yes, you may").click()

    def click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # any role of ARIA

    def log_in(self, name: str, email: str) -> None:
        self.look_at("/account")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("E-mail").fill(email)
        self.click("button", "Log in")
        expect(self.page.get_by_text(f"You are logged in as {name}")).to_be_visible()


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    """The sample shop's address, before a store of its own."""
    keys = StoreKeys(shop.name, shop.write_key, shop.server_key, shop.query_token, shop.admin_token)
    with storefront(Storefront(shop.product.url, shop.product.api_url, keys), 0) as address:
        yield address


@pytest.fixture
def visitor(page: Page, url: str) -> Visitor:
    return Visitor(page, url)


def customers(shop: Shop, count: int, *names: str) -> list[Json]:
    """Return the store's customers once there are so many, with facts of all these names."""

    def there() -> list[Json] | None:
        shop.settle()
        found = shop.items("/customers", limit=100)
        known = {fact["name"] for each in found for fact in facts(shop, each["customer_id"])}
        return found if len(found) == count and known >= set(names) else None

    return eventually(there, SECONDS, f"{count} customers with facts named {names}")


def facts(shop: Shop, customer_id: str) -> list[Json]:
    found = shop.items(f"/customers/{customer_id}/events", limit=1000)
    return [fact for fact in found if fact["name"] != "Page Left"]


def come_to_the_checkout(visitor: Visitor) -> None:
    """From the catalogue to all but the last button, as a visitor who came by a newsletter."""
    visitor.look_at("/?utm_source=letter&utm_medium=email&utm_campaign=november")
    visitor.allow()
    visitor.click("link", "Assam Second Flush")
    visitor.page.get_by_label("Pieces", exact=True).fill("2")
    visitor.click("button", "Put into the cart")
    visitor.click("link", "See the cart")
    visitor.click("link", "To the checkout")
    visitor.page.get_by_label("Name").fill("Grace Hopper")
    visitor.page.locator("form.steps").get_by_label("E-mail").fill("grace@example.org")
    visitor.page.get_by_label("I fetch it").check()
    visitor.page.get_by_label("By bank transfer").check()


def test_clicking_through_gives_the_profile_and_the_journey_that_the_clicks_say(visitor: Visitor, shop: Shop) -> None:
    come_to_the_checkout(visitor)
    visitor.click("button", "Order")
    visitor.click("button", "4 of 5")
    visitor.page.get_by_label("A letter about tea").fill("grace@example.org")
    visitor.click("button", "Subscribe")
    (short,) = customers(shop, 1, "Newsletter Subscribed", "Feedback Given", "Order Paid")
    profile = shop.get(f"/customers/{short['customer_id']}")
    assert profile["traits"] == {"name": "Grace Hopper", "email": "grace@example.org"}
    assert (len(profile["user_ids"]), len(profile["anonymous_ids"])) == (1, 1)
    assert (profile["orders"]["count"], profile["orders"]["revenue"]) == (1, {"EUR": "29.80"})
    assert (profile["orders"]["items"], profile["cart"]["items"], profile["newsletters"]) == (2, [], ["letter"])
    assert (profile["acquisition"]["channel"], profile["acquisition"]["campaign"]) == ("Email", "november")
    assert (profile["sessions"], profile["page_views"], profile["product_views"]) == (1, 5, 1)
    assert profile["consent"] == {"analytics": True}
    journey = shop.get(f"/customers/{short['customer_id']}/journey")
    (session,) = journey["sessions"]
    steps = [step["name"] for step in session["steps"] if step["name"] not in {"page", "Page Left", "Consent Given"}]
    # The server's report of the order comes in between, as it comes.
    assert [name for name in steps if name != "Order Completed"] == [
        "Product List Viewed", "Product Clicked", "Product Viewed", "Product Added", "Cart Viewed", "Checkout Started",
        "Checkout Step Completed", "Payment Info Entered", "identify", "Feedback Given", "Newsletter Subscribed",
    ]  # fmt: skip
    assert steps.count("Order Completed") == 2
    assert (session["converted"], session["revenue"]) == (True, {"EUR": "29.80"})
    assert [step["name"] for step in journey["outside_sessions"]] == ["Order Paid"]


BLOCKED = """{
  const real = window.fetch
  window.fetch = (url, ...more) => (String(url).includes('/v1/') ? Promise.reject(new Error()) : real(url, ...more))
}"""
"""As an extension of the visitor's browser may: nothing of the snippet's gets through. (A request that outlives its
page escapes playwright's routes.)"""


def test_an_order_that_the_browser_does_not_tell_of_is_in_the_profile_of_who_looked(
    visitor: Visitor, shop: Shop
) -> None:
    come_to_the_checkout(visitor)
    customers(shop, 1, "Payment Info Entered")
    for block in (visitor.page.evaluate, visitor.page.add_init_script):  # this page, and the next
        block(BLOCKED)
    visitor.click("button", "Order")
    expect(visitor.page.get_by_role("heading", name="Thank you!")).to_be_visible()
    (short,) = customers(shop, 1, "Order Paid")
    assert "identify" not in {fact["name"] for fact in facts(shop, short["customer_id"])}
    profile = shop.get(f"/customers/{short['customer_id']}")
    assert (profile["orders"]["count"], profile["product_views"]) == (1, 1)


def test_a_person_is_one_customer_across_two_browsers(visitor: Visitor, shop: Shop, browser: Browser) -> None:
    other = new_context(browser)
    phone = Visitor(other.new_page(), visitor.url)
    for each, product in ((visitor, "honey-acacia"), (phone, "mug-enamel")):
        each.look_at(f"/p/{product}")
        each.allow()
    customers(shop, 2)
    for each in (visitor, phone):
        each.log_in("Ada", "Ada@example.org")
    (short,) = customers(shop, 1, "Signed In")
    other.close()
    profile = shop.get(f"/customers/{short['customer_id']}")
    assert (len(profile["user_ids"]), len(profile["anonymous_ids"])) == (1, 2)
    assert {
        fact["properties"]["product_id"] for fact in facts(shop, short["customer_id"]) if "Viewed" in fact["name"]
    } == {"honey-acacia", "mug-enamel"}


def test_who_logs_out_leaves_the_browser_to_somebody_else(visitor: Visitor, shop: Shop) -> None:
    visitor.look_at("/")
    visitor.allow()
    visitor.log_in("Ada", "ada@example.org")
    visitor.click("button", "Log out")
    visitor.log_in("Grace", "grace@example.org")
    names = ["Ada", "Grace"]
    eventually(lambda: sorted(str(each["name"]) for each in customers(shop, 2)) == names, SECONDS, "both customers")
    one, other = (each["anonymous_ids"] for each in customers(shop, 2))
    assert (len(one), len(other)) == (1, 1)
    assert one != other


def test_who_refuses_leaves_no_trace(visitor: Visitor, shop: Shop, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    visitor.look_at("/")
    visitor.click("button", "No, thank you")
    visitor.look_at("/p/honey-acacia")
    visitor.click("button", "Put into the cart")
    visitor.log_in("Ada", "ada@example.org")
    visitor.look_at("/cart")
    assert {url for url in asked if url.startswith(shop.product.url)} == {f"{shop.product.url}/footfall.js"}
    assert all(name.startswith("shop.") for name in visitor.page.evaluate("Object.keys(localStorage)"))
    assert not context.cookies()
    assert not visitor.page.evaluate("sessionStorage.length")
    shop.settle()
    assert shop.items("/customers") == []


def test_a_search_is_told_with_its_words_and_with_what_it_found(visitor: Visitor, shop: Shop) -> None:
    visitor.look_at("/")
    visitor.allow()
    visitor.page.get_by_label("Search").fill("Honey")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("link", name="Forest Honey")).to_be_visible()
    (short,) = customers(shop, 1, "Products Searched")
    told = {fact["name"]: fact["properties"] for fact in facts(shop, short["customer_id"])}
    assert told["Products Searched"] == {"query": "honey"}
    assert [each["product_id"] for each in told["Product List Viewed"]["products"]] == ["honey-acacia", "honey-forest"]


def test_the_journey_page_shows_what_its_visitor_did(visitor: Visitor) -> None:
    visitor.look_at("/p/honey-acacia")
    visitor.allow()
    visitor.look_at("/journey")
    steps = visitor.page.locator("[data-steps]")
    expect(steps).to_contain_text("Acacia Honey", timeout=15_000)
    expect(steps).to_contain_text("Product Viewed")
    expect(visitor.page.get_by_text("somebody without a name")).to_be_visible()


NAMELESS = """() => [...document.querySelectorAll('a, button, input')]
  .filter((each) => !each.closest('[hidden]'))
  .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel))
  .map((each) => each.outerHTML)"""


@pytest.mark.parametrize("path", [*PAGES, "/p/honey-acacia", "/nowhere"])
def test_a_page_obeys_its_policy_fits_a_phone_and_names_its_controls(path: str, visitor: Visitor) -> None:
    said: list[ConsoleMessage] = []
    visitor.page.on("console", lambda message: said.append(message))  # noqa: PLW0108 - playwright marks what it is given
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    visitor.look_at(path)
    assert visitor.page.evaluate(NAMELESS) == []
    assert visitor.page.evaluate("document.querySelectorAll('h1').length") == 1
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360
    complaints = [each.text for each in said if each.type in {"error", "warning"} and "status of 404" not in each.text]
    assert not complaints
