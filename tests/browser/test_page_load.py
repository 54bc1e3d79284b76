"""The benchmark of the storefront measures the snippet at work: how fast it is, is for `make bench` to say."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from benchmarks.libraries import OURS
from benchmarks.loading import load
from benchmarks.page_server import PageServer

pytestmark = pytest.mark.product


def test_a_load_with_the_snippet_sends_its_page_view_and_has_a_script_time(browser: Browser) -> None:
    with PageServer(OURS).running() as server:
        measured = load(browser, server)
        (script,) = server.scripts()
    assert b"dataLayer" in script
    assert measured.worked > 0
    assert measured.script > 0
    assert measured.longest > 0
