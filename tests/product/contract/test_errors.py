"""Every error has the one shape, and names the field that it is about."""

from __future__ import annotations

import httpx
import pytest

from tests.product.contract.ada import assert_error
from tests.product.running import Json, Shop

pytestmark = pytest.mark.product


@pytest.mark.parametrize(
    ("path", "params", "status", "code", "field"),
    [
        ("/nothing", {}, 404, "not_found", None),
        ("/customers/unknown", {}, 404, "not_found", None),
        ("/customers/" + "0" * 33, {}, 404, "not_found", None),
        ("/customers/by/user_id/nobody", {}, 404, "not_found", None),
        ("/customers/by/shoe_size/42", {}, 400, "bad_request", "kind"),
        ("/customers", {"limit": 0}, 400, "bad_request", "limit"),
        ("/customers", {"limit": 1001}, 400, "bad_request", "limit"),
        ("/customers", {"limit": "many"}, 400, "bad_request", "limit"),
        ("/customers", {"order": "shoe_size"}, 400, "bad_request", "order"),
        ("/customers", {"cursor": "nonsense"}, 400, "bad_request", "cursor"),
        ("/customers", {"cursor": "WzFd"}, 400, "bad_request", "cursor"),
        ("/customers", {"search": "x" * 201}, 400, "bad_request", "search"),
        ("/customers/by/user_id/ada", {"as_of": "yesterday"}, 400, "bad_request", "as_of"),
        ("/customers/by/user_id/ada", {"known_at": "2026-13-01"}, 400, "bad_request", "known_at"),
    ],
)
def test_every_error_of_a_question_has_the_one_shape(
    story: Shop, path: str, params: Json, status: int, code: str, field: str | None
) -> None:
    assert_error(story.ask(path, **params), status, code, field)


@pytest.mark.parametrize("path", ["journey", "events"])
@pytest.mark.parametrize(
    ("params", "field"),
    [({"cursor": "x"}, "cursor"), ({"from": "x"}, "from"), ({"to": "x"}, "to"), ({"limit": 1001}, "limit")],
)
def test_errors_of_a_customer_s_lists_name_the_field(story: Shop, path: str, params: Json, field: str) -> None:
    answer = story.ask(f"/customers/{story.customer('ada')['customer_id']}/{path}", **params)
    assert_error(answer, 400, "bad_request", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "steps"),
        ({"steps": []}, "steps"),
        ({"steps": [{"event": ""}]}, "steps.0.event"),
        ({"steps": [{"event": "page"}], "scope": "galaxy"}, "scope"),
        ({"steps": [{"event": "page"}], "window": "half an hour"}, "window"),
        ({"steps": [{"event": "page"}], "widow": "PT30M"}, "widow"),
        ({"steps": [{"event": "page"}], "as_of": "yesterday"}, "as_of"),
        ({"steps": [{"event": "page"}], "from": "yesterday"}, "from"),
        ({"steps": [{"event": "page", "where": [{"field": "x", "op": "~", "value": 1}]}]}, "steps.0.where.0.op"),
    ],
)
def test_errors_of_a_funnel_name_the_field(story: Shop, body: Json, field: str) -> None:
    assert_error(story.question("funnel", body), 400, "bad_request", field)


def test_what_is_no_route_or_method_has_the_one_shape_too(
    story: Shop, anybody: httpx.Client, at_the_api: httpx.Client
) -> None:
    assert_error(anybody.get("/nothing"), 404, "not_found")
    assert_error(anybody.get("/v1/nothing"), 404, "not_found")
    assert_error(anybody.get("/v1/track"), 405, "method_not_allowed")
    token = {"Authorization": f"Bearer {story.query_token}"}
    assert_error(at_the_api.delete("/api/v1/customers", headers=token), 405, "method_not_allowed")
    assert_error(at_the_api.post("/api/v1/questions/funnel", content=b"{", headers=token), 400, "bad_request")
