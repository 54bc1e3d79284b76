"""Loyalty points."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Text, Texts


class LoyaltyPoints(TypedDict, total=False):
    points: Amount
    reason: Texts
    order_id: Text


LOYALTY_POINTS_EARNED = EventType(
    name="Loyalty Points Earned",
    fact="LoyaltyPointsEarned",
    properties=LoyaltyPoints,
    back_office=True,
)
LOYALTY_POINTS_REDEEMED = EventType(
    name="Loyalty Points Redeemed",
    fact="LoyaltyPointsRedeemed",
    properties=LoyaltyPoints,
    back_office=True,
)
LOYALTY_POINTS_ADJUSTED = EventType(
    name="Loyalty Points Adjusted",
    fact="LoyaltyPointsAdjusted",
    properties=LoyaltyPoints,
    back_office=True,
)
