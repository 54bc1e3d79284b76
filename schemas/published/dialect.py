"""The dialect of the published schemas: what pydantic and msgspec generate, in words that every reader knows.

The documents are JSON Schema 2020-12, and keep to what draft 07 reads in the same way: AsyncAPI's tools know no later
one. Titles and defaults are left out, unknown fields are always allowed, and the types of values have names. What the
documents are about does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from pydantic import TypeAdapter

from schemas.vocabulary.values import Amount, Count, Currency, Day, Text, Texts

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/$defs/"

_LEFT_OUT = frozenset({"title", "default"})
_VALUES: dict[str, tuple[Any, str]] = {
    "Text": (Text, "A name, an id, a remark: a text, or a number or truth value to be read as its text."),
    "Texts": (Texts, "What is said once or several times."),
    "Amount": (Amount, "Money, points, levels: a number, or a text that holds one. Null and empty texts are absent."),
    "Count": (Count, "How many, never negative. Null and empty texts are absent."),
    "Currency": (Currency, "ISO 4217, in any case. Null and empty texts are absent."),
    "Day": (Day, "A calendar day; a time behind it means nothing."),
}
"""The types of the vocabulary's properties (schemas/vocabulary/values.py), which recur in every document."""


def of_typed_dict(shape: type[Any]) -> Json:
    """Return the schema of a TypedDict; its definitions are in `$defs`."""
    return _plain(TypeAdapter(shape).json_schema())


def of_struct(struct: type[msgspec.Struct]) -> Json:
    """Return the schema of a struct as it is encoded: every field is there. Its definitions are in `$defs`."""
    _, parts = msgspec.json.schema_components([struct], ref_template=REF + "{name}")
    schema = parts.pop(struct.__name__)
    schema["required"] = list(schema["properties"])
    return _plain({**schema, "$defs": parts})


def document(address: str, title: str, schema: Json) -> Json:
    """Return a schema as a document that needs no other, with those definitions that it uses."""
    own = {word: value for word, value in schema.items() if word != "$defs"}
    pool = {**_definitions(), **schema.get("$defs", {})}
    used = {name: pool[name] for name in sorted(_used(own, pool))}
    head = {"$schema": DIALECT, "$id": address, "title": title}
    return {**head, **own, "$defs": used} if used else {**head, **own}


def _plain(schema: Json) -> Json:
    said = {word: value for word, value in schema.items() if word not in _LEFT_OUT}
    for name, value in _values().items():
        if said == value:
            return {"$ref": REF + name}
    plain = {word: _inside(word, value) for word, value in said.items()}
    if "properties" in plain:
        plain["additionalProperties"] = True
    if "prefixItems" in plain:  # of 2020-12 only; ours are pairs of one type
        plain["items"], *others = plain.pop("prefixItems")
        assert all(other == plain["items"] for other in others)
    return _shorter(plain) if "anyOf" in plain else plain


def _shorter(schema: Json) -> Json:
    """Say `"type": [..., "null"]` where a value of one type may be null: no other word minds a null."""
    kind, *null = schema["anyOf"]
    if null != [{"type": "null"}] or not isinstance(kind.get("type"), str) or "enum" in kind:
        return schema
    others = {word: value for word, value in schema.items() if word != "anyOf"}
    return {**others, **kind, "type": [kind["type"], "null"]}


def _inside(word: str, value: Any) -> Any:
    if word in ("properties", "$defs"):
        return {name: _plain(each) for name, each in value.items()}
    if word in ("anyOf", "prefixItems"):
        return [_plain(each) for each in value]
    return _plain(value) if word == "items" and isinstance(value, dict) else value


@cache
def _values() -> Json:
    return {name: TypeAdapter[Any](kind).json_schema() for name, (kind, _) in _VALUES.items()}


def _definitions() -> Json:
    return {name: {"description": _VALUES[name][1], **value} for name, value in _values().items()}


def _used(schema: Any, pool: Json) -> set[str]:
    found: set[str] = set()
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(pool[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(said := schema.get("$ref"), str) and said.startswith(REF):
            yield said.removeprefix(REF)
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)
