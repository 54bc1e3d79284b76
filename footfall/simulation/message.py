"""What the simulation yields, and the two that speak in it: a visitor's browser and the shop's server.

Messages are Segment's, exactly as on the wire. They carry no `sentAt`: who sends them adds it, as a client does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, NamedTuple
from uuid import UUID

from footfall.simulation.people import Device

SHOP = "https://shop.example"
Properties = dict[str, Any]


class SimulatedMessage(NamedTuple):
    """A message, when it reaches the collector, and with which class of key."""

    at: datetime
    key_class: Literal["write", "server"]
    message: dict[str, Any]


def wire_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def unique_id(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


@dataclass
class Clock:
    """The moment in a story. It only goes forward."""

    now: datetime
    chance: Random

    def wait(self, least: float, most: float) -> datetime:
        self.now += timedelta(milliseconds=self.chance.randint(int(least * 1000), int(most * 1000)))
        return self.now


@dataclass
class Browser:
    """One browser of one visitor: its anonymous id, who is logged in, and the page that it shows."""

    device: Device
    clock: Clock
    said: list[SimulatedMessage]
    chance: Random
    user_id: str | None = None
    anonymous_id: str = ""
    _page: dict[str, str] = field(default_factory=dict)
    _campaign: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.anonymous_id = self.anonymous_id or unique_id(self.chance)

    def arrive(self, campaign: dict[str, str]) -> None:
        """Begin a visit: the SDK keeps the campaign of the landing page's address in the context."""
        self._campaign = campaign
        self._page = {}

    def page(self, path: str, title: str, referrer: str = "", search: str = "") -> None:
        previous = self._page.get("url", "")
        url = f"{SHOP}{path}{search}"
        self._page = {"path": path, "referrer": referrer or previous, "search": search, "title": title, "url": url}
        self._say({"type": "page", "name": title, "properties": {"name": title, **self._page}})

    def track(self, event: str, properties: Properties) -> None:
        self._say({"type": "track", "event": event, "properties": properties})

    def identify(self, user_id: str, traits: Properties) -> None:
        self.user_id = user_id
        self._say({"type": "identify", "traits": traits})

    def _say(self, what: dict[str, Any]) -> None:
        now = self.clock.wait(0.02, 0.2)
        stamp = f"ajs-next-{int(now.timestamp() * 1000)}-{unique_id(self.chance)}"
        who = {"anonymousId": self.anonymous_id, **({"userId": self.user_id} if self.user_id else {})}
        dated = {"timestamp": wire_time(now), "messageId": stamp, "integrations": {}}
        self.said.append(SimulatedMessage(now, "write", {**what, **who, **dated, "context": self._context()}))

    def _context(self) -> dict[str, Any]:
        context: dict[str, Any] = {
            "page": dict(self._page),
            "userAgent": self.device.user_agent,
            "locale": self.device.locale,
            "timezone": "Europe/Berlin",
            "ip": self.device.ip,
            "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        }
        return {**context, "campaign": dict(self._campaign)} if self._campaign else context


@dataclass
class Server:
    """The shop's back office; it says what it knows a customer by."""

    said: list[SimulatedMessage]
    chance: Random

    def track(self, at: datetime, event: str, properties: Properties, **known_by: str) -> str:
        """Say that something happened, to whom `known_by` (`userId`, `anonymousId`) says; return the message id."""
        message_id = unique_id(self.chance)
        message = {"type": "track", "event": event, "properties": properties, **known_by}
        library = {"library": {"name": "analytics-node", "version": "3.1.0"}}
        dated = {"timestamp": wire_time(at), "messageId": message_id, "integrations": {}, "context": library}
        arrives = at + timedelta(milliseconds=self.chance.randint(50, 900))
        self.said.append(SimulatedMessage(arrives, "server", {**message, **dated}))
        return message_id
