"""What subscribers were promised: the schemas as they were last frozen, and what breaks them.

Kept in one file, a schema a line, without descriptions, what all share once. `make published` (renewing.py) adds to it
what is new, and refuses what breaks; by hand it is changed only where a promise is meant to be broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from schemas.published import PUBLISHED, text
from tests.subscribers.breaks import breaks

Json = dict[str, Any]
FILE = Path(__file__).with_name("baseline.json")
WITHOUT_MEANING = {"$schema", "$id", "title", "description"}


class Promises(NamedTuple):
    """Schemas by address, and the names of the messages of each topic."""

    schemas: dict[str, Json]
    topics: dict[str, list[str]]


def promised_now() -> Promises:
    """Return what the code publishes."""
    documents = {address: json.loads(text(address)) for address in PUBLISHED}
    asyncapi = documents.pop("/asyncapi.json")
    messages = asyncapi["components"]["messages"]
    headers = {
        f"headers of {name}": said["headers"] for name, said in messages.items() if name not in _facts(documents)
    }
    topics = {channel["address"]: sorted(channel["messages"]) for channel in asyncapi["channels"].values()}
    return Promises({name: _bare(schema) for name, schema in {**documents, **headers}.items()}, topics)


def _facts(documents: Json) -> set[str]:
    return {address.split("/")[2] for address in documents}


def _bare(schema: Any) -> Any:
    """Return a schema without the words that mean nothing to a program (fields of these names stay)."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    fields = {
        word: {name: _bare(each) for name, each in schema[word].items()}
        for word in ("properties", "$defs")
        if word in schema
    }
    others = {word: _bare(each) for word, each in schema.items() if word not in WITHOUT_MEANING and word not in fields}
    return {**others, **fields}


def differences(before: Promises, now: Promises) -> Iterator[str]:
    """Yield a sentence for each promise that does not hold any more, with its document and field.

    The newest version of a fact must keep what the earlier ones promised: the messages of a topic are of every age.
    """
    for topic, names in before.topics.items():
        yield from (f"{topic}: {name} is gone" for name in names if name not in now.topics.get(topic, []))
    for address, schema in before.schemas.items():
        if address not in now.schemas:
            yield f"{address}: is gone"
        for present in sorted({address, _newest(address, now)} & now.schemas.keys()):
            yield from (f"{present}: {said}" for said in breaks(schema, now.schemas[present]))


def _newest(address: str, now: Promises) -> str:
    """Return the address of the newest version: that of the longest, then highest, number. Headers have no versions."""
    folder, slash, _ = address.rpartition("/")
    versions = [each for each in now.schemas if slash and each.rpartition("/")[0] == folder]
    return max(versions, key=lambda each: (len(each), each), default=address)


def frozen() -> Promises:
    """Return what is in the file."""
    said = json.loads(FILE.read_text(encoding="utf-8"))
    schemas = {
        name: {**own, "$defs": {**said["$defs"], **own.get("$defs", {})}} for name, own in said["schemas"].items()
    }
    return Promises(schemas, said["topics"])


def written(promises: Promises) -> str:
    """Return promises as the file has them."""
    shared: Json = {}
    schemas = {name: _without_shared(schema, shared) for name, schema in promises.schemas.items()}
    parts = {"topics": promises.topics, "$defs": shared, "schemas": schemas}
    return "{\n" + ",\n".join(f'"{name}": {{\n{_lines(part)}\n}}' for name, part in parts.items()) + "\n}\n"


def _without_shared(schema: Json, shared: Json) -> Json:
    """Return a schema with those definitions only that differ from what others mean by the name; share the others."""
    own = {
        name: definition
        for name, definition in schema.get("$defs", {}).items()
        if shared.setdefault(name, definition) != definition
    }
    others = {word: each for word, each in schema.items() if word != "$defs"}
    return {**others, "$defs": own} if own else others


def _lines(part: Json) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}" for name, each in part.items())
