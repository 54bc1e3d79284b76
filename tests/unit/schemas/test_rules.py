"""The rules of a store: bounds, and how changes add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from schemas.errors import InvalidEvent
from schemas.rules import RuleChanges, Rules, changed
from schemas.vocabulary import resolve

SLOW = Rules(session_timeout_seconds=3600)


def test_each_change_replaces_what_it_names_and_null_is_the_default_again() -> None:
    assert changed(SLOW, []) == SLOW
    assert changed(SLOW, [{"session_timeout_seconds": Decimal(45)}]).session_timeout_seconds == 45
    assert changed(SLOW, [{"session_timeout_seconds": 45}, {}]).session_timeout_seconds == 45
    assert changed(SLOW, [{"session_timeout_seconds": 45}, {"session_timeout_seconds": None}]) == SLOW


def test_a_rule_that_this_version_does_not_know_changes_nothing() -> None:
    assert changed(SLOW, [{"rule_of_tomorrow": 1}]) == SLOW


@pytest.mark.parametrize("value", [0, 86_401, "soon", True, float("nan"), [1]])
def test_a_value_out_of_bounds_is_refused_and_named(value: Any) -> None:
    with pytest.raises(InvalidEvent) as caught:
        resolve("track", "Rules Changed").check({"rules": {"session_timeout_seconds": value}})
    assert caught.value.field == "properties.rules.session_timeout_seconds"


@pytest.mark.parametrize(("said", "field"), [({"rules": {"sessiontimeout": 5}}, "sessiontimeout"), ({}, "rules")])
def test_a_rule_that_there_is_not_is_refused(said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        resolve("track", "Rules Changed").check(said)
    assert caught.value.field.endswith(field)


def test_every_rule_can_be_changed_within_its_bounds() -> None:
    assert RuleChanges.model_fields.keys() == Rules.model_fields.keys()
    for name, value in Rules().model_dump().items():
        RuleChanges.model_validate({name: value})
        RuleChanges.model_validate({name: None})


def test_a_gap_is_given_to_queries_in_microseconds() -> None:
    assert Rules(session_timeout_seconds=1.5).parameters()["session_timeout"] == 1_500_000
