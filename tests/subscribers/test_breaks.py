"""The comparison of schemas finds each kind of break, names its place, and lets through what readers survive."""

from __future__ import annotations

from typing import Any

import pytest

from tests.subscribers.breaks import breaks

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
MAYBE: Json = {"type": ["string", "null"]}
ANYTHING: Json = {}
PATTERN: Json = {"type": "string", "pattern": "^[0-9]+$"}
COLOURS: Json = {"enum": ["red", "green"]}


def holding(**fields: Json) -> Json:
    return {"type": "object", "properties": fields, "required": ["field"]}


def of(schema: Json, *required: str, **definitions: Json) -> Json:
    """A document with one field, `field`, of that schema."""
    document = holding(field=schema)
    return {**document, "required": list(required or ["field"]), "$defs": definitions}


def listed(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def either(*schemas: Json) -> Json:
    return {"anyOf": list(schemas)}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (of(TEXT), {"type": "object", "required": ["field"]}, "field: is gone, or has another name"),
        (of(TEXT), {"type": "object", "properties": {"fields": TEXT}}, "field: is gone, or has another name"),
        (of(TEXT), of(TEXT, "other"), "field: was always there, may now be missing"),
        (of(TEXT), of({"type": "number"}), "field: was string, may now be number"),
        (of(TEXT), of(MAYBE), "field: was string, may now be null"),
        (of(MAYBE), of(either(MAYBE, {"type": "number"})), "field: was string or null, may now be number"),
        (of({"type": "integer"}), of({"type": "number"}), "field: was integer, may now be number"),
        (of(MAYBE), of(ANYTHING), "field: was string or null, may now be object"),
        (of(COLOURS), of({"enum": ["red"]}), "field: the value 'green' is gone"),
        (of(COLOURS), of({"enum": ["red", "green", "blue"]}), "field: may now be 'blue', was one of ['red', 'green']"),
        (of(COLOURS), of(TEXT), "field: was one of ['red', 'green'], may now be any string"),
        (of({"const": "red"}), of({"const": "blue"}), "field: the value 'red' is gone"),
        (of(PATTERN), of(TEXT), "field: pattern was ^[0-9]+$, is now not there"),
        (of(either(PATTERN, {"type": "null"})), of(MAYBE), "field: pattern was ^[0-9]+$, is now not there"),
        (of(listed(TEXT)), of(listed(MAYBE)), "field[]: was string, may now be null"),
        (of(listed(TEXT)), of({"type": "array"}), "field[]: was string, may now be object"),
        (of(holding(field=TEXT)), of(holding(other=TEXT)), "field.field: is gone, or has another name"),
        (of(listed(holding(field=TEXT))), of(listed(holding())), "field[].field: is gone, or has another name"),
        (of({"$ref": "#/$defs/T"}, T=TEXT), of({"$ref": "#/$defs/T"}, T=MAYBE), "field: was string, may now be null"),
        ({"type": "object"}, {"type": "array"}, "the document: was object, may now be array"),
    ],
)
def test_a_break_is_found_and_named(before: Json, after: Json, said: str) -> None:
    assert said in breaks(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (of(TEXT), of(TEXT)),
        (of(TEXT), {**holding(field=TEXT, other=MAYBE)}),
        (of(TEXT, "other"), of(TEXT, "field", "other")),
        (of(MAYBE), of(TEXT)),
        (of(ANYTHING), of(MAYBE)),
        (of(TEXT), of(PATTERN)),
        (of(TEXT), of(COLOURS)),
        (of({"type": "number"}), of({"type": "integer"})),
        (of(either(TEXT, {"type": "null"})), of(MAYBE)),
        (of(listed(holding(field=TEXT))), of(listed(holding(field=TEXT, other=TEXT)))),
        (of({"$ref": "#/$defs/T"}, T=TEXT), of({"$ref": "#/$defs/U"}, U=TEXT)),
        (of({**TEXT, "description": "before"}), of({**TEXT, "description": "after"})),
        (of({"type": "array"}), of(listed(TEXT))),
        (of({**holding(field=TEXT), "type": ["object", "null"]}), of(either(holding(field=TEXT), {"type": "null"}))),
    ],
)
def test_what_a_reader_survives_is_no_break(before: Json, after: Json) -> None:
    assert breaks(before, after) == []


def test_alternatives_that_cannot_be_told_apart_are_not_compared() -> None:
    with pytest.raises(ValueError, match="two alternatives are string"):
        breaks(of(either(TEXT, PATTERN)), of(TEXT))
