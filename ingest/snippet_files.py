"""`GET /footfall.js` and `/footfall.<version>.js`: the snippet, compressed as the browser takes it.

The plain name moves with the product and is asked for again; a version stays as it is, for ever, and pages may hold it
to its hash. What the snippet does is told in docs/snippet.md; its source is in `ingest/snippet/`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Final

import cramjam

from ingest.answers import Answer, Scope

_FOLDER = files("ingest.snippet")

VERSIONS: Final[dict[str, str]] = json.loads(_FOLDER.joinpath("versions.json").read_text(encoding="utf-8"))
"""The one list of versions that are out, oldest first, each with the hash that a page may hold it to."""

NEWEST: Final = list(VERSIONS)[-1]
PATH: Final = "/footfall.js"
_VERSIONED: Final = re.compile(r"/footfall\.([0-9]+\.[0-9]+\.[0-9]+)\.js")
_MOVING: Final = b"public, max-age=600"
_FOR_EVER: Final = b"public, max-age=31536000, immutable"
_EVERYWHERE: Final = (
    (b"content-type", b"text/javascript; charset=utf-8"),
    (b"vary", b"accept-encoding"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)


def pasted_line(address: str, write_key: str) -> str:
    """Return the line that a shop pastes into its pages."""
    return f'<script async src="{address}{PATH}" data-key="{write_key}"></script>'


def version_at(path: str) -> str | None:
    """Return the version that a path names; None where it names none that is out."""
    if path == PATH:
        return NEWEST
    found = _VERSIONED.fullmatch(path)
    return found[1] if found and found[1] in VERSIONS else None


def snippet_answer(version: str, scope: Scope) -> Answer:
    """Answer a GET or HEAD for a version."""
    asked = dict(scope["headers"])
    encoding = _encoding(asked.get(b"accept-encoding", b""))
    body, tag = content(version, encoding)
    headers = [*_EVERYWHERE, (b"etag", tag), (b"cache-control", _MOVING if scope["path"] == PATH else _FOR_EVER)]
    if tag in asked.get(b"if-none-match", b""):
        return Answer(304, b"", headers, is_public=True)
    if encoding != "identity":
        headers.append((b"content-encoding", encoding.encode()))
    return Answer(200, body, headers, is_public=True)


@cache
def content(version: str, encoding: str = "identity") -> tuple[bytes, bytes]:
    """Return a version's bytes in an encoding, and their entity tag. Compressed once, at the first request."""
    plain = _FOLDER.joinpath("built", f"footfall.{version}.js").read_bytes()
    body = _compressed(plain, encoding)
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()


def _compressed(plain: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return bytes(cramjam.brotli.compress(plain, level=11))
    return gzip.compress(plain, 9, mtime=0) if encoding == "gzip" else plain


def _encoding(accepted: bytes) -> str:
    """Return the best encoding that the browser takes; one with the weight 0 is not taken."""
    weights = dict(part.strip().partition(";")[::2] for part in accepted.decode("latin-1").lower().split(","))
    for encoding in ("br", "gzip"):
        weight = weights.get(encoding)
        if weight is not None and not re.search(r"q\s*=\s*0(\.0*)?\s*$", weight):
            return encoding
    return "identity"
