"""Ids as senders write them: which are none, and how e-mail addresses and phone numbers are compared.

Which ids name which stream is said in `schemas/addressing.py`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from schemas.errors import InvalidEvent

_NONE = frozenset({"-1", "null", "undefined", "anonymous"})
_NO_DIGIT = re.compile(r"[^0-9]")


def identifier(value: object, field: str) -> str | None:
    """Return an id as trimmed text, or None where it is absent or one of the ids that are none."""
    if value is None:
        return None
    if value.__class__ is not str:
        value = _number_text(value, field)
    text: str = value
    text = text.strip()
    bare = text.lower()
    # All zeros, all dashes, and the nil UUID, which is both.
    if not bare.strip("0-") or bare in _NONE:
        return None
    return text


def email_address(value: object, field: str) -> str | None:
    """Return an e-mail address as it is compared: trimmed, in lower case."""
    text = identifier(value, field)
    return None if text is None else text.lower()


def phone_number(value: object, field: str) -> str | None:
    """Return a phone number as it is compared: its digits, with a leading plus kept."""
    text = identifier(value, field)
    if text is None:
        return None
    digits = _NO_DIGIT.sub("", text)
    return identifier(f"+{digits}" if digits and text.startswith("+") else digits, field)


def _number_text(value: object, field: str) -> str:
    if type(value) is int:
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    raise InvalidEvent("wrong_type", field, "must be a string or a number")
