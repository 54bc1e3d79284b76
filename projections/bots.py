"""The rule for bots: who is no person, and is recorded but left out of the answers (docs/definitions.md, Bots).

Two halves. What one event says of itself (`marks`) is a column of its row. How fast an anonymous stream goes is judged
over the facts that exist as of then (`queries/bots.sql`), by the rates of the store's rules (`schemas/rules.py`), in
the hours of the table `bursts`, which are those beyond the least rates that a rule may have (`clickhouse_bursts.py`).

Facts by server key, and those that name no user agent, are never judged by behaviour; nor is a known user.
"""

from __future__ import annotations

from functools import lru_cache

from crawleruseragents import is_crawler

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
