"""What an IP address tells, and what of it is kept: its place, whether machines send from there, and its network.

Asked before anything is kept: afterwards the address is truncated, or gone. Where the places and networks are listed
belongs to the adapters.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple, Protocol

MOST_REMEMBERED = 4_096
"""Addresses: to tell one takes microseconds, with a database of places a hundred, and it comes with every event."""


LONGEST = 100
"""Characters that an address may have, with a zone and spaces."""


class Places(Protocol):
    """Where addresses are."""

    def edition(self) -> object:
        """Return what stays the same object as long as the answers do."""

    def place(self, ip: str) -> Mapping[str, str]:
        """Return country, region and city, as far as they are known."""


class Networks(Protocol):
    """Networks from which machines send."""

    def edition(self) -> object:
        """Return what stays the same object as long as the answers do."""

    def has(self, address: IPv4Address | IPv6Address) -> bool:
        """Tell whether an address is in one of them."""


class Origin(NamedTuple):
    """Of one address: what is kept of it (None for nothing), and what it told."""

    ip: str | None = None
    place: Mapping[str, str] = {}
    automated: bool = False


NOWHERE = Origin()


class Addresses:
    """Tells addresses, and remembers some thousand answers."""

    def __init__(
        self, *, dropped: bool = False, places: Places | None = None, networks: Networks | None = None
    ) -> None:
        self._dropped = dropped
        self._places = places
        self._networks = networks
        self._editions: tuple[object, object] = (None, None)
        self._remembered: dict[str, Origin] = {}

    def origin(self, text: str) -> Origin:
        """Return what an address tells; nothing where it is none."""
        if self._places is not None or self._networks is not None:
            self._forget_what_changed()
        found = self._remembered.get(text)
        if found is None:
            if len(text) > LONGEST:
                return NOWHERE
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[text] = self._told(text)
        return found

    def _forget_what_changed(self) -> None:
        editions = self._places and self._places.edition(), self._networks and self._networks.edition()
        if any(new is not old for new, old in zip(editions, self._editions, strict=True)):
            self._editions = editions
            self._remembered.clear()

    def _told(self, text: str) -> Origin:
        address = parsed(text)
        if address is None:
            return NOWHERE
        return Origin(
            None if self._dropped else truncated(address),
            self._places.place(str(address)) if self._places is not None else {},
            self._networks is not None and self._networks.has(address),
        )


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text is, if it is one; an IPv4 address mapped into IPv6 as what it is."""
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def truncated(address: IPv4Address | IPv6Address) -> str:
    """Return the network of an address (/24, /48) as an address."""
    bits = 80 if isinstance(address, IPv6Address) else 8
    return str(type(address)(int(address) >> bits << bits))
