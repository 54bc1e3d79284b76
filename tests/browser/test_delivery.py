"""Each event arrives once, and none is lost that the browser still had, whatever happens on the way."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, Page

from ingest.snippet_files import NEWEST, VERSIONS
from tests.browser.site import Fault, Site, started
from tests.product.running import eventually

pytestmark = pytest.mark.product

KEPT = "Object.keys(localStorage).filter(name => name.startsWith('footfall.q.')).length"


def track(page: Page, *names: str) -> None:
    for name in names:
        page.evaluate("name => footfall.track(name, {said: name})", name)


def numbered(count: int, kind: str = "Tea") -> list[str]:
    return [f"{kind} {number:03}" for number in range(count)]


@pytest.mark.parametrize("fault", ["429", "500", "no answer", "lost answer"])
def test_after_a_fault_the_same_events_come_again_and_count_once(site: Site, page: Page, fault: Fault) -> None:
    site.door.order(fault, fault)
    page.goto(site.put("/"))
    started(page)
    track(page, *numbered(5))
    site.wait_for("page", *numbered(5))
    page.wait_for_function(f"{KEPT} === 0")
    assert site.names() == ["page", *numbered(5)]
    assert len(site.door.bodies) >= 3


def test_a_server_that_says_nothing_is_given_up_and_asked_again(site: Site, page: Page) -> None:
    site.door.order("silence")
    page.add_init_script(
        "{ const patient = AbortSignal.timeout; AbortSignal.timeout = () => patient.call(AbortSignal, 500) }"
    )
    page.goto(site.put("/"))
    site.wait_for("page")
    assert site.names() == ["page"]


def test_an_events_id_and_time_are_made_once_and_the_time_of_sending_anew(site: Site, page: Page) -> None:
    site.door.order("500", "500")
    page.goto(site.put("/"))
    site.wait_for("page")
    first, second, third = site.door.bodies[:3]
    assert first["batch"][0]["messageId"] == second["batch"][0]["messageId"] == third["batch"][0]["messageId"]
    assert first["batch"][0]["timestamp"] == third["batch"][0]["timestamp"]
    assert first["sentAt"] < second["sentAt"] < third["sentAt"]


def test_what_is_refused_for_good_is_dropped_and_holds_up_nothing(site: Site, page: Page) -> None:
    site.door.order("400")
    page.goto(site.put("/"))
    started(page)
    eventually(lambda: site.door.bodies, 10, "the first request")
    page.wait_for_function(f"{KEPT} === 0")
    track(page, "Tea Tasted")
    site.wait_for("Tea Tasted")
    assert site.names() == ["Tea Tasted"]


def test_a_page_left_in_the_middle_of_a_request_loses_nothing(site: Site, page: Page) -> None:
    site.door.order("silence")
    page.goto(site.put("/"))
    eventually(lambda: site.door.bodies, 10, "the request")
    track(page, *numbered(3))
    page.goto(site.put("/next"))
    site.wait_for("page", "page", *numbered(3))
    assert sorted(site.names()) == sorted(["page", "page", *numbered(3)])


def test_the_last_events_of_a_page_leave_with_it(site: Site, page: Page) -> None:
    site.put("/nothing", head="")
    page.goto(site.put("/"))
    started(page)
    site.wait_for("page")
    page.evaluate("footfall.track('Tea Tasted'); location.href = '/nothing'")
    site.wait_for("Tea Tasted")
    assert site.names() == ["page", "Tea Tasted"]


def test_a_browser_that_keeps_no_request_alive_sends_a_beacon(site: Site, page: Page) -> None:
    site.put("/nothing", head="")
    page.add_init_script("delete Request.prototype.keepalive")
    page.goto(site.put("/"))
    started(page)
    site.wait_for("page")
    page.evaluate("localStorage.clear(); footfall.track('Tea Tasted'); location.href = '/nothing'")
    site.wait_for("Tea Tasted")
    assert site.names() == ["page", "Tea Tasted"]


def test_a_closed_tab_loses_nothing(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(site.put("/"))
    started(page)
    site.wait_for("page")
    track(page, "Tea Tasted")
    page.close()
    site.wait_for("Tea Tasted")
    assert site.names() == ["page", "Tea Tasted"]


def test_two_tabs_at_once_are_one_visitor_and_lose_nothing(site: Site, context: BrowserContext) -> None:
    first, second = context.new_page(), context.new_page()
    address = site.put("/")
    site.door.is_closed = False
    first.goto(address)
    second.goto(address)
    for page in (first, second):
        started(page)
    site.door.order("500", "no answer")
    for left, right in zip(numbered(20, "Left"), numbered(20, "Right"), strict=True):
        track(first, left)
        track(second, right)
    third = context.new_page()
    third.goto(address)
    site.wait_for("page", "page", "page", *numbered(20, "Left"), *numbered(20, "Right"))
    facts = site.facts()
    assert sorted(fact["name"] for fact in facts if fact["name"] != "Page Left") == sorted(
        ["page", "page", "page", *numbered(20, "Left"), *numbered(20, "Right")]
    )
    assert len({fact["customer"]["customer_id"] for fact in facts}) == 1


def test_events_of_a_while_without_a_network_come_later_in_order(
    site: Site, context: BrowserContext, page: Page
) -> None:
    page.goto(site.put("/"))
    started(page)
    site.wait_for("page")
    context.set_offline(True)
    track(page, *numbered(130))
    page.wait_for_function(f"{KEPT} === 130")
    context.set_offline(False)
    site.wait_for(*numbered(130))
    assert site.names() == ["page", *numbered(130)]
    arrived = list(dict.fromkeys(each["event"] for each in site.door.delivered if each["type"] == "track"))
    assert [name for name in arrived if name != "Page Left"] == numbered(130)


def test_what_a_page_could_not_send_a_later_page_sends(site: Site, page: Page) -> None:
    address = site.put("/")
    page.goto(address)
    started(page)
    site.wait_for("page")
    site.door.is_closed = True
    track(page, *numbered(3))
    page.goto(site.put("/empty", head=""))
    assert page.evaluate(KEPT) >= 3
    site.door.is_closed = False
    page.goto(address)
    site.wait_for("page", "page", *numbered(3))
    page.wait_for_function(f"{KEPT} === 0")
    assert site.names() == ["page", *numbered(3), "page"]


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(site: Site, page: Page) -> None:
    site.door.is_closed = True
    page.goto(site.put("/", auto="none"))
    started(page)
    page.evaluate("for (let i = 0; i < 120; i++) footfall.track('Tea ' + i, {long: 'x'.repeat(20000)})")
    kept = page.evaluate(KEPT)
    assert 30 <= kept < 60
    names = f"{KEPT.removesuffix('.length')}.sort().map(name => JSON.parse(localStorage[name]).event)"
    assert page.evaluate(names) == [f"Tea {number}" for number in range(120 - kept, 120)]


@pytest.mark.parametrize("how", ["disabled", "full"])
def test_without_storage_all_works_as_long_as_the_page_lives(site: Site, page: Page, how: str) -> None:
    site.put("/nothing", head="")
    page.add_init_script(
        """Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }});
           Object.defineProperty(document, 'cookie', {get() { throw new DOMException('no') }, set() { throw 1 }})"""
        if how == "disabled"
        else """for (let size = 1 << 22; size >= 1; size >>= 1)
                  try { for (;;) localStorage['x' + Math.random()] = 'x'.repeat(size) } catch {}"""
    )
    page.goto(site.put("/"))
    started(page)
    site.door.order("500")
    track(page, *numbered(3))
    site.wait_for("page", *numbered(3))
    page.evaluate("footfall.identify('ada'); footfall.track('Tea Tasted'); location.href = '/nothing'")
    site.wait_for("identify", "Tea Tasted")
    assert site.names() == ["page", *numbered(3), "identify", "Tea Tasted"]
    assert len(site.customers()) == 1


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_clock_that_is_wrong_by_hours_does_not_move_events(site: Site, page: Page, hours: int) -> None:
    page.add_init_script(
        f"""{{ const Real = Date; const off = {hours} * 3600e3;
          window.Date = class extends Real {{
            constructor(...said) {{ said.length ? super(...said) : super(Real.now() + off) }}
            static now() {{ return Real.now() + off }}
          }} }}"""
    )
    site.door.order("500")
    page.goto(site.put("/"))
    started(page)
    track(page, "Tea Tasted")
    site.wait_for("page", "Tea Tasted")
    facts = site.facts()
    assert [fact["name"] for fact in facts] == ["page", "Tea Tasted"]
    for fact in facts:
        assert abs(seconds(fact["received_at"]) - seconds(fact["occurred_at"])) < 30


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_an_event_that_is_too_large_holds_up_nothing(site: Site, page: Page) -> None:
    page.goto(site.put("/"))
    started(page)
    page.evaluate("footfall.track('Large', {text: 'x'.repeat(40000)})")
    track(page, "Tea Tasted")
    site.wait_for("page", "Tea Tasted")
    assert site.names() == ["page", "Tea Tasted"]


def test_what_others_put_into_the_storage_holds_up_nothing(site: Site, page: Page) -> None:
    prefix = f"footfall.q.{site.shop.write_key}."
    page.add_init_script(
        f"""localStorage['{prefix}a'] = '{{'; localStorage['{prefix}b'] = ''; localStorage['footfall.user'] = '[';
            localStorage['footfall.consent'] = '"x"'; localStorage['footfall.id'] = ''"""
    )
    page.goto(site.put("/"))
    site.wait_for("page")
    assert site.names() == ["page"]


def test_where_the_pages_policy_forbids_sending_events_wait_for_another_page(site: Site, page: Page) -> None:
    policy = {"content-security-policy": f"script-src {site.door.url}; connect-src 'none'"}
    page.goto(site.put("/strict", headers=policy))
    started(page)
    page.wait_for_function(f"{KEPT} === 1")
    page.goto(site.put("/open"))
    site.wait_for("page", "page")
    assert site.names() == ["page", "page"]


def test_where_the_pages_policy_forbids_the_script_nothing_happens(site: Site, page: Page) -> None:
    page.goto(site.put("/strict", headers={"content-security-policy": "script-src 'self'"}))
    page.wait_for_load_state("load")
    assert not page.evaluate("'footfall' in window")
    assert not site.door.bodies


@pytest.mark.parametrize("by", ["nonce", "hash", "host"])
def test_it_works_under_a_strict_policy_with_trusted_types(site: Site, page: Page, by: str) -> None:
    head = site.snippet()
    if by == "nonce":
        head = head.replace("async", "async nonce=abc")
        scripts = "'nonce-abc'"
    elif by == "hash":
        head = site.pinned_snippet()
        scripts = f"'{VERSIONS[NEWEST]}'"
    else:
        scripts = site.door.url
    policy = (
        f"default-src 'none'; script-src {scripts}; connect-src {site.door.url}; require-trusted-types-for 'script'"
    )
    page.goto(site.put("/strict", head=head, headers={"content-security-policy": f"{policy}; trusted-types 'none'"}))
    site.wait_for("page")
    assert site.names() == ["page"]
