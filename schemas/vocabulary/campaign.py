"""Campaigns: that one was sent, and what one cost."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Count, Currency, Day, Text


class CampaignSent(TypedDict, total=False):
    campaign_id: Text
    campaign_name: Text
    channel: Text
    segment: Text


class CampaignCost(TypedDict, total=False):
    campaign_id: Text
    campaign_name: Text
    source: Text
    medium: Text
    day: Day
    cost: Amount
    currency: Currency
    clicks: Count
    impressions: Count


CAMPAIGN_SENT = EventType(
    name="Campaign Sent",
    fact="CampaignSent",
    properties=CampaignSent,
    back_office=True,
)
CAMPAIGN_COST_RECORDED = EventType(
    name="Campaign Cost Recorded",
    fact="CampaignCostRecorded",
    properties=CampaignCost,
    back_office=True,
    about_store=True,
)
