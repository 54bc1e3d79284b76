"""Which user agents are crawlers', by a maintained list. Behaviour is not looked at here."""

from __future__ import annotations

from functools import lru_cache

from crawleruseragents import is_crawler


@lru_cache(maxsize=10_000)
def is_bot(user_agent: str) -> bool:
    """Tell whether a user agent is a known crawler's; an absent one is nobody's mark."""
    return bool(user_agent) and bool(is_crawler(user_agent))
