"""What a simulated shop says in three weeks, sent to a store: sessions, orders, logins, consent, the back office."""

from __future__ import annotations

from datetime import UTC, datetime

from footfall.simulation import simulate
from tests.product.running import Shop


def send_story(shop: Shop, seed: int) -> int:
    """Send it; return how many events that were."""
    said = list(simulate(datetime.now(UTC), seed=seed, visitors=12, days=21))
    for first in range(0, len(said), 100):
        for key_class in ("write", "server"):
            batch = [each.message for each in said[first : first + 100] if each.key_class == key_class]
            if batch:
                shop.send(*batch, server=key_class == "server")
    return len({str(each.message["messageId"]) for each in said})
