"""The channel of a visit, after GA4's default channel groups, written as they are published: expressions, in order.
Before them come the groups that a shop made itself.

What a fact names as source, medium and campaign belongs in `sessions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

OwnGroups = Iterable[Mapping[str, Any]]
"""As a change of the rules tells them."""

CATEGORY = {
    **dict.fromkeys(["google", "bing", "duckduckgo", "ecosia"], "search"),
    **dict.fromkeys(["facebook", "instagram", "tiktok", "pinterest"], "social"),
    **dict.fromkeys(["youtube", "vimeo"], "video"),
    **dict.fromkeys(["amazon", "ebay"], "shopping"),
}
"""Of the sources that the oracle's traffic comes from."""

PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"
SHOP = r"^(.*(([^a-df-z]|^)shop|shopping).*)$"
EMAIL = r"^(email|e-mail|e_mail|e mail|newsletter)$"
SOCIAL = r"^(social|social-network|social-media|sm|social network|social media)$"

CHANNELS = (
    "Direct", "Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video", "Display", "Paid Other",
    "Organic Shopping", "Organic Social", "Organic Video", "Organic Search", "Referral", "Email", "Affiliates", "Audio",
    "SMS", "Mobile Push Notifications", "Unassigned",
)  # fmt: skip


def channel_of(source: str, medium: str, campaign: str, category: str | None = None) -> str:
    """Return the first group that a visit fits."""
    if category is None:
        category = CATEGORY.get(source, "")
    paid, shop = _fits(PAID, medium), _fits(SHOP, campaign.lower())
    groups: list[tuple[str, Any]] = [
        ("Direct", source in ("", "(direct)") and medium in ("", "(none)", "(not set)")),
        ("Cross-network", "cross-network" in campaign.lower()),
        ("Paid Shopping", paid and (category == "shopping" or shop)),
        ("Paid Search", paid and category == "search"),
        ("Paid Social", paid and category == "social"),
        ("Paid Video", paid and category == "video"),
        ("Display", medium in ("display", "banner", "expandable", "interstitial", "cpm")),
        ("Paid Other", paid),
        ("Organic Shopping", category == "shopping" or shop),
        ("Organic Social", category == "social" or _fits(SOCIAL, medium)),
        ("Organic Video", category == "video" or _fits(r"^(.*video.*)$", medium)),
        ("Organic Search", category == "search" or medium == "organic"),
        ("Referral", medium in ("referral", "app", "link")),
        ("Email", _fits(EMAIL, source) or _fits(EMAIL, medium)),
        ("Affiliates", medium in ("affiliate", "affiliates")),
        ("Audio", medium == "audio"),
        ("SMS", "sms" in (source, medium)),
        ("Mobile Push Notifications", _fits(r"^(.*push|.*mobile.*|.*notification.*)$", medium) or source == "firebase"),
    ]
    return next((name for name, fits in groups if fits), "Unassigned")


def grouped(own: OwnGroups, source: str, medium: str, campaign: str, category: str | None = None) -> str:
    """Return the first of the shop's own groups that a visit fits, else the one of all shops."""
    for group in own:
        words = {kind: [word.lower() for word in group.get(kind) or []] for kind in ("sources", "mediums", "campaigns")}
        at_home = source in words["sources"]
        below = any("." in host and source.endswith(f".{host}") for host in words["sources"])
        denied = (
            words["sources"] and not (at_home or below),
            words["mediums"] and medium not in words["mediums"],
            words["campaigns"] and not any(word in campaign.lower() for word in words["campaigns"]),
        )
        if not any(denied):
            return str(group["channel"])
    return channel_of(source, medium, campaign, category)


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.DOTALL) is not None
