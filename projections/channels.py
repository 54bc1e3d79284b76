"""Which function tells the channel of a visit: GA4's groups, or behind the channels of a store's own.

What a channel of a store's own is belongs in `schemas/rules.py`, what the functions say in `migrations/`.
"""

from __future__ import annotations

from schemas.rules import Rules

_GROUPED = "footfall_channel("
_OWN = ", ".join(
    f"{{{name}:Array(String)}}" for name in ("channels", "channel_sources", "channel_mediums", "channel_campaigns")
)
_BY_STORE = f"footfall_store_channel({_OWN}, "


def by_channels(query: str, rules: Rules) -> str:
    """Return a query that asks for channels as the rules group them: to plan for channels that a store does not have
    would cost every refresh 4 %.
    """
    return query.replace(_GROUPED, _BY_STORE) if rules.channels else query
