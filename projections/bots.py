"""The rule for bots: who is no person, and is recorded but left out of the answers (docs/definitions.md, Bots).

Two halves. What one event says of itself (`marks`) is a column of its row. How fast an anonymous stream goes is judged
behind the view `facts`, over the facts that exist as of then: the function `footfall_bot` has the rates of the rule,
and the table `bursts` the hours that may be beyond them, found with the rates below (`clickhouse_bursts.py`).

Facts by server key, and those that name no user agent, are never judged by behaviour; nor is a known user.
"""

from __future__ import annotations

from functools import lru_cache

from crawleruseragents import is_crawler

VERSION = 2
"""Rises with every change of the rule."""

LEAST_IN_MINUTE, LEAST_IN_HOUR = 100, 1_000
"""Slower than this is a person by every rule: what has no minute and no hour beyond it is not looked at."""


UNMARKED = (False, False)


def marks(by_write_key: bool, user_agent: str, automated: bool, activity: bool, stream: str) -> tuple[bool, bool]:
    """Tell of a fact whether it says of itself that no person sent it, by its user agent or the network it came from,
    and whether it counts, and falls, with the behaviour of its stream.
    """
    if not (by_write_key and user_agent):
        return UNMARKED
    return automated or is_known_crawler(user_agent), activity and stream[0] == "a"


@lru_cache(maxsize=10_000)
def is_known_crawler(user_agent: str) -> bool:
    """Tell whether a user agent is a known crawler's, by a maintained list."""
    return bool(user_agent) and bool(is_crawler(user_agent))
