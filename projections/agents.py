"""What somebody was there with: device, browser and operating system, by client hints, else by the user agent.

Browsers send a user agent that no longer changes, and say the truth in hints: where there are hints they win. Whether
it is a person at all belongs to `bots.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from ua_parser import parse_os, parse_user_agent

LONGEST, LONGEST_HINTS = 500, 1_500
"""Of a user agent the first characters are looked at, hints of more bytes are not: what is remembered is bounded."""
_MOST_NAMES, _LONGEST_NAME = 10, 60
_decoded = msgspec.json.Decoder().decode

_FORMS = frozenset(("Mobile", "iOS", "WebView", "UI/WKWebView"))
"""Words of the parser's names that tell the device once more: `Chrome Mobile iOS` is Chrome."""
_SYSTEMS = {"Mac OS X": "macOS", "Chromium OS": "Chrome OS"}
_BRANDS = {
    "Google Chrome": "Chrome",
    "Microsoft Edge": "Edge",
    "YaBrowser": "Yandex Browser",
    "Yandex": "Yandex Browser",
}
_DEVICES = (("Tablet", "tablet"), ("Mobile", "mobile"), ("Desktop", "desktop"))
"""The form factors of a hint that are a kind of device, the decisive one first."""


class Agent(NamedTuple):
    """Each is empty where nothing tells it; `device` is mobile, tablet or desktop."""

    device: str = ""
    browser: str = ""
    os: str = ""


@lru_cache(maxsize=10_000)  # of one user agent there are few hints, and the same visitor says the same ones again
def agent_of(user_agent: str, hints: bytes) -> Agent:
    """Return what a user agent, and the JSON of the client hints beside it (`navigator.userAgentData`), tell."""
    found = _of_text(user_agent)
    said = _decoded(hints) if hints else None
    if not isinstance(said, dict):
        return found
    mobile = said.get("mobile")
    return _of_hints(
        found,
        mobile if isinstance(mobile, bool) else None,
        _name(said.get("platform")),
        _names(said.get("fullVersionList") or said.get("brands"), "brand"),
        _names(said.get("formFactors"), None),
    )


def _names(said: Any, key: str | None) -> list[str]:
    listed = said[:_MOST_NAMES] if isinstance(said, list) else []
    return [_name(one if key is None else one.get(key) if isinstance(one, dict) else None) for one in listed]


def _name(said: Any) -> str:
    return said[:_LONGEST_NAME] if isinstance(said, str) else ""


def _of_hints(found: Agent, mobile: bool | None, platform: str, brands: list[str], forms: list[str]) -> Agent:
    device = next((device for form, device in _DEVICES if form in forms), "")
    if not device and mobile is not None:
        # a tablet with Android says that it is not mobile
        device = "mobile" if mobile else "tablet" if platform == "Android" else "desktop"
    return Agent(device or found.device, _browser(brands) or found.browser, _system(platform) or found.os)


def _browser(brands: list[str]) -> str:
    """Return the brand that is neither made up (`Not;A=Brand`) nor that of the engine, if there is one."""
    real = [brand for brand in brands if brand and "Not" not in brand]
    own = next((brand for brand in real if brand != "Chromium"), real[0] if real else "")
    return _BRANDS.get(own, own)


def _system(name: str) -> str:
    return "" if name == "Unknown" else _SYSTEMS.get(name, name)


@lru_cache(maxsize=10_000)  # to parse one takes 30 microseconds, and most visitors share a few thousand
def _of_text(user_agent: str) -> Agent:
    if not user_agent:
        return Agent()
    browser, system = parse_user_agent(user_agent), parse_os(user_agent)
    return Agent(
        _device(user_agent),
        " ".join(word for word in browser.family.split() if word not in _FORMS) if browser else "",
        _system(system.family) if system else "",
    )


def _device(user_agent: str) -> str:
    if not user_agent.startswith("Mozilla/"):
        return ""
    if "iPad" in user_agent or "Tablet" in user_agent:
        return "tablet"
    if "Mobi" in user_agent:
        return "mobile"
    return "tablet" if "Android" in user_agent else "desktop"
