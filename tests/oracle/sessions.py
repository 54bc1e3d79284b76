"""Sessions: a person's activity cut at its gaps, and where each visit came from.

Only one person's facts, only activity. Back-office facts never come here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.oracle.admission import Fact
from tests.oracle.channels import CATEGORY, OwnGroups, grouped
from tests.oracle.reading import mapping, text
from tests.oracle.rules import Rules

MEDIUM = {"search": "organic", "social": "social"}
"""By the category of the site that a visit came from; else `referral`."""


class Traffic(NamedTuple):
    channel: str
    source: str | None
    medium: str | None
    campaign: str | None


DIRECT = Traffic("Direct", None, None, None)


@dataclass(frozen=True)
class Session:
    """A run of activity, in the order of facts, never empty."""

    facts: list[Fact]
    groups: OwnGroups = ()

    @property
    def traffic(self) -> Traffic:
        """Where the visit came from: its first fact that says so."""
        return next(filter(None, (traffic_of(fact, self.groups) for fact in self.facts)), DIRECT)

    @property
    def landing_page(self) -> str | None:
        return next(filter(None, map(url_of, self.facts)), None)

    @property
    def referrer(self) -> str | None:
        return referrer_of(self.facts[0])

    @property
    def bounced(self) -> bool:
        return sum(fact.name != "Page Left" for fact in self.facts) <= 1

    @property
    def converted(self) -> bool:
        return any(fact.name == "Order Completed" for fact in self.facts)


def sessions_of(facts: list[Fact], rules: Rules) -> list[Session]:
    """Return the sessions of a person's facts, oldest first."""
    found: list[Session] = []
    for fact in facts:
        if fact.is_activity:
            if found and fact.occurred_at - found[-1].facts[-1].occurred_at <= rules.session_timeout:
                found[-1].facts.append(fact)
            else:
                found.append(Session([fact], rules.channels))
    return found


def page_of(fact: Fact) -> Mapping[str, Any]:
    """Return what a fact says about the page it happened on."""
    return mapping(fact.context.get("page"))


def url_of(fact: Fact) -> str | None:
    return text(page_of(fact).get("url")) or text(fact.properties.get("url")) or None


def referrer_of(fact: Fact) -> str | None:
    return text(page_of(fact).get("referrer")) or text(fact.properties.get("referrer")) or None


def traffic_of(fact: Fact, groups: OwnGroups = ()) -> Traffic | None:
    """Return the traffic source that a fact names: its campaign, else its URL's, else another site's referrer."""
    campaign = mapping(fact.context.get("campaign"))
    query = parse_qs(urlsplit(url_of(fact) or "").query)
    in_url = {key: query.get(f"utm_{word}", [""])[0] for key, word in _UTM.items()}
    for said in (campaign, in_url):
        source, medium = text(said.get("source")).lower(), text(said.get("medium")).lower()
        if source or medium:
            name = text(said.get("name"))
            return Traffic(grouped(groups, source, medium, name), source or None, medium or None, name or None)
    return _from_referrer(_host(referrer_of(fact)), _host(url_of(fact)), groups)


_UTM = {"source": "source", "medium": "medium", "name": "campaign"}


def _host(url: str | None) -> str:
    return (urlsplit(url or "").hostname or "").removeprefix("www.")


def _from_referrer(host: str, own: str, groups: OwnGroups) -> Traffic | None:
    if not host or host == own:
        return None
    known = next((word for word in host.split(".")[:-1] if word in CATEGORY), None)
    medium = MEDIUM.get(CATEGORY[known], "referral") if known else "referral"
    return Traffic(grouped(groups, known or host, medium, ""), known or host, medium, None)
