"""The byte search of the tests finds what is encoded and packed: one that finds nothing would prove nothing."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.product.byte_search import places_of

SECRET = "ada.secret@example.com"
LINE = f'before {{"email": "{SECRET}"}} after'.encode()


def block(codec: str, method: int) -> bytes:
    body = bytes(pa.compress(LINE * 3, codec, asbytes=True))
    head = bytes([method]) + (len(body) + 9).to_bytes(4, "little") + (len(LINE) * 3).to_bytes(4, "little")
    return b"\0" * 16 + head + body


WAYS: dict[str, Callable[[], bytes]] = {
    "plain": lambda: LINE,
    "utf16.le": lambda: LINE.decode().encode("utf-16-le"),
    "utf16.be": lambda: LINE.decode().encode("utf-16-be"),
    "base64.0": lambda: base64.b64encode(LINE),
    "base64.1": lambda: base64.b64encode(b"x" + LINE),
    "base64.2": lambda: base64.urlsafe_b64encode(b"xy" + LINE),
    "hex": lambda: LINE.hex().encode(),
    "url": lambda: b"q=ada.secret%40example.com",
    "gzip": lambda: b"..." + gzip.compress(LINE),
    "zlib": lambda: b"..." + zlib.compress(LINE) + b"...",
    "lz4.bin": lambda: block("lz4_raw", 0x82),
    "zstd.bin": lambda: block("zstd", 0x90) + block("lz4_raw", 0x82),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_text_is_found_however_it_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(WAYS[name]())
    assert places_of([SECRET, "somebody else"], tmp_path) == {SECRET: [name], "somebody else": []}
