"""What differs between an answer of the product and the oracle's, as short readable lines.

Knows shapes, not rules: amounts are equal as numbers, moments as moments, fields that the oracle does not give are
not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.reading import number

A_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
CLOSE = Decimal("0.000001")
MISSING = "(missing)"


def differences(product: Any, oracle: Any, path: str = "") -> list[str]:
    """Return one line for each place where the product's answer is not what the oracle says."""
    if isinstance(oracle, Mapping) and isinstance(product, Mapping):
        keys = sorted(set(oracle) | (set(product) if _is_open(path) else set()))
        return [
            line
            for key in keys
            for line in differences(product.get(key, MISSING), oracle.get(key, MISSING), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(oracle, Sequence) and isinstance(product, Sequence) and not isinstance(oracle, str):
        shared = [
            line
            for index, (left, right) in enumerate(zip(product, oracle, strict=False))
            for line in differences(left, right, f"{path}[{index}]")
        ]
        if len(product) == len(oracle):
            return shared
        return [f"{path}: the product has {len(product)}, the oracle {len(oracle)}", *shared[:3]]
    return [] if _agree(product, oracle) else [f"{path}: product {product!r}, oracle {oracle!r}"]


def _is_open(path: str) -> bool:
    """Objects whose keys are data: there a key too many is a difference too."""
    return path.rsplit(".", 1)[-1] in ("traits", "consent", "revenue", "refunded", "value", "properties")


def _agree(product: Any, oracle: Any) -> bool:
    if isinstance(product, str) and isinstance(oracle, str) and A_MOMENT.match(product) and A_MOMENT.match(oracle):
        return datetime.fromisoformat(product) == datetime.fromisoformat(oracle)
    left, right = number(product), number(oracle)
    if left is not None and right is not None:
        return abs(left - right) <= CLOSE
    return bool(product == oracle)
