"""Orders of old, as messages, for tests that need many events that are alike."""

from __future__ import annotations

from tests.product.running import Json


def purchases(count: int, prefix: str = "m") -> list[Json]:
    return [
        {
            "type": "track",
            "event": "Order Completed",
            "userId": f"u-{number % 50}",
            "messageId": f"{prefix}-{number}",
            "timestamp": "1997-01-01T12:00:00Z",
            "properties": {"order_id": f"{prefix}-o-{number}", "total": 1.5, "currency": "USD"},
        }
        for number in range(count)
    ]
