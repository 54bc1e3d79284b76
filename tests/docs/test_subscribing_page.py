"""docs/subscribing.md shows a fact as it is written, names what is in it, and its examples print what it says."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from examples.subscriber_kafka_python import Orders
from footfall.settings import Settings
from schemas import json as exact
from schemas.cloud_events import CONTENT_TYPE, decode, encode
from schemas.published import text
from schemas.published.asyncapi import CUSTOMER_EVENTS, DEAD_LETTERS
from schemas.published.envelope import ENVELOPE
from tests.docs.executing import ROOT

PAGE = (ROOT / "docs/subscribing.md").read_text(encoding="utf-8")
FACT = PAGE.partition("```json fact\n")[2].partition("```")[0]


def test_the_fact_is_one_that_the_product_writes() -> None:
    said = exact.decode(FACT.encode())
    assert exact.decode(encode(decode(FACT.encode()))) == said
    Draft202012Validator(json.loads(text(ENVELOPE))).validate(said)
    Draft202012Validator(json.loads(text(said["dataschema"]))).validate(said["data"])


def test_every_field_of_the_fact_is_explained() -> None:
    said = json.loads(FACT)
    table = PAGE.partition("```json fact")[2]
    named = set(
        re.findall(r"`([\w.]+)`", "".join(line.split("|")[1] for line in table.splitlines() if line[:3] == "| `"))
    )
    known = {"specversion", "datacontenttype", "data", "store", "stream", "version", "message_id"}
    fields = {*said, *said["data"]} - known
    assert fields <= {name.removeprefix("data.") for name in named}


def test_the_topics_are_named() -> None:
    for name in (CUSTOMER_EVENTS, DEAD_LETTERS, CONTENT_TYPE):
        assert f"`{name}`" in PAGE
    assert f"`kafka_retention_days`, {Settings.model_fields['kafka_retention_days'].default} days" in PAGE


def test_the_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    orders = Orders()
    for _ in range(2):
        orders.hear(json.loads(FACT, parse_float=Decimal))
    shown = PAGE.rpartition("```text\n")[2].partition("```")[0]
    assert capsys.readouterr().out == shown
