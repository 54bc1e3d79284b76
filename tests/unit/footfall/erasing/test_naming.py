"""Whose ids some bytes name, however they are packed."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from footfall.erasing.naming import Naming
from schemas.streams import StreamKind, StreamRef, stream_id

SECRET = b"a secret of thirty-two bytes ...."
ERASED = frozenset(
    stream_id(SECRET, "shop", StreamRef(kind, value))
    for kind, value in (
        (StreamKind.USER, "ada 77"),
        (StreamKind.USER, "4711"),
        (StreamKind.ANONYMOUS, "zz9"),
        (StreamKind.EMAIL, "ada@example.com"),
        (StreamKind.PHONE, "+491511234567"),
    )
)


def names(raw: bytes, store: str = "shop") -> bool:
    return Naming(SECRET, store, ERASED).names(raw)


def said(**message: Any) -> bytes:
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    "raw",
    [
        said(userId="ada 77"),
        said(userId=4711),
        said(batch=[{"anonymousId": "zz9"}]),
        said(traits={"email": " ADA@example.com "}),
        said(traits={"phone": "+49 151 1234567"}),
        said(properties={"note": "please write to ada@example.com."}),
        said(properties={"url": "https://shop.example/?mail=ada%40example.com&x=1"}),
        said(inner=said(userId="ada 77").decode()),
        b'{"userId": "ada 77", "broken',
        b"userId=zz9&event=x",
        "{\"anonymousId\": \"zz9\"}".encode("utf-16"),
        gzip.compress(said(userId="ada 77")),
        zlib.compress(said(userId="ada 77")),
        said(body=base64.b64encode(said(userId="ada 77")).decode()),
        said(body=base64.urlsafe_b64encode(gzip.compress(said(userId="ada 77"))).decode()),
        said(body=said(userId="ada 77").hex()),
    ],
)  # fmt: skip
def test_what_names_the_person_is_found(raw: bytes) -> None:
    assert names(raw)


@pytest.mark.parametrize(
    "raw", [said(userId="ada 7"), said(userId="bob", note="a zz10"), b"", b"\xff\xfe\x00", b"\x1f\x8bbroken"]
)
def test_what_names_others_is_not(raw: bytes) -> None:
    assert not names(raw)


def test_an_id_of_another_store_is_somebody_else() -> None:
    assert not names(said(userId="ada 77"), store="other")
