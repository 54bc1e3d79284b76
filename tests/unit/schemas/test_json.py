from __future__ import annotations

import json as stdlib_json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import json
from schemas.errors import InvalidJson

numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_was_said_round_trips_to_the_digit(value: Any) -> None:
    again = json.decode(json.encode(value))
    assert again == value
    assert json.encode(again) == json.encode(value)


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused_with_the_one_error(data: bytes) -> None:
    with suppress(InvalidJson):
        json.encode(json.decode(data))


@given(st.text(alphabet='[]{}",:\\ud83dc0eE+-.1 \n', max_size=80))
def test_text_that_looks_like_json_never_crashes(text: str) -> None:
    with suppress(InvalidJson):
        json.encode(json.decode(text.encode()))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a":NaN}', "", "{", "nul", "01", "{'a':1}", "1 2"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidJson, match="invalid_json"):
        json.decode(text.encode())


def test_a_refusal_says_where() -> None:
    with pytest.raises(InvalidJson) as error:
        json.decode(b'{"a": xyz}')
    assert error.value.position == 6
    with pytest.raises(InvalidJson) as error:
        json.decode(b'{"a": "\xff"}')
    assert (error.value.code, error.value.position) == ("invalid_utf8", 7)


@pytest.mark.parametrize("text", ["1e999999999", "-1e999999999", "1e-999999999", "1E+39", "1" * 39, "0." + "1" * 39])
@pytest.mark.parametrize("shape", ["{}", '{{"a":[{}]}}'])
def test_a_number_beyond_38_digits_is_refused(text: str, shape: str) -> None:
    with pytest.raises(InvalidJson, match="number_out_of_range"):
        json.decode(shape.format(text).encode())


@pytest.mark.parametrize("text", ["1" * 5_000, "-" + "9" * 400_000, "1e" + "9" * 5_000, "0." + "0" * 100_000 + "1"])
def test_an_endless_number_is_refused_at_once(text: str) -> None:
    with pytest.raises(InvalidJson, match="number_out_of_range"):
        json.decode(text.encode())


def test_a_number_of_38_digits_is_taken() -> None:
    assert json.decode(b"9" * 38) == 10**38 - 1
    assert json.decode(b"0." + b"9" * 37) == Decimal("0." + "9" * 37)
    assert json.decode(b"1e37") == 10**37
    assert json.decode(b"5.551115123125783e-17") == Decimal("5.551115123125783e-17")


def test_a_long_run_of_digits_in_a_text_is_no_number() -> None:
    assert json.decode(b'{"id": "%s"}' % (b"7" * 60)) == {"id": "7" * 60}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_32_levels_are_taken_and_33_are_not(opening: str, closing: str) -> None:
    assert json.decode(f"{opening * 32}1{closing * 32}".encode())
    for inside in ("1", "[]"):
        levels = 33 if inside == "1" else 32
        with pytest.raises(InvalidJson, match="too_deep"):
            json.decode(f"{opening * levels}{inside}{closing * levels}".encode())


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
def test_no_depth_crashes(text: str) -> None:
    with pytest.raises(InvalidJson):
        json.decode(text.encode())


def test_brackets_in_texts_are_no_depth() -> None:
    value = {"a": "[{" * 100, "b": [{"c": "]}" * 3}]}
    assert json.decode(json.encode(value)) == value


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (r"\ud83d", "\ufffd"),
        (r"cut \ud83d off", "cut \ufffd off"),
        (r"\ude00", "\ufffd"),
        (r"\ud83d\u0041", "\ufffdA"),
        (r"\ud83d\ud83d\ude00", "\ufffd😀"),
        (r"\ud83d\ude00", "😀"),
        (r"\\ud83d \ud83d", "\\ud83d \ufffd"),
    ],
)
def test_half_of_a_surrogate_pair_becomes_the_replacement_character(said: str, meant: str) -> None:
    assert json.decode(f'{{"a": "{said}"}}'.encode()) == {"a": meant}


def test_null_bytes_and_a_byte_order_mark_are_data_and_nothing() -> None:
    assert json.decode(b'\xef\xbb\xbf{"a": "x\\u0000y"}') == {"a": "x\0y"}


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15).filter(lambda n: abs(n) > 1e-9)
)
def test_what_a_browser_writes_is_read_exactly(number: float) -> None:
    text = stdlib_json.dumps(number)
    assert json.decode(text.encode()) == Decimal(text)
