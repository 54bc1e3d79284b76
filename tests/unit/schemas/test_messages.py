from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import InvalidEvent
from schemas.messages import MESSAGE_TYPES, checked_message
from tests.builders import message

CONTEXT_TEXTS = ("userAgent", "locale", "timezone", "ip", "channel")
CONTEXT_OBJECTS = ("page", "campaign", "library", "traits", "consent", "app", "device", "network", "os", "screen")


def refused_field(said: dict[str, Any], type_: str = "track") -> str:
    with pytest.raises(InvalidEvent) as error:
        checked_message(said, type_)
    assert error.value.code == "wrong_type"
    return error.value.field


@pytest.mark.parametrize("wrong", ["x", 1, True, []])
def test_an_object_is_an_object(wrong: Any) -> None:
    assert refused_field(message(properties=wrong)) == "properties"
    assert refused_field(message(context=wrong)) == "context"
    assert refused_field(message(integrations=wrong)) == "integrations"
    assert refused_field(message("identify", traits=wrong), "identify") == "traits"
    for field in CONTEXT_OBJECTS:
        assert refused_field(message(context={field: wrong})) == f"context.{field}"


@pytest.mark.parametrize("wrong", [1, True, [], {}])
def test_a_text_is_a_text(wrong: Any) -> None:
    assert refused_field(message(event=wrong)) == "event"
    assert refused_field(message("page", name=wrong), "page") == "name"
    for field in CONTEXT_TEXTS:
        assert refused_field(message(context={field: wrong})) == f"context.{field}"
    for field in ("path", "referrer", "search", "title", "url"):
        assert refused_field(message(context={"page": {field: wrong}})) == f"context.page.{field}"
    assert refused_field(message(context={"externalIds": {}})) == "context.externalIds"


@pytest.mark.parametrize("type_", sorted(MESSAGE_TYPES))
def test_null_counts_as_absent_and_unknown_fields_pass_as_they_are(type_: str) -> None:
    said = {
        "type": type_,
        "context": None,
        "properties": None,
        "traits": None,
        "integrations": None,
        "new": [1, {"a": 2}],
    }
    assert checked_message(said, type_) == said


def test_the_message_that_was_said_is_never_changed_through_its_copy() -> None:
    said = message(context={"page": {"url": "https://shop.example/"}})
    copy = checked_message(said, "track")
    copy["context"]["page"]["url"] = copy["context"]["ip"] = "x"
    assert said["context"] == {"page": {"url": "https://shop.example/"}}


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="unknown_type"):
        checked_message(message(), "purchase")
