"""The types that an event's properties are declared with, and the one place that says what each lets through.

A type is lenient where a shop means something (`"12.99"`, a number as an id, null, unknown fields) and strict where a
wrong value would silently spoil an answer. Checking never changes a value: a fact keeps what was said, and reading it
(`schemas/money.py`) is another matter. No event types in here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core import core_schema as core
from typing_extensions import TypedDict

AMOUNT_LIMIT = 10**18
"""Amounts and counts lie below this. Beyond it is a slip (a phone number as a price), and columns have a width."""

AMOUNT_DIGITS = 18
SMALLEST_EXPONENT = -60
"""Nearer to zero is no amount. (`5.551115123125783e-17` is one: a browser's 0.1 + 0.2 - 0.3.)"""

# Two engines read the patterns (Rust's in pydantic, Python's in schemas/money.py): spelled out, so that both agree.
_SPACE = r"[ \t\r\n]*"
_DECIMAL_TEXT = r"(?:[0-9]{1,18}(?:\.[0-9]{0,38})?|\.[0-9]{1,38})"
AMOUNT_PATTERN = rf"^{_SPACE}(?:[+-]?{_DECIMAL_TEXT})?{_SPACE}$"
COUNT_PATTERN = rf"^{_SPACE}(?:\+?{_DECIMAL_TEXT})?{_SPACE}$"
CURRENCY_PATTERN = rf"^{_SPACE}(?:[A-Za-z]{{3}})?{_SPACE}$"
DAY_PATTERN = rf"^{_SPACE}(?:[0-9]{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ].*)?)?{_SPACE}$"


@dataclass(frozen=True)
class _Checked:
    """Metadata for `Annotated`: lets pydantic check by `check` and say `message`, whatever type it annotates."""

    check: CoreSchema
    message: str
    json_schema: dict[str, Any] = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core.custom_error_schema(
            self.check, custom_error_type="invalid_property", custom_error_message=self.message
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.json_schema)


def within_limits(value: Decimal) -> bool:
    """Say whether a decimal is an amount: finite, and neither larger nor nearer to zero than any price is."""
    return value.is_finite() and SMALLEST_EXPONENT <= value.adjusted() < AMOUNT_DIGITS


def _amount(value: Decimal) -> Decimal:
    if not within_limits(value):
        raise ValueError
    return value


def _count(value: Decimal) -> Decimal:
    if _amount(value) < 0:
        raise ValueError
    return value


_TEXT = core.is_instance_schema((str, int, Decimal, type(None)))


def _number(check: Any, least: int, pattern: str) -> CoreSchema:
    return core.union_schema(
        [
            core.no_info_after_validator_function(check, core.is_instance_schema(Decimal)),
            core.int_schema(strict=True, ge=least, lt=AMOUNT_LIMIT),
            core.none_schema(),
            core.str_schema(strict=True, pattern=pattern),
        ],
        mode="left_to_right",
    )


def _matching(pattern: str) -> CoreSchema:
    return core.union_schema([core.str_schema(strict=True, pattern=pattern), core.none_schema()], mode="left_to_right")


_SCALAR = {"type": ["string", "number", "boolean", "null"]}

Text = Annotated[
    str | int | Decimal | bool | None, _Checked(_TEXT, "must be a text (or a number, read as its text)", _SCALAR)
]
"""A name, an id, a remark. Numbers and truth values are read as their text."""

Texts = Annotated[
    list[Any] | str | int | Decimal | bool | None,
    _Checked(
        core.union_schema([_TEXT, core.list_schema(_TEXT)], mode="left_to_right"),
        "must be a text or a list of texts",
        {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]},
    ),
]
"""What shops say once or several times: coupons, reasons, purposes."""

Amount = Annotated[
    Decimal | int | str | None,
    _Checked(
        _number(_amount, 1 - AMOUNT_LIMIT, AMOUNT_PATTERN),
        "must be a number such as 12.99 (below 10^18), or a text that holds one",
        {"anyOf": [{"type": ["number", "null"]}, {"type": "string", "pattern": AMOUNT_PATTERN}]},
    ),
]
"""Money, points, scores, levels: any sign. Null and empty texts are absent."""

Count = Annotated[
    Decimal | int | str | None,
    _Checked(
        _number(_count, 0, COUNT_PATTERN),
        "must be a number from 0 up (below 10^18), or a text that holds one",
        {"anyOf": [{"type": ["number", "null"], "minimum": 0}, {"type": "string", "pattern": COUNT_PATTERN}]},
    ),
]
"""How many (or how much: 0.5 kg): never negative. Null and empty texts are absent."""

Currency = Annotated[
    str | None,
    _Checked(
        _matching(CURRENCY_PATTERN),
        "must be a currency code of three letters such as EUR",
        {"type": ["string", "null"], "pattern": CURRENCY_PATTERN},
    ),
]
"""ISO 4217, in any case. Null and empty texts are absent."""

Day = Annotated[
    str | None,
    _Checked(
        _matching(DAY_PATTERN),
        "must be a day such as 2024-12-31",
        {"type": ["string", "null"], "pattern": DAY_PATTERN},
    ),
]
"""A calendar day; a time behind it is not looked at."""

Anything = Any
"""Kept, never checked: no answer reads it."""


class Product(TypedDict, total=False):
    """P of the ecommerce specification: a product as an event names it, on its own or as a line of `products`."""

    product_id: Text
    sku: Text
    category: Text
    name: Text
    brand: Text
    variant: Text
    price: Amount
    quantity: Count
    coupon: Texts
    position: Text
    url: Text
    image_url: Text


Products = Annotated[list[Product] | None, "absent as null"]
"""The lines of a list, a cart or an order: a list of objects."""
