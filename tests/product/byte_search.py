"""Looks for texts in every byte of some folder: as they are, encoded, and in whatever can be opened.

Opened are gzip and zlib, wherever they begin, and the compressed blocks of ClickHouse's parts. Encodings are UTF-8,
UTF-16, base64 at any offset, hexadecimal digits and URL encoding. Knows files, not what may be in them.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import pyarrow as pa

LZ4, ZSTD, NONE = 0x82, 0x90, 0x02
_CHECKSUM, _HEAD = 16, 9
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


def forms_of(text: str) -> set[bytes]:
    """Return the ways in which a text may stand somewhere."""
    raw = text.encode()
    found = {raw, text.lower().encode(), text.encode("utf-16-le"), text.encode("utf-16-be")}
    found |= {raw.hex().encode(), raw.hex().upper().encode(), quote(text, safe="").encode(), quote_plus(text).encode()}
    for offset in range(3):  # of a longer text, at whatever offset: the middle stays the same
        encoded = base64.b64encode(b"\0" * offset + raw).rstrip(b"=")
        middle = encoded[-(-offset * 8 // 6) + (1 if offset else 0) : -1 or None]
        found |= {middle, middle.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def places_of(texts: Iterable[str], folder: Path) -> Mapping[str, list[str]]:
    """Return in which files each text is found."""
    forms = {text: forms_of(text) for text in texts}
    found: dict[str, list[str]] = {text: [] for text in forms}
    for path in sorted(folder.rglob("*")):
        for content in _opened(path):
            for text, ways in forms.items():
                name = str(path.relative_to(folder))
                if name not in found[text] and any(way in content for way in ways):
                    found[text].append(name)
    return found


def _opened(path: Path) -> Iterator[bytes]:
    try:
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    except FileNotFoundError:  # ClickHouse deleted it in between
        return
    yield content
    yield from unpacked(content)
    if path.suffix == ".bin":
        for block in clickhouse_blocks(content):
            yield block
            yield from unpacked(block)


def unpacked(content: bytes) -> Iterator[bytes]:
    """Give what is packed by gzip or zlib, from wherever it begins."""
    for start in _PACKED.finditer(content):
        try:
            yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content[start.start() :])
        except zlib.error:
            continue


def clickhouse_blocks(content: bytes) -> Iterator[bytes]:
    """Give the compressed blocks of a column's file."""
    place = 0
    while place + _CHECKSUM + _HEAD <= len(content):
        head = content[place + _CHECKSUM : place + _CHECKSUM + _HEAD]
        method, size, length = head[0], int.from_bytes(head[1:5], "little"), int.from_bytes(head[5:9], "little")
        body = content[place + _CHECKSUM + _HEAD : place + _CHECKSUM + size]
        assert method in (LZ4, ZSTD, NONE), f"no block of ClickHouse: method {method:#x}"
        codec = {LZ4: "lz4_raw", ZSTD: "zstd"}.get(method)
        yield pa.decompress(body, length, codec, asbytes=True) if codec else body
        place += _CHECKSUM + size
