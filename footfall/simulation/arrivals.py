"""How visitors come: search engines, campaigns, social networks, other sites, letters, or directly."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode


@dataclass(frozen=True)
class Arrival:
    """The referrer of a landing page, and the campaign in its address."""

    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""

    @property
    def search(self) -> str:
        """Return the query string of the landing page."""
        named = {"utm_source": self.source, "utm_medium": self.medium, "utm_campaign": self.campaign}
        return f"?{urlencode(named)}" if self.source else ""

    @property
    def context(self) -> dict[str, str]:
        """Return the campaign as the SDK puts it into the context."""
        return {"name": self.campaign, "source": self.source, "medium": self.medium} if self.source else {}


DIRECT = Arrival()
GOOGLE = Arrival("https://www.google.com/")
GOOGLE_ADS = Arrival("https://www.google.com/", "google", "cpc", "tea-season")
NEWSLETTER = Arrival("", "newsletter", "email", "weekly-letter")
CART_REMINDER = Arrival("", "shop", "email", "cart-reminder")
_WEIGHTED = (
    (DIRECT, 24),
    (GOOGLE, 26),
    (GOOGLE_ADS, 14),
    (Arrival("https://www.bing.com/"), 5),
    (Arrival("https://duckduckgo.com/"), 5),
    (Arrival("https://l.instagram.com/", "instagram", "paid_social", "winter-table"), 7),
    (Arrival("https://www.facebook.com/"), 4),
    (Arrival("https://www.pinterest.com/"), 3),
    (Arrival("https://tea-notes.example.net/best-teapots"), 7),
    (Arrival("https://partner.example.org/", "partner", "affiliate", "autumn-gifts"), 5),
)
PAID = tuple(arrival for arrival, _ in _WEIGHTED if arrival.medium in {"cpc", "paid_social", "affiliate"})


def by_chance(chance: Random) -> Arrival:
    return chance.choices([arrival for arrival, _ in _WEIGHTED], [weight for _, weight in _WEIGHTED])[0]
