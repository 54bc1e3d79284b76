"""What a change of a published schema would break for those who read by the one before. Pure.

A reader survives what it never meets and what it may ignore: new fields, narrower values. It breaks where a field goes,
may be missing, or holds what it never held before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]

ANY = ("object", "array", "string", "number", "boolean", "null")
_TEXT_LIMITS, _NUMBER_LIMITS = ("pattern", "format", "minLength", "maxLength"), ("minimum", "maximum")
LIMITS = {
    "string": _TEXT_LIMITS,
    "number": _NUMBER_LIMITS,
    "integer": _NUMBER_LIMITS,
    "array": ("minItems", "maxItems"),
}
"""The words that narrow a type further. One that changes is a break, since which way it went is not looked at."""

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


class Node(NamedTuple):
    """A part of a document, with the document's root, to which references lead."""

    schema: Json
    root: Json

    def inside(self, schema: Json) -> Node:
        return Node(schema, self.root)


def breaks(before: Json, after: Json) -> list[str]:
    """Return a sentence for each break between two documents, with the field."""
    return list(_breaks(Node(before, before), Node(after, after), ""))


def _breaks(before: Node, after: Node, at: str) -> Iterator[str]:
    old, new = kinds(before), kinds(after)
    values = _values(before, after, at)
    yield from values
    for kind, now in new.items():
        was = old.get(kind) or (old.get("number") if kind == "integer" else None)
        if was is not None:
            yield from _within(kind, was, now, at)
        elif not values:
            yield f"{at or 'the document'}: was {_or(old)}, may now be {kind}"


def _values(before: Node, after: Node, at: str) -> list[str]:
    """Compare the values of an enumeration: whoever waits for one that went waits for ever."""
    old, new = enumerated(before), enumerated(after)
    if old is None:
        return []
    if new is None:
        return [f"{at}: was one of {old}, may now be any {_or(kinds(after))}"]
    gone = [f"{at}: the value {value!r} is gone" for value in old if value not in new]
    return gone + [f"{at}: may now be {value!r}, was one of {old}" for value in new if value not in old]


def _within(kind: str, before: Node, after: Node, at: str) -> Iterator[str]:
    """Compare what both say of one type."""
    for limit in LIMITS.get(kind, ()):
        if (said := before.schema.get(limit)) is not None and after.schema.get(limit) != said:
            yield f"{at}: {limit} was {said}, is now {after.schema.get(limit, 'not there')}"
    if kind == "array" and "items" in before.schema:
        yield from _breaks(
            before.inside(before.schema["items"]), after.inside(after.schema.get("items", {})), f"{at}[]"
        )
    if kind == "object":
        yield from _fields(before, after, f"{at}." if at else "")


def _fields(before: Node, after: Node, prefix: str) -> Iterator[str]:
    old, new = before.schema.get("properties", {}), after.schema.get("properties", {})
    for name, schema in old.items():
        if name in new:
            yield from _breaks(before.inside(schema), after.inside(new[name]), prefix + name)
        else:
            yield f"{prefix}{name}: is gone, or has another name"
    for name in before.schema.get("required", []):
        if name in new and name not in after.schema.get("required", []):
            yield f"{prefix}{name}: was always there, may now be missing"


def kinds(node: Node) -> Mapping[str, Node]:
    """Return the JSON types that a part may have, and what it says of each."""
    node = _resolved(node)
    schema = node.schema
    if "anyOf" in schema:
        found: dict[str, Node] = {}
        for alternative in schema["anyOf"]:
            for kind, each in kinds(node.inside(alternative)).items():
                if kind in found:
                    raise ValueError(f"two alternatives are {kind}: which is meant cannot be told")
                found[kind] = each
        return found
    values = enumerated(node)
    said = schema.get("type") or (ANY if values is None else sorted({_TYPES[type(value)] for value in values}))
    return dict.fromkeys([said] if isinstance(said, str) else said, node)


def enumerated(node: Node) -> list[Any] | None:
    """Return the values that a part may have, None where they are not listed."""
    schema = _resolved(node).schema
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _resolved(node: Node) -> Node:
    while "$ref" in node.schema:
        name = node.schema["$ref"].removeprefix("#/$defs/")
        node = node.inside(node.root["$defs"][name])
    return node


def _or(kinds: Mapping[str, Node]) -> str:
    return "anything" if set(ANY) <= set(kinds) else " or ".join(kinds)
