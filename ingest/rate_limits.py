"""Rate limits of the public door: events of a key and requests of an address, off by default (docs/security.md).

Each process limits what comes to itself. Who the caller or the address is, is found out elsewhere.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from ingest.answers import Refusal

BURST_SECONDS = 10.0
"""A bucket holds what its rate gives in this time."""

REMEMBERED = 50_000
"""Names of one generation. A flood of ever new names forgets the earliest: the memory is bounded."""


class Buckets:
    """Token buckets by name. Of each one number is kept: the moment at which it will be full again.

    What is larger than a bucket may leave a debt, else it would never get through; what follows waits for that.
    """

    def __init__(self, rate: float, remembered: int = REMEMBERED) -> None:
        self._rate = rate
        self._room = BURST_SECONDS - 1 / rate
        self._remembered = remembered
        self._young: dict[Hashable, float] = {}
        self._old: dict[Hashable, float] = {}

    def take(self, name: Hashable, count: int, now: float) -> float:
        """Take so many tokens and return 0; where there is not one, take none and return the seconds until there is."""
        full_at = self._young.get(name) or self._old.get(name) or 0.0
        wait = full_at - now - self._room
        if wait > 0:
            return wait
        if len(self._young) >= self._remembered and name not in self._young:
            self._old, self._young = self._young, {}
        self._young[name] = max(full_at, now) + count / self._rate
        return 0.0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class RateLimits:
    """What one key and one address may send a second; 0: no limit."""

    def __init__(
        self, key_events: float, address_requests: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = Buckets(key_events) if key_events else None
        self._addresses = Buckets(address_requests) if address_requests else None
        self._clock = clock

    def request_of(self, address: str) -> None:
        """Count a request of an address; raises the 429."""
        if self._addresses is not None:
            _refuse_until(self._addresses.take(network(address), 1, self._clock()), "requests from this address")

    def events_of(self, sender: Hashable, count: int) -> None:
        """Count events by a key; raises the 429."""
        if self._keys is not None:
            _refuse_until(self._keys.take(sender, count, self._clock()), "events by this key")


def _refuse_until(wait: float, what: str) -> None:
    if wait > 0:
        seconds = str(math.ceil(wait)).encode()
        headers = [(b"retry-after", seconds), (b"x-ratelimit-reset", seconds)]
        raise Refusal(429, "rate_limited", f"too many {what}", headers=headers)


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """Return what one customer of a provider has: an IPv4 address, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return address
