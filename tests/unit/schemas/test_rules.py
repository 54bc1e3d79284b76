"""The rules of a store: bounds, and how changes add up."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "fits"),
    [
        ("awin", "cpc", "big spring sale", True),
        ("blog.partner.example", "", "spring", True),
        ("partner.example", "", "spring", True),
        ("blogpartner.example", "", "spring", False),
        ("partnerxexample", "", "spring", False),
        ("x.awin", "", "spring", False),
        ("awin", "spring", "summer", False),
        ("awin", "", "", False),
        ("spring", "awin", "spring", False),
    ],
)
def test_the_patterns_of_a_channel_fit_its_visits(source: str, medium: str, campaign: str, *, fits: bool) -> None:
    said = [{"channel": "Partners", "sources": ["Awin", "Partner.example"], "campaigns": ["Spring"]}]
    parameters = changed(SLOW, [{"channels": said}]).parameters()
    assert parameters["channels"] == ["", "Partners"]
    visit = {"channel_sources": source, "channel_mediums": medium, "channel_campaigns": campaign}
    found = [re.search(parameters[name][0], f"\t{word}\t") is not None for name, word in visit.items()]
    assert all(found) == fits


@pytest.mark.parametrize(
    "channel",
    [
        {"channel": "Partners"},
        {"channel": "", "sources": ["awin"]},
        {"channel": "None", "sources": ["awin"]},
        {"channel": "P" * 61, "sources": ["awin"]},
        {"channel": "Partners", "sources": [""]},
        {"channel": "Partners", "sources": ["awin "]},
        {"channel": "Partners", "mediums": ["a\tb"]},
        {"channel": "Partners", "sources": [f"s{number}" for number in range(201)]},
        {"channel": "Partners", "sources": [f"{number:0200}" for number in range(50)]},
        {"channel": "Partners", "sources": "awin"},
        {"channel": "Partners", "hosts": ["partner.example"]},
        {"sources": ["awin"]},
        "Partners",
    ],
)
def test_a_channel_that_no_visit_could_be_of_is_refused(channel: Any) -> None:
    with pytest.raises(InvalidEvent) as caught:
        resolve("track", "Rules Changed").check({"rules": {"channels": [channel]}})
    assert caught.value.field.startswith("properties.rules.channels[0]")


def test_a_shop_has_so_many_channels_and_no_more() -> None:
    channel = {"channel": "Partners", "sources": ["awin"]}
    RuleChanges.model_validate({"channels": [channel] * 100})
    with pytest.raises(ValueError, match="at most 100"):
        RuleChanges.model_validate({"channels": [channel] * 101})
    with pytest.raises(ValueError, match="at most 500 words"):
        RuleChanges.model_validate({"channels": [{"channel": "Partners", "campaigns": ["a"] * 10}] * 51})


@pytest.mark.parametrize(("rule", "least"), [("bot_activities_in_minute", 100), ("bot_activities_in_hour", 1_000)])
def test_what_every_person_may_do_is_no_bots(rule: str, least: int) -> None:
    for value in (0, least, 100_000):
        resolve("track", "Rules Changed").check({"rules": {rule: value}})
    out_of_bounds: list[Any] = [-1, 1, least - 1, 10_000_001, "200"]
    for said in out_of_bounds:
        with pytest.raises(InvalidEvent) as caught:
            resolve("track", "Rules Changed").check({"rules": {rule: said}})
        assert caught.value.field == f"properties.rules.{rule}"
