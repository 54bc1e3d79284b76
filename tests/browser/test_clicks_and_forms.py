"""Links that lead out, downloads, and the forms that a shop marked; nothing else of a page is looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.site import Site, started

pytestmark = pytest.mark.product

STAY = "<script>addEventListener('click', event => event.preventDefault())</script>"


def test_links_that_lead_out_and_downloads_are_recorded(site: Site, page: Page) -> None:
    page.goto(
        site.put(
            "/",
            f"""{STAY}<a id=out href="https://elsewhere.example/a?b=1"> Else <b id=inner>where</b> </a>
            <a id=in href="/teas">Teas</a> <a id=mail href="mailto:a@shop.example">Mail</a> <a id=none>none</a>
            <a id=file href="/list.PDF?x=1">List</a> <a id=named download href="/photo">Photo</a>
            <div id=host></div>
            <script>host.attachShadow({{mode: 'open'}}).innerHTML = '<a href="https://shadow.example/">shadow</a>'</script>""",
        )
    )
    started(page)
    for link in ("#inner", "#in", "#mail", "#none", "#file", "#named", "#host a"):
        page.click(link)
    page.click("#out", button="middle")
    page.click("#out", button="right")
    page.focus("#out")
    page.keyboard.press("Enter")
    names = ["page", "Outgoing Link Clicked", "File Downloaded", "File Downloaded", *["Outgoing Link Clicked"] * 3]
    site.wait_for(*names)
    facts = site.facts()
    assert [fact["name"] for fact in facts] == names
    assert facts[1]["properties"] == {"url": "https://elsewhere.example/a", "text": "Else where"}
    assert facts[4]["properties"]["url"] == "https://shadow.example/"


def test_a_click_that_leaves_the_page_is_not_lost(site: Site, page: Page) -> None:
    other = site.door.url.replace("127.0.0.1", "localhost")
    page.goto(site.put("/", f'<a href="{other}/healthz">out</a>'))
    started(page)
    page.click("a")
    page.wait_for_url("**/healthz")
    site.wait_for("page", "Outgoing Link Clicked")
    assert site.names() == ["page", "Outgoing Link Clicked"]


def test_marked_forms_become_leads_and_subscriptions(site: Site, page: Page) -> None:
    site.put("/thanks", head="")
    page.goto(
        site.put(
            "/",
            """<form action=/thanks data-footfall=newsletter data-footfall-list=weekly>
                 <input type=email required id=letter><input type=password value=secret><button id=subscribe>Go</button>
               </form>
               <form action=/thanks data-footfall=lead data-footfall-form=contact data-footfall-source=fair id=f>
                 <input name=email id=lead><input type=tel value="+49 30 1234"><input name=id value=9>
                 <textarea name=message>hello</textarea><button id=contact>Go</button>
               </form>
               <form action=/thanks><input type=email value=private@example.org><button id=other>Go</button></form>
               <script>addEventListener('submit', event => event.preventDefault())</script>""",
        )
    )
    started(page)
    page.click("#subscribe")
    page.fill("#letter", " ada@example.org ")
    page.click("#subscribe")
    page.fill("#lead", "grace@example.org")
    page.click("#contact")
    page.click("#other")
    site.wait_for("page", "Newsletter Subscribed", "Lead Captured")
    facts = site.facts()
    assert [fact["name"] for fact in facts] == ["page", "Newsletter Subscribed", "Lead Captured"]
    assert facts[1]["properties"] == {"email": "ada@example.org", "list": "weekly", "method": "form"}
    assert facts[2]["properties"] == {
        "form": "contact", "email": "grace@example.org", "phone": "+49 30 1234", "source": "fair",
    }  # fmt: skip
    assert site.shop.get(f"/customers/{facts[0]['customer']['customer_id']}")["newsletters"] == ["weekly"]
