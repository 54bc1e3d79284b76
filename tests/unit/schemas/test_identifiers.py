from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from schemas.errors import InvalidEvent
from schemas.identifiers import email_address, identifier, phone_number


@pytest.mark.parametrize(
    "said",
    [None, "", "  ", "0", "000", "---", "00000000-0000-0000-0000-000000000000", "-1", -1, 0, "null", "NULL",
     "undefined", " Anonymous "],
)  # fmt: skip
def test_ids_that_are_none_count_as_absent(said: Any) -> None:
    assert identifier(said, "userId") is None


@pytest.mark.parametrize(
    ("said", "text"), [(42, "42"), (Decimal("42.50"), "42.50"), (Decimal("1E+3"), "1000"), ("u", "u")]
)
def test_a_number_counts_as_its_decimal_text(said: Any, text: str) -> None:
    assert identifier(said, "userId") == text


@pytest.mark.parametrize("said", [True, [], {}, ["u"]])
def test_an_id_of_a_wrong_type_is_refused_and_named(said: Any) -> None:
    with pytest.raises(InvalidEvent) as error:
        identifier(said, "userId")
    assert (error.value.code, error.value.field) == ("wrong_type", "userId")


def test_addresses_are_compared_in_one_spelling() -> None:
    assert email_address(" Jo@Example.COM ", "email") == "jo@example.com"
    assert phone_number("+49 (170) 123-45", "phone") == "+4917012345"
    assert phone_number("0170/12345", "phone") == "017012345"
    assert phone_number(17012345, "phone") == "17012345"
    assert phone_number("none", "phone") is None
