"""What can still be had of a body that is no good JSON as a whole: which field spoils it, and which events of a batch
are good. Slow, and only for such bodies.
"""

from __future__ import annotations

import json as lenient_json
import re
from typing import Any, NamedTuple

from schemas import json
from schemas.errors import InvalidInput, InvalidJson

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]', re.DOTALL)


class Item(NamedTuple):
    """One event of a batch: its bytes, and its value or what is wrong with it."""

    raw: bytes
    value: Any
    fault: InvalidInput | None


class Salvaged(NamedTuple):
    """A batch taken apart: what surrounds the events, and the events."""

    envelope: dict[str, Any]
    items: list[Item]


class _Bad:
    """Stands for a number that cannot be taken."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message


def salvage(body: bytes) -> Salvaged | None:
    """Take a batch apart by its brackets; None where these make no sense, or all around the events is bad too."""
    spans = _item_spans(body)
    if spans is None:
        return None
    first, last, items = spans
    try:
        envelope = json.decode(body[:first] + body[last:])
    except InvalidJson:
        return None
    return Salvaged(envelope, [read_item(body[start:end].strip()) for start, end in items])


def read_item(raw: bytes) -> Item:
    """Return the event that these bytes are, or what is wrong with them."""
    try:
        return Item(raw, json.decode(raw), None)
    except InvalidJson as fault:
        return Item(raw, None, explained(raw, fault))


def _item_spans(body: bytes) -> tuple[int, int, list[tuple[int, int]]] | None:
    """Return where the events of the array `batch` begin and end, and where each of them does."""
    depth = first = start = 0
    spans: list[tuple[int, int]] = []
    name = previous = b""
    for token in _TOKEN.finditer(body):
        text = token[0]
        if text in (b"{", b"["):
            depth += 1
            if depth == 2 and text == b"[" and previous == b":" and name == b'"batch"' and not first:
                first = start = token.end()
        elif text in (b"}", b"]"):
            if depth == 2 and first:
                if body[start : token.start()].strip():
                    spans.append((start, token.start()))
                return first, token.start(), spans
            depth -= 1
        elif text == b"," and depth == 2 and first:
            spans.append((start, token.start()))
            start = token.end()
        elif depth == 1 and text not in b",:":
            name = text
        previous = text
    return None


def explained(raw: bytes, fault: InvalidJson) -> InvalidJson:
    """Return the fault with the name of the field where a number is at fault, else as it is."""
    if fault.field or fault.code not in ("invalid_json", "number_out_of_range"):
        return fault
    try:
        value = lenient_json.loads(raw, parse_constant=_constant, parse_float=_float, parse_int=_int)
    except (ValueError, RecursionError):
        return fault
    return _first_bad(value) or fault


def _constant(text: str) -> _Bad:
    return _Bad("invalid_json", f"{text} is no JSON number")


def _float(text: str) -> Any:
    try:
        return json.decimal(text)
    except json.NumberOutOfRange:
        return _Bad("number_out_of_range", f"a number has more than {json.MAX_DIGITS} digits")


def _int(text: str) -> Any:
    return 0 if len(text) <= json.MAX_DIGITS else _float(text + ".0")


def _first_bad(value: Any) -> InvalidJson | None:
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        path, found = stack.pop()
        if isinstance(found, _Bad):
            return InvalidJson(found.code, found.message, field=path)
        prefix = f"{path}." if path else ""
        if isinstance(found, dict):
            stack.extend((f"{prefix}{key}", child) for key, child in found.items())
        elif isinstance(found, list):
            stack.extend((f"{prefix}{index}", child) for index, child in enumerate(found))
    return None
