"""docs/api.md has every route of the query API, and no other."""

from __future__ import annotations

import re

from fastapi import APIRouter

from query_api import customers, erasures, exports, identity, published, questions, rules
from query_api.app import PREFIX, status_router
from tests.docs.executing import ROOT

ROUTERS: tuple[tuple[APIRouter, str], ...] = (
    (status_router, PREFIX),
    (customers.router, PREFIX),
    (identity.router, PREFIX),
    (erasures.router, PREFIX),
    (exports.router, PREFIX),
    (questions.router, PREFIX),
    (rules.router, PREFIX),
    (published.router, ""),
)


def test_the_page_has_the_routes_of_the_code_and_no_other() -> None:
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^## `(\w+) (/\S+)`", page, re.MULTILINE))
    routes = {
        (method, prefix + str(getattr(route, "path", "")).replace(":path", ""))
        for router, prefix in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", ())
    }
    assert named == routes
