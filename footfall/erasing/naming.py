"""Whether some bytes name an erased person: any id, e-mail address or phone number in them, however they are packed.

Raw ids are not known any more once the keys are destroyed, so every text in the bytes is hashed as each kind of id, and
the hash is looked for. Pure.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Container, Iterator
from hashlib import blake2b
from urllib.parse import unquote_plus

from schemas.errors import InvalidEvent
from schemas.identifiers import email_address, identifier, phone_number
from schemas.streams import StreamId, StreamKind

DEEPEST = 4
"""Layers of packing that are opened."""

LARGEST = 16 * 1024 * 1024
"""Bytes that one layer may grow to."""

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WORD = re.compile(r"""[^\s"'\\,;:{}\[\]()<>=&?]+""")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_KINDS: dict[StreamKind, Callable[[str, str], str | None]] = {
    StreamKind.USER: identifier,
    StreamKind.ANONYMOUS: identifier,
    StreamKind.EMAIL: email_address,
    StreamKind.PHONE: phone_number,
}


class Naming:
    """Looks for some streams of one store; remembers the texts that it has seen."""

    def __init__(self, secret: bytes, store: str, streams: Container[StreamId]) -> None:
        self._secret = secret
        self._store = store
        self._streams = streams
        self._harmless: set[str] = set()

    def names(self, raw: bytes) -> bool:
        """Tell whether the bytes name one of the streams."""
        return any(self._is_named(text) for layer in layers(raw) for text in _texts(layer))

    def _is_named(self, text: str) -> bool:
        if text in self._harmless:
            return False
        if any(stream in self._streams for stream in self._streams_of(text)):
            return True
        self._harmless.add(text)
        return False

    def _streams_of(self, text: str) -> Iterator[StreamId]:
        for kind, normalised in _KINDS.items():
            try:
                value = normalised(text, kind)
            except InvalidEvent:
                continue
            if value is not None:
                # as schemas.streams.stream_id, whose memory is for what is said often
                digest = blake2b(
                    f"{self._store}\0{kind}\0{value}".encode("utf-8", "surrogatepass"), digest_size=16, key=self._secret
                )
                yield StreamId(kind[0] + digest.hexdigest())


def layers(raw: bytes, depth: int = DEEPEST) -> Iterator[str]:
    """Give the bytes as text, and what is packed in them: gzip, zlib, base64, hexadecimal digits, UTF-16."""
    if not depth:
        return
    unzipped = _unzipped(raw)
    if unzipped is not None:
        yield from layers(unzipped, depth - 1)
        return
    text = raw.decode("utf-8", "replace")
    yield text
    if b"\0" in raw[:64]:
        yield from (raw[start:].decode(name, "replace") for name in ("utf-16-le", "utf-16-be") for start in (0, 1))
    for pattern, unpacked in ((_BASE64, _of_base64), (_HEX, _of_hex)):
        for found in pattern.finditer(text):
            inner = unpacked(found.group())
            if inner is not None and _is_likely_text(inner):
                yield from layers(inner, depth - 1)


def _unzipped(raw: bytes) -> bytes | None:
    if raw[:2] != b"\x1f\x8b" and raw[:1] != b"\x78":
        return None
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, LARGEST)
    except zlib.error:
        return None


def _of_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.rstrip("=").replace("-", "+").replace("_", "/") + "===", validate=False)
    except (binascii.Error, ValueError):
        return None


def _of_hex(text: str) -> bytes:
    return bytes.fromhex(text)


def _is_likely_text(raw: bytes) -> bool:
    """Most long words only look packed."""
    sample = raw[:32]
    printable = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in sample)
    return raw[:2] == b"\x1f\x8b" or raw[:1] == b"\x78" or b"\0" in sample or printable >= len(sample) * 3 // 4


def _texts(text: str) -> Iterator[str]:
    """Give all that may be an id: the strings of JSON, and every word."""
    yield text.strip()
    for found in _STRING.finditer(text):
        said = _unescaped(found.group())
        yield said
        if said != found.group(1):
            yield from _texts(said)
    yield from _words(text)


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        word = found.group()
        yield word
        if "%" in word or "+" in word:
            yield unquote_plus(word)
        stripped = word.rstrip(".!")
        if stripped != word:
            yield stripped


def _unescaped(quoted: str) -> str:
    try:
        said = json.loads(quoted, strict=False)
    except ValueError:
        return quoted[1:-1]
    return str(said)
