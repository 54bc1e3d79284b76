"""The documents for subscribers: their files are those of the code, and no change of them breaks a subscriber."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from footfall.distributed.topics import PURPOSES
from ingest.kafka_dead_letters import headers_of
from ingest.ports import DeadLetter
from schemas.cloud_events import schema_address
from schemas.published import PUBLISHED, text
from schemas.vocabulary.stored import FACT_NAMES
from tests.builders import NOW
from tests.subscribers.baseline import FILE, Promises, differences, frozen, promised_now, written
from tests.subscribers.renewing import kept

RENEW = "run `make published`"
SCHEMAS = [address for address in PUBLISHED if address != "/asyncapi.json"]
ASYNCAPI: dict[str, Any] = json.loads(text("/asyncapi.json"))


def test_no_change_breaks_a_subscriber() -> None:
    broken = list(differences(frozen(), promised_now()))
    assert not broken, "this would break subscribers:\n" + "\n".join(broken)


def test_what_is_new_is_frozen_too() -> None:
    assert FILE.read_text(encoding="utf-8") == written(promised_now()), RENEW


def test_the_documents_in_docs_are_those_of_the_code() -> None:
    files = kept()
    stale = [
        address for address in PUBLISHED if address not in files or files[address].read_text("utf-8") != text(address)
    ]
    assert not stale, f"{RENEW}: {stale}"
    assert files.keys() <= PUBLISHED.keys(), "documents that nothing publishes"


def test_every_fact_has_a_schema() -> None:
    assert {schema_address(known.fact, known.version) for known in FACT_NAMES.values()} <= set(SCHEMAS)


@pytest.mark.parametrize("address", SCHEMAS)
def test_a_schema_is_valid_and_reads_the_same_in_draft_07(address: str) -> None:
    schema = json.loads(text(address))
    assert schema["$id"] == address
    Draft202012Validator.check_schema(schema)
    Draft7Validator.check_schema(schema)
    assert words(schema) <= {
        "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required", "items", "anyOf",
        "additionalProperties", "const", "enum", "pattern", "format", "minimum", "maximum", "minItems", "maxItems",
        "minLength", "maxLength",
    }  # fmt: skip


@pytest.mark.parametrize("address", SCHEMAS)
def test_unknown_fields_are_allowed_everywhere(address: str) -> None:
    assert all(
        part.get("additionalProperties") is True for part in parts(json.loads(text(address))) if "properties" in part
    )


def parts(schema: Any) -> list[dict[str, Any]]:
    """All schemas in a schema."""
    if isinstance(schema, list):
        return [part for each in schema for part in parts(each)]
    if not isinstance(schema, dict):
        return []
    fields = [each for word in ("properties", "$defs") for each in schema.get(word, {}).values()]
    return [schema, *parts(fields), *parts(schema.get("items")), *parts(schema.get("anyOf"))]


def words(schema: Any) -> set[str]:
    return {word for part in parts(schema) for word in part}


def test_the_topics_are_among_those_that_the_product_makes() -> None:
    assert {channel["address"] for channel in ASYNCAPI["channels"].values()} <= set(PURPOSES)


def test_every_reference_of_the_topics_leads_to_a_published_document() -> None:
    references = {line.split('"')[3] for line in text("/asyncapi.json").splitlines() if '"$ref": "schemas/' in line}
    assert {f"/{reference}" for reference in references} == set(SCHEMAS)


def test_every_message_of_the_topics_is_described() -> None:
    messages = ASYNCAPI["components"]["messages"]
    assert set(ASYNCAPI["channels"]["customerEvents"]["messages"]) == set(FACT_NAMES)
    assert set(messages) == {*FACT_NAMES, "DeadLetter", "CustomerErased"}


LETTER = DeadLetter("shop", "admission", "invalid_json", "", "not valid JSON", b"{", NOW)


def test_the_headers_of_dead_letters_say_what_dead_letters_hold() -> None:
    headers = set(ASYNCAPI["components"]["messages"]["DeadLetter"]["headers"]["properties"])
    assert headers == {name for name, _ in headers_of(LETTER)}


def test_the_file_gives_back_what_was_frozen() -> None:
    now = promised_now()
    assert not list(differences(now, frozen()))
    assert now.topics == frozen().topics


TEXT: dict[str, Any] = {"type": "string"}
A1, A2, A10, B1 = (f"/schemas/{name}.json" for name in ("A/1", "A/2", "A/10", "B/1"))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Promises({B1: TEXT}, {"t": ["A"]}), [f"{A1}: is gone"]),
        (Promises({A1: {"type": "null"}}, {"t": ["A"]}), [f"{A1}: the document: was string, may now be null"]),
        (Promises({A1: TEXT}, {"t": ["B"]}), ["t: A is gone"]),
        (Promises({A1: TEXT}, {}), ["t: A is gone"]),
        (
            Promises({A1: TEXT, A2: TEXT, A10: {}}, {"t": ["A"]}),
            [f"{A10}: the document: was string, may now be object"],
        ),
        (Promises({A1: TEXT, A2: {}, A10: TEXT, B1: {}}, {"t": ["A", "B"]}), []),
    ],
)
def test_what_is_gone_or_changed_is_named_with_its_document(now: Promises, said: list[str]) -> None:
    assert list(differences(Promises({A1: TEXT}, {"t": ["A"]}), now))[:1] == said
