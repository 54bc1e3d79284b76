"""docs/storefront.md does what it says: its blocks of HTML run in Chromium, and record what the page promises."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from playwright.sync_api import Page

from tests.browser.site import Site
from tests.docs.executing import ROOT
from tests.product.running import Json

pytestmark = pytest.mark.product

TEXT = (ROOT / "docs/storefront.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(html browser|html gtm|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = ("product_id", "email", "title")
"""What the page shows of a fact beside its name, the first that is there; of page views the title, where it has one."""


class Example(NamedTuple):
    """Blocks that make one page, and what they record."""

    section: str
    kind: str
    html: str
    recorded: str


def examples() -> list[Example]:
    found, parts, kind = [], "", ""
    for fence in FENCE.finditer(TEXT):
        if fence[1] != "text":
            kind, parts = fence[1], parts + fence[2]
        elif parts:
            section = re.findall(r"^## (.+)$", TEXT[: fence.start()], re.MULTILINE)[-1]
            found.append(Example(section, kind, parts, fence[2]))
            parts = ""
    return found


EXAMPLES = examples()

VIEW_ITEM = next(example.html for example in EXAMPLES if "view_item'" in example.html)
LAYER = re.findall(r"<script>\n  window\.dataLayer.*?</script>", VIEW_ITEM, re.DOTALL)[0]

INJECT = """html => {
  const holder = document.createElement('div')
  holder.innerHTML = html
  for (const found of holder.querySelectorAll('script')) {
    const script = document.createElement('script')
    if (found.src) script.src = found.src
    script.text = found.text
    document.body.appendChild(script)
  }
}"""
"""As Tag Manager puts a custom HTML tag into a page: scripts made anew, without their data attributes."""


def filled(html: str, site: Site) -> str:
    return html.replace("https://footfall.shop.example", site.door.url).replace("WRITE_KEY", site.shop.write_key)


def opened(site: Site, page: Page, html: str) -> None:
    """Open a page that is made of a text, without a title."""
    site.put_file("/", f"<!doctype html><html lang=en>{html}".encode(), {"content-type": "text/html"})
    page.goto(site.url)


def line(fact: Json) -> str:
    shown = next((fact["properties"][name] for name in SHOWN if fact["properties"].get(name)), "")
    return f"{fact['name']}: {shown}" if shown else str(fact["name"])


def test_the_page_has_all_its_examples() -> None:
    assert [example.section for example in EXAMPLES] == [
        "Plain HTML",
        "After consent",
        "Google Tag Manager",
        "A single page application",
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.section)
def test_an_example_records_what_the_page_says(example: Example, site: Site, page: Page) -> None:
    if example.kind == "html gtm":
        opened(site, page, LAYER)
        page.evaluate(INJECT, filled(example.html, site))
    else:
        opened(site, page, filled(example.html, site))
    page.wait_for_function("window.footfall && footfall.version")
    for button in page.locator("button").all():
        button.click()
    recorded = example.recorded.splitlines()
    site.wait_for(*(each.partition(":")[0] for each in recorded))
    facts = [fact for fact in site.facts() if fact["name"] != "Page Left"]
    assert sorted(map(line, facts)) == sorted(recorded)
    assert "identify" not in recorded or site.shop.customer("customer-7")["traits"]["email"] == "ada@example.com"


def test_without_consent_the_example_sends_nothing(site: Site, page: Page) -> None:
    example = next(each for each in EXAMPLES if each.section == "After consent")
    opened(site, page, filled(example.html, site))
    page.wait_for_function("window.footfall && footfall.version")
    page.goto("about:blank")
    assert not site.door.bodies
