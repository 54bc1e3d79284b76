"""The documents for subscribers are served as they are kept, to everybody."""

from __future__ import annotations

import json

import pytest

from query_api.app import ROOTS
from schemas.published import PUBLISHED, text
from tests.unit.query_api.asking import get


@pytest.mark.parametrize("address", PUBLISHED)
def test_a_document_is_served_without_a_token(address: str) -> None:
    answer = get(address, token=None)
    assert (answer.status, answer.body.decode()) == (200, text(address))
    assert address.startswith(ROOTS)


def test_a_schema_says_what_it_is() -> None:
    assert dict(get("/schemas/OrderCompleted/1.json").headers)[b"content-type"] == b"application/schema+json"


@pytest.mark.parametrize(
    "path",
    [
        "/schemas/OrderCompleted/2.json",
        "/schemas/OrderCompleted/01.json",
        "/schemas/Nothing/1.json",
        "/schemas/x",
        "/schemas/",
    ],
)
def test_what_is_not_published_is_not_found_in_the_one_shape_of_errors(path: str) -> None:
    answer = get(path, token=None)
    assert answer.status == 404
    said = json.loads(answer.body)
    assert (said["code"], said["errors"]) == ("not_found", [])
    assert said.keys() == {"code", "message", "errors", "request_id"}
