"""Who somebody is, what may be stored and sent, and what is left when they say no."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.site import Site, started
from tests.product.running import eventually

pytestmark = pytest.mark.product

KEPT = "[...Object.keys(localStorage), ...document.cookie.split('; ').filter(Boolean)].filter(n => /footfall/.test(n))"
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
DNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"


def ids(site: Site) -> list[str]:
    return [fact["customer"]["anonymous_ids"][0] for fact in site.facts()]


def test_a_visitor_is_the_same_on_the_next_page_and_the_next_day(site: Site, page: Page) -> None:
    page.goto(site.put("/"))
    site.wait_for("page")
    page.evaluate("localStorage.clear()")
    page.goto(site.put("/next"))
    site.wait_for("page", "page")
    page.context.clear_cookies()
    page.goto(site.put("/last"))
    site.wait_for("page", "page", "page")
    assert len(site.customers()) == 1
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["sameSite"], cookie["domain"]) == ("footfall_id", "Lax", "127.0.0.1")
    assert cookie["value"] == page.evaluate("footfall.anonymousId()") == ids(site)[0]


@pytest.mark.parametrize("place", ["localStorage", "cookie"])
def test_a_shop_that_had_another_library_keeps_its_visitors(site: Site, page: Page, place: str) -> None:
    page.goto(site.put("/before", head=""))
    page.evaluate(
        """place => {
          const known = {ajs_anonymous_id: '"4f5e-old"', ajs_user_id: '"ada"', ajs_user_traits: '{"name": "Ada"}'};
          for (const [name, value] of Object.entries(known))
            if (place === 'cookie') document.cookie = name + '=' + encodeURIComponent(value);
            else localStorage[name] = value }""",
        place,
    )
    page.goto(site.put("/"))
    site.wait_for("identify", "page")
    page.goto(site.put("/next"))
    site.wait_for("identify", "page", "page")
    assert site.names() == ["page", "identify", "page"]
    ada = site.shop.customer("ada")
    assert ada["anonymous_ids"] == ["4f5e-old"]
    assert ada["traits"]["name"] == "Ada"


def test_what_the_other_library_keeps_unquoted_or_empty_is_read_as_it_is(site: Site, page: Page) -> None:
    page.goto(site.put("/before", head=""))
    page.evaluate("localStorage.ajs_anonymous_id = 'plain'; localStorage.ajs_user_id = 'null'")
    page.goto(site.put("/"))
    site.wait_for("page")
    (fact,) = site.facts()
    assert (fact["customer"]["anonymous_ids"], fact["customer"]["user_ids"]) == (["plain"], [])


def test_two_customers_at_one_browser_are_two(site: Site, context: BrowserContext, page: Page) -> None:
    page.goto(site.put("/"))
    started(page)
    for call in ("identify('ada')", "track('A')", "identify('grace')", "track('G')", "reset()", "track('Nobody')"):
        page.evaluate(f"footfall.{call}")
    other = context.new_page()
    other.goto(site.put("/other"))
    started(other)
    other.evaluate("footfall.identify('edsger')")
    page.evaluate("footfall.track('E')")
    site.wait_for("page", "page", "identify", "identify", "identify", "A", "G", "Nobody", "E")
    owners = {fact["name"]: fact["customer"]["user_ids"] for fact in site.facts()}
    assert (owners["A"], owners["G"], owners["Nobody"], owners["E"]) == (["ada"], ["grace"], ["edsger"], ["edsger"])
    customers = site.customers()
    assert len(customers) == 3
    assert all(len(customer["anonymous_ids"]) == 1 for customer in customers)


def test_subdomains_share_a_visitor_and_a_logout_where_the_shop_says_so(site: Site, page: Page) -> None:
    site.put("/", domain="shop.example")
    port = site.url.rpartition(":")[2]
    page.goto(f"http://www.shop.example:{port}/")
    started(page)
    page.evaluate("footfall.identify('ada')")
    page.goto(f"http://pay.shop.example:{port}/")
    site.wait_for("page", "page", "identify")
    assert [customer["user_ids"] for customer in site.customers()] == [["ada"]]
    page.evaluate("footfall.reset()")
    page.goto(f"http://www.shop.example:{port}/")
    started(page)
    page.evaluate("footfall.track('Tea Tasted')")
    site.wait_for("Tea Tasted")
    owners = {fact["name"]: fact["customer"]["user_ids"] for fact in site.facts()}
    assert owners["Tea Tasted"] == []


@pytest.mark.parametrize("mode", ["granted", "required"])
def test_what_is_said_in_one_tab_holds_in_all(site: Site, context: BrowserContext, page: Page, mode: str) -> None:
    address = site.put("/", consent=mode)
    page.goto(address)
    other = context.new_page()
    other.goto(address)
    started(page)
    started(other)
    page.evaluate("footfall.consent({analytics: true})")
    site.wait_for("page", "page", "Consent Given")
    other.evaluate("footfall.consent({analytics: false})")
    site.wait_for("Consent Withdrawn")
    page.wait_for_function("Object.keys(localStorage).filter(name => name !== 'footfall.consent').length === 0")
    page.evaluate("footfall.track('Tea Tasted')")
    page.evaluate("new Promise(done => setTimeout(done, 600))")
    assert page.evaluate(KEPT) == ([] if mode == "required" else ["footfall.consent"])
    assert sorted(site.names()) == ["Consent Given", "Consent Withdrawn", "page", "page"]


def test_where_consent_is_required_nothing_is_stored_or_sent_before(site: Site, page: Page) -> None:
    page.goto(site.put(["/", "utm_source=mail&utm_medium=email"][0], consent="required") + "?utm_source=mail")
    started(page)
    page.evaluate("footfall.identify('ada'); footfall.track('Tea Tasted')")
    page.goto(site.put("/next", consent="required") + "?utm_source=second")
    started(page)
    page.evaluate("footfall.track('Tea Bought')")
    page.evaluate("new Promise(done => setTimeout(done, 600))")
    assert page.evaluate(KEPT) == []
    assert not site.door.bodies
    page.evaluate("footfall.consent({analytics: true, marketing: false})")
    site.wait_for("page", "Tea Bought", "Consent Given", "Consent Withdrawn")
    facts = site.facts()
    assert [fact["name"] for fact in facts] == ["page", "Tea Bought", "Consent Given", "Consent Withdrawn"]
    assert facts[0]["context"]["campaign"] == {"source": "second"}
    assert facts[2]["properties"] == {"purposes": ["analytics"]}
    assert facts[2]["context"]["consent"]["categoryPreferences"] == {"analytics": True, "marketing": False}
    page.goto(site.put("/later", consent="required"))
    started(page)
    page.evaluate("footfall.consent({analytics: true, marketing: false})")
    site.wait_for("page", "page")
    assert len(site.customers()) == 1
    profile = site.shop.get(f"/customers/{facts[0]['customer']['customer_id']}")
    assert profile["consent"] == {"analytics": True, "marketing": False}


def test_a_refusal_where_consent_is_required_leaves_no_trace(site: Site, page: Page) -> None:
    page.goto(site.put("/", consent="required"))
    started(page)
    page.evaluate("footfall.track('Tea Tasted'); footfall.consent({analytics: false}); footfall.track('Tea Bought')")
    page.goto(site.put("/next", consent="required"))
    started(page)
    page.evaluate("new Promise(done => setTimeout(done, 600))")
    assert page.evaluate(KEPT) == []
    assert not site.door.bodies


@pytest.mark.parametrize("mode", ["granted", "required", "memory"])
def test_a_withdrawal_is_the_last_event_and_deletes_what_is_kept(site: Site, page: Page, mode: str) -> None:
    page.goto(site.put("/", consent=mode))
    started(page)
    page.evaluate("footfall.consent({analytics: true}); footfall.identify('ada')")
    site.wait_for("page", "identify", "Consent Given")
    page.evaluate("footfall.consent({analytics: false}); footfall.track('Tea Tasted')")
    site.wait_for("Consent Withdrawn")
    page.goto(site.put("/next", consent=mode))
    started(page)
    page.evaluate("footfall.track('Tea Bought')")
    page.evaluate("new Promise(done => setTimeout(done, 600))")
    assert page.evaluate(KEPT) == ([] if mode == "required" else ["footfall.consent"])
    names = site.names()
    assert names[-1] == "Consent Withdrawn"
    assert sorted(names) == ["Consent Given", "Consent Withdrawn", "identify", "page"]
    assert site.shop.customer("ada")["consent"] == {"analytics": False}


def test_in_memory_events_are_sent_and_nothing_is_stored(site: Site, page: Page) -> None:
    page.goto(site.put("/", consent="memory"))
    site.wait_for("page")
    assert page.evaluate(KEPT) == []
    page.goto(site.put("/next", consent="memory"))
    site.wait_for("page", "page")
    assert len(site.customers()) == 2
    assert page.evaluate(KEPT) == []


def test_a_refusal_before_the_script_loads_is_heard(site: Site, page: Page) -> None:
    early = "<script>(window.footfall = []).push(['track', 'Tea Tasted'], ['consent', {analytics: false}])</script>"
    page.goto(site.put("/", head=early + site.snippet(consent="required")))
    started(page)
    page.evaluate("new Promise(done => setTimeout(done, 600))")
    assert not site.door.bodies


@pytest.mark.parametrize("signal", [GPC, DNT])
def test_a_browser_that_asks_not_to_be_tracked_is_left_alone(site: Site, page: Page, signal: str) -> None:
    page.add_init_script(signal)
    page.goto(site.put("/"))
    started(page)
    page.evaluate("footfall.consent({analytics: true}); footfall.identify('ada'); footfall.track('Tea Tasted')")
    page.goto(site.put("/next"))
    started(page)
    page.evaluate("new Promise(done => setTimeout(done, 600))")
    assert page.evaluate(KEPT) == []
    assert not site.door.bodies


def test_a_shop_may_record_all_the_same_and_says_so(site: Site, page: Page) -> None:
    page.add_init_script(GPC)
    page.goto(site.put("/", privacy_signals="ignore"))
    site.wait_for("page")
    assert site.facts()[0]["context"]["consent"] == {"gpc": True}


def test_no_cookie_is_a_third_partys(site: Site, context: BrowserContext, page: Page) -> None:
    page.goto(site.put("/"))
    site.wait_for("page")
    eventually(context.cookies, 5, "the cookie")
    assert {cookie["name"] for cookie in context.cookies()} == {"footfall_id"}
    assert not context.cookies(site.door.url.replace("127.0.0.1", "localhost"))
