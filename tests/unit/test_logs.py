"""Logs: one JSON object a line or a readable one, and nothing of a customer in either."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.logs import STRUCK, JsonLines, logger, set_up, strike_out
from schemas.errors import FootfallError, InvalidEvent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("footfall", "ingest", "query_api", "aggregates", "projections", "schemas"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def logged(error: BaseException | None = None, **fields: Any) -> dict[str, Any]:
    stream = io.StringIO()
    set_up("info", stream)
    logger("footfall.test").warning("thing.happened", error, **fields)
    line = stream.getvalue()
    assert line.count("\n") == 1
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def test_a_line_is_one_json_object_when_nobody_looks_on() -> None:
    found = logged(count=3, share=0.5, ready=True, path="a\nb")
    assert found["event"] == "thing.happened"
    assert (found["level"], found["logger"]) == ("warning", "footfall.test")
    assert (found["count"], found["share"], found["ready"], found["path"]) == (3, 0.5, True, "a\nb")
    assert found["at"].endswith("Z")


def test_a_line_is_readable_on_a_terminal() -> None:
    stream = Terminal()
    set_up("info", stream)
    logger("footfall.test").info("server.started", port=8080)
    assert stream.getvalue().endswith("info    server.started port=8080\n")


def test_a_field_cannot_replace_what_every_line_has() -> None:
    found = logged(level="loud")
    assert (found["level"], found["level_"]) == ("warning", "loud")


def test_the_level_is_ours_and_libraries_say_warnings_only() -> None:
    stream = io.StringIO()
    set_up("debug", stream)
    logger("ingest.test").debug("seen")
    logging.getLogger("httpx").info("noise")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["seen"]


@pytest.mark.parametrize(
    "secret",
    [
        "ada@example.org",
        "ada%40example.org",
        "wk_" + "0a" * 20,
        "at_" + "f" * 40,
        "Bearer abc.def",
        "Basic d3J0Og==",
        '"writeKey": "short"',
        "password=hunter2",
        "postgres://user:hunter2@",
        "A1-" + "x" * 41,
    ],
)
def test_what_looks_like_a_secret_or_an_address_is_struck_out(secret: str) -> None:
    found = strike_out(f"before {secret} after")
    assert STRUCK in found
    assert secret not in found
    assert "hunter2" not in found
    assert found.startswith("before ")
    assert found.endswith(" after")


def test_ids_of_events_and_streams_and_paths_stay_readable() -> None:
    for harmless in ("0" * 31 + "a", "u" + "0" * 31 + "a", "/srv/footfall/clickhouse/server.err", "exit code -9"):
        assert strike_out(harmless) == harmless


def test_an_exception_is_logged_by_type_and_place_without_its_text() -> None:
    try:
        raise ValueError("what a customer wrote")
    except ValueError as error:
        found = logged(error)
    assert found["error"] == "ValueError"
    assert "test_an_exception_is_logged" in found["where"]
    assert "customer" not in json.dumps(found)


def test_our_own_faults_say_their_reason_and_a_senders_fault_its_field_only() -> None:
    assert logged(FootfallError("port 80 cannot be used"))["reason"] == "port 80 cannot be used"
    found = logged(InvalidEvent("invalid_type", "properties.price", "'ada' is no number"))
    assert found["reason"] == "invalid_type properties.price"


@given(st.text())
def test_no_text_breaks_a_line(text: str) -> None:
    record = logging.LogRecord("footfall", logging.INFO, "", 0, text, None, None)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert isinstance(json.loads(line), dict)
