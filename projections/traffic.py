"""Where a visit came from: source, medium and campaign, as the event itself says.

The grouping into channels is not here but in the function `footfall_channel`, so that another grouping can be applied
to history. Which host is whose is in `sources.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from projections.sources import category_of, source_of

CLICK_IDS = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "dclid": ("google", "display"),
    "msclkid": ("bing", "cpc"),
    "yclid": ("yandex", "cpc"),
    "fbclid": ("facebook", "social"),
    "ttclid": ("tiktok", "cpc"),
    "twclid": ("twitter", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
    "rdt_cid": ("reddit", "cpc"),
    "sccid": ("snapchat", "cpc"),
    "epik": ("pinterest", "cpc"),
    "srsltid": ("google", "organic"),
}
"""What advertisers and networks add to a link, in lower case. Facebook's is on every link, paid or not."""

REFERRAL_MEDIUMS = {"search": "organic", "social": "social", "email": "email"}
"""By the category of the other site; of any other it is `referral`."""

# What is remembered of texts that senders choose is bounded.
LONGEST_QUERY, LONGEST_HOST = 2_000, 300


class Traffic(NamedTuple):
    """All empty when the event says nothing about where the visit came from; `category` is that of the source."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    category: str = ""


NO_TRAFFIC = Traffic()


def traffic(campaign: Any, url: str, referrer: str) -> Traffic:
    """Return what `context.campaign` says, else the URL's parameters, else the referrer of another site."""
    if isinstance(campaign, dict):
        source, medium, name = (_text(campaign.get(key)) for key in ("source", "medium", "name"))
        if source or medium:
            return _from(source.lower(), medium.lower(), name)
    query = query_of(url)
    found = _of_query(query[:LONGEST_QUERY]) if query else NO_TRAFFIC
    if found is not NO_TRAFFIC or not referrer:
        return found
    return _of_referrer(host_of(referrer[:LONGEST_HOST]), host_of(url[:LONGEST_HOST]))


def query_of(url: str) -> str:
    """Return the query of a URL, empty where it has none."""
    return url.partition("?")[2].partition("#")[0]


@lru_cache(maxsize=10_000)
def _of_query(query: str) -> Traffic:
    parameters = parse_qs(query, max_num_fields=100) if query.count("&") < 100 else {}
    first = {key.lower(): values[0] for key, values in parameters.items()}
    if first.get("utm_source") or first.get("utm_medium"):
        source, medium = (first.get(key, "").lower()[:200] for key in ("utm_source", "utm_medium"))
        return _from(source, medium, first.get("utm_campaign", "")[:200])
    for parameter, (source, medium) in CLICK_IDS.items():
        if parameter in first:
            return _from(source, medium, "")
    return NO_TRAFFIC


@lru_cache(maxsize=10_000)
def _of_referrer(host: str, own_host: str) -> Traffic:
    if not host or host == own_host:
        return NO_TRAFFIC
    found = source_of(host)
    if found is None:
        return Traffic(host, "referral")
    return Traffic(found.name, REFERRAL_MEDIUMS.get(found.category, "referral"), category=found.category)


def _from(source: str, medium: str, campaign: str) -> Traffic:
    return Traffic(source, medium, campaign, category_of(source))


@lru_cache(maxsize=10_000)
def host_of(url: str) -> str:
    """Return the host of a URL in lower case without `www.`, empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int) else ""
