"""The snippet's files: what is out stays out as it is, and browsers get it as they take it."""

from __future__ import annotations

import base64
import gzip
import hashlib

import cramjam
import pytest

from ingest.snippet_files import NEWEST, VERSIONS, content
from tests.unit.ingest.doubles import Response, Shop

KILOBYTES = 5
PLAIN = content(NEWEST)[0]


def get(shop: Shop, path: str = "/footfall.js", method: str = "GET", **headers: str) -> Response:
    return shop.request(method, path, b"", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_that_is_out_stays_as_it_is(version: str) -> None:
    digest = base64.b64encode(hashlib.sha384(content(version)[0]).digest()).decode()
    assert VERSIONS[version] == f"sha384-{digest}"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_the_snippet_is_small(encoding: str) -> None:
    assert len(content(NEWEST, encoding)[0]) <= KILOBYTES * 1024


def test_the_plain_name_moves_and_a_version_stays(shop: Shop) -> None:
    moving, staying = get(shop), get(shop, f"/footfall.{NEWEST}.js")
    assert moving.body == staying.body == PLAIN
    assert moving.headers["cache-control"] == "public, max-age=600"
    assert staying.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0.000", None),
        ("deflate", None),
        ("", None),
    ],
)
def test_it_comes_compressed_as_the_browser_takes_it(shop: Shop, accepted: str, encoding: str | None) -> None:
    response = get(shop, accept_encoding=accepted)
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "accept-encoding"
    unpacked = {"br": lambda body: bytes(cramjam.brotli.decompress(body)), "gzip": gzip.decompress}
    assert unpacked.get(encoding or "", bytes)(response.body) == PLAIN


def test_every_page_may_load_it_and_check_its_hash(shop: Shop) -> None:
    headers = get(shop, origin="https://shop.example").headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"


def test_who_has_it_already_is_told_so(shop: Shop) -> None:
    tag = get(shop, accept_encoding="br").headers["etag"]
    again = get(shop, accept_encoding="br", if_none_match=f'W/"other", {tag}')
    assert (again.status, again.body) == (304, b"")
    assert "content-length" not in again.headers
    assert get(shop, accept_encoding="gzip", if_none_match=tag).status == 200


def test_a_head_has_the_headers_alone(shop: Shop) -> None:
    response = get(shop, method="HEAD")
    assert (response.status, response.body) == (200, b"")
    assert response.headers["content-length"] == str(len(PLAIN))


@pytest.mark.parametrize(
    "path", ["/footfall.0.0.0.js", "/footfall..js", "/footfall.1.0.0.js/x", "/footfall.1.0.0.js.map"]
)
def test_a_version_that_is_not_out_is_not_found(shop: Shop, path: str) -> None:
    assert get(shop, path).status == 404


def test_nothing_can_be_sent_there(shop: Shop) -> None:
    assert get(shop, method="POST").status == 405
