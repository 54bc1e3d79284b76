"""Exact JSON: what was said round-trips to the digit, and no text, however hostile, harms who reads it.

Decoded values are plain Python, with every number that has a point or an exponent as `Decimal`. The limits of
contract.md (depth 32, numbers of 38 digits) hold for every value that leaves `decode`. What a value means does not
belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from schemas.errors import InvalidJson

MAX_DEPTH = 32
MAX_DIGITS = 38

_TOO_LARGE = 10**MAX_DIGITS
_BOM = b"\xef\xbb\xbf"

# Byte-level pre-checks: cheap, and wrong only towards suspicion (they also see inside strings).
_OPENING, _CLOSING = b"[{", b"]}"
_TO_BRACES = bytes.maketrans(b"[]", b"{}")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in _OPENING + _CLOSING)
_TO_ZEROS = bytes(ord("0") if chr(byte).isascii() and chr(byte).isdigit() else 0 for byte in range(256))
_LONG_RUN = b"0" * (MAX_DIGITS + 1)

# A surrogate escape without its other half. Pairs and escaped backslashes are skipped by matching them first.
_SURROGATES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\[^u]"
)
_POSITION = re.compile(r"\(byte (\d+)\)")


class NumberOutOfRange(Exception):
    """Raised inside the decoder for a number beyond the limits. (A ValueError would be reworded by msgspec.)"""


def decimal(text: str) -> Decimal:
    """Return a JSON number that is no integer; its plain notation may have 38 digits (so 1e999999999 never gets in)."""
    if len(text) > MAX_DIGITS or "e" in text or "E" in text:
        return _checked_decimal(text)
    return Decimal(text)


def _checked_decimal(text: str) -> Decimal:
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > 5 or len(mantissa) > 2 * MAX_DIGITS:
        raise NumberOutOfRange
    number = Decimal(text)
    parts = number.as_tuple()
    power = int(parts.exponent)
    digits = len(parts.digits)
    if (digits if power == 0 else max(digits, -power) if power < 0 else digits + power) > MAX_DIGITS:
        raise NumberOutOfRange
    return number


_decoder = msgspec.json.Decoder(float_hook=decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

encode = _encoder.encode
"""Return the JSON text of a decoded value, without white space; numbers keep all their digits."""


def decode(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of a JSON text, or raise InvalidJson; a lone surrogate escape becomes U+FFFD."""
    suspicious = _LONG_RUN in data.translate(_TO_ZEROS) or _may_be_deep(data, max_depth)
    value = _decoded(data)
    if suspicious:
        check_limits(value, max_depth)
    return value


def _may_be_deep(data: bytes, max_depth: int) -> bool:
    brackets = data.translate(_TO_BRACES, _NOT_BRACKETS)
    if len(brackets) <= max_depth:
        return False
    for _ in range(max_depth):
        brackets = brackets.replace(b"{}", b"")
        if not brackets:
            return False
    return True


def _decoded(data: bytes) -> Any:
    try:
        return _decoder.decode(data)
    except NumberOutOfRange:
        raise _out_of_range() from None
    except RecursionError:
        raise InvalidJson("too_deep", f"nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeDecodeError as error:
        raise _invalid_utf8(data, error) from None
    except msgspec.DecodeError as error:
        return _second_try(data, error)


def _out_of_range(field: str = "") -> InvalidJson:
    return InvalidJson("number_out_of_range", f"a number has more than {MAX_DIGITS} digits", field=field)


def _second_try(data: bytes, error: msgspec.DecodeError) -> Any:
    """Decode again without what a browser may rightly have sent: a byte order mark, half of a surrogate pair."""
    repaired = _SURROGATES.sub(_replacement, data.removeprefix(_BOM))
    if repaired != data:
        return _decoded(repaired)
    if "Integer value out of range" in str(error):
        raise _out_of_range() from None
    said = _POSITION.search(str(error))
    reason = _POSITION.sub("", str(error)).strip()
    raise InvalidJson("invalid_json", f"not valid JSON: {reason}", int(said[1]) if said else None) from None


def _replacement(found: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if len(found[0]) == 6 else found[0]


def _invalid_utf8(data: bytes, error: UnicodeDecodeError) -> InvalidJson:
    position = error.start  # relative to a string inside: look for the place in the whole
    try:
        data.decode()
    except UnicodeDecodeError as whole:
        position = whole.start
    return InvalidJson("invalid_utf8", "not valid UTF-8", position)


def check_limits(value: Any, max_depth: int = MAX_DEPTH) -> None:
    """Raise InvalidJson, naming the field, where a decoded value is nested too deep or holds too long an integer."""
    level = _containers([("", value)])
    for _ in range(max_depth):
        level = _containers(child for path, parent in level for child in _children(path, parent))
        if not level:
            return
    field = ".".join(level[0][0].split(".")[:2])
    raise InvalidJson("too_deep", f"nested deeper than {max_depth} levels", field=field)


def _containers(values: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    found = []
    for path, value in values:
        if isinstance(value, (dict, list)):
            found.append((path, value))
        elif type(value) is int and not -_TOO_LARGE < value < _TOO_LARGE:
            raise _out_of_range(path)
    return found


def _children(path: str, parent: Any) -> Iterator[tuple[str, Any]]:
    prefix = f"{path}." if path else ""
    named = parent.items() if isinstance(parent, dict) else enumerate(parent)
    return ((f"{prefix}{name}", child) for name, child in named)
