"""A real Chromium, Debian's, and a site before the product, for tests of what runs in a shop's pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from footfall.cluster.components import find
from tests.browser.site import Door, Pages, Site
from tests.cluster.conftest import needs
from tests.product.running import Shop, own_product, product, shop

__all__ = ["own_product", "product", "shop"]

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",
    "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
)
"""A machine of tests has a closed network and often only root. A shop may have a name, and subdomains. By its own name,
HeadlessChrome, the browser would be a bot to the product; playwright's way to give it another one ends before a page
that is left has said its last.
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The one browser of a module. Playwright holds the thread's event loop, so it ends with the module."""
    needs("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=find("chromium"),
            args=list(ARGUMENTS),
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield launched
        launched.close()


def new_context(browser: Browser) -> BrowserContext:
    """Return a visitor's browser: its own storage and cookies."""
    opened = browser.new_context()
    opened.set_default_timeout(30_000)
    return opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser: its own storage and cookies."""
    opened = new_context(browser)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. A script that throws into the page fails the test."""
    thrown: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    assert not thrown


@pytest.fixture
def site(shop: Shop) -> Iterator[Site]:
    pages, door = Pages(), Door(shop.product.url)
    with pages.running(), door.running():
        yield Site(shop, pages, door)
