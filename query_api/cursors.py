"""Pagination tokens: opaque to clients, a JSON list inside."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from projections.clickhouse_connection import FOR_EVER
from query_api.errors import BadRequest

Part = str | int


def to_cursor(parts: Sequence[Part]) -> str:
    """Return the token of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def from_cursor(cursor: str, *kinds: type) -> list[Part]:
    """Return the place, or raise BadRequest where the token is none of ours."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadRequest("not a cursor of this list", "cursor") from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds) or not all(map(_is_ours, parts)):
        raise BadRequest("not a cursor of this list", "cursor")
    return parts


def _is_ours(part: Part) -> bool:
    """Tell whether we could have given a part out: ids are ASCII, numbers are moments and counts."""
    return part.isascii() if isinstance(part, str) else -FOR_EVER <= part <= FOR_EVER
