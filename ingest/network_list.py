"""Networks from which machines send, not people: a file of the shop's, a network a line (`203.0.113.0/24`)."""

from __future__ import annotations

from collections import defaultdict
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from time import monotonic

from ingest.watched_file import Clock, Unreadable, WatchedFile

_Table = dict[tuple[int, int], frozenset[int]]
"""By IP version and the bits that are left out, the numbers of the networks."""


class NetworkList:
    """`ingest.addresses.Networks`."""

    def __init__(self, path: Path, clock: Clock = monotonic) -> None:
        self._file = WatchedFile(path, read_networks, clock)

    def edition(self) -> object:
        """See the port."""
        return self._file.content()

    def has(self, address: IPv4Address | IPv6Address) -> bool:
        """See the port."""
        number, version = int(address), address.version
        return any(number >> bits in networks for (of, bits), networks in self._file.content().items() if of == version)


def read_networks(content: bytes) -> _Table:
    """Return the networks of a file; empty lines and what follows a `#` say nothing."""
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if said := line.partition("#")[0].strip():
            try:
                network = ip_network(said, strict=False)
            except ValueError as error:
                raise Unreadable(f"line {number}: no network: {error}") from None
            bits = network.max_prefixlen - network.prefixlen
            found[network.version, bits].add(int(network.network_address) >> bits)
    return {key: frozenset(networks) for key, networks in found.items()}
