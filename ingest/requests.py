"""Reading a request: its headers, its body within bounds (also what gzip unpacks to), and the key that it carries.

What the body says is read in `ingest/batches.py`; whether the key is good is asked in `ingest/collector.py`.
"""

from __future__ import annotations

import asyncio
import binascii
import re
import zlib
from base64 import b64decode
from typing import NamedTuple
from urllib.parse import unquote_plus

from ingest.answers import Receive, Refusal, Scope, too_busy
from schemas.errors import InvalidInput

MAX_BODY_BYTES = 500 * 1024
MAX_PARAMETERS = 50
BODY_SECONDS = 30.0
"""How long a client may take to send its body."""

_GZIP = b"\x1f\x8b"
_KEY_IN_TEXT = re.compile(rb'"writeKey"\s*:\s*"([!#-\[\]-~]{1,200})"')


class Head(NamedTuple):
    """What the collector reads of a request's headers."""

    authorization: bytes | None
    origin: bytes | None
    encoding: bytes | None
    too_large: bool
    """The client announces a body beyond the limit."""


class Disconnected(Exception):
    """The client went before its body was complete."""


class BodyBudget:
    """Bounds the bytes of bodies that arrive in several pieces, over all requests."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.left = max_bytes

    def take(self, size: int) -> None:
        """Reserve, or raise the 503."""
        if size > self.left:
            raise too_busy("too many bodies are on their way", 1)
        self.left -= size


def read_head(scope: Scope) -> Head:
    authorization = origin = encoding = None
    too_large = False
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value
        elif name == b"origin":
            origin = value
        elif name == b"content-encoding":
            encoding = value
        elif name == b"content-length":
            too_large = len(value) > 18 or int(value) > MAX_BODY_BYTES  # the server has checked that it is a number
    return Head(authorization, origin, encoding, too_large)


async def read_body(receive: Receive, head: Head, budget: BodyBudget) -> bytes:
    """Return the body as sent; raise Refusal as soon as it is too large."""
    if head.too_large:
        raise _too_large()
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_on(receive, body, budget)
    except TimeoutError:
        raise Refusal(408, "timeout", "the body took too long") from None


async def _read_on(receive: Receive, first: bytes, budget: BodyBudget) -> bytes:
    chunks = [first]
    size = len(first)
    held = 0
    try:
        more = True
        while more:
            budget.take(size - held)
            held = size
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > MAX_BODY_BYTES:
                raise _too_large()
            more = message.get("more_body", False)
    finally:
        budget.left += held
    return b"".join(chunks)


def _too_large() -> Refusal:
    return Refusal(413, "body_too_large", f"a body has up to {MAX_BODY_BYTES} bytes")


def unpacked(body: bytes, encoding: bytes | None) -> bytes:
    """Return the text of a body, unzipped by what it is: clients do not always say so."""
    if body[:2] == _GZIP:
        return _gunzip(body)
    unknown = encoding is not None and encoding.strip().lower() not in (b"", b"gzip", b"x-gzip", b"identity")
    if unknown and body.lstrip()[:1] not in (b"{", b"["):
        raise Refusal(415, "unsupported_encoding", "a body is JSON, plain or as gzip")
    return body


def _gunzip(body: bytes) -> bytes:
    """Unzip with never more than the limit in memory, whatever the body promises."""
    text = b""
    while body:
        member = zlib.decompressobj(wbits=31)
        try:
            text += member.decompress(body, MAX_BODY_BYTES + 1 - len(text))
        except zlib.error:
            raise InvalidInput("invalid_gzip", "", "the body is no valid gzip") from None
        if len(text) > MAX_BODY_BYTES:
            raise Refusal(413, "body_too_large", f"a body unpacks to up to {MAX_BODY_BYTES} bytes")
        if not member.eof:
            raise InvalidInput("invalid_gzip", "", "the gzip body ends too early")
        body = member.unused_data if member.unused_data[:2] == _GZIP else b""
    return text


def key_in_head(authorization: bytes) -> tuple[str, bool]:
    """Return the key of an Authorization header, and whether it is decisive: beside a bearer token, SDKs send the key
    in the body.
    """
    scheme, _, value = authorization.partition(b" ")
    scheme = scheme.lower()
    if scheme == b"basic":
        try:
            user = b64decode(value.strip(), validate=True).partition(b":")[0]
        except (binascii.Error, ValueError):
            return "", False
        return user.decode("latin-1"), bool(user)
    return (value.strip().decode("latin-1"), False) if scheme == b"bearer" else ("", False)


def key_in_query(scope: Scope, parameter: str) -> str:
    """Return a parameter of the query, the first of its name. (`parse_qs` takes ten times as long.)"""
    wanted = parameter.encode() + b"="
    for pair in scope["query_string"].split(b"&", MAX_PARAMETERS):
        if pair.startswith(wanted):
            return unquote_plus(pair[len(wanted) :].decode("latin-1"), "latin-1")
    return ""


def key_in_text(body: bytes) -> str:
    """Return the key that a body names which could not be decoded."""
    found = _KEY_IN_TEXT.search(body)
    return found[1].decode() if found else ""


def without_keys(body: bytes) -> bytes:
    """Return a body without the keys it names: dead letters hold none."""
    return _KEY_IN_TEXT.sub(b'"writeKey":"***"', body) if b"writeKey" in body else body
