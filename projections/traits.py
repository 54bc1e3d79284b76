"""Traits under one name each: Segment's reserved traits come in camel case and in snake case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESERVED = {
    "created_at": "createdAt",
    "first_name": "firstName",
    "last_name": "lastName",
    "postal_code": "postalCode",
}


def canonical_traits(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the traits with reserved names in camel case; the camel-case spelling wins where both are said."""
    renamed = {RESERVED[key]: value for key, value in traits.items() if key in RESERVED}
    return renamed | {key: value for key, value in traits.items() if key not in RESERVED}
