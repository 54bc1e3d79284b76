"""E-mail: what became of a letter (Segment's e-mail specification)."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text


class Letter(TypedDict, total=False):
    email: Text
    email_id: Text
    email_subject: Text
    campaign_id: Text
    campaign_name: Text
    link_id: Text
    link_url: Text


EMAIL_DELIVERED = EventType(
    name="Email Delivered",
    fact="EmailDelivered",
    properties=Letter,
    back_office=True,
)
EMAIL_OPENED = EventType(
    name="Email Opened",
    fact="EmailOpened",
    properties=Letter,
    back_office=True,
)
EMAIL_LINK_CLICKED = EventType(
    name="Email Link Clicked",
    fact="EmailLinkClicked",
    properties=Letter,
    back_office=True,
)
EMAIL_BOUNCED = EventType(
    name="Email Bounced",
    fact="EmailBounced",
    properties=Letter,
    back_office=True,
)
EMAIL_MARKED_AS_SPAM = EventType(
    name="Email Marked as Spam",
    fact="EmailMarkedAsSpam",
    properties=Letter,
    back_office=True,
)
UNSUBSCRIBED = EventType(
    name="Unsubscribed",
    fact="EmailUnsubscribed",
    older_names=("Email Unsubscribed",),
    properties=Letter,
    back_office=True,
)
