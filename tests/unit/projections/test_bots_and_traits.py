"""Crawlers by their user agent, and traits under one name each."""

from __future__ import annotations

import pytest

from projections.bots import is_known_crawler, marks
from projections.traits import canonical_traits

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)",
    ],
)
def test_a_known_crawler_is_a_bot(agent: str) -> None:
    assert is_known_crawler(agent) is True
    assert marks(True, agent, False, True, "u1")[0] is True


def test_a_shops_server_may_call_itself_what_it_likes() -> None:
    assert marks(False, "axios/1.7.2", True, True, "a1") == (False, False)


def test_a_browser_from_a_network_of_machines_is_a_bot_and_nothing_else_from_there() -> None:
    assert marks(True, CHROME, True, True, "u1")[0] is True
    assert marks(True, "", True, True, "u1")[0] is False


@pytest.mark.parametrize(
    ("by_write_key", "agent", "activity", "stream", "judged"),
    [
        (True, CHROME, True, "a1", True),
        (False, CHROME, True, "a1", False),
        (True, "", True, "a1", False),
        (True, CHROME, False, "a1", False),
        (True, CHROME, True, "u1", False),
    ],
)
def test_behaviour_judges_the_activity_of_unknown_browsers_alone(
    by_write_key: bool, agent: str, activity: bool, stream: str, judged: bool
) -> None:
    assert marks(by_write_key, agent, False, activity, stream)[1] is judged


@pytest.mark.parametrize("agent", ["", CHROME, IPHONE, "analytics-node/2.1.0"])
def test_browsers_and_who_says_nothing_are_no_bots(agent: str) -> None:
    assert is_known_crawler(agent) is False
    assert marks(True, agent, False, True, "u1")[0] is False


def test_reserved_names_in_snake_case_count_as_those_in_camel_case() -> None:
    said = {"first_name": "Ada", "last_name": "Winter", "created_at": "2026", "postal_code": "1", "shoe_size": 38}
    assert canonical_traits(said) == {
        "firstName": "Ada", "lastName": "Winter", "createdAt": "2026", "postalCode": "1", "shoe_size": 38,
    }  # fmt: skip


@pytest.mark.parametrize("said", [{"firstName": "A", "first_name": "B"}, {"first_name": "B", "firstName": "A"}])
def test_where_both_spellings_are_said_camel_case_wins(said: dict[str, str]) -> None:
    assert canonical_traits(said) == {"firstName": "A"}


def test_a_null_is_kept_since_it_removes() -> None:
    assert canonical_traits({"first_name": None, "vip": None}) == {"firstName": None, "vip": None}
