"""Reading single values out of loose JSON: moments, ids, addresses, decimals.

One value in, one value out; nothing here knows of facts or persons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

NO_IDS = {"", "-1", "null", "undefined", "anonymous"}


def moment(value: Any) -> datetime | None:
    """Return an ISO 8601 text as a moment in UTC."""
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None


def rfc3339(value: datetime | None) -> str | None:
    """Return a moment as the API writes it: UTC, microseconds, Z."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def identifier(value: Any) -> str | None:
    """Return an id, or nothing for the literals that name nobody; numbers count as their decimal text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = str(value).strip()
    if text.lower() in NO_IDS or set(text) <= {"0", "-"}:
        return None
    return text


def email_address(value: Any) -> str | None:
    """Return an address as it is compared: trimmed, in lower case."""
    address = identifier(value)
    return address.lower() if address else None


def phone_number(value: Any) -> str | None:
    """Return a number as it is compared: its digits, a leading plus kept."""
    number = identifier(value)
    if number is None:
        return None
    digits = re.sub(r"\D", "", number)
    return identifier(("+" if number.startswith("+") else "") + digits) if digits else None


def number(value: Any) -> Decimal | None:
    """Return a JSON number or a plain decimal text exactly; anything else is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def text(value: Any) -> str:
    """Return a value as text, empty where there is none; `true` and `false` as JSON writes them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, empty where the value is none."""
    return value if isinstance(value, Mapping) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, without whatever else lies in it."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def at(value: Any, path: str) -> Any:
    """Return what lies at a dotted path, nothing where it ends early."""
    for part in path.split("."):
        value = mapping(value).get(part)
    return value
